//! Where the definitions of a server's classes come from: a file that was named, what the workspace keeps, or a server that runs.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value as Json;
use windlass_core::node::{NodeError, explain_io};

use crate::definitions::essence;
use crate::{Definitions, LARGEST, ReadError, ServerSetting};

/// How long a server that is not there is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The definitions of a server's classes, from the first of the places that has them.
#[derive(Debug, Default)]
pub struct Shelf {
    /// A file that was named.
    pub given: Option<PathBuf>,
    /// Where the workspace keeps them.
    pub kept: Option<PathBuf>,
    /// The servers that are asked, in this order.
    pub servers: Vec<ServerSetting>,
    /// What was found, and when the file that it came from was written; `None` for what a server said.
    found: Mutex<Option<(Option<SystemTime>, Arc<Json>)>>,
}

impl Shelf {
    /// Returns a shelf that looks at these places.
    pub fn new(given: Option<PathBuf>, kept: Option<PathBuf>, servers: Vec<ServerSetting>) -> Self {
        Self { given, kept, servers, found: Mutex::default() }
    }

    /// Returns what a server says of its classes, as far as it is needed. It is looked for once, and again where the file has
    /// changed. May block for some seconds for each server.
    ///
    /// # Errors
    /// None of the places has it, or what stands there is something else.
    pub fn listing(&self) -> Result<Arc<Json>, NodeError> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.given.as_ref().or(self.kept.as_ref());
        let written = file.and_then(|file| file.metadata().ok()?.modified().ok());
        if let Some((_, listing)) = found.as_ref().filter(|(then, _)| *then == written) {
            return Ok(listing.clone());
        }
        let listing = Arc::new(self.look()?);
        *found = Some((written, listing.clone()));
        Ok(listing)
    }

    /// Returns the classes.
    ///
    /// # Errors
    /// As [`Shelf::listing`].
    pub fn definitions(&self) -> Result<Definitions, NodeError> {
        Definitions::of(&*self.listing()?).map_err(|error| NodeError::new(error.to_string()))
    }

    fn look(&self) -> Result<Json, NodeError> {
        if let Some(given) = &self.given {
            return read(given);
        }
        if let Some(kept) = self.kept.as_deref().filter(|kept| kept.is_file()) {
            return read(kept);
        }
        self.asked()
    }

    fn asked(&self) -> Result<Json, NodeError> {
        let mut said = Vec::new();
        for setting in &self.servers {
            match ask(setting) {
                Ok(listing) => return Ok(listing),
                Err(why) => said.push(why),
            }
        }
        let hint = "start ComfyUI and try again, or give what it answers to `/object_info`: `windlass comfy nodes --object-info FILE`";
        let why = if said.is_empty() { "no server is named".to_owned() } else { said.join("; ") };
        Err(NodeError::new(format!("the classes of ComfyUI are not known: {why}")).hint(hint))
    }
}

fn read(path: &Path) -> Result<Json, NodeError> {
    let bytes = bounded(path).map_err(|error| explain_io("read", path, &error))?;
    let listing = crate::json(&bytes).and_then(|listing| Definitions::of(&listing).map(|_| listing));
    let wrong = |error: ReadError| {
        let hint = "it takes what a server answers to `/object_info`, saved as it is";
        NodeError::new(format!("`{}` cannot be used: {error}", path.display())).hint(hint)
    };
    listing.map(|listing| essence(&listing, None)).map_err(wrong)
}

/// Reads a file up to one byte more than is taken, so that it is seen to be too large.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Asks a server in a thread of its own, so that it does not matter what the caller is in the middle of.
fn ask(setting: &ServerSetting) -> Result<Json, String> {
    let server = setting.server().map_err(|error| error.to_string())?;
    let asking = move || {
        crate::server::wait(async {
            let late = |_| format!("{} does not answer within {} s", server.address(), PATIENCE.as_secs());
            let listing = tokio::time::timeout(PATIENCE, server.listing()).await.map_err(late)?;
            listing.map(|listing| essence(&listing, None)).map_err(|error| error.to_string())
        })
        .map_err(|error| error.to_string())?
    };
    let thread = std::thread::Builder::new().name("comfy classes".into()).spawn(asking);
    let thread = thread.map_err(|error| error.to_string())?;
    thread.join().map_err(|_| "asking it failed".to_owned())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, classes: &Json, at: u64) {
        std::fs::write(path, classes.to_string()).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(at)).unwrap();
    }

    #[test]
    fn what_is_kept_is_read_again_when_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("classes.json");
        let shelf = Shelf::new(None, Some(kept.clone()), Vec::new());
        assert!(shelf.listing().unwrap_err().to_string().contains("no server is named"));
        let class = serde_json::json!({ "input": {}, "python_module": "nodes" });
        write(&kept, &serde_json::json!({ "A": class }), 1);
        assert_eq!(shelf.listing().unwrap().to_string(), r#"{"A":{"input":{}}}"#, "what nobody needs is left out");
        write(&kept, &serde_json::json!({ "A": class, "B": class }), 2);
        assert_eq!(shelf.definitions().unwrap().names().collect::<Vec<_>>(), ["A", "B"]);
        write(&kept, &serde_json::json!([1]), 3);
        assert!(shelf.listing().unwrap_err().to_string().contains("no object of classes"));
        let given = Shelf::new(Some(folder.path().join("none.json")), Some(kept), Vec::new());
        assert!(given.listing().unwrap_err().to_string().contains("none.json"));
    }
}
