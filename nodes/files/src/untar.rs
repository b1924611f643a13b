//! Takes the files out of a tar archive.

use windlass_core::prelude::*;

use crate::shared::encodings::NameEncoding;
use crate::shared::names::{Unique, relative, shown};
use crate::shared::tape::{Entry, Kind, Tape};
use crate::shared::unpacking::{Bounds, Child, Notices, One, Out, Special, Trouble, file, within};

/// How far the archive is trusted.
#[derive(Params)]
pub struct Settings {
    /// Encoding of names that are not UTF-8 by the rules of the format: `utf-8`, `windows-1252`, `shift_jis`, or `cp437`.
    #[param(static, default = "utf-8")]
    names: String,
    /// What happens to links, devices, pipes and sparse files: they are left out with a line in the log, or each is an
    /// item that fails. They are never followed or made.
    #[param(default = "skip")]
    special: Special,
    /// The most entries, folders and links counted.
    #[param(default = 100_000, min = 1)]
    max_entries: u64,
    /// The largest file; each is held in memory. A larger one is an item that fails.
    #[param(default = 256, min = 1, max = 16_384, unit = "MiB")]
    max_entry: u64,
    /// The most that the archive may unpack to.
    #[param(default = 16_384, min = 1, unit = "MiB")]
    max_total: u64,
    /// How many times larger than the archive its content may get, from 16 MiB on.
    #[param(default = 200, min = 1)]
    max_ratio: u64,
}

/// The archive.
#[derive(Inputs)]
pub struct In {
    /// The archive: tar, or tar packed with gzip or zstd; told by content, whatever it is called.
    file: Arc<File>,
}

/// `files.untar`
pub struct Untar(NameEncoding);

impl Node for Untar {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.untar",
            "Unpack tar",
            "Takes the files out of a tar archive, one item each, named by their paths in it, in their order. Nothing is \
             written to the disk. A name that leads out of the folder, and a file that is too large, is one item that \
             fails, and the others stand; equal names are numbered, `a~2.txt`. An archive that is cut off, damaged or a \
             bomb ends its group with the cause. Archives in it are files like others.",
        )
        .search(&["archive", "extract", "decompress", "tgz", "tar.gz", "tar.zst", "tarball"])
        .cpu()
        .split(true)
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(sample()))))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        NameEncoding::by_label("names", statics.text("names")?).map(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bounds = Bounds {
            entries: params.max_entries,
            entry_bytes: params.max_entry << 20,
            total_bytes: params.max_total.saturating_mul(1 << 20),
            ratio: params.max_ratio,
        };
        let archive = inputs.file.name.clone();
        let tape = Tape::open(ctx, &inputs.file, self.0, bounds).map_err(|error| within(&archive, error))?;
        let notices = Notices::new(ctx);
        let unique = Unique::default();
        let mut entries = Entries { tape, special: params.special, unique, notices, number: 0, ended: false };
        let children =
            std::iter::from_fn(move || entries.next()).map(move |child| child.map_err(|e| within(&archive, e)));
        Ok(Out { files: Children::some_failing(children) })
    }
}

/// An archive on its way.
struct Entries {
    tape: Tape,
    special: Special,
    unique: Unique,
    notices: Notices,
    number: u64,
    ended: bool,
}

impl Entries {
    /// Returns the next child; what is wrong with the archive is the last thing that comes.
    fn next(&mut self) -> Option<Result<Child, NodeError>> {
        while !self.ended {
            match self.tape.next_entry() {
                Ok(Some(entry)) => match self.child(&entry).transpose() {
                    Some(Err(error)) => return self.end(error),
                    Some(child) => return Some(child),
                    None => {}
                },
                Ok(None) => self.ended = true,
                Err(error) => return self.end(error),
            }
        }
        None
    }

    fn end(&mut self, error: NodeError) -> Option<Result<Child, NodeError>> {
        self.ended = true;
        Some(Err(error))
    }

    fn child(&mut self, entry: &Entry) -> Result<Option<Child>, NodeError> {
        self.number += 1;
        let name = match (relative(&entry.name), entry.kind) {
            (_, Kind::Folder) => return Ok(None),
            (_, Kind::Special(what)) if matches!(self.special, Special::Skip) => {
                self.notices.say(&format!("left out: {what}: `{}`", shown(&entry.name)));
                return Ok(None);
            }
            (Ok(name), _) => self.unique.take(name),
            (Err(error), _) => return Ok(Some((self.unique.take(format!("entry-{}", self.number)), Err(error)))),
        };
        let content = match entry.kind {
            Kind::Special(what) => {
                Err(Trouble::Entry(NodeError::new(format!("this is {what}, not a file")).permanent()))
            }
            Kind::File | Kind::Folder => self.tape.content(),
        };
        let made = match content {
            Ok(bytes) => Ok(One { size_bytes: bytes.len() as u64, file: file(&name, bytes) }),
            Err(Trouble::Entry(error)) => Err(error.within(format!("the entry cannot be had: `{name}`"))),
            Err(Trouble::Archive(error)) => return Err(error),
        };
        Ok(Some((name, made)))
    }
}

/// An archive of one file.
fn sample() -> File {
    let mut header = tar::Header::new_gnu();
    header.set_size(6);
    header.set_mode(0o644);
    let mut archive = tar::Builder::new(Vec::new());
    // Writing to memory does not fail, and a sample that is empty shows in the tests.
    let written = archive.append_data(&mut header, "a/hello.txt", &b"hello\n"[..]).and_then(|()| archive.into_inner());
    File::in_memory(written.unwrap_or_default(), "sample.tar", "application/x-tar")
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
pack:
  kind: files.tar
  params: { path: out/photos.tar.gz }
  inputs: { files: find.file }
unpack:
  kind: files.untar
  inputs: { file: pack.file }
write:
  kind: files.write
  params: { path: "out/unpacked/{name}" }
  inputs: { value: unpack.file }
"#;

#[cfg(test)]
mod tests {
    use tar::EntryType;
    use windlass_core::harness::{Gave, GaveChild, Harness};

    use super::*;
    use crate::shared::specimen::{gzipped, tape, taped};

    fn bench(bytes: impl Into<Vec<u8>>) -> Harness {
        Harness::of::<Untar>().input("file", Arc::new(File::in_memory(bytes.into(), "a.tar", "application/x-tar")))
    }

    fn file(name: impl AsRef<[u8]>, content: &[u8]) -> Vec<u8> {
        taped(EntryType::Regular, name.as_ref(), content)
    }

    fn names(gave: &Gave) -> Vec<&str> {
        gave.children().iter().filter_map(GaveChild::name).collect()
    }

    fn contents(gave: &Gave) -> Vec<Vec<u8>> {
        let content = |child: &GaveChild| match &child.get::<Arc<File>>("file").unwrap().content {
            windlass_core::value::FileContent::Bytes(bytes) => bytes.to_vec(),
            windlass_core::value::FileContent::Path(path) => panic!("on disk: {}", path.display()),
        };
        gave.children().iter().map(content).collect()
    }

    #[track_caller]
    fn failure(child: &GaveChild) -> String {
        child.failure().expect("it should have failed").to_string()
    }

    #[track_caller]
    fn cause(bench: &Harness) -> String {
        bench.fire().map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn files_come_in_order_however_the_archive_is_packed() {
        let folder = taped(EntryType::Directory, b"./a/", b"");
        let plain = tape(&[folder, file("./a/b.txt", b"hello"), file("c", &[7; 1025]), file("./a/b.txt", b"again")]);
        let zstd = zstd::encode_all(&plain[..], 3).unwrap();
        // Several streams behind each other are one, as gzip has it.
        let members = [gzipped(&plain[..700]), gzipped(&plain[700..])].concat();
        for bytes in [plain.clone(), gzipped(&plain), members, zstd] {
            let gave = bench(bytes).fire().unwrap();
            assert_eq!(names(&gave), ["a/b.txt", "c", "a/b~2.txt"]);
            assert_eq!(contents(&gave), [b"hello".to_vec(), vec![7; 1025], b"again".to_vec()]);
            assert!(gave.logs().is_empty());
        }
    }

    #[test]
    fn names_that_lead_away_fail_alone_and_links_are_never_made() {
        let link = |kind, name: &[u8]| taped(kind, name, b"");
        let archive = tape(&[
            file("../evil", b"x"),
            file("/etc/passwd", b"x"),
            link(EntryType::Symlink, b"way"),
            file("way/a", b"a"),
            link(EntryType::Link, b"hard"),
            link(EntryType::Char, b"null"),
            link(EntryType::Fifo, b"pipe"),
            taped(EntryType::GNUSparse, b"holes", b""),
        ]);
        let gave = bench(archive.clone()).fire().unwrap();
        assert_eq!(names(&gave), ["entry-1", "entry-2", "way/a"]);
        assert!(failure(&gave.children()[0]).contains("leads out of the folder"));
        assert!(failure(&gave.children()[1]).contains("is absolute"));
        let whats = ["a symbolic link: `way`", "a hard link", "a device", "a named pipe", "a sparse file"];
        for (line, what) in gave.logs().iter().zip(whats) {
            assert!(line.starts_with(&format!("left out: {what}")), "{line}");
        }
        assert_eq!(gave.logs().len(), 5);
        let gave = bench(archive).param("special", "fail").fire().unwrap();
        assert_eq!(names(&gave), ["entry-1", "entry-2", "way", "way/a", "hard", "null", "pipe", "holes"]);
        assert!(failure(&gave.children()[2]).contains("this is a symbolic link, not a file"));
    }

    #[test]
    fn long_names_of_both_kinds_and_other_encodings_are_read() {
        let long = format!("{}/x.txt", "folder".repeat(30));
        let gnu = taped(EntryType::GNULongName, b"././@LongLink", format!("{long}\0").as_bytes());
        let record = |key: &str, value: &str| {
            let rest = format!(" {key}={value}\n");
            let length = (1..).find(|length: &usize| length.to_string().len() + rest.len() == *length).unwrap();
            format!("{length}{rest}")
        };
        let pax = record("mtime", "1.5") + &record("path", "日本/é") + &record("size", "3");
        let pax = taped(EntryType::XHeader, b"pax", pax.as_bytes());
        let sized = [&file("short", b"")[..], b"abc", &[0; 509]].concat();
        let archive = tape(&[gnu, file("cut", b"1"), pax, sized, file(b"caf\xe9", b"2")]);
        let gave = bench(archive.clone()).fire().unwrap();
        assert_eq!(names(&gave), [&*long, "日本/é", "caf%E9"]);
        assert_eq!(contents(&gave), [b"1".to_vec(), b"abc".to_vec(), b"2".to_vec()]);
        assert_eq!(names(&bench(archive).param("names", "latin-1").fire().unwrap())[2], "café");
    }

    #[test]
    fn a_huge_announced_size_takes_no_memory() {
        let mut header = tar::Header::new_gnu();
        header.set_path("huge").unwrap();
        header.set_size(1 << 62);
        header.set_cksum();
        let archive = [header.as_bytes(), &b"little"[..]].concat();
        let error = cause(&bench(archive.clone()));
        assert_eq!(error, "the archive cannot be read: `a.tar`: it is cut off");
        let gave = Harness::of::<Untar>().input("file", Arc::new(File::in_memory(archive, "a", "x/y")));
        assert!(cause(&gave.param("max_entry", 16_384)).ends_with("it is cut off"));
        let large =
            bench(tape(&[file("large", &vec![1; 2 << 20]), file("b", b"b")])).param("max_entry", 1).fire().unwrap();
        assert!(failure(&large.children()[0]).contains("larger than `max_entry` (1 MiB)"));
        assert_eq!(large.children()[1].name(), Some("b"));
    }

    #[test]
    fn bombs_end_the_archive() {
        let bomb = gzipped(&tape(&[file("zeros", &vec![0; 40 << 20])]));
        assert!(cause(&bench(bomb.clone())).contains("more than 200 times its size"));
        assert!(cause(&bench(bomb).param("max_ratio", 2000).param("max_total", 20)).contains("`max_total` (20 MiB)"));
        let name = gzipped(&taped(EntryType::GNULongName, b"long", &vec![b'x'; 2 << 20]));
        assert!(cause(&bench(name)).contains("an extended header is larger than 1048576 bytes"));
        let endless = tape(&vec![taped(EntryType::XGlobalHeader, b"g", b""); 100]);
        assert!(cause(&bench(endless)).contains("more than 16 headers"));
    }

    #[test]
    fn a_hundred_thousand_entries_are_taken_and_one_more_is_not() {
        const COUNT: usize = 100_000;
        let entries: Vec<_> = (0..COUNT).map(|at| file(format!("{}/{at}", at % 100), b"")).collect();
        let bytes = gzipped(&tape(&entries));
        let gave = bench(bytes.clone()).param("max_ratio", 10_000).fire().unwrap();
        assert_eq!((gave.children().len(), gave.children()[COUNT - 1].name()), (COUNT, Some("99/99999")));
        let error = cause(&bench(bytes).param("max_ratio", 10_000).param("max_entries", COUNT - 1));
        assert!(error.contains("more entries than `max_entries` (99999) allows"), "{error}");
    }

    #[test]
    fn what_is_cut_off_or_flipped_is_an_error_or_said() {
        let whole = tape(&[file("a.txt", &b"hello ".repeat(100)), file("b", b"b")]);
        for length in (1..whole.len() - 1024).step_by(7) {
            // Where an entry ends, nothing tells that more should follow, but that the end has no mark.
            match bench(&whole[..length]).fire() {
                Ok(gave) => assert!(gave.logs().iter().any(|line| line.contains("may be cut off")), "{length}"),
                Err(error) => assert!(error.to_string().starts_with("the archive cannot be read"), "{length}: {error}"),
            }
        }
        for at in (0..whole.len()).step_by(3) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            if let Ok(gave) = bench(bytes).fire() {
                assert!(names(&gave).iter().all(|name| relative(name).as_deref() == Ok(*name)), "{at}");
            }
        }
        let packed = gzipped(&whole);
        assert!(cause(&bench(&packed[..packed.len() / 2])).ends_with("it is cut off"));
    }

    #[test]
    fn what_is_no_tar_is_told_apart() {
        assert!(cause(&bench([b"PK\x03\x04", &[1; 600][..]].concat())).contains("this is no tar archive"));
        assert!(cause(&bench(*b"BZh91AY&SY")).contains("packed with bzip2, which is not read"));
        assert!(cause(&bench(*b"\xfd7zXZ\0")).contains("packed with xz"));
        assert!(bench(tape(&[])).fire().unwrap().children().is_empty());
    }
}
