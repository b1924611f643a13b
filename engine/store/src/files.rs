//! The files of sinks: written whole or not at all, never over what is not ours, one item for each path.

mod claims;
mod group;
mod keep_out;
mod target;
mod temp;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windlass_core::context::{Content, Files, IfExists, SaveOutcome, Saved, Saving};
use windlass_core::node::{NodeError, explain_io};

use crate::disk::{Disk, Put, RealDisk};
use crate::ledger::{Claim, Ledger};
use crate::workspace::Workspace;
use claims::Claims;
use group::{Finished, Groups, Refused};
use keep_out::KeepOut;
use target::{Standing, Target};
use temp::{Temp, Temps};

/// How many names are tried for `if_exists: rename`.
const NAMES_TRIED: u32 = 100_000;

/// Writes the files of one run.
///
/// | A file stands there | `ours` | `overwrite` | `rename` | `skip` | `fail` |
/// | --- | --- | --- | --- | --- | --- |
/// | with the new content | unchanged | unchanged | unchanged | skipped | failed |
/// | written by this graph file | replaced | replaced | next free name | skipped | failed |
/// | any other file, or a link | failed | replaced | next free name | skipped | failed |
/// | a folder, a pipe, a device | failed | failed | failed | failed | failed |
///
/// What a workspace holds is written by no graph.
///
/// The order is: temporary file beside the target, its content on the disk, the claim on the disk, the name. Files that are
/// finished at about the same time go this way together.
pub struct OutputFiles {
    graph: PathBuf,
    root: Option<PathBuf>,
    keep_out: KeepOut,
    ledger: Arc<Ledger>,
    disk: Arc<dyn Disk>,
    claims: Claims,
    temps: Temps,
    groups: Groups,
}

impl OutputFiles {
    /// Starts a run's files. `graph` is the graph file: what it wrote before is what `if_exists: ours` may replace.
    pub fn new(workspace: &Workspace, ledger: Arc<Ledger>, graph: &Path) -> Self {
        let root = workspace.root().map(real);
        let graph = relative(root.as_deref(), &real(graph)).to_owned();
        Self {
            graph,
            root,
            keep_out: KeepOut::of(workspace.home().map(real)),
            ledger,
            disk: Arc::new(RealDisk),
            claims: Claims::default(),
            temps: Temps::default(),
            groups: Groups::default(),
        }
    }

    /// Writes to another disk, which a test has made full or has taken away.
    #[must_use]
    pub fn with_disk(self, disk: Arc<dyn Disk>) -> Self {
        Self { disk, groups: Groups::default(), ..self }
    }

    /// Puts the finished file in place under its own name.
    async fn settle(
        &self,
        target: &Target,
        mut temp: Temp,
        mut standing: Standing,
        if_exists: IfExists,
    ) -> Result<Saved, NodeError> {
        loop {
            let put = match self.decide(target, &temp, standing, if_exists)? {
                Decision::Leave(SaveOutcome::Unchanged) => {
                    return Ok(target.saved_with(SaveOutcome::Unchanged, temp.written()));
                }
                Decision::Leave(outcome) => return Ok(target.saved(outcome)),
                Decision::Put(put) => put,
            };
            let written = temp.written();
            match self.put(target, temp, put).await {
                Ok(()) => return Ok(target.saved_with(SaveOutcome::Written, written)),
                // Somebody has written a file there in this moment: what it is has to be looked at.
                Err(Refused::Taken(back)) => (temp, standing) = (back, target.standing()?),
                Err(Refused::Failed(error)) => return Err(self.explain(target, &error)),
            }
        }
    }

    /// Puts the finished file in place under the first name that is free, or that has its content already.
    async fn settle_beside(&self, target: &Target, mut temp: Temp, holder: &str) -> Result<Saved, NodeError> {
        let written = temp.written();
        for number in 1..=NAMES_TRIED {
            let beside = target.numbered(number);
            if self.claims.take(&beside, holder).is_err() {
                continue;
            }
            match beside.standing()? {
                Standing::Nothing => match self.put(&beside, temp, Put::New).await {
                    Ok(()) => return Ok(beside.saved_with(SaveOutcome::Written, written)),
                    Err(Refused::Taken(back)) => temp = back,
                    Err(Refused::Failed(error)) => return Err(self.explain(target, &error)),
                },
                Standing::File { size_bytes } if temp.is_content_of(&beside, size_bytes)? => {
                    return Ok(beside.saved_with(SaveOutcome::Unchanged, written));
                }
                _ => {}
            }
            self.claims.give_back(&beside, target);
        }
        Err(NodeError::new(format!("no name is free beside `{}`", target.shown().display())).permanent())
    }

    fn decide(
        &self,
        target: &Target,
        temp: &Temp,
        standing: Standing,
        if_exists: IfExists,
    ) -> Result<Decision, NodeError> {
        if let Some(outcome) = left_alone(target, &standing, if_exists)? {
            return Ok(Decision::Leave(outcome));
        }
        let size_bytes = match standing {
            Standing::Nothing => return Ok(Decision::Put(Put::New)),
            Standing::File { size_bytes } => size_bytes,
            Standing::Link if if_exists == IfExists::Overwrite => return Ok(Decision::Put(Put::Over)),
            Standing::Link | Standing::Other(_) => return Err(foreign(target)),
        };
        if temp.is_content_of(target, size_bytes)? {
            return Ok(Decision::Leave(SaveOutcome::Unchanged));
        }
        if if_exists == IfExists::Overwrite || self.is_ours(target)? {
            return Ok(Decision::Put(Put::Over));
        }
        Err(foreign(target))
    }

    fn is_ours(&self, target: &Target) -> Result<bool, NodeError> {
        let claim = self.claim_of(target, &target.content()?);
        self.ledger.contains(&claim).map_err(|error| explain_io("read the ledger for", target.shown(), &error))
    }

    fn claim_of(&self, target: &Target, content: &blake3::Hash) -> Claim {
        Claim::new(&self.graph, relative(self.root.as_deref(), target.real()), content)
    }

    async fn put(&self, target: &Target, temp: Temp, put: Put) -> Result<(), Refused> {
        let claim = self.claim_of(target, temp.content());
        let finished = Finished { temp, claim, to: target.real().to_owned(), folder: target.folder().to_owned(), put };
        self.groups.commit(finished, &self.disk, &self.ledger).await
    }

    fn explain(&self, target: &Target, error: &io::Error) -> NodeError {
        if self.temps.is_closed() { NodeError::cancelled() } else { explain_io("write", target.shown(), error) }
    }
}

impl Files for OutputFiles {
    fn save<'a>(
        &'a self,
        holder: &'a str,
        path: &'a Path,
        if_exists: IfExists,
        content: &'a mut Content<'_>,
    ) -> Saving<'a> {
        Box::pin(async move {
            let target = Target::new(path, &*self.disk, &self.keep_out)?;
            self.claims.take(&target, holder)?;
            let before = target.standing()?;
            if let Some(outcome) = left_alone(&target, &before, if_exists)? {
                return Ok(target.saved(outcome));
            }
            let temp = self.temps.write(&target, &*self.disk, content)?;
            if if_exists == IfExists::Rename {
                return self.settle_beside(&target, temp, holder).await;
            }
            // A new name is refused where somebody has it meanwhile.
            let standing = if matches!(before, Standing::Nothing) { before } else { target.standing()? };
            self.settle(&target, temp, standing, if_exists).await
        })
    }

    fn claim(&self, holder: &str, path: &Path) -> Result<(), NodeError> {
        self.claims.take(&Target::new(path, &*self.disk, &self.keep_out)?, holder)
    }

    fn abandon(&self) {
        self.temps.close();
    }
}

enum Decision {
    Leave(SaveOutcome),
    Put(Put),
}

/// Decides what needs no look at any content, so that nothing is computed in vain.
fn left_alone(target: &Target, standing: &Standing, if_exists: IfExists) -> Result<Option<SaveOutcome>, NodeError> {
    let told = |text: &str| NodeError::new(format!("{text}: `{}`", target.shown().display())).permanent();
    match (standing, if_exists) {
        (Standing::Nothing, _) => Ok(None),
        (Standing::Other(what), _) => Err(told(&format!("{what} has the name that the file should get"))),
        (_, IfExists::Skip) => Ok(Some(SaveOutcome::Skipped)),
        (_, IfExists::Fail) => {
            Err(told("a file stands there already").hint("move it away, or choose another `if_exists`"))
        }
        _ => Ok(None),
    }
}

fn foreign(target: &Target) -> NodeError {
    let path = target.shown().display();
    NodeError::new(format!("a file stands there that this graph has not written, or that was changed since: `{path}`"))
        .hint("move it away, write elsewhere with `--out`, or set `if_exists: overwrite`")
        .permanent()
}

/// Returns the path without links where it can be found, else as it is.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Returns the path from the workspace's folder on where it lies in it, so that the folder may be moved.
fn relative<'a>(root: Option<&Path>, path: &'a Path) -> &'a Path {
    root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path)
}

#[cfg(test)]
mod tests;
