//! Settings: what a person decides once, for all graphs or for those of one workspace, and where each comes from.
//!
//! A file `settings.toml` in the user's folder of configuration is read first, then the one in the workspace, then the
//! environment; flags of a command line come last. Each replaces what came before it, setting by setting.

mod comfy;
mod file;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use windlass_core::problem::{Problem, nearest};
use windlass_core::units::{parse_duration, parse_size};

pub use comfy::ComfyServer;

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
    /// A duration: a text like `30s`, in milliseconds.
    Duration,
}

/// All settings that this version knows.
pub const KEYS: [Key; 8] = [
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
    Key {
        name: "comfy.gone_after",
        variable: "WINDLASS_COMFY_GONE_AFTER",
        doc: "How long a ComfyUI server may be gone that has a prompt, before another one gets the prompt, like 30s.",
        kind: Kind::Duration,
    },
    Key {
        name: "comfy.dead_after",
        variable: "WINDLASS_COMFY_DEAD_AFTER",
        doc: "How long a prompt may wait with a ComfyUI server that runs nothing, before its worker counts as dead, like 1m.",
        kind: Kind::Duration,
    },
    Key {
        name: "comfy.wait",
        variable: "WINDLASS_COMFY_WAIT",
        doc: "How long items wait while no ComfyUI server can be reached that could be reached before, like 5m.",
        kind: Kind::Duration,
    },
];

/// Other environment variables of the program that are no settings.
const OTHER_VARIABLES: [&str; 2] = ["WINDLASS_WORKSPACE", comfy::VARIABLE];

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
    /// The number, the size in bytes, or the duration in milliseconds.
    pub value: u64,
    /// As it was written.
    pub written: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// The settings that somebody has decided.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    chosen: BTreeMap<&'static str, Chosen>,
    servers: Vec<ComfyServer>,
}

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
        let mut variables: Vec<_> = variables.into_iter().collect();
        variables.sort();
        let variable = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let own = user_file(variable);
        files.iter().for_each(|path| file::read(path, own.as_ref() == Some(path), &mut gathered));
        for (name, text) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("WINDLASS_")) else { continue };
            gathered.take_variable(name, &text.to_string_lossy());
        }
        gathered
    }

    /// Returns what was decided about a setting.
    pub fn get(&self, name: &str) -> Option<&Chosen> {
        self.chosen.get(name)
    }

    /// Returns the value of a setting.
    pub fn value(&self, name: &str) -> Option<u64> {
        self.get(name).map(|chosen| chosen.value)
    }

    /// Returns the ComfyUI servers that somebody has named.
    pub fn comfy_servers(&self) -> &[ComfyServer] {
        &self.servers
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
            None if name == comfy::VARIABLE => comfy::take_variable(text, self),
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
        self.settings.chosen.insert(key.name, Chosen { value, written: written.to_owned(), origin });
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
            Kind::Duration => {
                let ms = parse_duration(text.trim()).ok().and_then(|read| u64::try_from(read.as_millis()).ok());
                ms.filter(|ms| *ms > 0).ok_or_else(|| "a duration like `30s`".to_owned())
            }
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

    fn servers(text: &str, is_own: bool) -> (Vec<ComfyServer>, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("windlass").join(FILE_NAME);
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let home = OsString::from(folder.path());
        let variables = ["XDG_CONFIG_HOME", "APPDATA"].map(|name| (OsString::from(name), home.clone()));
        let gathered = Settings::gather(&[path], variables.into_iter().filter(|_| is_own));
        let told = gathered.problems.iter().map(|problem| render(problem, false)).collect();
        (gathered.settings.comfy_servers().to_vec(), told)
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn servers_are_read_and_headers_only_from_a_persons_own_file() {
        let text = "[[comfy.servers]]\naddress = \"http://a:1\"\ntags = [\"flux\"]\nweight = 3\n[comfy.servers.headers]\nAuthorization = \"TOKEN\"\n[[comfy.servers]]\naddress = \"b\"\n";
        let (found, told) = servers(text, true);
        assert_eq!(told, "");
        assert_eq!((&*found[0].address, &*found[0].tags, found[0].weight), ("http://a:1", &["flux".to_owned()][..], 3));
        assert_eq!(found[0].headers, [("Authorization".to_owned(), "TOKEN".to_owned())]);
        assert_eq!((&*found[1].address, found[1].weight, found.len()), ("b", 1, 2));
        let (found, told) = servers(text, false);
        assert!(told.contains("your own settings"), "{told}");
        assert!(found.iter().all(|server| server.headers.is_empty()), "what is refused is never sent");
    }

    #[test]
    fn what_is_wrong_with_servers_is_shown_at_its_place() {
        let text = "[comfy]\ngone = \"3s\"\nwait = 5\n[[comfy.servers]]\nadress = \"a\"\n[[comfy.servers]]\naddress = \"b\"\nweight = 0\n";
        let (found, told) = servers(text, false);
        for part in [
            "comfy.gone",
            "`comfy.wait` must be a duration",
            "did you mean `address`?",
            "needs an `address`",
            "`weight` must be",
        ] {
            assert!(told.contains(part), "`{part}` is missing in\n{told}");
        }
        assert_eq!(found.len(), 1);
        let (_, found) = gathered(text, "", &[("WINDLASS_COMFY", "x:1, y:2"), ("WINDLASS_COMFY_WAIT", "2m")]);
        let addresses: Vec<_> = found.settings.comfy_servers().iter().map(|server| server.address.as_str()).collect();
        assert_eq!((addresses, found.settings.value("comfy.wait")), (vec!["x:1", "y:2"], Some(120_000)));
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
