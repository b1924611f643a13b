//! Which libraries of the display are there: looked for by name when the window could not be shown, never loaded here.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::Desktop;

/// What the window opens at run time on X11, with the Debian package that has it.
const X11: [(&str, &str); 7] = [
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libGL.so.1", "libgl1"),
];

/// The same on Wayland.
const WAYLAND: [(&str, &str); 4] = [
    ("libwayland-client.so.0", "libwayland-client0"),
    ("libwayland-egl.so.1", "libwayland-egl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libEGL.so.1", "libegl1 libgl1-mesa-dri"),
];

/// Where libraries lie beside those that the cache of the loader names.
const FOLDERS: [&str; 4] = ["/lib", "/usr/lib", "/lib64", "/usr/lib64"];

/// Returns the first library that is not found, and its package.
pub fn missing(desktop: Desktop) -> Option<(&'static str, &'static str)> {
    let cache = std::fs::read("/etc/ld.so.cache").unwrap_or_default();
    let needed: &[_] = if desktop == Desktop::X11 { &X11 } else { &WAYLAND };
    let is_there = |name: &str| {
        cached(&cache, name).any(|path| path.exists()) || folders().any(|folder| folder.join(name).exists())
    };
    let keys = (!Path::new("/usr/share/X11/xkb").exists()).then_some(("xkb-data", "xkb-data"));
    needed.iter().copied().find(|(name, _)| !is_there(name)).or(keys)
}

/// Returns where the cache of the loader says that a library is; it may be gone meanwhile.
fn cached<'a>(cache: &'a [u8], name: &str) -> impl Iterator<Item = PathBuf> + 'a {
    // Paths stand in the cache as they are, each between two zeros.
    let end = [b"/", name.as_bytes(), &[0]].concat();
    let ends = (0..cache.len().saturating_sub(end.len() - 1)).filter(move |at| cache[*at..].starts_with(&end));
    let length = name.len() + 1;
    ends.map(move |at| {
        let begin = cache[..at].iter().rposition(|byte| *byte == 0).map_or(0, |zero| zero + 1);
        PathBuf::from(std::ffi::OsStr::from_bytes(&cache[begin..at + length]))
    })
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let named = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let named: Vec<_> = std::env::split_paths(&named).collect();
    named.into_iter().chain(FOLDERS.map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_says_where_libraries_are() {
        let cache = b"head\0libX11.so.6\0/usr/lib/x/libX11.so.6\0/opt/libX11.so.6\0/usr/lib/x/libXother.so.6\0";
        let found: Vec<_> = cached(cache, "libX11.so.6").collect();
        assert_eq!(found, [Path::new("/usr/lib/x/libX11.so.6"), Path::new("/opt/libX11.so.6")]);
        assert_eq!(cached(cache, "libother.so.6").count(), 0);
    }
}
