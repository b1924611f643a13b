//! Moves a file.

use std::path::PathBuf;

use windlass_core::context::SaveOutcome;
use windlass_core::json;
use windlass_core::permission::Permission;
use windlass_core::prelude::*;

use crate::shared::content::{copy, saved_file};
use crate::shared::removing::{Removable, find, gone};

/// Under this name it is noted where a file went, before it is taken away.
const NOTE: &str = "moved to";

/// Where it goes.
#[derive(Params)]
pub struct Settings {
    /// Path that the file gets, a template: `out/{ext}/{name}`.
    path: OutPath,
    /// What to do where a file already stands. With `skip` the file stays where it is.
    #[param(default = "ours")]
    if_exists: IfExists,
    /// The folder that a file must lie in, or below it, to be taken away; links on the way to the file are followed
    /// before that is judged.
    #[param(default = ".")]
    within: PathBuf,
}

/// What is moved, and when.
#[derive(Inputs)]
pub struct In {
    /// The file, on disk.
    file: Arc<File>,
    /// What has to be done before, as a wire from there: nothing is moved where it failed or was skipped.
    #[port(optional, unread)]
    after: Option<Value>,
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The file at its new place.
    file: Arc<File>,
    /// Its path.
    path: PathBuf,
}

/// `files.move`
pub struct Move;

impl Node for Move {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.move",
            "Move file",
            "Moves a file: it is copied whole, on the disk and under its new name, and only then taken away from its old \
             place, if it is still what was copied. So nothing is lost when the run is stopped at any moment. Only regular \
             files are moved, never links or folders, and only from inside of `within`. Wire to `after` what has to have succeeded \
             before. A file that grows while it is copied stays where it is.",
        )
        .search(&["rename", "sort", "archive", "mv", "relocate"])
        .writes()
        .cpu()
        .permission(Permission::delete())
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "Cargo.toml").input("file", sample()))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        ctx.require(&Permission::delete())?;
        // It was there when the firing was asked to move the file, and only its order counts.
        drop(inputs.after);
        let Some(source) = find(&inputs.file, &params.within)? else { return moved_before(&inputs.file, ctx) };
        if source.is_at(params.path.as_path()) {
            ctx.log("the file stands there already; nothing was moved");
            return Ok(out(source.path.clone()));
        }
        let file = File::on_disk(&source.path, &inputs.file.name, &inputs.file.media_type);
        let saved = copy(ctx, &file, &params.path, params.if_exists).await?;
        if saved.outcome == SaveOutcome::Skipped {
            ctx.log("another file stands there already; nothing was moved");
        } else {
            take_away(&source, &saved, ctx)?;
        }
        Ok(Out { file: saved_file(&saved), path: saved.path })
    }
}

fn take_away(source: &Removable, saved: &Saved, ctx: &Ctx) -> Result<(), NodeError> {
    if source.is_at(&saved.path) {
        return Ok(());
    }
    // Another try finds the file gone, and this tells it why.
    ctx.put_note(NOTE, json!(saved.path.to_string_lossy()))?;
    source.remove()
}

/// Answers for a file that an earlier try of this firing has moved.
fn moved_before(file: &File, ctx: &Ctx) -> Result<Out, NodeError> {
    let noted = ctx.note(NOTE).and_then(|path| Some(PathBuf::from(path.as_str()?)));
    noted.filter(|path| path.is_file()).map(out).ok_or_else(|| gone(file))
}

fn out(path: PathBuf) -> Out {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let media_type = crate::media::by_name(&name);
    Out { file: Arc::new(File::on_disk(&path, name, media_type)), path }
}

/// A file that is there wherever tests run, and stands where it is to be moved: nothing happens to it.
fn sample() -> Value {
    Value::File(Arc::new(File::on_disk("Cargo.toml", "Cargo.toml", "application/toml")))
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/captions.csv }
inbox:
  kind: files.copy
  params: { path: out/inbox/captions.csv }
  inputs: { file: open.file }
move:
  kind: files.move
  params: { path: out/done/captions.csv, within: out/inbox }
  inputs: { file: inbox.file }
"#;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_core::harness::Harness;
    use windlass_core::value::IntoValue;

    use super::*;
    use crate::shared::spool::Spool;

    fn bench(folder: &Path, from: &Path) -> Harness {
        let file = File::on_disk(from, "a.txt", "text/plain");
        let bench = Harness::of::<Move>().param("path", folder.join("to/b.txt").to_str().unwrap());
        bench.param("within", folder.to_str().unwrap()).folder(folder).input("file", Arc::new(file).into_value())
    }

    #[track_caller]
    fn cause(bench: &Harness) -> String {
        bench.fire().map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_file_stands_at_its_new_place_and_no_longer_at_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.txt"), folder.path().join("to/b.txt"));
        std::fs::write(&from, "hello").unwrap();
        let gave = bench(folder.path(), &from).fire().unwrap();
        assert_eq!(gave.get("path"), Ok(to.clone()));
        assert_eq!((std::fs::read(&to).unwrap(), from.exists()), (b"hello".to_vec(), false));
        assert!(cause(&bench(folder.path(), &from)).starts_with("there is no such file"));
    }

    #[test]
    fn a_file_that_is_to_be_moved_onto_itself_stays() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("to/b.txt");
        std::fs::create_dir(folder.path().join("to")).unwrap();
        std::fs::write(&from, "hello").unwrap();
        let gave = bench(folder.path(), &from).fire().unwrap();
        assert_eq!(gave.logs(), ["the file stands there already; nothing was moved"]);
        assert_eq!(std::fs::read(&from).unwrap(), b"hello");
    }

    #[test]
    fn what_lies_elsewhere_or_in_memory_is_left() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let from = other.path().join("a.txt");
        std::fs::write(&from, "hello").unwrap();
        assert!(cause(&bench(folder.path(), &from)).starts_with("it lies outside of the folder"));
        assert!(from.exists());
        let memory = Arc::new(File::in_memory(*b"x", "a", "text/plain"));
        let error = cause(&Harness::of::<Move>().param("path", "b").input("file", memory.into_value()));
        assert!(error.starts_with("the file is in memory alone"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_left_and_lead_nowhere_else() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(other.path().join("a.txt"), "hello").unwrap();
        let (link, way) = (folder.path().join("link"), folder.path().join("way"));
        std::os::unix::fs::symlink(other.path().join("a.txt"), &link).unwrap();
        std::os::unix::fs::symlink(other.path(), &way).unwrap();
        assert!(cause(&bench(folder.path(), &link)).starts_with("this is a link"));
        assert!(cause(&bench(folder.path(), &way.join("a.txt"))).starts_with("it lies outside of the folder"));
        assert!(cause(&bench(folder.path(), folder.path())).contains("outside"));
        assert!(link.is_symlink() && other.path().join("a.txt").exists() && !folder.path().join("to/b.txt").exists());
    }

    #[test]
    fn a_file_that_grows_as_fast_as_it_is_read_stays_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        std::fs::write(&path, "x").unwrap();
        let settings = Settings {
            path: OutPath::new("b.log".into()),
            if_exists: IfExists::Ours,
            within: folder.path().to_owned(),
        };
        let inputs = In { file: Arc::new(File::on_disk(&path, "a.log", "text/plain")), after: None };
        let (gave, seen) = Spool::new(1).endless().fire(async |ctx| Move.fire(settings, inputs, ctx).await);
        let error = gave.map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, "it grew by more than 64 MiB while it was read: `a.log`");
        assert!(!seen.is_saved && path.is_file());
    }
}
