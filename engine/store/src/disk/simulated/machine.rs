//! What a simulated disk knows: what is there, what of it is synced, and what waits to be.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use super::super::{Entry, Open, Put};
use super::Lie;

/// Place of a file's content in [`Machine::contents`].
pub(super) type NodeId = usize;

/// The state of a disk.
#[derive(Default)]
pub(super) struct Machine {
    pub(super) contents: Vec<Content>,
    /// What everybody sees.
    pub(super) names: Names,
    /// What is synced of it.
    pub(super) synced: Names,
    /// Changes of names that no sync has reached, oldest first.
    pub(super) pending: Vec<Change>,
    pub(super) operations: u64,
    pub(super) operations_left: Option<u64>,
    pub(super) room_bytes: Option<u64>,
    pub(super) failing_syncs: u32,
    pub(super) lie: Option<Lie>,
}

/// Names and what they stand for; `None` is a folder.
pub(super) type Names = BTreeMap<PathBuf, Option<NodeId>>;

/// Names that change in one step; the outer `None` removes one.
#[derive(Clone)]
pub(super) struct Change(pub(super) Vec<(PathBuf, Option<Option<NodeId>>)>);

/// The bytes of a file.
#[derive(Clone, Default)]
pub(super) struct Content {
    pub(super) live: Vec<u8>,
    pub(super) synced: Vec<u8>,
    /// Where bytes were written since the last sync.
    pub(super) dirty: Vec<Range<usize>>,
    held: Weak<()>,
}

impl Machine {
    /// Counts an operation, and fails where the power is cut.
    pub(super) fn count_operation(&mut self) -> io::Result<()> {
        match &mut self.operations_left {
            Some(0) => return Err(io::Error::other("the power is cut")),
            Some(left) => *left -= 1,
            None => {}
        }
        self.operations += 1;
        Ok(())
    }

    /// Returns whether the next sync fails.
    pub(super) fn sync_fails(&mut self) -> bool {
        let fails = self.failing_syncs > 0;
        self.failing_syncs = self.failing_syncs.saturating_sub(1);
        fails
    }

    /// Takes room for bytes, where there is an end to it.
    pub(super) fn take_room(&mut self, bytes: u64) -> io::Result<()> {
        let Some(room) = &mut self.room_bytes else { return Ok(()) };
        *room = room.checked_sub(bytes).ok_or(ErrorKind::StorageFull)?;
        Ok(())
    }

    pub(super) fn content(&mut self, node: NodeId) -> &mut Content {
        &mut self.contents[node]
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&PathBuf, &Vec<u8>)> {
        self.names.iter().filter_map(|(path, node)| Some((path, &self.contents[(*node)?].live)))
    }

    pub(super) fn open(&mut self, path: &Path, how: Open) -> io::Result<(NodeId, Option<Arc<()>>)> {
        let node = match (self.names.get(path), how) {
            (Some(None), _) => return Err(ErrorKind::IsADirectory.into()),
            (Some(Some(_)), Open::New) => return Err(ErrorKind::AlreadyExists.into()),
            (Some(Some(node)), _) => *node,
            (None, Open::Read) => return Err(ErrorKind::NotFound.into()),
            (None, _) => self.create(path)?,
        };
        if how == Open::Read {
            return Ok((node, None));
        }
        if self.contents[node].held.strong_count() > 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let held = Arc::new(());
        self.contents[node].held = Arc::downgrade(&held);
        Ok((node, Some(held)))
    }

    pub(super) fn is_held(&self, path: &Path) -> io::Result<bool> {
        Ok(self.contents[self.node(path)?].held.strong_count() > 0)
    }

    pub(super) fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        let mut above: Vec<_> = folder.ancestors().collect();
        above.reverse();
        for folder in above {
            match self.names.get(folder) {
                Some(None) => {}
                Some(Some(_)) => return Err(ErrorKind::NotADirectory.into()),
                None => self.change(vec![(folder.to_owned(), Some(None))]),
            }
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path, put: Put) -> io::Result<()> {
        let node = self.node(from)?;
        self.need_folder(to.parent().unwrap_or(Path::new("")))?;
        match self.names.get(to) {
            Some(None) => return Err(ErrorKind::IsADirectory.into()),
            Some(Some(_)) if put == Put::New => return Err(ErrorKind::AlreadyExists.into()),
            _ => {}
        }
        self.change(vec![(from.to_owned(), None), (to.to_owned(), Some(Some(node)))]);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        let node = self.node(path)?;
        if let Some(room) = &mut self.room_bytes {
            *room += self.contents[node].live.len() as u64;
        }
        self.change(vec![(path.to_owned(), None)]);
        Ok(())
    }

    pub(super) fn remove_folder(&mut self, folder: &Path) -> io::Result<()> {
        if !self.list(folder)?.is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        self.change(vec![(folder.to_owned(), None)]);
        Ok(())
    }

    pub(super) fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        self.need_folder(folder)?;
        let inside = self.names.iter().filter(|(path, _)| path.parent() == Some(folder));
        let entry = |(path, node): (&PathBuf, &Option<NodeId>)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let size_bytes = node.map_or(0, |node| self.contents[node].live.len() as u64);
            Entry { name, is_folder: node.is_none(), size_bytes, takes_bytes: size_bytes }
        };
        Ok(inside.map(entry).collect())
    }

    pub(super) fn need_folder(&self, folder: &Path) -> io::Result<()> {
        match self.names.get(folder) {
            Some(None) => Ok(()),
            Some(Some(_)) => Err(ErrorKind::NotADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn damage(&mut self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let node = self.node(path)?;
        let content = &mut self.contents[node];
        change(&mut content.live);
        content.synced = content.live.clone();
        content.dirty.clear();
        Ok(())
    }

    /// Makes the bytes of a file safe.
    pub(super) fn settle_content(&mut self, node: NodeId) {
        if self.lie != Some(Lie::Contents) {
            self.contents[node].settle();
        }
    }

    /// Makes all names of a folder safe, and what happened to the same names elsewhere before.
    pub(super) fn settle_folder(&mut self, folder: &Path) {
        if self.lie == Some(Lie::Names) {
            return;
        }
        let mut named: BTreeSet<PathBuf> = BTreeSet::new();
        let mut settled = Vec::new();
        for at in (0..self.pending.len()).rev() {
            let paths = self.pending[at].0.iter().map(|(path, _)| path);
            // The root has no folder that could be synced.
            let is_inside = |path: &Path| path.parent().is_none_or(|parent| parent == folder);
            if paths.clone().any(|path| is_inside(path) || named.contains(path)) {
                named.extend(paths.cloned());
                settled.push(self.pending.remove(at));
            }
        }
        settled.iter().rev().for_each(|change| change.apply(&mut self.synced));
    }

    pub(super) fn settle_all(&mut self) {
        (0..self.contents.len()).for_each(|node| self.settle_content(node));
        if self.lie != Some(Lie::Names) {
            self.synced = self.names.clone();
            self.pending.clear();
        }
    }

    fn create(&mut self, path: &Path) -> io::Result<NodeId> {
        self.need_folder(path.parent().unwrap_or(Path::new("")))?;
        self.contents.push(Content::default());
        let node = self.contents.len() - 1;
        self.change(vec![(path.to_owned(), Some(Some(node)))]);
        Ok(node)
    }

    fn node(&self, path: &Path) -> io::Result<NodeId> {
        match self.names.get(path) {
            Some(Some(node)) => Ok(*node),
            Some(None) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn change(&mut self, names: Vec<(PathBuf, Option<Option<NodeId>>)>) {
        let change = Change(names);
        change.apply(&mut self.names);
        self.pending.push(change);
    }
}

impl Change {
    pub(super) fn apply(&self, names: &mut Names) {
        for (path, meant) in &self.0 {
            match meant {
                Some(node) => names.insert(path.clone(), *node),
                None => names.remove(path),
            };
        }
    }
}

impl Content {
    /// Returns a content that is synced as it is.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { synced: bytes.clone(), live: bytes, ..Self::default() }
    }

    pub(super) fn write(&mut self, bytes: &[u8], at: usize) {
        let end = at + bytes.len();
        let begin = at.min(self.live.len());
        self.live.resize(end.max(self.live.len()), 0);
        self.live[at..end].copy_from_slice(bytes);
        self.dirty.push(begin..end);
    }

    pub(super) fn resize(&mut self, size: usize) {
        let touched = self.live.len().min(size)..self.live.len().max(size);
        self.live.resize(size, 0);
        self.dirty.push(touched);
    }

    /// Does what a system does that could not write: it takes the bytes for written.
    pub(super) fn forget(&mut self) {
        self.dirty.clear();
    }

    pub(super) fn settle(&mut self) {
        self.synced.resize(self.live.len(), 0);
        for dirty in self.dirty.drain(..) {
            let dirty = dirty.start.min(self.live.len())..dirty.end.min(self.live.len());
            self.synced[dirty.clone()].copy_from_slice(&self.live[dirty]);
        }
    }
}
