//! Files by what they hold: a media type to what it is opened as, one line each. What none opens is told by name, size and type.

use std::fs;
use std::io::Read;

use windlass_core::value::{File, FileContent, Value};

use super::Source;

/// The largest file that is opened to be shown.
pub const MOST_BYTES: u64 = 256 << 20;
/// How much is read of a text.
const TEXT_BYTES: u64 = 256 << 10;
/// Rows that are read of a table.
const ROWS: usize = 200;

type Open = fn(&File, &Source<'_>) -> Option<Value>;

/// What is opened, by the beginning of its media type; the first that fits.
const MEDIA: [(&str, Open); 7] = [
    ("image/svg", text),
    ("image/", picture),
    ("application/json", json),
    ("text/csv", rows),
    ("text/", text),
    ("application/yaml", text),
    ("application/toml", text),
];

/// Opens a file that can be shown by what it holds.
pub fn open(source: &Source<'_>) -> Option<Value> {
    let Value::File(file) = source.value else { return None };
    let (_, open) = MEDIA.iter().find(|(begins, _)| file.media_type.starts_with(begins))?;
    open(file, source)
}

/// Returns the file at a path, with the media type that its ending stands for.
pub fn at_path(path: &std::path::Path) -> Value {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let media_type = match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg".into(),
        "png" | "webp" | "gif" | "bmp" | "tiff" => format!("image/{ending}"),
        "tif" => "image/tiff".into(),
        "json" | "yaml" | "toml" => format!("application/{ending}"),
        "csv" => "text/csv".into(),
        "txt" | "md" | "html" | "tsv" | "jsonl" => "text/plain".into(),
        _ => "application/octet-stream".to_owned(),
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Value::File(File::on_disk(path, name, media_type).into())
}

fn picture(file: &File, source: &Source<'_>) -> Option<Value> {
    let bytes = bytes(file, MOST_BYTES)?;
    source.host.picture(&bytes).ok().map(|image| Value::Image(image.into()))
}

fn json(file: &File, _: &Source<'_>) -> Option<Value> {
    let bytes = bytes(file, MOST_BYTES)?;
    serde_json::from_slice(&bytes).ok().map(|json: serde_json::Value| Value::Json(json.into()))
}

fn text(file: &File, _: &Source<'_>) -> Option<Value> {
    Some(Value::text(start(file)?))
}

/// The first rows of a table without quoted fields; one with them is shown as the text that it is.
fn rows(file: &File, source: &Source<'_>) -> Option<Value> {
    let whole = start(file)?;
    if whole.contains('"') {
        return text(file, source);
    }
    let mut lines = whole.lines();
    let names: Vec<_> = lines.next()?.split(',').map(str::to_owned).collect();
    let row = |line: &str| {
        let fields = line.split(',').map(serde_json::Value::from);
        serde_json::Value::Object(names.iter().cloned().zip(fields).collect())
    };
    Some(Value::Json(serde_json::Value::from_iter(lines.take(ROWS).map(row)).into()))
}

fn start(file: &File) -> Option<String> {
    bytes(file, u64::MAX).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the content of a file up to some size; of an unlimited one its start. `None`: it is too large, or not to be had.
fn bytes(file: &File, most: u64) -> Option<Vec<u8>> {
    let limit = if most == u64::MAX { TEXT_BYTES } else { most };
    match &file.content {
        FileContent::Bytes(bytes) => Some(bytes[..bytes.len().min(limit as usize)].to_vec()),
        FileContent::Path(path) => {
            let about = fs::metadata(path).ok().filter(|about| about.is_file() && about.len() <= most)?;
            let mut read = Vec::with_capacity(about.len().min(limit) as usize);
            fs::File::open(path).ok()?.take(limit).read_to_end(&mut read).ok()?;
            Some(read)
        }
    }
}
