//! Constants of graphs and texts of command lines as values of a type.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::types::Type;
use crate::value::{File, List, Value};

/// What relative paths in a constant are relative to.
#[derive(Clone, Copy)]
pub(crate) enum Base<'a> {
    /// An absolute folder.
    Folder(&'a Path),
    /// Nothing: the text is a path template and stays as it is.
    Template,
}

/// Reads a constant of a graph.
///
/// # Errors
/// Says what was expected.
pub(crate) fn from_json(json: &Json, ty: &Type, base: Base<'_>) -> Result<Value, String> {
    settle(Value::from_constant(json), Some(json), ty, base)
        .ok_or_else(|| format!("expected `{ty}`, found `{}`", short(&json.to_string())))
}

/// Reads a text of a command line by the type that it is for.
///
/// # Errors
/// Says what was expected.
pub(crate) fn from_text(text: &str, ty: &Type, base: Base<'_>) -> Result<Value, String> {
    if text.is_empty() && ty.is_optional() && !ty.admits(&Value::text(text)) {
        return Ok(Value::Absent);
    }
    let as_json = || {
        let json = serde_json::from_str::<Json>(text).ok()?;
        settle(Value::from_constant(&json), Some(&json), ty, base)
    };
    let as_text = || settle(Value::text(text), None, ty, base);
    let takes_text = ty.members().iter().any(|member| matches!(member, Type::Text(_)));
    let value = if takes_text { as_text().or_else(as_json) } else { as_json().or_else(as_text) };
    value.ok_or_else(|| format!("expected `{ty}`, found `{}`", short(text)))
}

/// Returns a value as its type wants it, paths absolute; `None` where it does not fit.
pub(crate) fn coerce(value: Value, ty: &Type, base: Base<'_>) -> Option<Value> {
    settle(value, None, ty, base)
}

/// Returns a value that may stand where none is known before a run.
pub(crate) fn placeholder(ty: &Type) -> Value {
    match ty.members().first().unwrap_or(ty) {
        Type::Bool => Value::Bool(false),
        Type::Int(low, high) => Value::Int(low.or(*high).unwrap_or(1)),
        Type::Float(low, high) => Value::Float(low.or(*high).unwrap_or(1.0)),
        Type::Text(Some(texts)) => Value::text(texts.first().map_or("", String::as_str)),
        Type::Text(None) => Value::text(""),
        Type::Path => Value::path("/"),
        Type::List(_) => Value::List(Arc::default()),
        _ => Value::Absent,
    }
}

/// Returns an absolute path without `.` parts; `..` stays, because a link may stand before it.
pub(crate) fn absolute(path: &Path, folder: &Path) -> PathBuf {
    folder.join(path).components().filter(|part| *part != Component::CurDir).collect()
}

fn settle(value: Value, json: Option<&Json>, ty: &Type, base: Base<'_>) -> Option<Value> {
    if let (Type::Json, Some(Json::Array(_) | Json::Object(_))) = (ty, json) {
        return json.map(|json| Value::Json(Arc::new(json.clone())));
    }
    let as_it_is = ty.members().iter().filter(|member| !matches!(member, Type::Path | Type::List(_)));
    if as_it_is.into_iter().any(|member| member.admits(&value)) {
        return Some(widened(value, ty));
    }
    ty.members().iter().find_map(|member| converted(&value, member, base))
}

/// Makes an int a float where only a float is wanted, so that equal settings look equal.
fn widened(value: Value, ty: &Type) -> Value {
    match value {
        Value::Int(int) if matches!(ty, Type::Float(..)) => Value::Float(int as f64),
        other => other,
    }
}

fn converted(value: &Value, member: &Type, base: Base<'_>) -> Option<Value> {
    match (value, member) {
        (Value::Text(text), Type::Path) => Some(path_value(Path::new(&**text), base)),
        (Value::Path(path), Type::Path) => Some(path_value(path, base)),
        (Value::Text(text), Type::File | Type::Audio | Type::Video) => {
            file_value(text, base).filter(|file| member.admits(file))
        }
        (Value::List(list), Type::List(of)) => {
            let members = list.members().iter().map(|member| settle(member.read().ok()?, None, of, base));
            members.collect::<Option<List>>().map(|list| Value::List(Arc::new(list)))
        }
        (Value::Json(json), Type::List(_)) => match &**json {
            Json::Array(_) => converted(&Value::from_constant(json), member, base),
            _ => None,
        },
        _ => None,
    }
}

fn path_value(path: &Path, base: Base<'_>) -> Value {
    match base {
        Base::Folder(folder) => Value::path(absolute(path, folder)),
        Base::Template => Value::path(path),
    }
}

fn file_value(text: &str, base: Base<'_>) -> Option<Value> {
    let Base::Folder(folder) = base else { return None };
    let path = absolute(Path::new(text), folder);
    let name = path.file_name()?.to_string_lossy().into_owned();
    let media_type = media_type_of(&path);
    Some(Value::File(Arc::new(File::on_disk(path, name, media_type))))
}

/// Tells audio and video by the ending of the name, because their types ask for it; the rest is left to who opens it.
fn media_type_of(path: &Path) -> &'static str {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("wav") => "audio/wav",
        Some("flac") => "audio/flac",
        Some("mp3") => "audio/mpeg",
        Some("ogg" | "opus") => "audio/ogg",
        Some("m4a") => "audio/mp4",
        Some("mp4" | "m4v") => "video/mp4",
        Some("mkv") => "video/x-matroska",
        Some("webm") => "video/webm",
        Some("mov") => "video/quicktime",
        _ => "application/octet-stream",
    }
}

/// Cuts a text that is too long for a sentence.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, ty: &str) -> Option<Value> {
        let ty: Type = ty.parse().unwrap();
        from_text(text, &ty, Base::Folder(Path::new("/home"))).ok()
    }

    #[test]
    fn texts_are_read_by_the_type_that_they_are_for() {
        assert!(matches!(read("12", "int"), Some(Value::Int(12))));
        assert!(matches!(read("12", "text"), Some(Value::Text(text)) if &*text == "12"));
        assert!(matches!(read("12", "float"), Some(Value::Float(12.0))));
        assert!(matches!(read("true", "bool"), Some(Value::Bool(true))));
        assert!(matches!(read("", "int?"), Some(Value::Absent)));
        assert!(matches!(read("a/./b", "path"), Some(Value::Path(path)) if &*path == Path::new("/home/a/b")));
        assert!(matches!(read("[1, 2]", "list<int>"), Some(Value::List(list)) if list.len() == 2));
        assert!(matches!(read("{\"a\": 1}", "json"), Some(Value::Json(_))));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, ty) in [("twelve", "int"), ("0", "int(1..)"), ("c", "text(\"a\"|\"b\")"), ("x", "list<int>")] {
            assert!(read(text, ty).is_none(), "{text} as {ty}");
        }
    }
}
