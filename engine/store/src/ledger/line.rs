//! One line of the ledger: JSON with a checksum, so that a torn or damaged line is known for what it is.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// That a graph file wrote a content to a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    path: String,
    graph: String,
    content: String,
}

/// What stands for a claim in memory.
pub(super) type Fingerprint = [u8; 16];

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    claim: Claim,
    check: String,
}

/// The claims in a part of a ledger.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) claims: Vec<Claim>,
    pub(super) damaged: u64,
    /// Up to where lines were whole; what follows is still being written, or torn.
    pub(super) whole_bytes: u64,
}

impl Claim {
    /// Returns the claim of a graph file on a path, both relative to the workspace's folder where they lie in it.
    pub fn new(graph: &Path, path: &Path, content: &blake3::Hash) -> Self {
        Self { path: text_of(path), graph: text_of(graph), content: content.to_hex().to_string() }
    }

    /// A line feed stands before it as well as behind it, so that a torn line before it spoils itself alone.
    pub(super) fn to_line(&self) -> String {
        let line = Line { claim: self.clone(), check: self.check() };
        let json = serde_json::to_string(&line).unwrap_or_default();
        format!("\n{json}\n")
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut short = Fingerprint::default();
        short.copy_from_slice(&self.hash().as_bytes()[..16]);
        short
    }

    fn check(&self) -> String {
        self.hash().to_hex()[..16].to_owned()
    }

    fn hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for part in [&self.path, &self.graph, &self.content] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize()
    }
}

impl Lines {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut lines = Self { whole_bytes: whole as u64, ..Self::default() };
        for line in bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            lines.read(line);
        }
        lines
    }

    fn read(&mut self, line: &[u8]) {
        match serde_json::from_slice::<Line>(line) {
            Ok(line) if line.claim.check() == line.check => self.claims.push(line.claim),
            _ => self.damaged += 1,
        }
    }
}

/// Returns a path as text without loss: names that are no text are spelled in hexadecimal digits, behind a character
/// that no path can contain.
fn text_of(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => {
            let digits = path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("{byte:02x}"));
            format!("\0{}", digits.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> Claim {
        Claim::new(Path::new("a \"graph\".yaml"), Path::new("out/line\nfeed.jpg"), &blake3::hash(b"x"))
    }

    #[test]
    fn lines_are_read_back() {
        let lines = Lines::of(claim().to_line().as_bytes());
        assert_eq!(lines.claims, [claim()]);
        assert_eq!((lines.damaged, lines.whole_bytes), (0, claim().to_line().len() as u64));
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let line = claim().to_line().replace("out/", "in/");
        let lines = Lines::of(line.as_bytes());
        assert_eq!((lines.claims.len(), lines.damaged), (0, 1));
    }

    #[test]
    fn a_line_that_is_still_being_written_waits() {
        let text = format!("{}{{\"path\":", claim().to_line());
        let lines = Lines::of(text.as_bytes());
        assert_eq!((lines.claims.len(), lines.damaged), (1, 0));
        assert_eq!(lines.whole_bytes, claim().to_line().len() as u64);
    }

    #[test]
    fn names_that_are_no_text_stay_apart() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let odd = |byte: u8| text_of(Path::new(OsStr::from_bytes(&[b'a', byte])));
        assert_ne!(odd(0xfe), odd(0xff));
    }
}
