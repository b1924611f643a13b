//! Lists the files of a folder, one item each.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use windlass_core::prelude::*;

use crate::listing::{Found, Hidden, Pattern, list};
use crate::media;

/// What is listed, and how.
#[derive(Params)]
pub struct Settings {
    /// The folder to look in.
    #[param(default = ".")]
    folder: PathBuf,
    /// Which paths below the folder are taken: `*` and `?` within a name, `**/` for folders at any depth, `{jpg,png}`,
    /// `[0-9]`.
    #[param(static, default = "*")]
    pattern: String,
    /// Whether `*.jpg` takes `A.JPG` too.
    #[param(static, default = false)]
    ignore_case: bool,
    /// In which order the items come.
    #[param(default = "name")]
    order: Order,
    /// Whether names that begin with a dot are taken too.
    #[param(default = false)]
    hidden: bool,
    /// The most items; the rest of the list is left out.
    #[param(default = null, min = 1)]
    limit: Option<u64>,
}

/// The order of a listing.
#[derive(Clone, Copy, Choice)]
pub enum Order {
    /// By the bytes of the relative path.
    Name,
    /// The smallest file first.
    Size,
    /// The oldest file first.
    Modified,
}

/// One file.
#[derive(Outputs)]
pub struct One {
    /// The file; it is opened by whoever reads it.
    file: Arc<File>,
    /// Its absolute path.
    path: PathBuf,
}

/// The files.
#[derive(Outputs)]
pub struct Out {
    /// The files.
    #[children]
    files: Children<One>,
}

/// `files.glob`
pub struct Glob(Pattern);

impl Node for Glob {
    type Params = Settings;
    type In = ();
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.glob",
            "Find files",
            "Lists what matches a pattern in a folder, as it is when the run begins: one item each, named by its \
             relative path. Nothing that matches is left out silently: a pipe, a dangling link, a file without \
             permission, and a folder with a name that the pattern surely meant for files (`*.jpg`, not `*`) become \
             items that fail, each with its own cause, where they are opened. Links to folders are followed, never \
             in circles; a subfolder that cannot be entered is named in the log.",
        )
        .search(&["folder", "directory", "list", "walk", "source", "pictures"])
        .reads()
        .cpu()
        .split(true)
        .example(EXAMPLE)
        .sample(Sample::new().param("pattern", "*.toml"))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let ignore_case = statics.get("ignore_case").and_then(serde_json::Value::as_bool).unwrap_or_default();
        Pattern::new(statics.text("pattern")?, ignore_case).map(Self)
    }

    async fn fire(&self, params: Settings, (): (), ctx: &Ctx) -> Result<Out, NodeError> {
        let hidden = if params.hidden { Hidden::Taken } else { Hidden::Left };
        let mut found = list(&params.folder, &self.0, hidden, ctx)?;
        sort(&mut found, params.order);
        found.truncate(params.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
        Ok(Out { files: Children::named(found.into_iter().map(|found| Ok(one(found)))) })
    }
}

/// Equal files keep the order of their names; what cannot be asked comes first.
fn sort(found: &mut [Found], order: Order) {
    match order {
        Order::Name => {}
        Order::Size => found.sort_by_cached_key(|found| size_bytes(&found.path)),
        Order::Modified => found.sort_by_cached_key(|found| modified(&found.path)),
    }
}

fn size_bytes(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|metadata| metadata.len())
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

fn one(found: Found) -> (String, One) {
    let file = File::on_disk(&found.path, &found.name, media::by_name(&found.name));
    (found.name, One { file: Arc::new(file), path: found.path })
}

const EXAMPLE: &str = r#"
photos:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.{jpg,png}" }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        folder
    }

    fn bench(folder: &tempfile::TempDir, pattern: &str) -> Harness {
        Harness::of::<Glob>().param("folder", folder.path().to_str().unwrap()).param("pattern", pattern)
    }

    fn names(gave: &Gave) -> Vec<&str> {
        gave.children().iter().filter_map(|child| child.name()).collect()
    }

    #[test]
    fn files_come_in_the_order_of_their_bytes_with_name_and_type() {
        let folder = folder(&["b.jpg", "a/c.jpg", "a-b.jpg", ".hidden/x.jpg", "a/note.txt"]);
        let gave = bench(&folder, "**/*.jpg").fire().unwrap();
        assert_eq!(names(&gave), ["a-b.jpg", "a/c.jpg", "b.jpg"]);
        let file: Arc<File> = gave.children()[1].get("file").unwrap();
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("a/c.jpg", "image/jpeg"));
        assert_eq!(file.path(), Some(folder.path().join("a/c.jpg").as_path()));
    }

    #[test]
    fn patterns_stay_at_their_depth_unless_told_otherwise() {
        let folder = folder(&["a.png", "b.JPG", "sub/c.png", ".d.png"]);
        assert_eq!(names(&bench(&folder, "*").fire().unwrap()), ["a.png", "b.JPG"]);
        assert_eq!(
            names(&bench(&folder, "*.{png,jpg}").param("ignore_case", true).fire().unwrap()),
            ["a.png", "b.JPG"]
        );
        assert_eq!(names(&bench(&folder, "*/*.png").fire().unwrap()), ["sub/c.png"]);
        assert_eq!(names(&bench(&folder, "*.png").param("hidden", true).fire().unwrap()), [".d.png", "a.png"]);
    }

    #[test]
    fn a_listing_can_be_ordered_and_cut() {
        let folder = folder(&["long.txt", "b", "a"]);
        let gave = bench(&folder, "*").param("order", "size").param("limit", 2).fire().unwrap();
        assert_eq!(names(&gave), ["a", "b"]);
    }

    #[test]
    fn an_empty_folder_is_an_empty_group_and_a_missing_one_an_error() {
        let folder = folder(&[]);
        assert!(bench(&folder, "*").fire().unwrap().children().is_empty());
        let gone = Harness::of::<Glob>().param("folder", folder.path().join("gone").to_str().unwrap());
        let error = gone.fire().map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("there is no such folder: `") && error.contains("gone"), "{error}");
    }

    #[test]
    fn a_wrong_pattern_is_refused_before_anything_runs() {
        for (pattern, words) in [("", "is empty"), ("/abs", "cannot begin with"), ("a[", "parameter `pattern`")] {
            let error = Harness::of::<Glob>().param("pattern", pattern).open().unwrap_err().to_string();
            assert!(error.contains(words), "{pattern}: {error}");
        }
    }

    #[cfg(unix)]
    mod unix {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        #[test]
        fn what_is_no_file_becomes_an_item_that_can_fail_by_itself() {
            let folder = folder(&["good.jpg", "folder.jpg/inside.txt", "plain/x.txt"]);
            symlink("gone", folder.path().join("dangling.jpg")).unwrap();
            let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket.jpg")).unwrap();
            let all = ["dangling.jpg", "folder.jpg", "good.jpg", "socket.jpg"];
            assert_eq!(names(&bench(&folder, "*.jpg").fire().unwrap()), all);
            let star = names(&bench(&folder, "*").fire().unwrap()).join(" ");
            assert_eq!(star, "dangling.jpg good.jpg socket.jpg");
        }

        #[test]
        fn links_are_followed_but_not_round_in_circles() {
            let folder = folder(&["real/a.txt"]);
            symlink("real", folder.path().join("linked")).unwrap();
            symlink("..", folder.path().join("real/up")).unwrap();
            let gave = bench(&folder, "**/*.txt").fire().unwrap();
            assert_eq!(names(&gave), ["linked/a.txt", "real/a.txt"]);
            assert!(gave.logs().iter().any(|line| line.contains("is not followed")), "{:?}", gave.logs());
        }

        #[test]
        fn names_that_are_not_text_stay_apart_and_keep_their_path() {
            let folder = folder(&["caf%E9.txt"]);
            let odd = folder.path().join(OsStr::from_bytes(b"caf\xE9.txt"));
            std::fs::write(&odd, "x").unwrap();
            let gave = bench(&folder, "*.txt").fire().unwrap();
            assert_eq!(names(&gave), ["caf%E9.txt", "caf%E9.txt~2"]);
            assert_eq!(gave.children()[1].get("path"), Ok(odd));
        }

        #[test]
        fn a_subfolder_without_permission_is_named_in_the_log() {
            let folder = folder(&["a.txt", "closed/b.txt"]);
            let closed = folder.path().join("closed");
            std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
            // The superuser may enter every folder, and then nothing is missing.
            let may_enter = std::fs::read_dir(&closed).is_ok();
            let gave = bench(&folder, "**/*.txt").fire().unwrap();
            std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
            let said = gave.logs().iter().any(|line| line.contains("missing from the list") && line.contains("closed"));
            assert_eq!(said, !may_enter, "{:?}", gave.logs());
        }
    }
}
