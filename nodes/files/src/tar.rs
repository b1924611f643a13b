//! Packs files into a tar archive.

use std::io::{self, Write};

use flate2::GzBuilder;
use tar::{Builder, EntryType, Header};
use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::shared::content::saved_file;
use crate::shared::packing::{Entry, In, Order, Out, Source, TIME_S, entries};

/// How it is packed.
#[derive(Params)]
pub struct Settings {
    /// Path of the archive, a template: `out/{graph}.tar.gz`.
    path: OutPath,
    /// How it is packed; `auto` goes by the ending of the path: `.tar.gz` and `.tgz`, `.tar.zst` and `.tzst`, else not.
    #[param(default = "auto")]
    compression: Compression,
    /// A folder of the archive that everything is put into; empty for none.
    #[param(default = "")]
    folder: String,
    /// In which order the files lie in it.
    #[param(default = "name")]
    order: Order,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
}

/// How an archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
pub enum Compression {
    /// By the ending of the path.
    Auto,
    /// Not at all.
    None,
    /// With gzip, level 6.
    Gzip,
    /// With zstd, level 3.
    Zstd,
}

/// `files.tar`
pub struct Tar;

impl Node for Tar {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.tar",
            "Pack tar",
            "Packs files into a tar archive (GNU format), plain or with gzip or zstd, whole or not at all. The same files \
             make the same archive, byte for byte: every entry has the time 1980-01-01, the mode 644 and no owner. Of a file \
             that grows meanwhile as much is packed as it had when it was opened.",
        )
        .search(&["archive", "compress", "bundle", "collect", "tgz", "tar.gz", "tar.zst", "tarball"])
        .writes()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "out.tar").input("files", files()))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let entries = entries(&inputs.files, &params.folder, params.order)?;
        let packing = Packing { params: &params, entries: &entries, files: &inputs.files, ctx };
        let saved = ctx.save(&params.path, params.if_exists, |out| packing.write(out)).await?;
        Ok(Out { file: saved_file(&saved), path: saved.path, count: entries.len() })
    }
}

struct Packing<'a> {
    params: &'a Settings,
    entries: &'a [Entry],
    files: &'a Collected<Arc<File>>,
    ctx: &'a Ctx,
}

impl Packing<'_> {
    fn write(&self, out: &mut dyn Write) -> Result<(), NodeError> {
        let path = self.params.path.as_path();
        let cannot_write = |error| explain_io("write", path, &error);
        match compression(self.params.compression, &path.to_string_lossy()) {
            Compression::Gzip => {
                // Neither name nor time nor system: they would tell apart what is the same.
                let mut packed = GzBuilder::new().mtime(0).write(out, flate2::Compression::new(6));
                self.pack(&mut packed)?;
                packed.finish().map(drop).map_err(cannot_write)
            }
            Compression::Zstd => {
                let mut packed = zstd::stream::write::Encoder::new(out, 3).map_err(cannot_write)?;
                self.pack(&mut packed)?;
                packed.finish().map(drop).map_err(cannot_write)
            }
            Compression::Auto | Compression::None => self.pack(out),
        }
    }

    fn pack(&self, out: &mut dyn Write) -> Result<(), NodeError> {
        let cannot_write = |error: io::Error| explain_io("write", self.params.path.as_path(), &error);
        let mut archive = Builder::new(out);
        for (at, entry) in self.entries.iter().enumerate() {
            let (mut source, size_bytes) = Source::open(self.ctx, &*entry.file(self.files)?)?;
            let written = archive.append_data(&mut header(size_bytes), &entry.name, &mut source);
            match (written, source.failed) {
                (Ok(()), _) => self.ctx.progress((at + 1) as f32 / self.entries.len() as f32),
                (Err(_), Some(error)) => return Err(error),
                (Err(error), None) => return Err(cannot_write(error)),
            }
        }
        archive.finish().map_err(cannot_write)
    }
}

fn compression(asked: Compression, path: &str) -> Compression {
    let path = path.to_lowercase();
    let ends = |endings: [&str; 2]| endings.iter().any(|ending| path.ends_with(ending));
    match asked {
        Compression::Auto if ends([".gz", ".tgz"]) => Compression::Gzip,
        Compression::Auto if ends([".zst", ".tzst"]) => Compression::Zstd,
        Compression::Auto => Compression::None,
        asked => asked,
    }
}

fn header(size_bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_mtime(TIME_S);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size_bytes);
    header
}

fn files() -> Value {
    let file = |name: &str| Value::File(Arc::new(File::in_memory(*b"hello", name, "text/plain")));
    Value::List(Arc::new([file("b.txt"), file("a/b.txt")].into_iter().collect()))
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples, pattern: "*.csv" }
pack:
  kind: files.tar
  params: { path: out/tables.tar.zst, folder: tables }
  inputs: { files: find.file }
"#;

#[cfg(test)]
mod tests {
    use std::io::Read;

    use tar::Archive;
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::spool::Spool;

    fn bench(path: &str, files: &[(&str, &[u8])]) -> Harness {
        let file = |(name, content): &(&str, &[u8])| Value::File(Arc::new(File::in_memory(*content, *name, "x/y")));
        let list = Value::List(Arc::new(files.iter().map(file).collect()));
        Harness::of::<Tar>().param("path", path).input("files", list)
    }

    fn written(bench: &Harness) -> Vec<u8> {
        bench.fire().unwrap().saved().values().next().unwrap().clone()
    }

    fn listed(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = Archive::new(bytes);
        let entry = |entry: io::Result<tar::Entry<'_, &[u8]>>| {
            let mut entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.mtime().unwrap(), header.uid().unwrap(), header.mode().unwrap()), (TIME_S, 0, 0o644));
            let (name, mut content) = (entry.path().unwrap().display().to_string(), Vec::new());
            entry.read_to_end(&mut content).unwrap();
            (name, content)
        };
        archive.entries().unwrap().map(entry).collect()
    }

    #[test]
    fn the_same_files_make_the_same_archive_and_the_ending_says_how_it_is_packed() {
        let long = format!("{}/é.txt", "folder".repeat(30));
        let (a, b) = ((&*long, &b"hello"[..]), ("b.bin", &[7; 600][..]));
        let plain = written(&bench("a.tar", &[a, b]));
        let expected = [("b.bin".to_owned(), vec![7; 600]), (long.clone(), b"hello".to_vec())];
        assert_eq!(listed(&plain), expected);
        let mut unpacked = Vec::new();
        let gzip = written(&bench("a.TGZ", &[b, a]));
        flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!((unpacked, &gzip[4..8]), (plain.clone(), &[0; 4][..]));
        let zstd = written(&bench("a.tar.zst", &[b, a]));
        assert_eq!(zstd::decode_all(&zstd[..]).unwrap(), plain);
        assert_eq!(zstd, written(&bench("a", &[a, b]).param("compression", "zstd")));
        let given = written(&bench("a.tar", &[a, b]).param("order", "given").param("folder", "top"));
        assert_eq!(listed(&given)[1].0, "top/b.bin");
    }

    #[test]
    fn an_archive_of_nothing_is_one() {
        assert_eq!(written(&bench("a.tar", &[])), [0; 1024]);
    }

    #[test]
    fn wrong_names_and_files_that_are_gone_fail_in_words() {
        let cause = |bench: Harness| bench.fire().map(|_| ()).unwrap_err().to_string();
        assert!(cause(bench("a.tar", &[("a", b"1"), ("a", b"2")])).contains("have the same name in the archive: `a`"));
        let gone = Value::File(Arc::new(File::on_disk("/gone/a.txt", "a.txt", "text/plain")));
        let list = Value::List(Arc::new([gone].into_iter().collect()));
        assert!(cause(Harness::of::<Tar>().param("path", "a.tar").input("files", list)).contains("/gone/a.txt"));
    }

    #[test]
    fn long_files_are_never_held_and_of_one_without_an_end_as_much_is_packed_as_it_had() {
        let packed = |spool: Spool| {
            let (path, folder) = (OutPath::new("a.tar".into()), String::new());
            let (order, compression, if_exists) = (Order::Name, Compression::Auto, IfExists::Ours);
            let settings = Settings { path, compression, folder, order, if_exists };
            let file = |name: &str| Value::File(Arc::new(File::in_memory(*b"", name, "x/y")));
            let list = Arc::new(["a.bin", "b.bin"].map(file).into_iter().collect());
            let inputs = In { files: Collected::new(list) };
            spool.fire(async |ctx| Tar.fire(settings, inputs, ctx).await)
        };
        let (gave, seen) = packed(Spool::new(8 << 20).endless());
        assert!(gave.is_ok() && seen.is_saved);
        assert_eq!((seen.read_bytes, seen.written_bytes), (16 << 20, (16 << 20) + 2 * 512 + 1024));
        assert!(seen.ahead_bytes <= 1 << 18, "{} bytes", seen.ahead_bytes);
        let (gave, seen) = packed(Spool::new(1 << 30).cancelled_after(1 << 20));
        assert!(gave.is_err_and(|error| error.is_cancelled()));
        assert!(seen.read_bytes <= (1 << 20) + (1 << 18), "{} bytes", seen.read_bytes);
    }
}
