//! What a run remembers results in: values in the workspace, and the index over the journals of all runs.

use std::sync::Arc;

use windlass_core::registry::Registry;
use windlass_runtime::Results;
use windlass_store::file_hashes::FileHashes;
use windlass_store::index::IndexError;
use windlass_store::{Artifacts, Cache, Layout, RealDisk, Workspace};

use crate::warnings::Warnings;

/// Opens what a run remembers by; `None` where there is no workspace. Where values may take only so many bytes, those that can be
/// computed again are not kept beyond that.
pub fn open(
    workspace: &Workspace,
    registry: &Registry,
    (is_fresh, cache_bytes): (bool, Option<u64>),
    warnings: &Warnings,
) -> Option<Results> {
    let artifacts = workspace.artifacts_within(registry.codecs().clone(), cache_bytes)?;
    let cache = cache(workspace, warnings).map(Arc::new);
    let files = Arc::new(FileHashes::with_cache(cache.clone()));
    Some(Results { artifacts, files, cache, is_fresh })
}

/// Returns what a run remembers by where nothing is: nothing is found, and nothing may be kept.
pub fn nowhere(registry: &Registry) -> Results {
    let layout = Layout::new(&std::env::temp_dir().join("windlass-nowhere"));
    let artifacts = Artifacts::open(Arc::new(RealDisk), &layout, registry.codecs().clone());
    Results { artifacts, files: Arc::default(), cache: None, is_fresh: true }
}

/// Says that all of a run is in the index, and closes it.
pub fn close(results: Option<Results>, workspace: &Workspace, run: &str, warnings: &Warnings) {
    let Some(cache) = results.and_then(|results| results.cache) else { return };
    let finished = workspace.runs().find(Some(run)).map_or(Ok(()), |run| cache.finish(&run));
    // Whatever came of that, others may have it now.
    let closed = cache.close();
    if let Err(error) = finished.and(closed) {
        warn(&error, warnings);
    }
}

fn cache(workspace: &Workspace, warnings: &Warnings) -> Option<Cache> {
    match Cache::open(workspace.layout()?, &workspace.runs()) {
        Ok(opened) => {
            opened.notices.iter().for_each(|notice| warnings.say(notice));
            Some(opened.cache)
        }
        Err(error) => {
            warn(&error, warnings);
            None
        }
    }
}

fn warn(error: &IndexError, warnings: &Warnings) {
    let what = "going on without the results of other runs; later runs find those of this one";
    warnings.say(&format!("{error}; {what}"));
}
