//! The workflow in a PNG that ComfyUI made: two texts, `workflow` and `prompt`. Pixels are not looked at, and everything that is
//! read is bounded, also what was compressed.

use std::io::Cursor;

use png::{Decoder, DecodingError, Limits};

use crate::LARGEST;

/// What a PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The texts that hold a workflow.
const KEYS: [&str; 2] = ["workflow", "prompt"];

/// Returns whether a file is a PNG.
pub fn is_png(content: &[u8]) -> bool {
    content.starts_with(SIGNATURE)
}

/// Returns the texts that hold a workflow, each with its name.
///
/// # Errors
/// Says what is wrong with the picture.
pub fn texts(content: &[u8]) -> Result<Vec<(String, String)>, String> {
    let decoder = Decoder::new_with_limits(Cursor::new(content), Limits { bytes: LARGEST });
    let reader = decoder.read_info().map_err(in_words)?;
    let info = reader.info();
    let is_ours = |key: &str| KEYS.contains(&key);
    let mut found = Vec::new();
    for chunk in info.uncompressed_latin1_text.iter().filter(|chunk| is_ours(&chunk.keyword)) {
        found.push((chunk.keyword.clone(), chunk.text.clone()));
    }
    for chunk in info.compressed_latin1_text.iter().filter(|chunk| is_ours(&chunk.keyword)) {
        let (mut chunk, key) = (chunk.clone(), &chunk.keyword);
        chunk.decompress_text_with_limit(LARGEST).map_err(|error| packed(key, error))?;
        found.push((chunk.keyword.clone(), chunk.get_text().map_err(in_words)?));
    }
    for chunk in info.utf8_text.iter().filter(|chunk| is_ours(&chunk.keyword)) {
        let (mut chunk, key) = (chunk.clone(), &chunk.keyword);
        chunk.decompress_text_with_limit(LARGEST).map_err(|error| packed(key, error))?;
        found.push((chunk.keyword.clone(), chunk.get_text().map_err(in_words)?));
    }
    Ok(found)
}

fn packed(key: &str, error: DecodingError) -> String {
    format!("its text `{key}` cannot be unpacked into {LARGEST} bytes: {error}")
}

fn in_words(error: DecodingError) -> String {
    match error {
        DecodingError::LimitsExceeded => format!("what it holds has more than {LARGEST} bytes"),
        other => other.to_string(),
    }
}
