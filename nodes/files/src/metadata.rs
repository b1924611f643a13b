//! Says what is known about a file without understanding it.

use std::fs::Metadata;
use std::io::Read;
use std::path::Path;

use serde_json::Value as Json;
use windlass_core::json;
use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::media;
use crate::shared::times::rfc3339;

/// The file.
#[derive(Inputs)]
pub struct In {
    /// The file.
    file: Arc<File>,
}

/// What is known about it.
#[derive(Outputs)]
pub struct Out {
    /// Its name, relative to where it was found.
    name: String,
    /// Its size in bytes.
    size_bytes: u64,
    /// Media type that its content tells, `image/jpeg`; where that tells nothing, the one of its name.
    media_type: String,
    /// Media type that its name stands for.
    named_type: String,
    /// When its content was last changed, in UTC, `2024-02-29T12:00:00Z`; absent for a file in memory.
    modified: Option<String>,
    /// When it was made, where the disk knows.
    created: Option<String>,
    /// Who may do what with it, in octal, `644`; absent for a file in memory.
    permissions: Option<String>,
    /// All of it in one record, with `path`, `accessed`, `read_only` and `is_link` beside.
    all: Json,
}

/// `files.metadata`
pub struct FileMetadata;

impl Node for FileMetadata {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.metadata",
            "File metadata",
            "Says what is known about a file: size, times, permissions, and what it is by its content beside what its \
             name says. What is written inside of pictures or films is for the nodes of those.",
        )
        .search(&["stat", "size", "date", "time", "modified", "mime", "media type", "permissions", "mode"])
        .reads()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(File::in_memory(*b"hello", "a.txt", "text/plain")))))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let file = &inputs.file;
        let opened = ctx.open(file)?;
        let mut head = Vec::new();
        let read = opened.reader.take(media::HEAD_BYTES).read_to_end(&mut head);
        read.map_err(|error| explain_io("read", Path::new(&file.name), &error))?;
        let on_disk =
            file.path().map(|path| std::fs::metadata(path).map_err(|error| explain_io("look at", path, &error)));
        let on_disk = on_disk.transpose()?;
        let time = |of: fn(&Metadata) -> std::io::Result<std::time::SystemTime>| {
            on_disk.as_ref().and_then(|metadata| of(metadata).ok()).map(rfc3339)
        };
        let mut out = Out {
            name: file.name.clone(),
            size_bytes: opened.size_bytes,
            media_type: media::sniff(&head, &file.name).into(),
            named_type: media::by_name(&file.name).into(),
            modified: time(Metadata::modified),
            created: time(Metadata::created),
            permissions: on_disk.as_ref().and_then(mode).map(|mode| format!("{mode:03o}")),
            all: Json::Null,
        };
        out.all = all(&out, file, time(Metadata::accessed), on_disk.as_ref());
        Ok(out)
    }
}

fn all(out: &Out, file: &File, accessed: Option<String>, on_disk: Option<&Metadata>) -> Json {
    let path = file.path().map(|path| path.to_string_lossy().into_owned());
    json!({
        "name": out.name,
        "path": path,
        "size_bytes": out.size_bytes,
        "media_type": out.media_type,
        "named_type": out.named_type,
        "modified": out.modified,
        "created": out.created,
        "accessed": accessed,
        "permissions": out.permissions,
        "read_only": on_disk.map(|metadata| metadata.permissions().readonly()),
        "is_link": file.path().map(Path::is_symlink),
    })
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples, pattern: "mixed/*" }
about:
  kind: files.metadata
  inputs: { file: find.file }
list:
  kind: files.write
  params: { path: "out/about/{stem}.json" }
  inputs: { value: about.all }
"#;

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use windlass_core::harness::Harness;
    use windlass_core::value::IntoValue;

    use super::*;
    use crate::shared::spool::Spool;

    fn bench(file: File) -> Harness {
        Harness::of::<FileMetadata>().input("file", Arc::new(file).into_value())
    }

    #[test]
    fn a_file_on_disk_says_everything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photo.jpg");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nrest").unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(951_782_400);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
        let gave = bench(File::on_disk(&path, "in/photo.jpg", "image/jpeg")).fire().unwrap();
        let text = |port: &str| gave.get::<String>(port).unwrap();
        assert_eq!((text("name"), gave.get("size_bytes")), ("in/photo.jpg".into(), Ok(12_u64)));
        assert_eq!((text("media_type"), text("named_type")), ("image/png".into(), "image/jpeg".into()));
        assert_eq!(text("modified"), "2000-02-29T00:00:00Z");
        let all: Json = gave.get("all").unwrap();
        assert_eq!(all["modified"], "2000-02-29T00:00:00Z");
        assert_eq!((&all["path"], &all["is_link"]), (&json!(path.to_str()), &json!(false)));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_the_disk() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let gave = bench(File::on_disk(&path, "a", "x/y")).fire().unwrap();
        assert_eq!(gave.get::<String>("permissions"), Ok("640".into()));
    }

    #[test]
    fn a_file_in_memory_has_no_times_and_one_that_is_gone_fails() {
        let gave = bench(File::in_memory(*b"hello", "notes", "text/plain")).fire().unwrap();
        assert_eq!(gave.get::<String>("media_type"), Ok("text/plain".into()));
        assert_eq!(gave.get::<Option<String>>("modified"), Ok(None));
        assert_eq!(gave.get::<Json>("all").unwrap()["path"], Json::Null);
        let error = bench(File::on_disk("/gone/a", "a", "x/y")).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("/gone/a"), "{error}");
    }

    #[test]
    fn of_a_file_without_an_end_the_first_bytes_are_looked_at() {
        let file = Arc::new(File::in_memory(*b"", "a.bin", "x/y"));
        let spool = Spool::new(1 << 40).endless();
        let (gave, seen) = spool.fire(async |ctx| FileMetadata.fire((), In { file }, ctx).await);
        assert_eq!(gave.map(|out| out.size_bytes), Ok(1 << 40));
        assert_eq!(seen.read_bytes, media::HEAD_BYTES);
    }
}
