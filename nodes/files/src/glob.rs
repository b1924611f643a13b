//! Lists the files of a folder, one item each.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use windlass_core::prelude::*;

use crate::listing::{Found, Hidden, LeftOut, Listed, Pattern, list};
use crate::media;
use crate::shared::ignoring::{IgnoreFiles, excluded};
use crate::shared::natural;

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
    /// Whether the order is turned round.
    #[param(default = false)]
    descending: bool,
    /// Whether names that begin with a dot are taken too.
    #[param(default = false)]
    hidden: bool,
    /// Whether the files `.gitignore` and `.ignore` in the folder and below it say what is left out, as they do for git.
    #[param(default = false)]
    ignore_files: bool,
    /// What is left out although it matches: patterns as in a `.gitignore`, one a line; `thumbs/`, `*.bak`, `!keep.bak`.
    #[param(static, default = "")]
    exclude: String,
    /// The most items; the rest of the list is left out.
    #[param(default = null, min = 1)]
    limit: Option<u64>,
}

/// The order of a listing.
#[derive(Clone, Copy, Choice)]
pub enum Order {
    /// By the bytes of the relative path.
    Name,
    /// As people count: `b2` before `b10`, capital letters like small ones.
    Natural,
    /// The smallest file first.
    Size,
    /// The oldest file first.
    Modified,
}

/// One file.
#[derive(Outputs)]
pub struct One {
    /// The file; it is opened by whoever reads it.
    pub(crate) file: Arc<File>,
    /// Its absolute path.
    pub(crate) path: PathBuf,
}

/// The files.
#[derive(Outputs)]
pub struct Out {
    /// The files.
    #[children]
    files: Children<One>,
}

/// `files.glob`
pub struct Glob {
    pattern: Pattern,
    exclude: String,
}

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
             in circles; a subfolder that cannot be entered is named in the log. A list has at most 10,000,000 paths.",
        )
        .search(&["folder", "directory", "list", "walk", "source", "pictures", "recursive", "gitignore"])
        .reads()
        .cpu()
        .split(true)
        .example(EXAMPLE)
        .sample(Sample::new().param("pattern", "*.toml"))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let ignore_case = statics.get("ignore_case").and_then(serde_json::Value::as_bool).unwrap_or_default();
        let exclude = statics.get("exclude").map(|_| statics.text("exclude")).transpose()?.unwrap_or_default();
        excluded(Path::new("/"), exclude, ignore_case)?;
        Ok(Self { pattern: Pattern::new(statics.text("pattern")?, ignore_case)?, exclude: exclude.to_owned() })
    }

    async fn fire(&self, params: Settings, (): (), ctx: &Ctx) -> Result<Out, NodeError> {
        let hidden = if params.hidden { Hidden::Taken } else { Hidden::Left };
        let ignore_files = if params.ignore_files { IgnoreFiles::Heeded } else { IgnoreFiles::Unheeded };
        let out = LeftOut { hidden, ignore_files, exclude: &self.exclude };
        let Listed { mut found, warnings } = list(&params.folder, &self.pattern, &out, ctx)?;
        warnings.into_iter().for_each(|line| ctx.log(line));
        sort(&mut found, params.order);
        if params.descending {
            found.reverse();
        }
        found.truncate(params.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
        Ok(Out { files: Children::named(found.into_iter().map(|found| Ok(one(found)))) })
    }
}

/// Equal files keep the order of their names; what cannot be asked comes first.
fn sort(found: &mut [Found], order: Order) {
    match order {
        Order::Name => {}
        Order::Natural => found.sort_by(|a, b| natural::compare(&a.name, &b.name)),
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

/// Makes an item of what was found.
pub(crate) fn one(found: Found) -> (String, One) {
    let file = File::on_disk(&found.path, &found.name, media::by_name(&found.name));
    (found.name, One { file: Arc::new(file), path: found.path })
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples, pattern: "**/*.{jpg,png}", order: natural, exclude: "mixed/" }
list:
  kind: text.template
  params: { template: "{{ file.name }}" }
  inputs: { file: find.file }
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
    fn a_listing_can_be_ordered_as_people_count_and_turned_round() {
        let folder = folder(&["b10", "B9", "b2", "a/1"]);
        let ordered = |descending: bool| {
            let bench = bench(&folder, "**/*").param("order", "natural").param("descending", descending);
            names(&bench.fire().unwrap()).join(" ")
        };
        assert_eq!(ordered(false), "a/1 b2 B9 b10");
        assert_eq!(ordered(true), "b10 B9 b2 a/1");
    }

    #[test]
    fn ignore_files_and_patterns_leave_out_what_git_would() {
        let folder = folder(&["a.log", "keep.log", "b.txt", "out/x.txt", "sub/a.log", "sub/c.txt", "sub/deep/d.tmp"]);
        std::fs::write(folder.path().join(".gitignore"), "*.log\n!keep.log\n/out/\n{a\n").unwrap();
        std::fs::write(folder.path().join("sub/.gitignore"), "c.*\n!a.log\n").unwrap();
        std::fs::write(folder.path().join("sub/.ignore"), "!c.txt\n").unwrap();
        let all = "a.log b.txt keep.log out/x.txt sub/a.log sub/c.txt sub/deep/d.tmp";
        assert_eq!(names(&bench(&folder, "**/*").fire().unwrap()).join(" "), all);
        let gave = bench(&folder, "**/*").param("ignore_files", true).fire().unwrap();
        assert_eq!(names(&gave).join(" "), "b.txt keep.log sub/a.log sub/c.txt sub/deep/d.tmp");
        assert!(gave.logs().iter().any(|line| line.contains("the line does not count")), "{:?}", gave.logs());
        let excluded = bench(&folder, "**/*").param("exclude", "sub/\n*.LOG\n").param("ignore_case", true);
        assert_eq!(names(&excluded.fire().unwrap()).join(" "), "b.txt out/x.txt");
        let error = bench(&folder, "*").param("exclude", "{a").open().unwrap_err().to_string();
        assert!(error.starts_with("parameter `exclude`"), "{error}");
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
        for (pattern, words) in [
            ("", "is empty"),
            ("/abs", "cannot begin with"),
            ("./*", "`.` or `..`"),
            ("a/../*", "`.` or `..`"),
            ("*/", "an empty part"),
            ("a[", "parameter `pattern`"),
        ] {
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
