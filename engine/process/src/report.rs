//! What a guard says at the end.

use std::fmt;

/// How a program ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// What a guard says when nothing runs any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The program ended.
    Exit(Exit),
    /// It used too much memory.
    Memory,
    /// It ran too many processes.
    Processes,
    /// It ended and left these behind.
    LeftRunning(String),
    /// It could not be started; the system's code.
    CannotStart(i32),
    /// The guard was told to end it.
    Stopped,
    /// Processes are left that do not die.
    DoesNotEnd,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(Exit::Code(code)) => write!(f, "code {code}"),
            Self::Exit(Exit::Signal(signal)) => write!(f, "signal {signal}"),
            Self::Memory => f.write_str("memory"),
            Self::Processes => f.write_str("processes"),
            Self::LeftRunning(names) => write!(f, "left {names}"),
            Self::CannotStart(code) => write!(f, "cannot {code}"),
            Self::Stopped => f.write_str("stopped"),
            Self::DoesNotEnd => f.write_str("undying"),
        }
    }
}

impl Report {
    /// Reads what a guard said; `None` where it said nothing, because it was killed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        Some(match word {
            "code" => Self::Exit(Exit::Code(rest.parse().ok()?)),
            "signal" => Self::Exit(Exit::Signal(rest.parse().ok()?)),
            "memory" => Self::Memory,
            "processes" => Self::Processes,
            "left" => Self::LeftRunning(rest.to_owned()),
            "cannot" => Self::CannotStart(rest.parse().ok()?),
            "stopped" => Self::Stopped,
            "undying" => Self::DoesNotEnd,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_its_way() {
        let reports = [
            Report::Exit(Exit::Code(3)),
            Report::Exit(Exit::Signal(9)),
            Report::Memory,
            Report::Processes,
            Report::LeftRunning("`sleep`, `a b`".into()),
            Report::CannotStart(2),
            Report::Stopped,
            Report::DoesNotEnd,
        ];
        for report in reports {
            assert_eq!(Report::parse(&report.to_string()), Some(report));
        }
        assert_eq!(Report::parse(""), None);
    }
}
