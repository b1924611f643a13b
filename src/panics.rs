//! Panics: those of nodes are failed items and stay silent, those of the program itself become a report.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use windlass_core::secret::Secrets;

use crate::terminal::{err_line, printable};

const MAX_KEPT: usize = 8;

/// The last panics, kept for the report; more would not help anybody.
#[derive(Clone, Default)]
pub struct Panics {
    lines: Arc<Mutex<Vec<String>>>,
    secrets: Arc<Mutex<Secrets>>,
}

impl Panics {
    /// Keeps panics from being printed as they happen.
    ///
    /// The engine makes a node's panic the cause of its item, which is shown where causes are shown. Any other panic
    /// is a bug of ours, and is kept for [`Panics::report`].
    pub fn hold_back() -> Self {
        let panics = Self::default();
        let kept = panics.clone();
        panic::set_hook(Box::new(move |info| {
            if windlass_runtime::in_node_code() {
                return;
            }
            let thread = std::thread::current();
            kept.keep(format!("thread `{}`: {info}", thread.name().unwrap_or("unnamed")));
        }));
        panics
    }

    /// Keeps what a run was given from the environment out of the report.
    pub fn hide(&self, secrets: &Secrets) {
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = secrets.clone();
    }

    fn keep(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MAX_KEPT {
            lines.remove(0);
        }
        lines.push(line);
    }

    /// Prints what somebody should report about a bug of ours.
    pub fn report(&self, what: &str) {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        err_line(&format!("error: windlass has a bug: {}", printable(&secrets.hide(what))));
        for line in self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            err_line(&format!("  {}", printable(&secrets.hide(line))));
        }
        let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        err_line(&format!("  windlass {} on {platform}", env!("CARGO_PKG_VERSION")));
        err_line("hint: please report these lines, with the graph if you may share it; what was written stays");
    }
}

/// Runs code of ours; its panic is an error without a [`crate::exit::Trouble`], and so a bug.
pub fn caught<T>(code: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    panic::catch_unwind(AssertUnwindSafe(code)).unwrap_or_else(|_| Err(anyhow!("the program panicked")))
}
