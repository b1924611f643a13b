//! A file of settings, with the place of all that is wrong in it.

use std::fs;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};
use windlass_core::node::explain_io;
use windlass_core::problem::{Problem, Source, Span, nearest};

use super::{Gathered, KEYS, Key, Origin, comfy};

/// More than any file of settings needs.
const MAX_BYTES: u64 = 1 << 20;

/// Settings of the design that this version does not use yet.
const LATER: [&str; 1] = ["theme"];

/// Reads a file; what it may say depends on whether it is a person's own.
pub(super) fn read(path: &Path, is_own: bool, gathered: &mut Gathered) {
    match content(path) {
        Ok(None) => {}
        Ok(Some(text)) => read_text(path, text, is_own, gathered),
        Err(problem) => gathered.problems.push(*problem),
    }
}

fn content(path: &Path) -> Result<Option<String>, Box<Problem>> {
    let wrong = |message: String| Box::new(Problem::error("unreadable-settings", message));
    let hint = "give permission to read it, or name another folder of settings with `XDG_CONFIG_HOME`";
    let refused = |error: std::io::Error| Box::new(wrong(explain_io("read", path, &error).to_string()).hint(hint));
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(error)),
        Ok(found) if !found.is_file() => {
            return Err(wrong(format!("cannot read `{}`: it is not a regular file", path.display())));
        }
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(refused)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(wrong(format!("cannot read `{}`: it is larger than {MAX_BYTES} bytes", path.display())));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| wrong(format!("cannot read `{}`: it is no UTF-8", path.display())))
}

fn read_text(path: &Path, text: String, is_own: bool, gathered: &mut Gathered) {
    let source = Arc::new(Source { name: path.display().to_string(), text });
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    gathered.problems.extend(errors.iter().map(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        let span = error.span().map(|range| Span { source: source.clone(), range });
        Problem::error("settings-syntax", message).at(span)
    }));
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in entries {
        let at = |range: Range<usize>| Some(Span { source: source.clone(), range });
        match KEYS.iter().find(|key| key.name == name.get_ref()) {
            None if name.get_ref() == comfy::TABLE => {
                let place = comfy::Place { path, source: &source, is_own };
                comfy::read(&place, value.get_ref(), value.span(), gathered);
            }
            None => gathered.problems.push(unknown(name.get_ref()).at(at(name.span()))),
            Some(key) => take(key, value.get_ref(), path, at(value.span()), gathered),
        }
    }
}

/// Takes the value of a setting.
pub(super) fn take(key: &Key, value: &DeValue<'_>, path: &Path, span: Option<Span>, gathered: &mut Gathered) {
    let written = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    let is_number = matches!(value, DeValue::Integer(_));
    match key.read(&written).and_then(|value| key.fits(is_number).map(|()| value)) {
        Ok(value) => {
            let line = span.as_ref().map_or(1, |span| span.line_column().0);
            gathered.put(key, value, &written, Origin::File(path.to_owned(), line));
        }
        Err(expected) => {
            let message = format!("`{}` must be {expected}", key.name);
            gathered.problems.push(Problem::error("bad-setting", message).at(span));
        }
    }
}

impl Key {
    /// A size without a unit is a mistake more often than a number of bytes.
    fn fits(&self, is_number: bool) -> Result<(), String> {
        match self.kind {
            super::Kind::Duration if is_number => Err("a duration like `\"30s\"`".into()),
            super::Kind::Size if is_number => Err("a size like `\"2GiB\"`".into()),
            super::Kind::Count { most } if !is_number => {
                Err(format!("a whole number from 1 to {most}, without quotes"))
            }
            _ => Ok(()),
        }
    }
}

fn unknown(name: &str) -> Problem {
    if LATER.contains(&name) {
        return Problem::error("not-yet", format!("the setting `{name}` does nothing yet")).hint("leave it out");
    }
    let hint = match nearest(name, KEYS.iter().map(|key| key.name).chain([comfy::TABLE])) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<_> = KEYS.iter().map(|key| format!("`{}`", key.name)).collect();
            format!("there are {}", names.join(" and "))
        }
    };
    Problem::error("unknown-setting", format!("there is no setting `{name}`")).hint(hint)
}
