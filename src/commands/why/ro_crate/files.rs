//! The files of a crate: copied into it, or pointed to where they are large.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use blake3::Hash;
use serde_json::{Value as Json, json};
use windlass_store::lineage::hash_of;

use super::graph::id;

/// Larger files are not copied.
const MOST_COPIED_BYTES: u64 = 256 << 20;

/// The files of a crate.
pub struct Files {
    folder: PathBuf,
    /// How often each name was wanted.
    names: HashMap<String, usize>,
}

impl Files {
    /// Begins in an empty folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), names: HashMap::new() }
    }

    /// Writes a file, and returns what the description calls it.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn put(&mut self, name: &str, content: &[u8]) -> io::Result<String> {
        let name = self.free(name);
        let path = self.folder.join(&name);
        fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        fs::File::create_new(path)?.write_all(content)?;
        Ok(id(&name))
    }

    /// Copies a file that has this content, or points to it where it is large. Returns what the description says of it; `None`
    /// where it has that content no more.
    ///
    /// # Errors
    /// What the system refuses where the copy is written.
    pub fn copy(&mut self, name: &str, from: &Path, content: &Hash) -> io::Result<Option<Json>> {
        let Ok(found) = fs::metadata(from) else { return Ok(None) };
        let mut entity = json!({
            "@type": "File",
            "name": from.file_name().unwrap_or_default().to_string_lossy(),
            "contentSize": found.len().to_string(),
            "identifier": format!("blake3:{}", content.to_hex()),
        });
        if found.len() > MOST_COPIED_BYTES {
            entity["@id"] = format!("file://{}", id(&from.to_string_lossy())).into();
            return Ok(Some(entity));
        }
        let name = self.free(name);
        let path = self.folder.join(&name);
        fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        fs::copy(from, &path)?;
        if hash_of(&path) != Some(*content) {
            fs::remove_file(&path)?;
            return Ok(None);
        }
        entity["@id"] = id(&name).into();
        Ok(Some(entity))
    }

    /// Returns a name that no other file has: repeated ones get `~2`, `~3`.
    fn free(&mut self, name: &str) -> String {
        let count = self.names.entry(name.to_owned()).or_default();
        *count += 1;
        match (*count, Path::new(name).extension()) {
            (1, _) => name.to_owned(),
            (count, Some(extension)) => {
                let stem = &name[..name.len() - extension.len() - 1];
                self.free(&format!("{stem}~{count}.{}", extension.to_string_lossy()))
            }
            (count, None) => self.free(&format!("{name}~{count}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_differ() {
        let mut files = Files::new(Path::new("/"));
        let names: Vec<_> = ["a.b.c", "a.b.c", "x", "a.b.c", "x", "x~2"].iter().map(|name| files.free(name)).collect();
        assert_eq!(names, ["a.b.c", "a.b~2.c", "x", "a.b~3.c", "x~2", "x~2~2"]);
    }
}
