//! A reader that stops when one row has taken too much.

use std::io::{Error, ErrorKind, Read, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The largest row of a file that is read whole, in bytes: the parts of a row take many times the memory of its text.
pub(crate) const MAX_ROW_BYTES: u64 = 64 << 20;

/// Refuses to go on when one row has taken too much, so that an open quote does not swallow the file.
pub(crate) struct Metered<R> {
    inner: R,
    since_row: Meter,
    max: u64,
}

/// How much was read since a row began.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<AtomicU64>);

impl Meter {
    /// Says that a row begins.
    pub(crate) fn begin(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl<R> Metered<R> {
    /// Lets through rows of at most `max` bytes, and what is read ahead.
    pub(crate) fn new(inner: R, max: u64) -> (Self, Meter) {
        let meter = Meter::default();
        (Self { inner, since_row: meter.clone(), max }, meter)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.since_row.0.load(Ordering::Relaxed) > self.max {
            let words = format!("the row is larger than {} bytes, perhaps a quote is not closed", self.max);
            return Err(Error::new(ErrorKind::InvalidData, words));
        }
        let count = self.inner.read(buffer)?;
        self.since_row.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
