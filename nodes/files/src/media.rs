//! Media types: by the first bytes where they tell, else by the name.

use std::path::Path;

/// What is said of content that nothing is known about.
const UNKNOWN: &str = "application/octet-stream";

/// How many bytes from the start are looked at.
pub(crate) const HEAD_BYTES: u64 = 8192;

const BY_EXTENSION: [(&str, &str); 40] = [
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("csv", "text/csv"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("jsonl", "application/jsonl"),
    ("m4a", "audio/mp4"),
    ("md", "text/markdown"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ndjson", "application/jsonl"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/opus"),
    ("parquet", "application/vnd.apache.parquet"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("srt", "application/x-subrip"),
    ("svg", "image/svg+xml"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("toml", "application/toml"),
    ("tsv", "text/tab-separated-values"),
    ("txt", "text/plain"),
    ("vtt", "text/vtt"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("yaml", "application/yaml"),
    ("zip", "application/zip"),
];

/// Returns the media type that a name stands for.
pub(crate) fn by_name(name: &str) -> &'static str {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let known = BY_EXTENSION.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    known.map_or(UNKNOWN, |(_, media_type)| media_type)
}

/// Returns the media type of content by its first bytes, else by its name, else by whether it is text.
pub(crate) fn sniff(head: &[u8], name: &str) -> &'static str {
    if let Some(kind) = infer::get(head) {
        return kind.mime_type();
    }
    match by_name(name) {
        UNKNOWN if is_text(head) => "text/plain",
        named => named,
    }
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside of a letter.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
        Err(_) => return false,
    };
    !text.is_empty() && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_wins_over_the_name() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n", "a.jpg"), "image/png");
        assert_eq!(sniff(b"a,b\n1,2\n", "a.CSV"), "text/csv");
        assert_eq!(sniff("café".as_bytes().split_at(4).0, "notes"), "text/plain");
        assert_eq!(sniff(b"\x01\x02\x00", "a.unknown"), UNKNOWN);
        assert_eq!(sniff(b"", "a"), UNKNOWN);
    }

    #[test]
    fn names_stand_in_an_order_that_shows_what_is_missing() {
        assert!(BY_EXTENSION.is_sorted_by_key(|(extension, _)| *extension));
    }
}
