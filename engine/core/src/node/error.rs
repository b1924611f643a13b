//! Why a firing failed, in words.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::context::Question;

/// Why a firing failed: what happened, the causes below it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeError {
    causes: Vec<String>,
    hint: Option<String>,
    permanent: bool,
    /// Set where it is known when another try makes sense.
    retry_after: Option<Duration>,
    /// Set where the firing ended because the run is being stopped.
    cancelled: bool,
    /// Set where there was no room to write, so that the engine can wait for some.
    disk_full: bool,
    /// Set where the firing waits for a person.
    question: Option<Box<Question>>,
}

impl NodeError {
    /// Returns an error of one sentence: lower case, no full stop, names in backticks, a path last.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            causes: vec![message.into()],
            hint: None,
            permanent: false,
            retry_after: None,
            cancelled: false,
            disk_full: false,
            question: None,
        }
    }

    /// Returns an error with the causes of another one below it.
    pub fn because(message: impl Into<String>, cause: &(dyn Error + 'static)) -> Self {
        let mut error = Self::new(message);
        let mut next = Some(cause);
        while let Some(cause) = next {
            error.causes.push(cause.to_string());
            next = cause.source();
        }
        error
    }

    /// Returns an error as it was told before, outermost cause first; no other try is made.
    pub fn told(causes: &[String], hint: Option<&str>) -> Self {
        let told = Self { causes: causes.to_vec(), hint: hint.map(str::to_owned), ..Self::new("") };
        told.permanent()
    }

    /// Returns the error of a firing that noticed that the run is being stopped.
    pub fn cancelled() -> Self {
        Self { cancelled: true, ..Self::new("the run was stopped") }
    }

    /// Returns the error of a firing that cannot go on before a person has answered.
    pub fn waiting(question: Question) -> Self {
        Self { question: Some(Box::new(question)), ..Self::new("it waits for an answer") }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says that another try would end the same way, so that none is made.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.permanent = true;
        self
    }

    /// Says that another try makes sense after this time and not before: the next one waits at least as long.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Says that there was no room on the disk: the engine pauses the run and tries again when there is.
    #[must_use]
    pub fn disk_full(mut self) -> Self {
        self.disk_full = true;
        self
    }

    /// Puts a sentence above the causes.
    #[must_use]
    pub fn within(mut self, message: impl Into<String>) -> Self {
        self.causes.insert(0, message.into());
        self
    }

    /// Returns what happened, outermost first.
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// Returns what to do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns whether another try would end the same way.
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// Returns how long another try has to wait at least, where that is known.
    pub fn retry_wait(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns whether the firing ended because the run is being stopped.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Returns what the firing asks a person, if it waits for one.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_deref()
    }

    /// Returns whether there was no room on the disk.
    pub fn is_disk_full(&self) -> bool {
        self.disk_full
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.causes.join(": "))
    }
}

impl Error for NodeError {}
