//! Packs files into a zip archive.

use std::io::Write;

use windlass_core::node::explain_io;
use windlass_core::prelude::*;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZIP64_BYTES_THR, ZipWriter};

use crate::shared::content::{each_piece, saved_file};
use crate::shared::packing::{Entry, In, Order, Out, entries};

/// How it is packed.
#[derive(Params)]
pub struct Settings {
    /// Path of the archive, a template: `out/{graph}.zip`.
    path: OutPath,
    /// A folder of the archive that everything is put into; empty for none.
    #[param(default = "")]
    folder: String,
    /// In which order the files lie in it.
    #[param(default = "name")]
    order: Order,
    /// How the files are packed.
    #[param(default = "deflate")]
    compression: Compression,
    /// How hard deflate tries: 0 is fast, 9 is small.
    #[param(default = 6, max = 9)]
    level: u8,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
}

/// How files are packed.
#[derive(Clone, Copy, Choice)]
pub enum Compression {
    /// As every program can unpack it.
    Deflate,
    /// Not at all: for pictures and films, which do not get smaller.
    Store,
}

/// `files.zip`
pub struct Zip;

impl Node for Zip {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.zip",
            "Pack zip",
            "Packs files into a zip archive, whole or not at all. The same files make the same archive, byte for byte: \
             every entry has the time 1980-01-01 and the mode 644. Large files and many files make it a zip64. A file \
             that grows by more than 64 MiB while it is read is refused.",
        )
        .search(&["archive", "compress", "bundle", "collect"])
        .writes()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "out.zip").input("files", files()))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let entries = entries(&inputs.files, &params.folder, params.order)?;
        let saved =
            ctx.save(&params.path, params.if_exists, |out| pack(&params, &entries, &inputs.files, out, ctx)).await?;
        Ok(Out { file: saved_file(&saved), path: saved.path, count: entries.len() })
    }
}

fn pack(
    params: &Settings,
    entries: &[Entry],
    files: &Collected<Arc<File>>,
    out: &mut dyn Write,
    ctx: &Ctx,
) -> Result<(), NodeError> {
    let cannot_write = |error| explain_io("write", params.path.as_path(), &error);
    let cannot_pack = |error| match error {
        ZipError::Io(error) => cannot_write(error),
        error => NodeError::because("the archive cannot be written", &error),
    };
    // The archive is written from front to back, so that it need not be held in memory.
    let mut archive = ZipWriter::new_stream(out);
    for (at, entry) in entries.iter().enumerate() {
        let file = entry.file(files)?;
        let size_bytes = ctx.open(&file)?.size_bytes;
        archive.start_file(&entry.name, options(params, size_bytes)).map_err(cannot_pack)?;
        each_piece(ctx, &file, |piece| archive.write_all(piece).map_err(cannot_write))?;
        ctx.progress((at + 1) as f32 / entries.len() as f32);
    }
    archive.finish().map(drop).map_err(cannot_pack)
}

fn options(params: &Settings, size_bytes: u64) -> SimpleFileOptions {
    let (method, level) = match params.compression {
        Compression::Deflate => (CompressionMethod::DEFLATE, Some(i64::from(params.level))),
        Compression::Store => (CompressionMethod::STORE, None),
    };
    // What does not get smaller gets a little larger.
    let may_be_large = size_bytes.saturating_add(size_bytes / 1000) >= ZIP64_BYTES_THR;
    SimpleFileOptions::default()
        .compression_method(method)
        .compression_level(level)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .large_file(may_be_large)
}

fn files() -> Value {
    let file = |name: &str| Value::File(Arc::new(File::in_memory(*b"hello", name, "text/plain")));
    Value::List(Arc::new([file("b.txt"), file("a/b.txt")].into_iter().collect()))
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples, pattern: "photos/*.jpg" }
pack:
  kind: files.zip
  params: { path: out/photos.zip, compression: store }
  inputs: { files: find.file }
"#;

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use windlass_core::harness::Harness;
    use zip::ZipArchive;

    use super::*;
    use crate::shared::spool::Spool;

    fn list(files: &[(&str, Vec<u8>)]) -> Value {
        let file = |(name, content): &(&str, Vec<u8>)| {
            Value::File(Arc::new(File::in_memory(content.clone(), *name, "application/octet-stream")))
        };
        Value::List(Arc::new(files.iter().map(file).collect()))
    }

    fn bench(files: &[(&str, Vec<u8>)]) -> Harness {
        Harness::of::<Zip>().param("path", "a.zip").input("files", list(files))
    }

    fn written(bench: &Harness) -> Vec<u8> {
        bench.fire().unwrap().file("a.zip").unwrap().to_vec()
    }

    fn listed(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut entry = |at| {
            let mut entry = archive.by_index(at).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            assert_eq!((entry.unix_mode(), entry.last_modified()), (Some(0o100_644), Some(DateTime::default())));
            (entry.name().unwrap().into_owned(), content)
        };
        (0..2).map(&mut entry).collect()
    }

    #[test]
    fn the_same_files_make_the_same_archive_in_any_order() {
        let text = b"hello ".repeat(1000);
        let (a, b) = (("sub/é.txt", text.clone()), ("b.bin", vec![0, 255]));
        let bytes = written(&bench(&[a.clone(), b.clone()]));
        assert_eq!(bytes, written(&bench(&[b.clone(), a.clone()])));
        assert!(bytes.len() < 500, "{} bytes", bytes.len());
        let owned = |(name, content): &(&str, Vec<u8>)| ((*name).to_owned(), content.clone());
        assert_eq!(listed(bytes), [owned(&b), owned(&a)]);
        let given = bench(&[a.clone(), b.clone()]).param("order", "given").param("compression", "store");
        let given = written(&given.param("folder", "/top/"));
        assert!(given.len() > text.len());
        assert_eq!(listed(given), [("top/sub/é.txt".to_owned(), text), ("top/b.bin".to_owned(), b.1)]);
    }

    #[test]
    fn an_archive_of_nothing_is_one() {
        let gave = bench(&[]).fire().unwrap();
        assert_eq!(gave.get("count"), Ok(0));
        assert_eq!(gave.file("a.zip").unwrap().len(), 22);
    }

    #[test]
    fn names_that_cannot_stand_together_are_refused_before_anything_is_written() {
        let cause = |names: &[&str]| {
            let files: Vec<_> = names.iter().map(|name| (*name, vec![1])).collect();
            let error = bench(&files).fire().map(|_| ()).unwrap_err();
            assert!(error.is_permanent());
            error.to_string()
        };
        assert_eq!(cause(&["a", "b", "./a"]), "two files have the same name in the archive: `a`");
        assert_eq!(cause(&["a", "a/b/c"]), "a file has the name of another one's folder: `a/b/c`");
        assert!(cause(&["../a"]).contains("leads out of the folder"));
    }

    #[test]
    fn a_file_that_is_gone_fails_by_its_name() {
        let gone = Value::File(Arc::new(File::on_disk("/gone/a.txt", "a.txt", "text/plain")));
        let list = Value::List(Arc::new([gone].into_iter().collect()));
        let error = Harness::of::<Zip>().param("path", "a.zip").input("files", list).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("/gone/a.txt"), "{error}");
    }

    #[test]
    fn long_files_are_never_held_and_those_without_an_end_are_refused() {
        let packed = |spool: Spool| {
            let (path, folder) = (OutPath::new("a.zip".into()), String::new());
            let (order, compression, if_exists) = (Order::Name, Compression::Store, IfExists::Ours);
            let settings = Settings { path, folder, order, compression, level: 6, if_exists };
            let Value::List(list) = list(&[("a.bin", Vec::new()), ("b.bin", Vec::new())]) else { panic!("a list") };
            let inputs = In { files: Collected::new(list) };
            spool.fire(async |ctx| Zip.fire(settings, inputs, ctx).await)
        };
        let (gave, seen) = packed(Spool::new(8 << 20));
        assert!(gave.is_ok() && seen.written_bytes > 16 << 20);
        assert!(seen.ahead_bytes <= 1 << 18, "{} bytes", seen.ahead_bytes);
        let (gave, seen) = packed(Spool::new(0).endless());
        let error = gave.map(|_| ()).unwrap_err().to_string();
        assert!(error == "it grew by more than 64 MiB while it was read: `a.bin`" && !seen.is_saved, "{error}");
        let (gave, seen) = packed(Spool::new(1 << 40).cancelled_after(1 << 20));
        assert!(gave.is_err_and(|error| error.is_cancelled()) && seen.read_bytes == 1 << 20);
    }
}
