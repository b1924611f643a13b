//! Opening the window on the desktop, and saying in words what is missing where that cannot be done.

mod libraries;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::{NativeOptions, Renderer};
use egui::ViewportBuilder;

use crate::editor::Editor;
use crate::host::Host;
use crate::picker::DesktopPicker;

/// Why the window cannot be shown.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DisplayError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// The desktop that the window is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desktop {
    X11,
    Wayland,
}

/// Shows the window until it is closed, with a graph where one is named.
///
/// # Errors
/// Says what is missing: a display, or a library of it.
pub fn show(host: Arc<dyn Host>, graph: Option<PathBuf>) -> Result<(), DisplayError> {
    let desktop = reachable()?;
    let shown = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(desktop, host, graph)));
    let error = match shown {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(eframe::Error::WinitEventLoop(_))) => unreachable_display(&name_of(desktop)),
        Ok(Err(eframe::Error::NoGlutinConfigs(..) | eframe::Error::Glutin(_))) => no_graphics(),
        Ok(Err(error)) => unshown(&error.to_string()),
        Err(_) => unshown("the libraries of the display do not work together"),
    };
    Err(missing(desktop).unwrap_or(error))
}

fn unshown(why: &str) -> DisplayError {
    DisplayError {
        message: format!("the window cannot be shown: {why}"),
        hint: Some("`windlass run` and all other commands work without a window".into()),
    }
}

fn no_graphics() -> DisplayError {
    DisplayError {
        message: "the window cannot be shown: the display offers no OpenGL".into(),
        hint: Some("on Debian and Ubuntu, `apt install libgl1-mesa-dri` draws without a graphics card".into()),
    }
}

fn name_of(desktop: Desktop) -> String {
    let variable = if desktop == Desktop::X11 { "DISPLAY" } else { "WAYLAND_DISPLAY" };
    std::env::var_os(variable).unwrap_or_default().to_string_lossy().into_owned()
}

fn run(desktop: Desktop, host: Arc<dyn Host>, graph: Option<PathBuf>) -> eframe::Result {
    let viewport = ViewportBuilder::default().with_title("Windlass").with_app_id("windlass");
    let options = NativeOptions {
        viewport: viewport.with_inner_size([1440.0, 900.0]).with_min_inner_size([640.0, 400.0]),
        renderer: Renderer::Glow,
        event_loop_builder: Some(Box::new(move |builder| match desktop {
            Desktop::X11 => drop(winit::platform::x11::EventLoopBuilderExtX11::with_x11(builder)),
            Desktop::Wayland => drop(winit::platform::wayland::EventLoopBuilderExtWayland::with_wayland(builder)),
        })),
        ..NativeOptions::default()
    };
    let start = move |context: &eframe::CreationContext<'_>| {
        Editor::install(&context.egui_ctx);
        let mut editor = Editor::new(&context.egui_ctx, host);
        editor.ask_with(Arc::new(DesktopPicker));
        match &graph {
            Some(graph) => editor.open(graph),
            None => editor.show_start_page(),
        }
        Ok(Box::new(editor) as Box<dyn eframe::App>)
    };
    eframe::run_native("windlass", options, Box::new(start))
}

/// Returns the desktop whose server answers; a name that nobody answers to is not taken.
fn reachable() -> Result<Desktop, DisplayError> {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let wayland = var("WAYLAND_DISPLAY");
    let folder = var("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
    if wayland.as_ref().is_some_and(|name| answers(&folder.join(name))) {
        return Ok(Desktop::Wayland);
    }
    match var("DISPLAY") {
        Some(display) if x11_answers(&display.to_string_lossy()) => Ok(Desktop::X11),
        Some(display) => Err(unreachable_display(&display.to_string_lossy())),
        None => Err(wayland.map_or_else(no_display, |name| unreachable_display(&name.to_string_lossy()))),
    }
}

fn answers(socket: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

/// A display of this machine is a socket in a well-known folder; of others only the attempt tells.
fn x11_answers(display: &str) -> bool {
    match display.strip_prefix(':').and_then(|rest| rest.split('.').next()) {
        Some(number) => {
            let socket = Path::new("/tmp/.X11-unix").join(format!("X{number}"));
            !socket.exists() || answers(&socket)
        }
        None => true,
    }
}

fn no_display() -> DisplayError {
    DisplayError {
        message: "there is no display to show a window on: neither `DISPLAY` nor `WAYLAND_DISPLAY` is set".into(),
        hint: Some("start it on a desktop; `windlass run` and all other commands work without a window".into()),
    }
}

fn unreachable_display(name: &str) -> DisplayError {
    DisplayError {
        message: format!("nothing answers at the display `{name}`"),
        hint: Some("its server may have ended; log in again, or set `DISPLAY` to the one that runs".into()),
    }
}

/// Names the first library that is not there.
fn missing(desktop: Desktop) -> Option<DisplayError> {
    let (library, package) = libraries::missing(desktop)?;
    Some(DisplayError {
        message: format!("the window cannot be shown: the library `{library}` is missing"),
        hint: Some(format!("on Debian and Ubuntu, `apt install {package}` brings it")),
    })
}
