//! Deletes a file.

use std::path::PathBuf;

use windlass_core::json;
use windlass_core::permission::Permission;
use windlass_core::prelude::*;

use crate::shared::removing::{find, gone};

/// Under this name it is noted that a file is about to be deleted.
const NOTE: &str = "deleted";

/// What may be deleted.
#[derive(Params)]
pub struct Settings {
    /// The folder that a file must lie in, or below it; links on the way to the file are followed before that is judged.
    #[param(default = ".")]
    within: PathBuf,
    /// What happens where nothing stands there: the item fails, or goes on as if the file had been deleted.
    #[param(default = "fail")]
    if_missing: IfMissing,
}

/// What happens where nothing stands there.
#[derive(Clone, Copy, Choice)]
pub enum IfMissing {
    /// The item fails.
    Fail,
    /// It goes on.
    Skip,
}

/// What is deleted, and when.
#[derive(Inputs)]
pub struct In {
    /// The file, on disk.
    file: Arc<File>,
    /// What has to be done before, as a wire from there: nothing is deleted where it failed or was skipped.
    #[port(optional, unread)]
    after: Option<Value>,
}

/// What is gone.
#[derive(Outputs)]
pub struct Out {
    /// The path where nothing stands any more.
    path: PathBuf,
}

/// `files.delete`
pub struct Delete;

impl Node for Delete {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.delete",
            "Delete file",
            "Deletes a file for good. Only regular files are deleted, never links or folders, and only inside of `within`. \
             Wire to `after` what has to have succeeded before.",
        )
        .search(&["remove", "unlink", "rm", "clean up", "trash"])
        .writes()
        .cpu()
        .permission(Permission::delete())
        .example(EXAMPLE)
        .sample(Sample::new().param("if_missing", "skip").input("file", sample()))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        ctx.require(&Permission::delete())?;
        let path = inputs.file.path().map(PathBuf::from).unwrap_or_default();
        // It was there when the firing was asked to delete it, and only its order counts.
        drop(inputs.after);
        match (find(&inputs.file, &params.within)?, params.if_missing) {
            (Some(standing), _) => {
                // Another try finds the file gone, and this tells it why.
                ctx.put_note(NOTE, json!(true))?;
                standing.remove()?;
            }
            (None, IfMissing::Fail) if ctx.note(NOTE).is_none() => return Err(gone(&inputs.file)),
            (None, _) => {}
        }
        Ok(Out { path })
    }
}

/// A file that is not there.
fn sample() -> Value {
    Value::File(Arc::new(File::on_disk("there-is-no-such-file", "a.txt", "text/plain")))
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/captions.csv }
draft:
  kind: files.copy
  params: { path: out/draft.csv }
  inputs: { file: open.file }
final:
  kind: files.copy
  params: { path: out/final.csv }
  inputs: { file: draft.file }
delete:
  kind: files.delete
  params: { within: out }
  inputs: { file: draft.file, after: final.path }
"#;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_core::harness::Harness;
    use windlass_core::value::IntoValue;

    use super::*;

    fn bench(within: &Path, path: &Path) -> Harness {
        let file = File::on_disk(path, "a.txt", "text/plain");
        let bench = Harness::of::<Delete>().param("within", within.to_str().unwrap());
        bench.input("file", Arc::new(file).into_value())
    }

    #[track_caller]
    fn cause(bench: &Harness) -> String {
        bench.fire().map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_deleted_and_a_second_time_is_an_error_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "x").unwrap();
        let bench = bench(folder.path(), &path);
        let gave = bench.clone().input("after", Value::text("done")).fire().unwrap();
        assert_eq!((gave.get("path"), path.exists()), (Ok(path.clone()), false));
        assert!(cause(&bench).starts_with("there is no such file"));
        assert_eq!(bench.param("if_missing", "skip").fire().unwrap().get("path"), Ok(path));
    }

    #[test]
    fn what_lies_outside_is_left_however_it_is_reached() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "x").unwrap();
        for way in [path.clone(), inside.join("../a.txt")] {
            let error = bench(&inside, &way).fire().map(|_| ()).unwrap_err();
            assert!(error.to_string().starts_with("it lies outside of the folder"), "{error}");
            assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("`within`")));
        }
        assert!(path.exists());
    }

    #[test]
    fn what_a_workspace_keeps_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join(".windlass");
        std::fs::create_dir_all(home.join("grants")).unwrap();
        let path = home.join("grants/a");
        std::fs::write(&path, "x").unwrap();
        std::fs::write(home.join("version"), "1\n").unwrap();
        assert!(cause(&bench(folder.path(), &path)).starts_with("it belongs to a workspace"));
        assert!(path.exists());
        std::fs::remove_file(home.join("version")).unwrap();
        bench(folder.path(), &path).fire().unwrap();
        assert!(!path.exists(), "a folder that only has the name is like any");
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("folder")).unwrap();
        std::fs::write(path("a.txt"), "x").unwrap();
        std::os::unix::fs::symlink("a.txt", path("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        for (name, words) in [("folder", "this is a folder"), ("link", "this is a link"), ("socket", "this is a pipe")]
        {
            assert!(cause(&bench(folder.path(), &path(name))).starts_with(words), "{name}");
            assert!(path(name).symlink_metadata().is_ok());
        }
        assert!(path("a.txt").exists());
    }
}
