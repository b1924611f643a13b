//! Which libraries of the display are there: looked for by name when the window could not be shown, never loaded here.

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
    let is_there = |name: &str| is_cached(&cache, name) || folders().any(|folder| folder.join(name).exists());
    let keys = (!Path::new("/usr/share/X11/xkb").exists()).then_some(("xkb-data", "xkb-data"));
    needed.iter().copied().find(|(name, _)| !is_there(name)).or(keys)
}

fn is_cached(cache: &[u8], name: &str) -> bool {
    // The names stand in the cache as they are, each ended by a zero.
    let ended = [name.as_bytes(), &[0]].concat();
    cache.windows(ended.len()).any(|part| part == ended)
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let named = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let named: Vec<_> = std::env::split_paths(&named).collect();
    named.into_iter().chain(FOLDERS.map(PathBuf::from))
}
