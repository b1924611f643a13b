//! Values in a few words, for logs, failures and the window.

use super::{Channels, File, Image, SampleType, Table, Value};

/// The most characters that a summary has.
const MAX_CHARS: usize = 80;

pub(super) fn summary(value: &Value) -> String {
    shorten(&words(value))
}

fn words(value: &Value) -> String {
    match value {
        Value::Absent => "absent".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => float.to_string(),
        Value::Text(text) => quote(text),
        Value::Json(json) => json_words(json),
        Value::Path(path) => format!("path {}", path.display()),
        Value::File(file) => file_words(file),
        Value::Image(image) => image_words(image),
        Value::Table(table) => table_words(table),
        Value::List(list) => format!("list of {}", list.len()),
        Value::Failure(failure) => format!("failure of {}: {}", failure.step, failure.cause()),
        Value::Record(record) => format!("{} {}", record.name, json_words(&record.fields)),
        Value::Lazy(lazy) => match lazy.there() {
            Some(super::Member::Ready(value)) => words(&value),
            _ => format!("{} of {} bytes", lazy.type_of(), lazy.whole_bytes()),
        },
        Value::Custom(custom) => format!("{} of {} bytes", custom.type_name(), custom.size_bytes()),
    }
}

/// Only the start is printed, since an array may hold millions of members.
fn json_words(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::String(text) => quote(text),
        serde_json::Value::Array(items) => format!("json list of {}", items.len()),
        serde_json::Value::Object(fields) => {
            let names: Vec<_> = fields.keys().take(8).map(|name| first_chars(name)).collect();
            format!("json {{{}}}", names.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn table_words(table: &Table) -> String {
    let names: Vec<_> = table.columns().iter().take(8).map(|column| first_chars(&column.name)).collect();
    format!("table of {} rows: {}", table.rows(), names.join(", "))
}

fn file_words(file: &File) -> String {
    format!("file {} {}", first_chars(&file.name), file.media_type)
}

fn image_words(image: &Image) -> String {
    let channels = match image.channels() {
        Channels::Gray => "gray",
        Channels::GrayAlpha => "gray-alpha",
        Channels::Rgb => "rgb",
        Channels::Rgba => "rgba",
    };
    let depth = match image.samples().sample_type() {
        SampleType::U8 => "8",
        SampleType::U16 => "16",
        SampleType::F32 => "32f",
    };
    format!("image {}×{} {channels}{depth}", image.width(), image.height())
}

fn quote(text: &str) -> String {
    format!("{:?}", first_chars(text))
}

fn first_chars(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => text[..at].to_owned(),
        None => text.to_owned(),
    }
}

fn shorten(words: &str) -> String {
    if words.chars().nth(MAX_CHARS).is_none() {
        return words.to_owned();
    }
    words.chars().take(MAX_CHARS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Samples;
    use super::*;

    #[test]
    fn media_say_what_they_are() {
        let image = Image::new(2, 1, Channels::Rgb, Samples::U8(vec![0; 6])).map(|image| Value::Image(Arc::new(image)));
        assert_eq!(image.map(|image| image.summary()), Ok("image 2×1 rgb8".into()));
        let file = Value::File(Arc::new(File::on_disk("/x/a.jpg", "a.jpg", "image/jpeg")));
        assert_eq!(file.summary(), "file a.jpg image/jpeg");
    }

    #[test]
    fn a_summary_is_short_whatever_it_sums_up() {
        let many = Value::Json(Arc::new(serde_json::Value::from(vec!["x"; 9999])));
        for value in [Value::text("é\n".repeat(5000)), Value::path("a/".repeat(500)), many] {
            let chars = value.summary().chars().count();
            assert!(chars <= MAX_CHARS, "{chars}");
        }
    }
}
