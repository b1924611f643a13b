//! Makes a file of a path.

use std::io::Read;
use std::path::PathBuf;

use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::media;

/// Which file.
#[derive(Inputs)]
pub struct In {
    /// Path of the file.
    #[port(constant)]
    path: PathBuf,
}

/// The file.
#[derive(Outputs)]
pub struct Out {
    /// The file, with the media type that its first bytes tell.
    file: Arc<File>,
    /// Its size in bytes.
    size_bytes: u64,
}

/// `files.open`
pub struct Open;

impl Node for Open {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.open",
            "Open file",
            "Makes a file of a path: looks whether it can be read and what it is. Only regular files are opened; \
             a folder, a pipe, a dangling link fail with their own cause.",
        )
        .search(&["path", "load"])
        .reads()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "Cargo.toml"))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let path = std::path::absolute(&inputs.path);
        let path = path.map_err(|error| NodeError::because("input `path` is no path", &error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut file = File::on_disk(path, name, "application/octet-stream");
        let opened = ctx.open(&file)?;
        let mut head = Vec::new();
        let read = opened.reader.take(media::HEAD_BYTES).read_to_end(&mut head);
        read.map_err(|error| explain_io("read", &inputs.path, &error))?;
        file.media_type = media::sniff(&head, &file.name).into();
        Ok(Out { file: Arc::new(file), size_bytes: opened.size_bytes })
    }
}

const EXAMPLE: &str = r#"
photo:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::spool::Spool;

    #[test]
    fn the_content_tells_the_media_type() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.jpg");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nrest").unwrap();
        let gave = Harness::of::<Open>().input("path", Value::path(&path)).fire().unwrap();
        let file: Arc<File> = gave.get("file").unwrap();
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("picture.jpg", "image/png"));
        assert_eq!(gave.get::<u64>("size_bytes"), Ok(12));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let cause = |path| Harness::of::<Open>().input("path", Value::path(path)).fire().map(|_| ()).unwrap_err();
        assert!(cause(folder.path()).to_string().contains("not a file"));
        assert!(cause(&folder.path().join("gone")).to_string().contains("gone"));
    }

    #[test]
    fn of_a_file_without_an_end_the_first_bytes_are_looked_at() {
        let inputs = In { path: "/long.bin".into() };
        let (gave, seen) = Spool::new(1 << 40).endless().fire(async |ctx| Open.fire((), inputs, ctx).await);
        assert_eq!(gave.map(|out| out.size_bytes), Ok(1 << 40));
        assert_eq!(seen.read_bytes, media::HEAD_BYTES);
    }
}
