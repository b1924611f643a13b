//! The journal of a run: what happened, in order, and what came of each firing; nobody is told of anything before it is in
//! here, on the disk.
//!
//! A run is a folder `runs/<run>`. Each process that works on the run writes a file of its own there, `journal.0`,
//! `journal.1` and so on, and holds it locked as long as it lives; nothing that was written is ever changed.
//!
//! | Bytes | What |
//! | --- | --- |
//! | 16 | `windlasj`, version (`u32`), CRC-32 of both (`u32`); all numbers little endian |
//! | 12 + n, again and again | a record: n (`u32`), CRC-32 of its bytes (`u32`), CRC-32 of both and of the place in the file (`u32`), its bytes |
//!
//! The first byte of a record says of which kind it is (`record.rs`). Records are written in groups, one sync for each; a
//! group begins with a record that says so, and none is begun before the last one is on the disk. So whatever is wrong in
//! front of the beginning of a group is damage, and what is wrong behind the last beginning is a torn tail, of which nobody
//! was told.
//!
//! Beside them may lie a `digest`: what the first of these files came to, in one file of the same form, for a run that is
//! resumed often (`past/digest.rs`). It is no truth: one that is missing, damaged or older is passed over.
//!
//! Deliberately absent: what the records mean for a run that goes on (runtime).

mod bytes;
mod digest;
mod events;
mod follow;
mod frame;
mod read;
mod record;
mod results;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use digest::{DigestReader, write_digest};
pub use follow::{Follower, Place};
pub(crate) use read::sizes;
pub use read::{Reader, Told, is_alive, last_record, parts, size_bytes};
pub use record::{Began, Call, Digest, Ended, Noted, Record};
pub use results::{Came, Child, FileSeen, Given, Kept, Listed, Result, Wrote};
pub(crate) use write::name;
pub use write::{Journal, Ticket};

/// Version of the format; raised when an older program would go wrong with it.
pub const VERSION: u32 = 1;
