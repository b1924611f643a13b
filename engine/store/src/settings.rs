//! Settings: what a person decides once, for all graphs or for those of one workspace, and where each comes from.
//!
//! A file `settings.toml` in the user's folder of configuration is read first, then the one in the workspace, then the
//! environment; flags of a command line come last. Each replaces what came before it, setting by setting.

mod file;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use windlass_core::problem::{Problem, nearest};
use windlass_core::units::parse_size;

/// Name of a file of settings.
pub const FILE_NAME: &str = "settings.toml";

/// A setting that there is.
#[derive(Debug)]
pub struct Key {
    /// Its name in a file.
    pub name: &'static str,
    /// The environment variable that sets it.
    pub variable: &'static str,
    /// What it sets, in one sentence.
    pub doc: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A whole number of at least 1.
    Count { most: u64 },
    /// A size: a text like `2GiB`.
    Size,
}

/// All settings that this version knows.
pub const KEYS: [Key; 5] = [
    Key {
        name: "jobs",
        variable: "WINDLASS_JOBS",
        doc: "Processor cores that a run may use.",
        kind: Kind::Count { most: 4096 },
    },
    Key {
        name: "memory",
        variable: "WINDLASS_MEMORY",
        doc: "Size under which a run keeps its values in flight, like 2GiB.",
        kind: Kind::Size,
    },
    Key {
        name: "keep_runs",
        variable: "WINDLASS_KEEP_RUNS",
        doc: "So many of the newest runs are kept by `windlass gc`.",
        kind: Kind::Count { most: 1_000_000_000 },
    },
    Key {
        name: "keep_days",
        variable: "WINDLASS_KEEP_DAYS",
        doc: "Runs that began less than so many days ago are kept by `windlass gc`.",
        kind: Kind::Count { most: 1_000_000 },
    },
    Key {
        name: "cache_size",
        variable: "WINDLASS_CACHE_SIZE",
        doc: "Size beyond which runs keep no result that can be computed again, and `windlass gc` deletes such, like 100GiB.",
        kind: Kind::Size,
    },
];

/// Other environment variables of the program that are no settings.
const OTHER_VARIABLES: [&str; 1] = ["WINDLASS_WORKSPACE"];

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, with its line, counted from 1.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// A value of a setting, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The number, or the size in bytes.
    pub value: u64,
    /// As it was written.
    pub written: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// The settings that somebody has decided.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<&'static str, Chosen>);

/// Settings, and what is wrong with where they come from.
#[derive(Debug, Default)]
pub struct Gathered {
    /// What could be read.
    pub settings: Settings,
    /// All errors and warnings.
    pub problems: Vec<Problem>,
}

impl Settings {
    /// Gathers what files say, the later ones over the earlier, and then what the environment says. A file that does
    /// not exist says nothing.
    pub fn gather(files: &[PathBuf], variables: impl IntoIterator<Item = (OsString, OsString)>) -> Gathered {
        let mut gathered = Gathered::default();
        files.iter().for_each(|path| file::read(path, &mut gathered));
        let mut variables: Vec<_> = variables.into_iter().collect();
        variables.sort();
        for (name, text) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("WINDLASS_")) else { continue };
            gathered.take_variable(name, &text.to_string_lossy());
        }
        gathered
    }

    /// Returns what was decided about a setting.
    pub fn get(&self, name: &str) -> Option<&Chosen> {
        self.0.get(name)
    }

    /// Returns the value of a setting.
    pub fn value(&self, name: &str) -> Option<u64> {
        self.get(name).map(|chosen| chosen.value)
    }
}

impl Gathered {
    fn take_variable(&mut self, name: &str, text: &str) {
        match KEYS.iter().find(|key| key.variable == name) {
            Some(_) if text.is_empty() => {}
            Some(key) => match key.read(text) {
                Ok(value) => self.put(key, value, text, Origin::Variable(key.variable)),
                Err(expected) => {
                    let message = format!("the environment variable `{name}` must be {expected}, and is `{text}`");
                    self.problems.push(Problem::error("bad-setting", message));
                }
            },
            None if OTHER_VARIABLES.contains(&name) => {}
            None => {
                let known = KEYS.iter().map(|key| key.variable).chain(OTHER_VARIABLES);
                let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
                let message = format!("the environment variable `{name}` sets nothing");
                self.problems.extend(near.map(|near| Problem::warning("unknown-setting", message).hint(near)));
            }
        }
    }

    fn put(&mut self, key: &Key, value: u64, written: &str, origin: Origin) {
        self.settings.0.insert(key.name, Chosen { value, written: written.to_owned(), origin });
    }
}

impl Key {
    /// Reads a text; the error says what is expected.
    fn read(&self, text: &str) -> Result<u64, String> {
        match self.kind {
            Kind::Count { most } => {
                let count = text.trim().parse::<u64>().ok().filter(|count| (1..=most).contains(count));
                count.ok_or_else(|| format!("a whole number from 1 to {most}"))
            }
            Kind::Size => parse_size(text.trim()).map_err(|_| "a size like `2GiB`".to_owned()),
        }
    }
}

/// Returns where the user's own file of settings is; `None` where the environment does not tell.
pub fn user_file(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let absolute = |path: PathBuf| if path.is_absolute() { Some(path) } else { None };
    let folder = if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else if cfg!(windows) {
        set("APPDATA")
    } else {
        // XDG Base Directory Specification: a relative path is to be ignored.
        set("XDG_CONFIG_HOME").and_then(absolute).or_else(|| set("HOME").map(|home| home.join(".config")))
    };
    folder.and_then(absolute).map(|folder| folder.join("windlass").join(FILE_NAME))
}

/// Returns the files of settings, in the order in which each replaces the one before.
pub fn files(user: Option<PathBuf>, workspace: Option<&Path>) -> Vec<PathBuf> {
    user.into_iter().chain(workspace.map(|home| home.join(FILE_NAME))).collect()
}

#[cfg(test)]
mod tests {
    use windlass_core::problem::{Severity, render};

    use super::*;

    fn gathered(user: &str, workspace: &str, variables: &[(&str, &str)]) -> (tempfile::TempDir, Gathered) {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["user.toml", "workspace.toml"].map(|name| folder.path().join(name));
        std::fs::write(&paths[0], user).unwrap();
        std::fs::write(&paths[1], workspace).unwrap();
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let gathered = Settings::gather(&paths, variables);
        (folder, gathered)
    }

    fn told(text: &str) -> String {
        let (_, gathered) = gathered(text, "", &[]);
        gathered.problems.iter().map(|problem| render(problem, false)).collect()
    }

    #[test]
    fn the_later_replaces_the_earlier_setting_by_setting() {
        let (user, workspace) = ("jobs = 2\nmemory = \"1GiB\"\n", "\njobs = 3\n");
        let (folder, found) = gathered(user, workspace, &[]);
        assert_eq!(found.problems, []);
        let jobs = found.settings.get("jobs").unwrap();
        assert_eq!((jobs.value, &jobs.origin), (3, &Origin::File(folder.path().join("workspace.toml"), 2)));
        assert_eq!(found.settings.value("memory"), Some(1 << 30));
        let (_, found) = gathered(user, workspace, &[("WINDLASS_JOBS", "4"), ("WINDLASS_MEMORY", "")]);
        assert_eq!((found.settings.value("jobs"), found.settings.value("memory")), (Some(4), Some(1 << 30)));
        assert_eq!(found.settings.get("jobs").unwrap().origin.to_string(), "WINDLASS_JOBS");
    }

    #[test]
    fn what_is_wrong_in_a_file_is_shown_at_its_place_and_hides_nothing_else() {
        let text = told("jbos = 2\nmemory = 7\njobs = 0\ntheme = \"dark\"\n");
        for part in
            ["user.toml:1:1", "did you mean `jobs`?", "user.toml:2:10", "`memory` must be a size", "3:8", "`theme`"]
        {
            assert!(text.contains(part), "`{part}` is missing in\n{text}");
        }
        assert!(told("jobs = \n").contains("user.toml:1:"), "{}", told("jobs = \n"));
        assert!(told("jobs = 1\njobs = 2\n").contains("user.toml:2:"), "{}", told("jobs = 1\njobs = 2\n"));
        assert_eq!(told("# nothing\n"), "");
    }

    #[test]
    fn a_file_that_is_no_text_or_no_file_is_an_error_and_one_that_is_missing_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let gather = |path: PathBuf| Settings::gather(&[path], []).problems;
        assert_eq!(gather(folder.path().join("none.toml")), []);
        assert!(gather(folder.path().to_owned())[0].message.contains("cannot read"));
        std::fs::write(folder.path().join("latin.toml"), b"jobs = 1 # \xfc").unwrap();
        assert!(gather(folder.path().join("latin.toml"))[0].message.contains("UTF-8"));
    }

    #[test]
    fn a_variable_that_is_wrong_is_named() {
        let (_, found) = gathered("", "", &[("WINDLASS_JOBS", "many"), ("WINDLASS_JOB", "1"), ("OTHER", "1")]);
        let severities: Vec<_> = found.problems.iter().map(|problem| problem.severity).collect();
        assert_eq!(severities, [Severity::Warning, Severity::Error]);
        assert_eq!(found.problems[0].hint.as_deref(), Some("did you mean `WINDLASS_JOBS`?"));
        assert!(found.problems[1].message.contains("from 1 to 4096, and is `many`"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_users_file_lies_where_the_system_keeps_configuration() {
        let file = |config: &'static str| {
            user_file(move |name| match name {
                "XDG_CONFIG_HOME" => Some(config.into()),
                _ => Some("/ada".into()),
            })
        };
        assert_eq!(file("/conf"), Some("/conf/windlass/settings.toml".into()));
        assert_eq!(file("relative"), Some("/ada/.config/windlass/settings.toml".into()));
        assert_eq!(user_file(|_| None), None);
    }
}
