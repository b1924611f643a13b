//! The ledger of written files: which graph file wrote which content to which path.
//!
//! A claim is a line that is on the disk before the file gets its name. So after a kill, whichever content stands
//! at the path, the one before or the one claimed, was written there by that graph.

mod line;

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use line::Claim;
use line::{Fingerprint, Lines};

/// How many lines that say nothing new a ledger may hold before it is written anew.
const SPARE_LINES: u64 = 10_000;

/// How much of a ledger is read at once.
const BLOCK_BYTES: usize = 1 << 20;

/// Which graph file wrote which content to which path. Several threads and several processes may use one file.
pub struct Ledger {
    known: Mutex<Known>,
}

/// What the ledger says, as far as it was read.
#[derive(Default)]
struct Known {
    claims: HashSet<Fingerprint>,
    disk: Option<OnDisk>,
    lines: u64,
    damaged: u64,
}

struct OnDisk {
    path: PathBuf,
    file: Arc<File>,
    read_to: u64,
}

impl Ledger {
    /// Returns a ledger that is forgotten with the process, for where there is no workspace.
    pub fn in_memory() -> Self {
        Self { known: Mutex::default() }
    }

    /// Opens the ledger of a workspace, or begins it.
    ///
    /// Damaged lines are left out: see [`Ledger::damaged_lines`].
    ///
    /// # Errors
    /// What the system refuses.
    pub fn open(path: &Path) -> io::Result<Self> {
        let disk = OnDisk { path: path.to_owned(), file: Arc::new(open(path)?), read_to: 0 };
        let mut known = Known { disk: Some(disk), ..Known::default() };
        known.catch_up()?;
        if known.lines > 2 * known.claims.len() as u64 + SPARE_LINES {
            known.compact()?;
        }
        Ok(Self { known: Mutex::new(known) })
    }

    /// Opens the ledger of a workspace to be asked alone, so that a disk that takes nothing is no hindrance.
    ///
    /// # Errors
    /// What the system refuses; one that was never begun says nothing.
    pub fn open_to_read(path: &Path) -> io::Result<Self> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::in_memory()),
            opened => Arc::new(opened?),
        };
        let disk = OnDisk { path: path.to_owned(), file, read_to: 0 };
        let mut known = Known { disk: Some(disk), ..Known::default() };
        known.catch_up()?;
        Ok(Self { known: Mutex::new(known) })
    }

    /// Returns how many lines were left out because they are damaged: files that they spoke of count as foreign.
    pub fn damaged_lines(&self) -> u64 {
        self.known().damaged
    }

    /// Returns how many claims stand.
    pub fn claims(&self) -> u64 {
        self.known().claims.len() as u64
    }

    /// Writes the ledger anew without its damaged lines; returns whether that was possible, for another process may
    /// hold it.
    ///
    /// # Errors
    /// What the system refuses; the old ledger stands then.
    pub fn repair(&self) -> io::Result<bool> {
        let mut known = self.known();
        known.compact()?;
        Ok(known.damaged == 0)
    }

    /// Returns whether the claim stands, also one that another process made meanwhile.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn contains(&self, claim: &Claim) -> io::Result<bool> {
        let mut known = self.known();
        let sought = claim.fingerprint();
        if !known.claims.contains(&sought) {
            known.catch_up()?;
        }
        Ok(known.claims.contains(&sought))
    }

    /// Writes claims; they are on the disk after the next [`Ledger::sync`].
    ///
    /// # Errors
    /// What the system refuses.
    pub fn claim<'a>(&self, claims: impl IntoIterator<Item = &'a Claim>) -> io::Result<()> {
        self.known().append(claims)
    }

    /// Returns once all claims are on the disk.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn sync(&self) -> io::Result<()> {
        let file = self.known().disk.as_ref().map(|disk| disk.file.clone());
        // Waiting for the disk needs no lock, so that others can claim meanwhile.
        file.map_or(Ok(()), |file| file.sync_data())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Writes the claims that do not stand yet, all at once.
    fn append<'a>(&mut self, claims: impl IntoIterator<Item = &'a Claim>) -> io::Result<()> {
        let claims = claims.into_iter().map(|claim| (claim.fingerprint(), claim));
        let new: Vec<_> = claims.filter(|(fingerprint, _)| !self.claims.contains(fingerprint)).collect();
        if let (Some(disk), false) = (&mut self.disk, new.is_empty()) {
            let lines: String = new.iter().map(|(_, claim)| claim.to_line()).collect();
            disk.lock_current()?;
            let written = (&*disk.file).write_all(lines.as_bytes());
            disk.file.unlock()?;
            written?;
        }
        self.claims.extend(new.into_iter().map(|(fingerprint, _)| fingerprint));
        Ok(())
    }

    /// Reads what has been written since the last reading.
    fn catch_up(&mut self) -> io::Result<()> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        disk.reopen_if_replaced()?;
        let mut read = (0, 0);
        disk.read_to = read_blocks(&disk.file, disk.read_to, |lines| {
            read = (read.0 + lines.claims.len() as u64, read.1 + lines.damaged);
            self.claims.extend(lines.claims.iter().map(Claim::fingerprint));
            Ok(())
        })?;
        self.lines += read.0 + read.1;
        self.damaged += read.1;
        Ok(())
    }

    /// Writes the ledger anew without what is said twice, and puts it in place in one step.
    fn compact(&mut self) -> io::Result<()> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        if disk.file.try_lock().is_err() {
            return Ok(());
        }
        let replaced = disk.is_replaced()?;
        let done = if replaced { Ok(()) } else { rewrite(&disk.file, &disk.path) };
        disk.file.unlock()?;
        done?;
        disk.file = Arc::new(open(&disk.path)?);
        disk.read_to = 0;
        *self = Self { disk: self.disk.take(), ..Self::default() };
        self.catch_up()
    }
}

impl OnDisk {
    /// Shares the lock of the file that has the ledger's name now; who writes it anew holds it alone.
    fn lock_current(&mut self) -> io::Result<()> {
        loop {
            match self.file.lock_shared() {
                Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
                _ => {}
            }
            if !self.is_replaced()? {
                return Ok(());
            }
            self.reopen_if_replaced()?;
        }
    }

    fn is_replaced(&self) -> io::Result<bool> {
        let ours = self.file.metadata()?;
        match fs::metadata(&self.path) {
            Ok(named) => Ok((named.dev(), named.ino()) != (ours.dev(), ours.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn reopen_if_replaced(&mut self) -> io::Result<()> {
        if self.is_replaced()? {
            self.file = Arc::new(open(&self.path)?);
            self.read_to = 0;
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

/// Hands over the claims from a place on, block by block; returns up to where lines were whole.
fn read_blocks(file: &File, mut from: u64, mut take: impl FnMut(Lines) -> io::Result<()>) -> io::Result<u64> {
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let read = read_block(file, &mut block, from)?;
        let mut lines = Lines::of(&block[..read]);
        if lines.whole_bytes == 0 && read == BLOCK_BYTES {
            // No line is that long: this is damage, and is passed over.
            (lines.whole_bytes, lines.damaged) = (read as u64, 1);
        }
        from += lines.whole_bytes;
        take(lines)?;
        if read < BLOCK_BYTES {
            return Ok(from);
        }
    }
}

fn read_block(file: &File, block: &mut [u8], from: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match file.read_at(&mut block[filled..], from + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn rewrite(old: &File, path: &Path) -> io::Result<()> {
    let mut seen = HashSet::new();
    replace(path, |new| {
        let copy = |lines: Lines| {
            let mut first = lines.claims.into_iter().filter(|claim| seen.insert(claim.fingerprint()));
            first.try_for_each(|claim| new.write_all(claim.to_line().as_bytes()))
        };
        read_blocks(old, 0, copy).map(|_| ())
    })
}

/// Puts a file in place whole, on the disk when this returns.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Whoever may read the folder may read the file: the system takes from these permissions what the user's mask says.
    let everybody = fs::Permissions::from_mode(0o666);
    let mut new = tempfile::Builder::new().prefix(".new-").permissions(everybody).tempfile_in(folder)?;
    let mut buffered = BufWriter::new(new.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    new.as_file().sync_data()?;
    new.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(content: &str) -> Claim {
        Claim::new(Path::new("graph.yaml"), Path::new("out/a.jpg"), &blake3::hash(content.as_bytes()))
    }

    fn ledger_path() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("written.jsonl");
        (folder, path)
    }

    #[test]
    fn claims_are_found_again_by_the_next_process() {
        let (_folder, path) = ledger_path();
        Ledger::open(&path).unwrap().claim([&claim("a")]).unwrap();
        let later = Ledger::open(&path).unwrap();
        assert!(later.contains(&claim("a")).unwrap());
        assert!(!later.contains(&claim("b")).unwrap());
    }

    #[test]
    fn claims_of_a_group_are_found_each_and_written_once() {
        let (_folder, path) = ledger_path();
        let ledger = Ledger::open(&path).unwrap();
        ledger.claim([&claim("a"), &claim("b")]).unwrap();
        let size = fs::metadata(&path).unwrap().len();
        ledger.claim([&claim("b"), &claim("a")]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), size, "they stand already");
        let later = Ledger::open(&path).unwrap();
        assert!(later.contains(&claim("a")).unwrap() && later.contains(&claim("b")).unwrap());
        assert_eq!((later.claims(), later.damaged_lines()), (2, 0));
    }

    #[test]
    fn what_another_process_claims_meanwhile_is_seen() {
        let (_folder, path) = ledger_path();
        let (ours, theirs) = (Ledger::open(&path).unwrap(), Ledger::open(&path).unwrap());
        ours.claim([&claim("ours")]).unwrap();
        theirs.claim([&claim("theirs")]).unwrap();
        assert!(ours.contains(&claim("theirs")).unwrap());
        assert!(theirs.contains(&claim("ours")).unwrap());
    }

    #[test]
    fn a_torn_tail_costs_its_own_line_alone() {
        let (_folder, path) = ledger_path();
        Ledger::open(&path).unwrap().claim([&claim("a")]).unwrap();
        let line = claim("torn").to_line();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&line.as_bytes()[..line.len() / 2]).unwrap();
        Ledger::open(&path).unwrap().claim([&claim("b")]).unwrap();
        let later = Ledger::open(&path).unwrap();
        assert!(later.contains(&claim("a")).unwrap() && later.contains(&claim("b")).unwrap());
        assert!(!later.contains(&claim("torn")).unwrap());
        assert_eq!(later.damaged_lines(), 1);
    }

    #[test]
    fn a_ledger_that_is_no_text_is_read_without_a_claim() {
        let (_folder, path) = ledger_path();
        fs::write(&path, b"\xff\xfe\n{}\nnull\n[]\n\0\0\n").unwrap();
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.damaged_lines(), 5);
        ledger.claim([&claim("a")]).unwrap();
        assert!(Ledger::open(&path).unwrap().contains(&claim("a")).unwrap());
    }

    #[test]
    fn a_ledger_that_was_written_anew_still_takes_the_claims_of_who_had_it_open() {
        let (_folder, path) = ledger_path();
        let open_before = Ledger::open(&path).unwrap();
        open_before.claim([&claim("a")]).unwrap();
        let twice = fs::read(&path).unwrap().repeat(SPARE_LINES as usize + 10);
        fs::write(&path, &twice).unwrap();
        let compacted = Ledger::open(&path).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < twice.len() as u64 / 1000);
        open_before.claim([&claim("b")]).unwrap();
        assert!(compacted.contains(&claim("a")).unwrap() && compacted.contains(&claim("b")).unwrap());
    }
}
