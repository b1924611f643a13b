//! How fast a run of the past is played.

/// How long a run takes that is played whole, in milliseconds.
const WHOLE_MS: f64 = 10_000.0;

/// How fast a run of the past is played.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Speed {
    /// All of it in ten seconds.
    #[default]
    Whole,
    /// So many times as fast as it was.
    Times(f64),
}

impl Speed {
    /// All that are offered.
    pub const ALL: [Self; 6] =
        [Self::Whole, Self::Times(0.1), Self::Times(1.0), Self::Times(10.0), Self::Times(100.0), Self::Times(1_000.0)];

    /// Returns its name.
    pub fn in_words(self) -> String {
        match self {
            Self::Whole => "All in 10 s".into(),
            Self::Times(times) => format!("{times} × as fast"),
        }
    }

    /// Returns how many times as fast a run is played that took so long.
    pub fn times(self, span_ms: u64) -> f64 {
        match self {
            Self::Whole => (span_ms as f64 / WHOLE_MS).max(f64::MIN_POSITIVE),
            Self::Times(times) => times,
        }
    }
}
