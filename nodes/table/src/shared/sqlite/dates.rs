//! The functions of SQLite for dates and times, without those of their arguments that ask the machine for its clock or its
//! time zone: a result that is recalled later has to be the one that would be computed then.
//!
//! Nothing is computed here: a database that holds nothing else does, as SQLite always would.

use std::sync::{Mutex, PoisonError};

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, Error};

/// A function, and which of its arguments are times.
struct Dated {
    name: &'static str,
    times: std::ops::Range<usize>,
}

const DATED: [Dated; 7] = [
    Dated { name: "date", times: 0..1 },
    Dated { name: "time", times: 0..1 },
    Dated { name: "datetime", times: 0..1 },
    Dated { name: "julianday", times: 0..1 },
    Dated { name: "unixepoch", times: 0..1 },
    Dated { name: "strftime", times: 1..2 },
    Dated { name: "timediff", times: 0..2 },
];

/// Words that stand for the time at which they are read.
const CLOCK: [&str; 3] = ["now", "subsec", "subsecond"];

/// Modifiers that read the time zone of the machine.
const ZONE: [&str; 2] = ["localtime", "utc"];

/// What an error says of a query that asks for what is refused here.
pub(super) const REFUSED: &str = "the machine is not asked";

/// Puts the functions in the place of those that a connection brings.
pub(super) fn replace(connection: &Connection) -> Result<(), Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for dated in &DATED {
        let computes = Mutex::new(Connection::open_in_memory()?);
        let call = move |context: &Context<'_>| {
            dated.check(context)?;
            dated.ask(&computes.lock().unwrap_or_else(PoisonError::into_inner), context)
        };
        connection.create_scalar_function(dated.name, -1, flags, call)?;
    }
    Ok(())
}

impl Dated {
    fn check(&self, context: &Context<'_>) -> Result<(), Error> {
        let refused = |why: &str| {
            let said = format!("`{}` {why}, and {REFUSED}", self.name);
            Err(Error::UserFunctionError(said.into()))
        };
        if context.len() < self.times.end {
            return refused("without a time would read the clock");
        }
        for at in 0..context.len() {
            // SQLite reads bytes as text, and text as far as the first zero.
            let (ValueRef::Text(text) | ValueRef::Blob(text)) = context.get_raw(at) else { continue };
            let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
            let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
            if self.times.contains(&at) && is_one_of(&CLOCK) {
                return refused("would read the clock");
            }
            if at >= self.times.end && is_one_of(&ZONE) {
                return refused("would read the time zone");
            }
        }
        Ok(())
    }

    fn ask(&self, computes: &Connection, context: &Context<'_>) -> Result<Sql, Error> {
        let places = vec!["?"; context.len()].join(", ");
        let mut asked = computes.prepare(&format!("SELECT {}({places})", self.name))?;
        let given = (0..context.len()).map(|at| Sql::try_from(context.get_raw(at)));
        let given = given.collect::<Result<Vec<_>, _>>()?;
        asked.query_row(rusqlite::params_from_iter(given), |row| row.get(0))
    }
}
