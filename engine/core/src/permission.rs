//! Permissions: what a kind needs, what a graph asks for, and what the caller has granted, in one notation.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use crate::problem::nearest;

/// Something that has to be allowed, as it is written.
///
/// | Written | Allows |
/// | --- | --- |
/// | `process` | running any program |
/// | `process:NAME` | running the program of that name |
/// | `net:HOST` | connecting to that host; `net:*.example.org` to the hosts below it, `net:*` to all |
/// | `net:private` | that such a host lies at an address that is not public: this machine, the own network |
/// | `files:delete` | deleting or moving files |
/// | `files:read`, `files:write` | reading, writing outside of the graph's folder; `files:read:DIR` in that folder |
///
/// As the need of a kind, a bare `net`, `files:read` or `files:write` says that the hosts or folders are known only when
/// it fires; it then asks its context for each of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    area: Area,
    /// Program, host or folder; `None`: all of them.
    scope: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Area {
    Process,
    Net,
    Delete,
    Read,
    Write,
}

/// What stands behind `net:` for addresses that are not public; no host and no pattern covers it.
const PRIVATE: &str = "private";

const AREAS: [(&str, Area); 5] = [
    ("process", Area::Process),
    ("net", Area::Net),
    ("files:delete", Area::Delete),
    ("files:read", Area::Read),
    ("files:write", Area::Write),
];

/// Why a text is no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PermissionError {
    message: String,
    hint: String,
}

impl PermissionError {
    fn new(message: String, hint: impl Into<String>) -> Self {
        Self { message, hint: hint.into() }
    }

    /// Returns what to write instead.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let found = AREAS.iter().find_map(|(name, area)| {
            let rest = text.strip_prefix(name)?;
            let scope = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
            Some((*area, scope))
        });
        let (area, scope) = found.ok_or_else(|| unknown(text))?;
        let wrong = |cause: &str, hint: &str| PermissionError::new(format!("`{text}`: {cause}"), hint);
        match (area, scope) {
            (_, Some("")) => Err(wrong("nothing stands behind the colon", "leave the colon out, or name something")),
            (Area::Delete, Some(_)) => Err(wrong("it takes nothing behind it", "write `files:delete`")),
            (Area::Net, Some(host)) if !is_host(host) => {
                Err(wrong("this is no host", "write a host without protocol, port and path: `net:api.example.org`"))
            }
            (Area::Process, Some(name)) if name.contains(['/', '\\']) => {
                Err(wrong("a program is named without its folder", "write `process:ffmpeg`"))
            }
            (Area::Net, scope) => Ok(Self { area, scope: scope.map(str::to_ascii_lowercase) }),
            (_, scope) => Ok(Self { area, scope: scope.map(str::to_owned) }),
        }
    }
}

fn unknown(text: &str) -> PermissionError {
    let words = text.split(':').take(2).collect::<Vec<_>>().join(":");
    let first = text.split(':').next().unwrap_or_default();
    let near = |word: &str| nearest(word, AREAS.iter().map(|(name, _)| *name)).map(str::to_owned);
    let hint = match near(&words).or_else(|| near(first)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "there are `process`, `net:HOST`, `net:private`, `files:delete`, `files:read` and `files:write`".into(),
    };
    PermissionError::new(format!("there is no permission `{text}`"), hint)
}

/// Returns whether a text is a host name, an address, or a pattern with one `*` in front.
fn is_host(host: &str) -> bool {
    let plain = host.strip_prefix("*.").unwrap_or(if host == "*" { "all" } else { host });
    let letters = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let address = plain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match address {
        Some(address) => address.parse::<core::net::Ipv6Addr>().is_ok(),
        None => plain.len() <= 253 && plain.split('.').all(letters),
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = AREAS.iter().find(|(_, area)| *area == self.area).map_or("", |(name, _)| name);
        match &self.scope {
            Some(scope) => write!(f, "{name}:{scope}"),
            None => f.write_str(name),
        }
    }
}

impl Permission {
    /// Returns the permission to run any program.
    pub fn process() -> Self {
        Self { area: Area::Process, scope: None }
    }

    /// Returns the need of a kind that connects to hosts which are known only when it fires.
    pub fn some_host() -> Self {
        Self { area: Area::Net, scope: None }
    }

    /// Returns the permission to connect to a host.
    pub fn host(host: &str) -> Self {
        Self { area: Area::Net, scope: Some(host.to_ascii_lowercase()) }
    }

    /// Returns the permission to connect to addresses that are not public, needed beside that for the host.
    pub fn private_network() -> Self {
        Self { area: Area::Net, scope: Some(PRIVATE.to_owned()) }
    }

    /// Returns the permission to run a program, by its name without a folder.
    pub fn program(name: &str) -> Self {
        Self { area: Area::Process, scope: Some(name.to_owned()) }
    }

    /// Returns the permission to delete or move files.
    pub fn delete() -> Self {
        Self { area: Area::Delete, scope: None }
    }

    /// Returns the permission to read below an absolute folder, or that file.
    pub fn read(path: &Path) -> Self {
        Self { area: Area::Read, scope: Some(path.display().to_string()) }
    }

    /// Returns the permission to write below an absolute folder, or that file.
    pub fn write(path: &Path) -> Self {
        Self { area: Area::Write, scope: Some(path.display().to_string()) }
    }

    /// Reads what a graph or a caller writes, where a host must be named; a relative folder is meant from `folder`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn granted(text: &str, folder: &Path) -> Result<Self, PermissionError> {
        let mut permission: Self = text.parse()?;
        match (permission.area, &permission.scope) {
            (Area::Net, None) => {
                let hint = "name it: `net:api.example.org`; `net:*` stands for all hosts";
                return Err(PermissionError::new("`net` needs a host".into(), hint));
            }
            (Area::Read | Area::Write, Some(below)) => {
                permission.scope = Some(plain(&folder.join(below)).display().to_string());
            }
            _ => {}
        }
        Ok(permission)
    }

    /// Returns whether whoever has this one may do what `needed` says.
    pub fn covers(&self, needed: &Self) -> bool {
        self.area == needed.area
            && match (&self.scope, &needed.scope) {
                (None, _) => true,
                (Some(mine), None) => match self.area {
                    Area::Net => mine != PRIVATE,
                    Area::Read | Area::Write => true,
                    Area::Process | Area::Delete => false,
                },
                (Some(mine), Some(theirs)) => covers_scope(self.area, mine, theirs),
            }
    }
}

fn covers_scope(area: Area, mine: &str, theirs: &str) -> bool {
    match area {
        Area::Net if theirs == PRIVATE => mine == PRIVATE,
        Area::Net if mine == "*" => true,
        Area::Net => match mine.strip_prefix('*') {
            Some(below) => theirs.ends_with(below),
            None => mine == theirs,
        },
        Area::Read | Area::Write => plain(Path::new(theirs)).starts_with(mine),
        Area::Process | Area::Delete => mine == theirs,
    }
}

/// Takes `.` and `..` out of a path by its text alone; links on the way are the caller's to resolve.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

/// A set of permissions: what a graph asks for, or what was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Vec<Permission>);

impl Permissions {
    /// Returns whether one of them covers what is needed.
    pub fn cover(&self, needed: &Permission) -> bool {
        self.0.iter().any(|mine| mine.covers(needed))
    }

    /// Returns those of `asked` that these do not cover.
    pub fn missing<'a>(&self, asked: &'a Self) -> Vec<&'a Permission> {
        asked.0.iter().filter(|asked| !self.cover(asked)).collect()
    }

    /// Returns them one by one, in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.0.iter()
    }

    /// Adds one.
    pub fn add(&mut self, permission: Permission) {
        if !self.0.contains(&permission) {
            self.0.push(permission);
        }
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let mut all = Self::default();
        permissions.into_iter().for_each(|permission| all.add(permission));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(text: &str) -> Permission {
        Permission::granted(text, Path::new("/data/ada")).unwrap()
    }

    fn needed(text: &str) -> Permission {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_read_is_written_alike() {
        for text in ["process", "process:ffmpeg", "net:api.example.org", "net:*", "net:[::1]", "files:delete"] {
            assert_eq!(granted(text).to_string(), text);
        }
        assert_eq!(granted("files:read:../bob/./x").to_string(), "files:read:/data/bob/x");
    }

    #[test]
    fn what_is_no_permission_is_refused_with_a_way_out() {
        let told = |text: &str| {
            let error = Permission::granted(text, Path::new("/")).unwrap_err();
            format!("{error}; {}", error.hint())
        };
        assert_eq!(told("proces"), "there is no permission `proces`; did you mean `process`?");
        assert_eq!(told("file:delete"), "there is no permission `file:delete`; did you mean `files:delete`?");
        assert!(told("net").contains("`net` needs a host"));
        assert!(told("net:https://x.org/a").contains("no host"));
        assert!(told("net:").contains("nothing stands behind"));
        assert!(told("files:delete:/tmp").contains("takes nothing"));
        assert!(told("everything").contains("there are `process`"));
    }

    #[test]
    fn the_wider_covers_the_narrower_and_nothing_else() {
        let covers = |mine: &str, theirs: &str| granted(mine).covers(&needed(theirs));
        assert!(covers("process", "process:ffmpeg") && !covers("process:ffmpeg", "process"));
        assert!(!covers("process:ffmpeg", "process:sh"));
        assert!(covers("net:*.example.org", "net:api.example.org"));
        assert!(!covers("net:*.example.org", "net:badexample.org") && !covers("net:*.example.org", "net:example.org"));
        assert!(covers("net:*", "net:anywhere") && covers("net:one.org", "net"));
        assert!(covers("net:API.example.org", "net:api.Example.org"));
        assert!(covers("net:private", "net:private") && !covers("net:*", "net:private"));
        assert!(!covers("net:private", "net:one.org") && !covers("net:private", "net"));
        assert!(covers("files:read", "files:read:/etc/x") && covers("files:read:/data", "files:read:/data/a/b"));
        assert!(!covers("files:read:/data", "files:read:/database") && covers("files:read:/data", "files:read"));
        assert!(!covers("files:read:/data", "files:read:/data/../etc") && !covers("files:read", "files:write"));
    }
}
