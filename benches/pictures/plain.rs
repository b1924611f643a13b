//! The program to measure against: rayon over a sorted list of files, with the same codecs and nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use windlass_image::codecs::{Encode, Format, Options, Scale, decode, encode, resize};

use crate::Result;

/// Scales all files of a folder into another folder.
pub fn run(from: &Path, to: &Path) -> Result<()> {
    let mut files = std::fs::read_dir(from)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    files.sort();
    let failed = files.par_iter().filter(|file| one(file, to).is_err()).count();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} pictures failed").into()) }
}

fn one(file: &Path, to: &Path) -> Result<()> {
    let image = Arc::new(decode(&std::fs::read(file)?, &Options::default())?.image);
    let small = resize(&image, &Scale { width: Some(512), height: Some(512), ..Scale::default() })?;
    let encoded = encode(&small, Encode { format: Format::Jpeg, quality: 85 })?;
    Ok(std::fs::write(to.join(file.file_name().unwrap_or_default()), encoded.bytes)?)
}
