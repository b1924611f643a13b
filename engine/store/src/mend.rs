//! All that is kept read byte by byte, and what is damaged set aside, so that nobody stumbles over it later.
//!
//! | Damaged | What is done |
//! | --- | --- |
//! | a large value | its file goes to `damaged/`; it is computed again where it is needed |
//! | small values in a pack | taken out of it; a copy of the pack goes to `damaged/` |
//! | a journal | nothing, for nobody changes journals; it is said what is lost |
//! | the index | set aside, and made anew by whoever needs it next |

use std::io;
use std::path::{Path, PathBuf};

use crate::Stored;
use crate::artifacts::Missing;
use crate::gc::{Gc, GcError, Held};
use crate::index::{Index, IndexError};
use crate::journal::Told;
use crate::runs::Run;

/// What was read, and what was found.
#[derive(Debug, Default)]
pub struct Mended {
    /// Runs whose journals were read.
    pub runs: u64,
    /// Large values that were read.
    pub blobs: u64,
    /// Packs that were read.
    pub packs: u64,
    /// So many bytes in all.
    pub bytes: u64,
    /// Damage, in the order in which it was found.
    pub damage: Vec<Damage>,
}

/// Something that is damaged.
#[derive(Debug)]
pub enum Damage {
    /// A large value, and where it is now.
    Blob(PathBuf),
    /// Bytes of a pack were taken out of it.
    Pack(PathBuf, u64),
    /// Bytes of the journal of a run are lost.
    Journal(String, u64),
    /// The index, and what was wrong with it.
    Index(String),
    /// A file cannot be read.
    Unreadable(PathBuf, io::Error),
}

/// Reads everything, and sets aside what is damaged.
///
/// # Errors
/// What lies in the workspace cannot be listed, or what is damaged cannot be set aside.
pub fn mend(gc: &Gc, _held: &Held) -> Result<Mended, GcError> {
    let mut mended = Mended::default();
    blobs(gc, &mut mended)?;
    packs(gc, &mut mended)?;
    for run in gc.runs.all().map_err(gc.refused(&gc.layout.runs()))? {
        journal(&run, &gc.layout.runs(), &mut mended);
    }
    match Index::examine(&gc.layout) {
        Ok(why) => mended.damage.extend(why.map(Damage::Index)),
        Err(IndexError::Held(_)) => {}
        Err(IndexError::Disk(path, cause)) => return Err(GcError::Disk(path, cause)),
        Err(IndexError::Failed(why)) => mended.damage.push(Damage::Index(why)),
    }
    Ok(mended)
}

impl Mended {
    fn read(&mut self, path: &Path, read: io::Result<u64>) {
        match read {
            Ok(bytes) => self.bytes += bytes,
            Err(error) => self.damage.push(Damage::Unreadable(path.to_owned(), error)),
        }
    }
}

fn blobs(gc: &Gc, mended: &mut Mended) -> Result<(), GcError> {
    for (hash, size_bytes) in gc.artifacts.blobs().map_err(gc.refused(&gc.layout.blobs()))? {
        mended.blobs += 1;
        let path = gc.layout.blob(&hash);
        match gc.artifacts.bytes(&Stored::Blob { hash, size_bytes }) {
            Ok(_) => mended.bytes += size_bytes,
            Err(Missing::Damaged { path, .. }) => mended.damage.push(Damage::Blob(path)),
            Err(Missing::Unreadable { cause, .. }) => mended.read(&path, Err(cause)),
            // Bytes say nothing that could be unknown, and a file that is gone by now was in nobody's way.
            Err(Missing::Gone { .. } | Missing::Unknown(_)) => {}
        }
    }
    Ok(())
}

fn packs(gc: &Gc, mended: &mut Mended) -> Result<(), GcError> {
    for pack in gc.artifacts.packs().map_err(gc.refused(&gc.layout.packs()))? {
        mended.packs += 1;
        let path = gc.layout.pack(pack);
        let size = gc.disk.open(&path, crate::Open::Read).and_then(|file| file.size_bytes());
        mended.read(&path, size);
        match gc.artifacts.mend_pack(pack) {
            Ok(0) => {}
            Ok(lost) => mended.damage.push(Damage::Pack(path, lost)),
            Err(error) => mended.damage.push(Damage::Unreadable(path, error)),
        }
    }
    Ok(())
}

fn journal(run: &Run, runs: &Path, mended: &mut Mended) {
    mended.runs += 1;
    let path = runs.join(&run.name);
    mended.read(&path, run.size_bytes());
    match lost_bytes(run) {
        Ok(0) => {}
        Ok(lost) => mended.damage.push(Damage::Journal(run.name.clone(), lost)),
        Err(error) => mended.damage.push(Damage::Unreadable(path, error)),
    }
}

fn lost_bytes(run: &Run) -> io::Result<u64> {
    let (mut reader, mut lost) = (run.read()?, 0);
    while let Some(told) = reader.next()? {
        if let Told::Damaged { from, to, .. } = told {
            lost += to - from;
        }
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use windlass_core::value::Codecs;

    use super::*;
    use crate::Workspace;
    use crate::gc::Policy;
    use crate::proofs::made;

    fn mended(workspace: &Workspace) -> Mended {
        let gc = workspace.gc(Codecs::default()).unwrap();
        mend(&gc, &gc.hold().unwrap()).unwrap()
    }

    fn gc_has_nothing_to_do(workspace: &Workspace) -> bool {
        workspace.gc(Codecs::default()).unwrap().plan(&Policy::default()).unwrap().is_empty()
    }

    /// Changes a byte of a file that may be read-only.
    fn damage(path: &Path, at: usize) {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] ^= 1;
        fs::remove_file(path).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn only_file_in(folder: &Path) -> PathBuf {
        let entry = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        if entry.is_dir() { only_file_in(&entry) } else { entry }
    }

    #[test]
    fn what_is_whole_is_read_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let kept = made::make(folder.path());
        let workspace = Workspace::find(folder.path()).unwrap().unwrap();
        made::make_index(workspace.layout().unwrap());
        let mended = mended(&workspace);
        assert!(mended.damage.is_empty(), "{:?}", mended.damage);
        assert_eq!((mended.runs, mended.blobs, mended.packs), (2, 1, 1));
        assert!(mended.bytes > 60_000);
        assert_eq!(made::look(folder.path(), &kept).values, 5);
        assert!(gc_has_nothing_to_do(&workspace));
    }

    #[test]
    fn damage_is_named_once_and_costs_what_it_hit_alone() {
        let folder = tempfile::tempdir().unwrap();
        let kept = made::make(folder.path());
        let workspace = Workspace::find(folder.path()).unwrap().unwrap();
        let layout = workspace.layout().unwrap();
        made::make_index(layout);
        let pack = only_file_in(&layout.packs());
        damage(&only_file_in(&layout.blobs()), 1000);
        damage(&pack, 100);
        // The first of several groups of records.
        damage(&layout.runs().join("19a-1/journal.0"), 60);
        fs::write(layout.index().join("db"), [7; 600]).unwrap();
        let found = mended(&workspace).damage;
        let is = |kind: fn(&Damage) -> bool| found.iter().filter(|damage| kind(damage)).count();
        assert_eq!(is(|damage| matches!(damage, Damage::Blob(path) if path.exists())), 1, "{found:?}");
        assert_eq!(is(|damage| matches!(damage, Damage::Pack(_, lost) if *lost > 0)), 1, "{found:?}");
        assert_eq!(is(|damage| matches!(damage, Damage::Journal(run, _) if run == "19a-1")), 1, "{found:?}");
        assert_eq!(is(|damage| matches!(damage, Damage::Index(_))), 1, "{found:?}");
        assert!(layout.damaged().join(pack.file_name().unwrap()).exists(), "nothing is thrown away");
        assert_eq!(made::look(folder.path(), &kept).values, 3);
        let again = mended(&workspace).damage;
        assert!(matches!(&again[..], [Damage::Journal(..)]), "the rest is mended: {again:?}");
        assert_eq!(made::look_at_index(layout), 40);
    }
}
