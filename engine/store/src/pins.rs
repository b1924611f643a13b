//! Pins: runs and values that are kept whatever their age, a file for each. Its name says it all, so that damage loses none.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hash;

use crate::disk::{Open, StoreDisk};

const RUN: &str = "run-";
const VALUE: &str = "value-";

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The run of this name, with all that it needs.
    Run(String),
    /// The value with this address.
    Value(Hash),
}

impl Ord for Pin {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.file_name().cmp(&other.file_name())
    }
}

impl PartialOrd for Pin {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The pins of a workspace.
pub struct Pins {
    disk: Arc<dyn StoreDisk>,
    folder: Option<PathBuf>,
}

impl Pins {
    /// Looks at the pins in a folder, which need not exist; `None`: nothing is pinned.
    pub fn new(disk: Arc<dyn StoreDisk>, folder: Option<PathBuf>) -> Self {
        Self { disk, folder }
    }

    /// Returns all pins.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all(&self) -> io::Result<Vec<Pin>> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        match self.disk.list(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            listed => Ok(listed?.iter().filter_map(|entry| Pin::of_file(&entry.name)).collect()),
        }
    }

    /// Pins something; returns whether it was not pinned before. It is on the disk when this returns.
    ///
    /// # Errors
    /// What the system refuses; there is no workspace.
    pub fn add(&self, pin: &Pin) -> io::Result<bool> {
        let folder = self.folder.as_ref().ok_or(ErrorKind::NotFound)?;
        self.disk.make_folder(folder)?;
        match self.disk.open(&folder.join(pin.file_name()), Open::New) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            opened => opened?.sync().and_then(|()| self.disk.sync_folder(folder)).map(|()| true),
        }
    }

    /// Takes a pin away; returns whether there was one.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn remove(&self, pin: &Pin) -> io::Result<bool> {
        let Some(folder) = &self.folder else { return Ok(false) };
        match self.disk.remove(&folder.join(pin.file_name())) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            removed => removed.and_then(|()| self.disk.sync_folder(folder)).map(|()| true),
        }
    }

    /// Returns the folder of the pins.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }
}

impl Pin {
    fn file_name(&self) -> String {
        match self {
            Self::Run(name) => format!("{RUN}{name}"),
            Self::Value(hash) => format!("{VALUE}{}", hash.to_hex()),
        }
    }

    fn of_file(name: &str) -> Option<Self> {
        match name.strip_prefix(VALUE) {
            Some(digits) => Hash::from_hex(digits).ok().map(Self::Value),
            None => name.strip_prefix(RUN).map(|run| Self::Run(run.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SimulatedDisk;

    #[test]
    fn pins_stand_until_they_are_taken_away_also_after_a_cut_of_the_power() {
        let disk = SimulatedDisk::default();
        let on = |disk: &SimulatedDisk| Pins::new(Arc::new(disk.clone()), Some("/w/pins".into()));
        let pins = on(&disk);
        let both = [Pin::Run("19a-1".into()), Pin::Value(blake3::hash(b"x"))];
        assert_eq!(pins.all().unwrap(), []);
        assert!(both.iter().all(|pin| pins.add(pin).unwrap() && !pins.add(pin).unwrap()));
        for seed in 0..20 {
            assert_eq!(on(&disk.cut(seed)).all().unwrap(), both);
        }
        assert!(pins.remove(&both[0]).unwrap() && !pins.remove(&both[0]).unwrap());
        assert_eq!(on(&disk.cut(1)).all().unwrap(), both[1..]);
        let none = Pins::new(Arc::new(disk), None);
        assert!(none.all().unwrap().is_empty() && none.add(&both[0]).is_err());
    }
}
