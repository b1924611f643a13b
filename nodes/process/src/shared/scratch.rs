//! The folder of one program, which goes with everything in it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use walkdir::WalkDir;
use windlass_core::node::{NodeError, explain_io};

/// Files and folders that a program may leave.
const MOST_ENTRIES: u64 = 100_000;

/// Bytes in a block of a file, as the system counts them.
const BLOCK_BYTES: u64 = 512;

/// Bytes of a name that are kept.
const NAME_BYTES: usize = 120;

/// What the names of the folders begin with.
const PREFIX: &str = "windlass-program-";

/// The file in each folder that is locked as long as somebody needs it.
const LOCK: &str = "lock";

/// A folder that is younger than this is left alone: its lock may not have been taken yet.
const YOUNG: Duration = Duration::from_secs(60);

/// A folder of its own in the system's folder for temporary files, which nobody else may enter. What is in it is removed
/// when this is dropped, also what the program has closed to everybody.
pub(crate) struct Scratch {
    folder: TempDir,
    /// The system gives it back when this process ends, however it does.
    _lock: File,
}

impl Scratch {
    /// Makes a folder with those that a program is given: to work in, for inputs, for what it keeps on the way.
    pub(crate) fn new() -> Result<Self, NodeError> {
        let parent = std::env::temp_dir();
        let cannot = |error| explain_io("make a folder in", &parent, &error);
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(PREFIX).permissions(Permissions::from_mode(0o700));
        let folder = builder.tempdir_in(&parent).map_err(cannot)?;
        let made = Self { _lock: locked(folder.path())?, folder };
        for folder in [made.work(), made.home()] {
            fs::create_dir(&folder).map_err(|error| explain_io("make the folder", &folder, &error))?;
        }
        Ok(made)
    }

    /// Removes the folders beside this one that were left by processes of the same user which were killed.
    pub(crate) fn sweep(&self) {
        let own = self.folder.path();
        if let (Some(parent), Ok(found)) = (own.parent(), fs::metadata(own)) {
            sweep(parent, found.uid());
        }
    }

    /// Returns the folder in which the program runs.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Returns the folder for what a program keeps for itself.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Returns a path for an input, in a folder of its own, so that equal names do not meet.
    pub(crate) fn place(&self, port: &str, at: usize, name: &str) -> Result<PathBuf, NodeError> {
        let folder = self.folder.path().join("in").join(port).join(at.to_string());
        fs::create_dir_all(&folder).map_err(|error| explain_io("make the folder", &folder, &error))?;
        Ok(folder.join(plain_name(name)))
    }

    /// Fails where more than `limit_bytes` of the disk are in use, or more files than can be looked through.
    pub(crate) fn check_size(&self, limit_bytes: u64) -> Result<(), NodeError> {
        let (mut entries, mut bytes) = (0, 0);
        // What goes while it is looked at counts for nothing.
        for entry in WalkDir::new(self.folder.path()).into_iter().flatten() {
            entries += 1;
            bytes += entry.metadata().map_or(0, |metadata| metadata.blocks() * BLOCK_BYTES);
            if entries > MOST_ENTRIES {
                let said = format!("it left more than {MOST_ENTRIES} files in its folder");
                return Err(NodeError::new(said).hint("let it write fewer files"));
            }
            if bytes > limit_bytes {
                let said = format!("it wrote more than {limit_bytes} bytes to files in its folder");
                return Err(NodeError::new(said).hint("raise `disk`, or give it less to do"));
            }
        }
        Ok(())
    }
}

/// Makes and takes the lock of a folder.
fn locked(folder: &Path) -> Result<File, NodeError> {
    let path = folder.join(LOCK);
    let made = File::create(&path).and_then(|lock| lock.lock().map(|()| lock));
    made.map_err(|error| explain_io("lock", &path, &error))
}

/// Removes the folders that were left by processes of a user which were killed.
fn sweep(parent: &Path, user: u32) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let named = entries.flatten().filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()));
    for folder in named.map(|entry| entry.path()) {
        if let Some(_lock) = left_behind(&folder, user) {
            remove(&folder);
        }
    }
}

/// Returns the lock of a folder that nobody holds.
///
/// Everybody may make something of that name beside it. So what belongs to somebody else is left alone, and so is a link,
/// which may lead anywhere, and what is no file in the place of the lock, which may never be opened.
fn left_behind(folder: &Path, user: u32) -> Option<File> {
    let path = folder.join(LOCK);
    let is_own = |path: &Path| fs::symlink_metadata(path).ok().filter(|found| found.uid() == user);
    let is_ours = is_own(folder)?.is_dir() && is_own(&path)?.is_file();
    let lock = if is_ours { File::open(path).ok()? } else { return None };
    let age = lock.metadata().ok()?.modified().ok()?.elapsed().ok()?;
    (age > YOUNG && lock.try_lock().is_ok()).then_some(lock)
}

fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_err() {
        open_all(folder);
        // What even so stays is in the system's own folder for what nobody needs.
        let _ = fs::remove_dir_all(folder);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(self.folder.path());
    }
}

/// Lets us into every folder again; links are not followed.
fn open_all(folder: &Path) {
    for entry in WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_dir()) {
        let _ = fs::set_permissions(entry.path(), Permissions::from_mode(0o700));
    }
}

/// Returns the last part of a name as one that a file can have, its ending kept.
fn plain_name(name: &str) -> String {
    let own = Path::new(name).components().next_back();
    let own = match own {
        Some(Component::Normal(own)) => own.to_string_lossy().into_owned(),
        _ => String::new(),
    };
    let plain: String = own.chars().map(|c| if c.is_control() || c == '/' { '_' } else { c }).collect();
    let cut = plain.ceil_char_boundary(plain.len().saturating_sub(NAME_BYTES));
    match &plain[cut..] {
        "" => "file".into(),
        rest => rest.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_goes_with_the_folder() {
        let scratch = Scratch::new().unwrap();
        let root = scratch.folder.path().to_path_buf();
        let closed = scratch.work().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::write(closed.join("file"), "x").unwrap();
        std::os::unix::fs::symlink("/", scratch.work().join("link")).unwrap();
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
        assert_eq!(root.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(scratch);
        assert!(!root.exists() && Path::new("/tmp").exists());
    }

    #[test]
    fn what_a_killed_process_has_left_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let folder = |name: &str, age: Duration| {
            let folder = parent.path().join(name);
            fs::create_dir_all(folder.join("work/closed")).unwrap();
            fs::set_permissions(folder.join("work/closed"), Permissions::from_mode(0o000)).unwrap();
            let lock = locked(&folder).unwrap();
            lock.set_modified(std::time::SystemTime::now() - age).unwrap();
            (folder, lock)
        };
        let old = 2 * YOUNG;
        let (left, its_lock) = folder("windlass-program-left", old);
        drop(its_lock);
        let (held, _lock) = folder("windlass-program-held", old);
        let (young, its_lock) = folder("windlass-program-young", Duration::ZERO);
        drop(its_lock);
        let (other, its_lock) = folder("windlass-other", old);
        drop(its_lock);
        let user = fs::metadata(parent.path()).unwrap().uid();
        sweep(parent.path(), user);
        assert_eq!([&left, &held, &young, &other].map(|folder| folder.exists()), [false, true, true, true]);
        sweep(&parent.path().join("gone"), user);
        [held, young, other].iter().for_each(|folder| remove(folder));
    }

    #[test]
    fn what_somebody_else_put_there_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let user = fs::metadata(parent.path()).unwrap().uid();
        let old = |folder: &Path| {
            fs::create_dir(folder).unwrap();
            locked(folder).unwrap().set_modified(std::time::SystemTime::now() - 2 * YOUNG).unwrap();
        };
        let named = |name: &str| parent.path().join(format!("windlass-program-{name}"));
        let project = parent.path().join("project");
        old(&project);
        std::os::unix::fs::symlink(&project, named("link")).unwrap();
        old(&named("foreign"));
        fs::create_dir_all(named("odd").join(LOCK)).unwrap();
        sweep(parent.path(), user + 1);
        assert!(named("foreign").exists());
        sweep(parent.path(), user);
        let stays = [project.join(LOCK), named("link"), named("odd"), named("foreign")].map(|path| path.exists());
        assert_eq!(stays, [true, true, true, false]);
    }

    #[test]
    fn what_is_written_is_counted() {
        let scratch = Scratch::new().unwrap();
        fs::write(scratch.work().join("file"), vec![7; 300_000]).unwrap();
        assert!(scratch.check_size(1 << 20).is_ok());
        let error = scratch.check_size(200_000).unwrap_err();
        assert_eq!(error.to_string(), "it wrote more than 200000 bytes to files in its folder");
    }

    #[test]
    fn names_of_inputs_lead_nowhere() {
        let names = ["a/b.png", "../../x", "..", "", "a\nb", "/"].map(plain_name);
        assert_eq!(names, ["b.png", "x", "file", "file", "a_b", "file"]);
        let long = plain_name(&format!("{}.png", "é".repeat(200)));
        assert!(long.len() <= NAME_BYTES && long.ends_with(".png"));
    }
}
