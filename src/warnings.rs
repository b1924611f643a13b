//! Where it is said what goes wrong beside a run, in the workspace: on the terminal, or gathered for the window.

use std::sync::{Arc, Mutex, PoisonError};

use crate::terminal::{err_line, printable};

/// Takes warnings.
#[derive(Clone, Default)]
pub enum Warnings {
    /// Says them on the terminal at once.
    #[default]
    Terminal,
    /// Keeps them for who looks.
    #[cfg_attr(not(feature = "window"), expect(dead_code, reason = "only the window gathers them"))]
    Gathered(Arc<Mutex<Vec<String>>>),
}

impl Warnings {
    /// Says something.
    pub fn say(&self, text: &str) {
        match self {
            Self::Terminal => err_line(&format!("warning: {}", printable(text))),
            Self::Gathered(all) => all.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned()),
        }
    }
}
