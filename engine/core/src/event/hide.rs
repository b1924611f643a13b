//! Keeps secrets out of events: the one place that every event passes before anybody sees it.

use super::{Fate, What};
use crate::secret::Secrets;

impl What {
    /// Hides secrets in all that nodes, files and values can have put into the event.
    ///
    /// Keys, counts and the names of steps and ports come from the engine and the graph, and stay as they are.
    pub fn hide(&mut self, secrets: &Secrets) {
        let hide = |text: &mut String| secrets.hide_in(text);
        match self {
            Self::Firing { name, .. } => hide(name),
            Self::Asked { name, question, .. } => [name, question].into_iter().for_each(hide),
            Self::Retrying { cause, .. } | Self::Paused { cause } | Self::Stopping { cause } => hide(cause),
            Self::Done { name, fate, .. } => {
                hide(name);
                hide_in_fate(fate, secrets);
            }
            Self::Group { cause, .. } | Self::RunFinished { cause, .. } => cause.iter_mut().for_each(hide),
            Self::Log { line, .. } => hide(line),
            Self::Saved { path, .. } => hide(path),
            Self::Output { value, .. } => secrets.hide_in_json(value),
            Self::Service { service } => {
                let figures = service.figures.iter_mut().map(|figure| &mut figure.value);
                service.cause.iter_mut().chain(figures).for_each(hide);
            }
            Self::Warning { text } => hide(text),
            // Each kind of event is named, so that nobody adds one without deciding what of it must be hidden.
            Self::RunStarted { .. }
            | Self::Admitted { .. }
            | Self::Counted { .. }
            | Self::Splitting { .. }
            | Self::LeftOpen { .. }
            | Self::Answered { .. }
            | Self::Handled { .. }
            | Self::Expecting { .. }
            | Self::Incomplete { .. }
            | Self::Progress { .. }
            | Self::Abandoned { .. }
            | Self::Recalled { .. }
            | Self::Recomputing { .. }
            | Self::Resumed
            | Self::Pinned { .. }
            | Self::StepFinished { .. } => {}
        }
    }
}

fn hide_in_fate(fate: &mut Fate, secrets: &Secrets) {
    match fate {
        Fate::Emitted => {}
        Fate::Skipped { reason } => secrets.hide_in(reason),
        Fate::Failed { causes, hint, .. } => causes.iter_mut().chain(hint).for_each(|text| secrets.hide_in(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Outcome;

    /// Events of every kind with each free text set to the secret.
    fn leaking(text: &str) -> Vec<What> {
        let (step, key, took_ms) = (0, String::new(), None);
        let (text, name) = (text.to_owned(), text.to_owned());
        let (causes, hint) = (vec![text.clone()], Some(text.clone()));
        let failed = Fate::Failed { causes, hint, attempts: 1 };
        let skipped = Fate::Skipped { reason: text.clone() };
        let value = serde_json::json!({ "a": [text] });
        vec![
            What::Firing { step, key: key.clone(), name: name.clone(), attempt: 1 },
            What::Asked { step, key: key.clone(), name: name.clone(), question: text.clone(), answers: String::new() },
            What::Asked { step, key: key.clone(), name: name.clone(), question: text.clone(), answers: String::new() },
            What::Retrying { step, key: key.clone(), attempt: 1, cause: text.clone(), wait_ms: 0 },
            What::Done { step, key: key.clone(), name: name.clone(), fate: failed, took_ms },
            What::Done { step, key: key.clone(), name, fate: skipped, took_ms },
            What::Group { step, key: key.clone(), count: 0, cause: Some(text.clone()) },
            What::Log { step, key: key.clone(), line: text.clone() },
            What::Saved { step, key: key.clone(), path: text.clone(), outcome: String::new() },
            What::Output { name: String::new(), key, value },
            What::Paused { cause: text.clone() },
            What::Stopping { cause: text.clone() },
            What::Warning { text: text.clone() },
            What::RunFinished { outcome: Outcome::Bug, cause: Some(text) },
        ]
    }

    #[test]
    fn no_event_says_a_secret() {
        let secrets: Secrets = [("KEY", "hunter-2-hunter")].into_iter().collect();
        for mut what in leaking("hunter-2-hunter") {
            what.hide(&secrets);
            let said = serde_json::to_string(&what).unwrap();
            assert!(!said.contains("hunter") && said.contains("[secret KEY]"), "{said}");
        }
    }
}
