//! Opens the files that items carry: regular ones alone, and never in a way that could block.

use std::fs::{File as DiskFile, Metadata};
use std::io::{ErrorKind, IoSliceMut};
use std::num::NonZeroU64;
use std::path::Path;

use rustix::fs::{Advice, Mode, OFlags, fadvise};
use rustix::io::{ReadWriteFlags, preadv2};
use windlass_core::context::OpenFile;
use windlass_core::node::{NodeError, explain_io};
use windlass_core::value::{File, FileContent};

const MISSING: &str =
    "a path that the graph names is looked for beside the graph, one given with `--in` in the current folder";

/// How much of a file is fetched at most, in bytes.
const MOST_FETCHED_BYTES: u64 = 16 << 20;

/// Opens the content of a file; what `Doors::open` does in a run.
///
/// # Errors
/// Says what stands there instead of a regular file, or why it cannot be read; the path comes last.
pub fn open_file(file: &File) -> Result<OpenFile, NodeError> {
    match &file.content {
        FileContent::Bytes(bytes) => Ok(OpenFile::in_memory(bytes.clone())),
        FileContent::Path(path) => open_path(path),
    }
}

/// Reads the whole content of a file of at most `limit_bytes`, outside of a firing.
///
/// # Errors
/// As [`open_file`]; also a file that is larger, and a disk that cannot be read.
pub fn read_file(file: &File, limit_bytes: u64) -> Result<Vec<u8>, NodeError> {
    open_file(file)?.read_all(&file.name, limit_bytes)
}

/// Opens a file and has the system read it from the disk, without waiting for the content: up to a bound, if it is a regular
/// file that the system does not hold in memory. It may read less. Returns whether it was asked; what was in the way is told
/// by who reads the file.
pub fn fetch(path: &Path) -> bool {
    let Ok((disk, metadata)) = open_regular(path) else { return false };
    let Some(bytes) = NonZeroU64::new(metadata.len().min(MOST_FETCHED_BYTES)) else { return false };
    !is_in_memory(&disk, bytes.get()) && fadvise(&disk, 0, Some(bytes), Advice::WillNeed).is_ok()
}

/// Returns whether the system can give the end of so many bytes without the disk: files come into its memory from the front.
fn is_in_memory(disk: &DiskFile, bytes: u64) -> bool {
    let mut last = [0];
    matches!(preadv2(disk, &mut [IoSliceMut::new(&mut last)], bytes - 1, ReadWriteFlags::NOWAIT), Ok(1))
}

fn open_path(path: &Path) -> Result<OpenFile, NodeError> {
    let (disk, metadata) = open_regular(path)?;
    Ok(OpenFile { size_bytes: metadata.len(), reader: Box::new(disk) })
}

/// Opens a regular file, and says what it was like then.
pub(crate) fn open_regular(path: &Path) -> Result<(DiskFile, Metadata), NodeError> {
    let io = |error: std::io::Error| explain(path, &error);
    // A pipe would block an ordinary open until somebody writes to it, so the kind is asked for first,
    // and the open itself does not wait in case the path has changed meanwhile.
    regular(path, &std::fs::metadata(path).map_err(io)?)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| io(errno.into()))?;
    let disk = DiskFile::from(opened);
    let metadata = disk.metadata().map_err(io)?;
    regular(path, &metadata)?;
    Ok((disk, metadata))
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), NodeError> {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(NodeError::new(format!("this is {what}, not a file: `{}`", path.display())).permanent())
}

fn explain(path: &Path, error: &std::io::Error) -> NodeError {
    let dangling = error.kind() == ErrorKind::NotFound && path.is_symlink();
    let what = match error.kind() {
        ErrorKind::NotFound if dangling => "the link leads nowhere",
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => "no permission to read it",
        _ => return explain_io("open", path, error),
    };
    let said = NodeError::new(format!("{what}: `{}`", path.display()));
    if error.kind() == ErrorKind::NotFound && !dangling { said.hint(MISSING) } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXT4: rustix::fs::FsWord = 0xef53;
    const XFS: rustix::fs::FsWord = 0x5846_5342;

    fn cause(path: &Path) -> String {
        let file = File::on_disk(path, "x", "image/jpeg");
        open_file(&file).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_is_no_regular_file_is_refused_by_name_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("folder.jpg")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe.jpg"), Mode::RUSR | Mode::WUSR).unwrap();
        std::os::unix::fs::symlink("gone", path("link.jpg")).unwrap();
        assert!(cause(&path("folder.jpg")).starts_with("this is a folder"));
        assert!(cause(&path("pipe.jpg")).starts_with("this is a named pipe"));
        assert!(cause(&path("link.jpg")).starts_with("the link leads nowhere"));
        assert!(cause(&path("none.jpg")).starts_with("there is no such file"));
        assert_eq!(["folder.jpg", "pipe.jpg", "link.jpg", "none.jpg"].map(|name| fetch(&path(name))), [false; 4]);
    }

    #[test]
    fn what_the_system_holds_in_memory_is_not_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.jpg");
        std::fs::write(&path, vec![7; 1 << 20]).unwrap();
        let disk = DiskFile::open(&path).unwrap();
        if ![EXT4, XFS].contains(&rustix::fs::fstatfs(&disk).unwrap().f_type) {
            eprintln!("not tested: not every file system tells what it has in memory, and some have all of it there");
            return;
        }
        assert!(!fetch(&path), "it was just written");
        disk.sync_all().unwrap();
        fadvise(&disk, 0, None, Advice::DontNeed).unwrap();
        assert!(fetch(&path), "it is on the disk alone");
    }

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, b"abc").unwrap();
        let file = File::on_disk(&path, "a.txt", "text/plain");
        assert_eq!(read_file(&file, 3).unwrap(), b"abc");
        assert!(read_file(&file, 2).unwrap_err().to_string().starts_with("larger than the 2 bytes"));
        let memory = File::in_memory(*b"abc", "a.txt", "text/plain");
        assert_eq!(read_file(&memory, 3).unwrap(), b"abc");
    }
}
