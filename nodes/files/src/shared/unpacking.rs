//! How far an archive is trusted: how many entries, how large each and all of them, and how much larger than packed.

use std::io::{self, Read};

use windlass_core::prelude::*;

use super::zipped::explain;
use crate::media;

/// So much is read at once.
const PIECE_BYTES: usize = 1 << 16;

/// Up to here nobody asks how well something was compressed, in bytes.
const RATIO_COUNTS_FROM: u64 = 16 << 20;

/// How far an archive is trusted.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most entries, folders and links counted.
    pub entries: u64,
    /// The largest entry, in bytes.
    pub entry_bytes: u64,
    /// All entries together, in bytes.
    pub total_bytes: u64,
    /// How many times larger than packed something may get.
    pub ratio: u64,
}

/// One file of an archive.
#[derive(Outputs)]
pub struct One {
    /// The file, in memory, named by its path in the archive.
    pub file: Arc<File>,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// The files.
#[derive(Outputs)]
pub struct Out {
    /// The files.
    #[children]
    pub files: Children<One>,
}

/// What happens to what is no file.
#[derive(Clone, Copy, Choice)]
pub enum Special {
    /// It is left out, with a line in the log.
    Skip,
    /// It is an item that fails.
    Fail,
}

/// One file with its name, or why it cannot be had.
pub type Child = (String, Result<One, NodeError>);

/// What an archive has come to so far.
pub struct Meter {
    bounds: Bounds,
    entries: u64,
    total_bytes: u64,
    /// What is read goes through here.
    piece: Vec<u8>,
}

/// Why an entry cannot be had: it alone, or all that follows too.
pub enum Trouble {
    /// The others stand.
    Entry(NodeError),
    /// The archive ends here.
    Archive(NodeError),
}

impl Meter {
    /// Begins an archive.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, entries: 0, total_bytes: 0, piece: vec![0; PIECE_BYTES] }
    }

    /// Counts so many entries more.
    ///
    /// # Errors
    /// They are too many.
    pub fn count(&mut self, entries: u64) -> Result<(), NodeError> {
        self.entries = self.entries.saturating_add(entries);
        if self.entries > self.bounds.entries {
            let error = format!("the archive has more entries than `max_entries` ({}) allows", self.bounds.entries);
            return Err(NodeError::new(error).hint("raise `max_entries` if you trust it").permanent());
        }
        Ok(())
    }

    /// Counts bytes that were unpacked.
    ///
    /// # Errors
    /// They are too many.
    pub fn unpacked(&mut self, bytes: u64) -> Result<(), NodeError> {
        self.total_bytes = self.total_bytes.saturating_add(bytes);
        if self.total_bytes > self.bounds.total_bytes {
            let most = self.bounds.total_bytes >> 20;
            let error = format!("the archive unpacks to more than `max_total` ({most} MiB) allows");
            return Err(NodeError::new(error).hint("raise `max_total` if you trust it").permanent());
        }
        Ok(())
    }

    /// Returns what has been unpacked so far, in bytes.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Makes sure that what was packed into so few bytes did not become too large.
    ///
    /// # Errors
    /// It did.
    pub fn check_ratio(&self, packed_bytes: u64, bytes: u64) -> Result<(), NodeError> {
        if bytes <= RATIO_COUNTS_FROM || bytes / self.bounds.ratio.max(1) <= packed_bytes {
            return Ok(());
        }
        let most = self.bounds.ratio;
        let error = format!("it unpacks to more than {most} times its size, as bombs do (`max_ratio`)");
        Err(NodeError::new(error).hint("raise `max_ratio` if you trust it").permanent())
    }

    /// Makes sure that an entry is not too large.
    ///
    /// # Errors
    /// It is.
    pub fn check_entry(&self, bytes: u64) -> Result<(), NodeError> {
        if bytes <= self.bounds.entry_bytes {
            return Ok(());
        }
        let most = self.bounds.entry_bytes >> 20;
        let error = format!("it is larger than `max_entry` ({most} MiB) allows");
        Err(NodeError::new(error).hint("raise `max_entry`; an entry is held in memory").permanent())
    }

    /// Reads an entry whole. `packed_bytes` is what it takes in the archive. Nothing is believed that the archive says of
    /// sizes: memory grows with what comes.
    ///
    /// # Errors
    /// The entry breaks a bound or cannot be read; the archive as a whole breaks one.
    pub fn read(&mut self, mut reader: impl Read, packed_bytes: u64, ctx: &Ctx) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        loop {
            ctx.check_cancelled().map_err(Trouble::Archive)?;
            let read = match reader.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|error| Trouble::Entry(damaged(&error)))?,
            };
            if read == 0 {
                return Ok(bytes);
            }
            self.unpacked(read as u64).map_err(Trouble::Archive)?;
            let size_bytes = bytes.len() as u64 + read as u64;
            self.check_entry(size_bytes).map_err(Trouble::Entry)?;
            self.check_ratio(packed_bytes, size_bytes).map_err(Trouble::Entry)?;
            bytes.extend_from_slice(&self.piece[..read]);
        }
    }
}

/// Says that packed content is not what it should be.
fn damaged(error: &io::Error) -> NodeError {
    match (error.kind(), error.get_ref().and_then(|inner| inner.downcast_ref())) {
        (_, Some(inner)) => explain(inner),
        (io::ErrorKind::UnexpectedEof, None) => NodeError::new("it is cut off").permanent(),
        _ => NodeError::because("it is damaged", error).permanent(),
    }
}

/// Makes a file of an entry; its content tells what it is, and its name where that does not.
pub fn file(name: &str, bytes: Vec<u8>) -> Arc<File> {
    let head = bytes.len().min(media::HEAD_BYTES as usize);
    let media_type = media::sniff(&bytes[..head], name);
    Arc::new(File::in_memory(bytes, name, media_type))
}

/// Says which archive it was.
pub fn within(archive: &str, error: NodeError) -> NodeError {
    if error.is_cancelled() { error } else { error.within(format!("the archive cannot be read: `{archive}`")) }
}

/// So many lines are logged of one archive.
const MAX_NOTICES: u32 = 20;

/// Lines for the log, of which there are not more than anybody reads.
pub struct Notices {
    ctx: Ctx,
    said: u32,
}

impl Notices {
    /// Begins an archive.
    pub fn new(ctx: &Ctx) -> Self {
        Self { ctx: ctx.clone(), said: 0 }
    }

    /// Logs a line.
    pub fn say(&mut self, line: &str) {
        self.said = self.said.saturating_add(1);
        match self.said {
            ..=MAX_NOTICES => self.ctx.log(line),
            said if said == MAX_NOTICES + 1 => self.ctx.log("there is more of this, which is not logged"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tar::EntryType;
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen::{tape, taped};
    use crate::untar::Untar;

    #[test]
    fn a_small_archive_may_be_packed_well_and_a_large_one_must_not() {
        let bounds = Bounds { entries: 1, entry_bytes: 10, total_bytes: 10, ratio: 100 };
        let meter = Meter::new(bounds);
        assert!(meter.check_ratio(1, RATIO_COUNTS_FROM).is_ok());
        assert!(meter.check_ratio(1, RATIO_COUNTS_FROM + 1).is_err());
        assert!(meter.check_ratio(RATIO_COUNTS_FROM / 100 + 1, RATIO_COUNTS_FROM + 1).is_ok());
        assert!(Meter::new(Bounds { ratio: 0, ..bounds }).check_ratio(u64::MAX, u64::MAX).is_ok());
    }

    #[test]
    fn what_is_left_out_of_an_archive_does_not_fill_the_log() {
        let links: Vec<_> = (0..50).map(|at| taped(EntryType::Symlink, format!("{at}").as_bytes(), b"")).collect();
        let file = Arc::new(File::in_memory(tape(&links), "a.tar", "application/x-tar"));
        let gave = Harness::of::<Untar>().input("file", file).fire().unwrap();
        assert_eq!(gave.logs().len(), 21);
        assert_eq!(gave.logs()[20], "there is more of this, which is not logged");
    }
}
