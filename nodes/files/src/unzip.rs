//! Takes the files out of a zip archive.

use std::vec::IntoIter;

use windlass_core::prelude::*;
use zip::ZipReadOptions;
use zip::read::OwnedZipFileEntry;

use crate::shared::encodings::NameEncoding;
use crate::shared::names::{Unique, relative, shown};
use crate::shared::unpacking::{Bounds, Child, Meter, Notices, One, Out, Special, Trouble, file, within};
use crate::shared::zipped::{Nearby, directory, explain, name, special};

/// How far the archive is trusted.
#[derive(Params)]
pub struct Settings {
    /// Encoding of names that are not marked as UTF-8: `auto` for UTF-8 where they are that, else code page 437, as the
    /// format says; or `cp437`, `shift_jis`, `gbk`, `windows-1251`.
    #[param(static, default = "auto")]
    names: String,
    /// What happens to links and devices: they are left out with a line in the log, or each is an item that fails. They
    /// are never followed or made.
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
    /// How many times larger than packed a file may get, from 16 MiB on. A larger one is an item that fails.
    #[param(default = 200, min = 1)]
    max_ratio: u64,
}

/// The archive.
#[derive(Inputs)]
pub struct In {
    /// The archive: stored, deflated, deflate64 or zstd, also as zip64; told by content, whatever it is called.
    file: Arc<File>,
}

/// `files.unzip`
pub struct Unzip(Option<NameEncoding>);

impl Node for Unzip {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.unzip",
            "Unpack zip",
            "Takes the files out of a zip archive, one item each, named by their paths in it, in the order of its \
             directory. Nothing is written to the disk. A name that leads out of the folder, a file that is encrypted, \
             damaged, too large or a bomb is one item that fails, and the others stand; equal names are numbered, \
             `a~2.txt`. An archive that is cut off, has too many entries, or entries that overlap, fails as a whole. \
             Archives in it are files like others.",
        )
        .search(&["archive", "extract", "decompress", "unpack"])
        .cpu()
        .split(true)
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(sample()))))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        match statics.text("names")? {
            "auto" => Ok(Self(None)),
            label => NameEncoding::by_label("names", label).map(|names| Self(Some(names))),
        }
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let archive = inputs.file.name.clone();
        let mut meter = Meter::new(Bounds {
            entries: params.max_entries,
            entry_bytes: params.max_entry << 20,
            total_bytes: params.max_total.saturating_mul(1 << 20),
            ratio: params.max_ratio,
        });
        let mut reader = Nearby::new(ctx.open(&inputs.file)?.reader);
        let entries = directory(&mut reader, &mut meter, ctx).map_err(|error| within(&archive, error))?.into_iter();
        let (notices, unique, ctx) = (Notices::new(ctx), Unique::default(), ctx.clone());
        let (names, special) = (self.0, params.special);
        let mut entries = Entries { reader, entries, meter, names, special, unique, notices, ctx, number: 0 };
        let children =
            std::iter::from_fn(move || entries.next()).map(move |child| child.map_err(|e| within(&archive, e)));
        Ok(Out { files: Children::some_failing(children) })
    }
}

/// An archive on its way.
struct Entries {
    reader: Nearby,
    entries: IntoIter<OwnedZipFileEntry>,
    meter: Meter,
    names: Option<NameEncoding>,
    special: Special,
    unique: Unique,
    notices: Notices,
    ctx: Ctx,
    number: u64,
}

impl Entries {
    /// Returns the next child; what is wrong with the archive is the last thing that comes.
    fn next(&mut self) -> Option<Result<Child, NodeError>> {
        loop {
            let entry = self.entries.next()?;
            self.number += 1;
            let Some((name, content)) = self.content(&entry) else { continue };
            let made = match content {
                Ok(bytes) => Ok(One { size_bytes: bytes.len() as u64, file: file(&name, bytes) }),
                Err(Trouble::Entry(error)) => Err(error.within(format!("the entry cannot be had: `{name}`"))),
                Err(Trouble::Archive(error)) => {
                    self.entries = Vec::new().into_iter();
                    return Some(Err(error));
                }
            };
            return Some(Ok((name, made)));
        }
    }

    /// Returns the name of an entry with its content; `None` for a folder, and what is left out.
    fn content(&mut self, entry: &OwnedZipFileEntry) -> Option<(String, Result<Vec<u8>, Trouble>)> {
        let said = name(entry, self.names);
        let name = match relative(&said) {
            _ if entry.is_dir() => return None,
            Ok(name) => self.unique.take(name),
            Err(error) => {
                return Some((self.unique.take(format!("entry-{}", self.number)), Err(Trouble::Entry(error))));
            }
        };
        let failed = |what: String| Trouble::Entry(NodeError::new(what).permanent());
        let content = match (special(entry), self.special) {
            (Some(what), Special::Skip) => {
                self.notices.say(&format!("left out: {what}: `{}`", shown(&said)));
                return None;
            }
            (Some(what), Special::Fail) => Err(failed(format!("this is {what}, not a file"))),
            (None, _) if entry.encrypted() => Err(failed("it is encrypted, and encrypted entries are not read".into())),
            (None, _) => self.unpack(entry),
        };
        Some((name, content))
    }

    fn unpack(&mut self, entry: &OwnedZipFileEntry) -> Result<Vec<u8>, Trouble> {
        self.meter.check_entry(entry.size()).map_err(Trouble::Entry)?;
        let opened = entry.as_ref().with_reader(&mut self.reader, ZipReadOptions::new());
        let opened = opened.map_err(|error| Trouble::Entry(explain(&error)))?;
        self.meter.read(opened, entry.compressed_size(), &self.ctx)
    }
}

/// An archive of one file, `hello.txt`, stored.
fn sample() -> File {
    const ARCHIVE: &[u8] = b"PK\x03\x04\x0a\0\0\0\0\0\0\0\x21\0\x20\x30\x3a\x36\x06\0\0\0\x06\0\0\0\x09\0\0\0hello.txthello\n\
        PK\x01\x02\x14\0\x0a\0\0\0\0\0\0\0\x21\0\x20\x30\x3a\x36\x06\0\0\0\x06\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        hello.txtPK\x05\x06\0\0\0\0\x01\0\x01\0\x37\0\0\0\x2d\0\0\0\0\0";
    File::in_memory(ARCHIVE, "sample.zip", "application/zip")
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
pack:
  kind: files.zip
  params: { path: out/photos.zip }
  inputs: { files: find.file }
unpack:
  kind: files.unzip
  inputs: { file: pack.file }
write:
  kind: files.write
  params: { path: "out/unpacked/{name}" }
  inputs: { value: unpack.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, GaveChild, Harness};

    use super::*;
    use crate::shared::specimen::{ZipEntry, deflated, stored, zip};
    use crate::shared::zipped::IS_UTF8;

    fn bench(bytes: impl Into<Vec<u8>>) -> Harness {
        Harness::of::<Unzip>().input("file", Arc::new(File::in_memory(bytes.into(), "a.zip", "application/zip")))
    }

    fn names(gave: &Gave) -> Vec<&str> {
        gave.children().iter().filter_map(GaveChild::name).collect()
    }

    fn content(child: &GaveChild) -> Vec<u8> {
        let file: Arc<File> = child.get("file").unwrap();
        let windlass_core::value::FileContent::Bytes(bytes) = &file.content else { panic!("not in memory") };
        bytes.to_vec()
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
    fn files_come_with_their_paths_and_types_and_archives_stay_closed() {
        let inner = zip(&[stored("deep.txt", b"deep")]);
        let folder = ZipEntry { mode: 0o040_755, ..stored("a/", b"") };
        let entries = [folder, deflated("a/b.txt", b"hello"), stored("c", &inner), stored("a/b.txt", b"again")];
        let gave = bench(zip(&entries)).fire().unwrap();
        assert_eq!(names(&gave), ["a/b.txt", "c", "a/b~2.txt"]);
        assert_eq!(
            gave.children().iter().map(content).collect::<Vec<_>>(),
            [b"hello".to_vec(), inner, b"again".to_vec()]
        );
        let file: Arc<File> = gave.children()[1].get("file").unwrap();
        assert_eq!((&*file.name, &*file.media_type), ("c", "application/zip"));
        assert_eq!(gave.children()[0].get("size_bytes"), Ok(5_u64));
    }

    #[test]
    fn a_name_that_leads_away_is_one_item_that_fails() {
        let names_away: [&[u8]; 6] =
            [b"../../a", b"/etc/passwd", b"C:\\a.txt", b"a\\..\\..\\b", b"a\0.txt", b"\\\\host\\a"];
        let mut entries: Vec<_> = names_away.iter().map(|name| stored(name, b"evil")).collect();
        entries.push(stored("fine.txt", b"fine"));
        let gave = bench(zip(&entries)).fire().unwrap();
        for (at, child) in gave.children()[..6].iter().enumerate() {
            assert_eq!(child.name(), Some(&*format!("entry-{}", at + 1)));
            assert!(failure(child).contains("the name of the entry "), "{}", failure(child));
        }
        assert_eq!(content(&gave.children()[6]), b"fine");
    }

    #[test]
    fn names_are_read_in_their_encoding() {
        let marked = ZipEntry { flags: IS_UTF8, ..stored("日本.txt", b"") };
        let entries = [marked, stored(b"caf\x82", b""), stored("é", b""), stored(b"\x93\xfa\x96\x7b", b"")];
        assert_eq!(names(&bench(zip(&entries)).fire().unwrap()), ["日本.txt", "café", "é", "ô·û{"]);
        let sjis = bench(zip(&[entries[0].clone(), entries[3].clone()])).param("names", "shift_jis").fire().unwrap();
        assert_eq!(names(&sjis), ["日本.txt", "日本"]);
        assert!(bench("").param("names", "klingon").open().is_err());
    }

    #[test]
    fn bombs_are_stopped_before_they_burst() {
        let zeros = deflated("zeros", &vec![0; 40 << 20]);
        let gave = bench(zip(&[zeros.clone(), stored("b", b"b")])).fire().unwrap();
        assert!(failure(&gave.children()[0]).contains("more than 200 times its size"));
        assert_eq!(content(&gave.children()[1]), b"b");
        let gave = bench(zip(std::slice::from_ref(&zeros))).param("max_entry", 16).fire().unwrap();
        assert!(failure(&gave.children()[0]).contains("larger than `max_entry` (16 MiB)"));
        // What the headers say of the size is not believed.
        let lying = ZipEntry { size: 10, ..zeros.clone() };
        let gave = bench(zip(&[lying])).param("max_entry", 16).fire().unwrap();
        assert!(!failure(&gave.children()[0]).is_empty());
        let two = bench(zip(&[zeros.clone(), ZipEntry { name: b"two".into(), ..zeros.clone() }]));
        let two = two.param("max_ratio", 2000).param("max_total", 60);
        assert!(cause(&two).contains("unpacks to more than `max_total` (60 MiB)"));
        let overlapping = ZipEntry { name: b"again".into(), offset: Some(0), ..zeros.clone() };
        assert!(cause(&bench(zip(&[zeros, overlapping]))).contains("its entries overlap"));
    }

    #[test]
    fn a_hundred_thousand_entries_are_taken_and_one_more_is_not() {
        const COUNT: usize = 100_000;
        let mut archive = ::zip::ZipWriter::new_stream(Vec::new());
        let options = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::STORE);
        for at in 0..COUNT {
            archive.start_file(format!("{}/{at}", at % 100), options).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        let gave = bench(bytes.clone()).fire().unwrap();
        assert_eq!((gave.children().len(), gave.children()[COUNT - 1].name()), (COUNT, Some("99/99999")));
        let error = cause(&bench(bytes).param("max_entries", COUNT - 1));
        assert!(error.contains("more entries than `max_entries` (99999) allows"), "{error}");
    }

    #[test]
    fn links_and_devices_are_left_out_or_fail() {
        let link = ZipEntry { mode: 0o120_777, ..stored("link", b"/etc/passwd") };
        let device = ZipEntry { mode: 0o020_666, ..stored("null", b"") };
        let archive = zip(&[link, device, stored("a", b"a")]);
        let gave = bench(archive.clone()).fire().unwrap();
        assert_eq!(names(&gave), ["a"]);
        let left = ["left out: a symbolic link: `link`", "left out: a device, a pipe or a socket: `null`"];
        assert_eq!(gave.logs(), left);
        let gave = bench(archive).param("special", "fail").fire().unwrap();
        assert_eq!(names(&gave), ["link", "null", "a"]);
        assert!(failure(&gave.children()[0]).contains("this is a symbolic link, not a file"));
    }

    #[test]
    fn what_cannot_be_unpacked_is_said_in_words() {
        let entries = [
            ZipEntry { flags: 1, ..stored("secret", b"xxxxxxxxxxxxxxxx") },
            ZipEntry { method: 12, ..stored("b", b"BZh9") },
            ZipEntry { crc32: 7, ..stored("c", b"c") },
            ZipEntry { data: b"\xff\xff\xff".into(), ..deflated("d", b"content") },
        ];
        let gave = bench(zip(&entries)).fire().unwrap();
        let words = ["it is encrypted", "packed with bzip2 (method 12)", "it is damaged", "it is damaged"];
        for (child, words) in gave.children().iter().zip(words) {
            assert!(failure(child).contains(words), "{}", failure(child));
            assert!(failure(child).starts_with("the entry cannot be had: `"), "{}", failure(child));
        }
    }

    #[test]
    fn what_is_cut_off_or_flipped_is_an_error_and_never_a_panic() {
        let whole = zip(&[deflated("a/b.txt", &b"hello ".repeat(40)), stored("c", b"content")]);
        for length in 0..whole.len() {
            assert!(cause(&bench(&whole[..length])).starts_with("the archive cannot be read: `a.zip`: "), "{length}");
        }
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                // Whatever comes is an error in words or children with safe names.
                if let Ok(gave) = bench(bytes).fire() {
                    assert!(names(&gave).iter().all(|name| relative(name).as_deref() == Ok(*name)), "{at}");
                }
            }
        }
        assert!(cause(&bench("no archive")).contains("this is no zip archive"));
    }
}
