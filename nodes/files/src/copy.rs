//! Copies a file.

use std::path::PathBuf;

use windlass_core::prelude::*;

use crate::shared::content::{copy, saved_file};

/// Where it goes.
#[derive(Params)]
pub struct Settings {
    /// Path of the copy, a template: `out/{parent}/{name}`.
    path: OutPath,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
}

/// What is copied.
#[derive(Inputs)]
pub struct In {
    /// The file.
    file: Arc<File>,
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The copy.
    file: Arc<File>,
    /// Its path.
    path: PathBuf,
}

/// `files.copy`
pub struct Copy;

impl Node for Copy {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.copy",
            "Copy file",
            "Copies a file byte for byte, whole or not at all. What is copied is the content: times, permissions and \
             owner are those of a new file. A link is copied as the file that it leads to. A file that grows by more than \
             64 MiB while it is read is refused.",
        )
        .search(&["duplicate", "backup", "cp", "save"])
        .writes()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "out/a.txt").input("file", sample()))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let saved = copy(ctx, &inputs.file, &params.path, params.if_exists).await?;
        Ok(Out { file: saved_file(&saved), path: saved.path })
    }
}

fn sample() -> Value {
    Value::File(Arc::new(File::in_memory(*b"hello", "a.txt", "text/plain")))
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.png" }
copy:
  kind: files.copy
  params: { path: "out/copies/{name}" }
  inputs: { file: find.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::IntoValue;

    use super::*;
    use crate::shared::content::{MAX_GROWTH_BYTES, PIECE_BYTES};
    use crate::shared::spool::Spool;

    fn bench(file: File) -> Harness {
        Harness::of::<Copy>().param("path", "to/b.bin").input("file", Arc::new(file).into_value())
    }

    #[test]
    fn a_file_is_copied_byte_for_byte_from_the_disk_and_from_memory() {
        let folder = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..200_000_u64).map(|at| ((at * at) >> 7) as u8).collect();
        let path = folder.path().join("a.bin");
        std::fs::write(&path, &content).unwrap();
        for file in [File::on_disk(&path, "a.bin", "x/y"), File::in_memory(content.clone(), "a.bin", "x/y")] {
            let gave = bench(file).folder(folder.path()).fire().unwrap();
            assert_eq!(gave.file("to/b.bin"), Some(&content[..]));
            assert_eq!(gave.get("path"), Ok(folder.path().join("to/b.bin")));
            assert_eq!(gave.get::<Arc<File>>("file").unwrap().name, "b.bin");
        }
        assert_eq!(std::fs::read(path).unwrap(), content);
    }

    #[test]
    fn what_is_gone_or_a_folder_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cause = |path| bench(File::on_disk(path, "a", "x/y")).fire().map(|_| ()).unwrap_err().to_string();
        assert!(cause(folder.path().join("gone")).contains("gone"));
        assert!(cause(folder.path().to_owned()).contains("not a file"));
    }

    #[test]
    fn a_firing_that_should_end_copies_nothing() {
        let bench = bench(File::in_memory(*b"x", "a", "x/y"));
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    fn copied(spool: Spool) -> (Result<Out, NodeError>, crate::shared::spool::Seen) {
        let settings = Settings { path: OutPath::new("b.bin".into()), if_exists: IfExists::Ours };
        let file = Arc::new(File::in_memory(*b"", "a.bin", "x/y"));
        spool.fire(async |ctx| Copy.fire(settings, In { file }, ctx).await)
    }

    #[test]
    fn a_long_file_is_never_held_and_the_copy_can_be_stopped() {
        let (gave, seen) = copied(Spool::new(16 << 20));
        assert!(gave.is_ok() && seen.is_saved);
        assert_eq!((seen.written_bytes, seen.ahead_bytes), (16 << 20, PIECE_BYTES as u64));
        let (gave, seen) = copied(Spool::new(u64::MAX).cancelled_after(1 << 20));
        assert!(gave.is_err_and(|error| error.is_cancelled()));
        assert_eq!((seen.read_bytes, seen.is_saved), (1 << 20, false));
    }

    #[test]
    fn a_file_that_grows_as_fast_as_it_is_read_is_refused() {
        let (gave, seen) = copied(Spool::new(5).endless());
        let error = gave.map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "it grew by more than 64 MiB while it was read: `a.bin`");
        assert!(!error.is_permanent() && error.hint_text().is_some() && !seen.is_saved);
        assert!(seen.read_bytes <= MAX_GROWTH_BYTES + PIECE_BYTES as u64);
        let (gave, seen) = copied(Spool::new(0).endless().cancelled_after(1 << 20));
        assert!(gave.is_err_and(|error| error.is_cancelled()) && seen.read_bytes == 1 << 20);
    }
}
