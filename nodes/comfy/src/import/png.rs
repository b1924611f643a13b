//! The workflow in a PNG that ComfyUI made: two texts, `workflow` and `prompt`. Pixels are not looked at, and everything that is
//! read is bounded, also what was compressed.

use std::io::Cursor;

use png::{Decoder, DecodingError, Info, Limits};

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
    KEYS.iter().filter_map(|key| text(info, key).transpose()).collect()
}

/// Returns the first text of a name; only that one is unpacked.
fn text(info: &Info<'_>, key: &str) -> Result<Option<(String, String)>, String> {
    if let Some(chunk) = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == key) {
        return Ok(Some((key.to_owned(), chunk.text.clone())));
    }
    if let Some(chunk) = info.compressed_latin1_text.iter().find(|chunk| chunk.keyword == key) {
        let mut chunk = chunk.clone();
        chunk.decompress_text_with_limit(LARGEST).map_err(|error| packed(key, error))?;
        return Ok(Some((key.to_owned(), chunk.get_text().map_err(in_words)?)));
    }
    let Some(chunk) = info.utf8_text.iter().find(|chunk| chunk.keyword == key) else { return Ok(None) };
    let mut chunk = chunk.clone();
    chunk.decompress_text_with_limit(LARGEST).map_err(|error| packed(key, error))?;
    Ok(Some((key.to_owned(), chunk.get_text().map_err(in_words)?)))
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
