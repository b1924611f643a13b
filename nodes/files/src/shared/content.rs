//! The content of a file on its way, piece by piece.

use std::io::{self, Read, Write};
use std::path::Path;

use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::media;

/// So much is read at once.
pub const PIECE_BYTES: usize = 1 << 16;

/// So much more than it had when it was opened a file may give: one that grows as fast as it is read has no end, and the
/// files of `/proc` say that they are empty.
pub const MAX_GROWTH_BYTES: u64 = 64 << 20;

/// Hands on the content of a file in pieces; returns its size in bytes.
///
/// # Errors
/// The file cannot be opened or read, it grows and grows, the firing should end, or `take` fails.
pub fn each_piece(
    ctx: &Ctx,
    file: &File,
    mut take: impl FnMut(&[u8]) -> Result<(), NodeError>,
) -> Result<u64, NodeError> {
    let opened = ctx.open(file)?;
    let (mut reader, most_bytes) = (opened.reader, opened.size_bytes.saturating_add(MAX_GROWTH_BYTES));
    let (mut buffer, mut size_bytes) = (vec![0; PIECE_BYTES], 0);
    loop {
        ctx.check_cancelled()?;
        let read = match reader.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(|error| explain_io("read", Path::new(&file.name), &error))?,
        };
        if read == 0 {
            return Ok(size_bytes);
        }
        size_bytes += read as u64;
        if size_bytes > most_bytes {
            return Err(growing(&file.name));
        }
        take(&buffer[..read])?;
    }
}

fn growing(name: &str) -> NodeError {
    let grown_mib = MAX_GROWTH_BYTES >> 20;
    NodeError::new(format!("it grew by more than {grown_mib} MiB while it was read: `{name}`"))
        .hint("try again when nobody writes to it")
}

/// Writes a file to a path, byte for byte.
///
/// # Errors
/// As [`each_piece`], and what [`Ctx::save`] refuses.
pub async fn copy(ctx: &Ctx, file: &File, path: &OutPath, if_exists: IfExists) -> Result<Saved, NodeError> {
    let cannot_write = |error| explain_io("write", path.as_path(), &error);
    ctx.save(path, if_exists, |out: &mut dyn Write| {
        each_piece(ctx, file, |piece| out.write_all(piece).map_err(cannot_write)).map(drop)
    })
    .await
}

/// Returns the file that stands at a path now.
pub fn saved_file(saved: &Saved) -> Arc<File> {
    let name = saved.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let media_type = media::by_name(&name);
    Arc::new(File::on_disk(&saved.path, name, media_type))
}
