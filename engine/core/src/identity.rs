//! What stands for a value in fingerprints: by content, unless the value says itself where it comes from.

use blake3::{Hash, Hasher};

use crate::node::NodeError;
use crate::value::{Codecs, File, FileContent, Image, List, Member, Samples, Value};

/// Finds the hash of a file's content, as it is on disk.
pub type HashFile<'a> = dyn Fn(&File) -> Result<Hash, NodeError> + 'a;

/// Returns what stands for a value. The content of files on disk is told by `hash_file`.
///
/// | Value | What counts |
/// | --- | --- |
/// | one that says where it comes from | that |
/// | `file`, `audio`, `video` | name, media type and content, wherever that is |
/// | `image` | size, channels, alpha mode, profile and samples |
/// | `list<T>` | the names and what stands for the members |
/// | all others | their bytes |
///
/// # Errors
/// A file or a member of a list cannot be read, or no codec knows the type.
pub fn of_value(value: &Value, codecs: &Codecs, hash_file: &HashFile<'_>) -> Result<Hash, NodeError> {
    match value {
        Value::Lazy(lazy) => Ok(lazy.identity()),
        Value::File(file) => of_file(file, hash_file),
        Value::Image(image) => Ok(of_image(image)),
        Value::List(list) => of_list(list, codecs, hash_file),
        other => {
            let bytes = codecs.pack(other).map_err(|error| NodeError::because("a value has no bytes", &error))?;
            Ok(of_parts("windlass value 1", &[&bytes]))
        }
    }
}

/// Returns one hash for parts that may have any bytes; `what` keeps hashes of different things apart.
pub fn of_parts(what: &str, parts: &[&[u8]]) -> Hash {
    let mut hasher = Hasher::new();
    for part in std::iter::once(what.as_bytes()).chain(parts.iter().copied()) {
        add(&mut hasher, part);
    }
    hasher.finalize()
}

fn add(hasher: &mut Hasher, part: &[u8]) {
    hasher.update(&(part.len() as u64).to_le_bytes());
    hasher.update(part);
}

fn add_all<const N: usize>(hasher: &mut Hasher, samples: impl Iterator<Item = [u8; N]>) {
    for sample in samples {
        hasher.update(&sample);
    }
}

fn of_file(file: &File, hash_file: &HashFile<'_>) -> Result<Hash, NodeError> {
    let content = match &file.content {
        FileContent::Bytes(bytes) => blake3::hash(bytes),
        FileContent::Path(_) => hash_file(file)?,
    };
    Ok(of_parts("windlass file 1", &[file.name.as_bytes(), file.media_type.as_bytes(), content.as_bytes()]))
}

fn of_image(image: &Image) -> Hash {
    let mut hasher = Hasher::new();
    add(&mut hasher, b"windlass image 1");
    let layout = (image.width(), image.height(), image.channels(), image.alpha);
    add(&mut hasher, format!("{layout:?}").as_bytes());
    add(&mut hasher, image.icc.as_deref().unwrap_or_default());
    match image.samples() {
        Samples::U8(samples) => add(&mut hasher, samples),
        Samples::U16(samples) => add_all(&mut hasher, samples.iter().map(|sample| sample.to_le_bytes())),
        Samples::F32(samples) => add_all(&mut hasher, samples.iter().map(|sample| sample.to_le_bytes())),
    }
    hasher.finalize()
}

fn of_list(list: &List, codecs: &Codecs, hash_file: &HashFile<'_>) -> Result<Hash, NodeError> {
    let mut hasher = Hasher::new();
    add(&mut hasher, b"windlass list 1");
    hasher.update(&(list.names().len() as u64).to_le_bytes());
    list.names().iter().for_each(|name| add(&mut hasher, name.as_bytes()));
    for member in list.members() {
        let identity = match member {
            Member::Ready(value) => of_value(value, codecs, hash_file)?,
            Member::Held(held) => match held.lazy() {
                Some(lazy) => lazy.identity(),
                None => of_value(&held.read()?, codecs, hash_file)?,
            },
        };
        hasher.update(identity.as_bytes());
    }
    Ok(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::types::Type;
    use crate::value::Lazy;

    fn identity(value: &Value) -> Hash {
        of_value(value, &Codecs::default(), &|file| Ok(blake3::hash(file.name.as_bytes()))).unwrap()
    }

    #[test]
    fn a_file_counts_by_name_and_content_wherever_it_is() {
        let file = |file: File| Value::File(Arc::new(file));
        let on_disk = |path: &str, name: &str| file(File::on_disk(path, name, "text/plain"));
        assert_eq!(identity(&on_disk("/a/x", "x")), identity(&on_disk("/b/x", "x")));
        assert_eq!(identity(&on_disk("/a/x", "x")), identity(&file(File::in_memory(*b"x", "x", "text/plain"))));
        assert_ne!(identity(&on_disk("/a/x", "x")), identity(&on_disk("/a/x", "y")));
    }

    #[test]
    fn values_that_differ_are_told_apart() {
        let values = [Value::Int(1), Value::Float(1.0), Value::text("1"), Value::path("1"), Value::Absent];
        let list = |values: &[Value]| Value::List(Arc::new(values.iter().cloned().collect()));
        let lists = [list(&values), list(&values[1..]), list(&[list(&values)])];
        let all: Vec<_> = values.iter().chain(&lists).map(identity).collect();
        let different: std::collections::HashSet<_> = all.iter().map(|hash| *hash.as_bytes()).collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn a_value_may_say_where_it_comes_from() {
        let own = blake3::hash(b"own");
        let lazy = Value::Lazy(Arc::new(Lazy::new(own, Type::Image, 9, None)));
        assert_eq!(identity(&lazy), own);
    }
}
