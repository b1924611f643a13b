//! Events as bytes: those that come for every item take a few, all others are JSON.

use windlass_core::event::{Event, Fate, What};

use super::bytes::{Bytes, Wrong, put_bytes, put_number};
use super::record::put_json;

const OTHER: u8 = 0;
const ADMITTED: u8 = 1;
const FIRING: u8 = 2;
const EMITTED: u8 = 3;
const LEFT: u8 = 4;

/// Adds an event.
pub fn put(event: &Event, out: &mut Vec<u8>) {
    match &event.what {
        What::Admitted { step, key } => head(ADMITTED, event, *step, key, out),
        What::Firing { step, key, name, attempt } => {
            head(FIRING, event, *step, key, out);
            put_bytes(name.as_bytes(), out);
            put_number(u64::from(*attempt), out);
        }
        What::Done { step, key, name, fate, took_ms } => {
            let is_emitted = *fate == Fate::Emitted;
            head(if is_emitted { EMITTED } else { LEFT }, event, *step, key, out);
            put_bytes(name.as_bytes(), out);
            put_took(*took_ms, out);
            if !is_emitted {
                put_json(fate, out);
            }
        }
        _ => {
            out.push(OTHER);
            put_json(event, out);
        }
    }
}

/// Returns whether these bytes are an event that means nothing once its run is over, told by the first of them alone:
/// most of a journal is, and needs not be taken apart by who asks what came of a run.
pub fn is_passing(bytes: &[u8]) -> bool {
    match bytes.first() {
        Some(&(ADMITTED | FIRING)) => true,
        Some(&OTHER) => word(bytes).is_some_and(|word| !LASTING.contains(&word)),
        _ => false,
    }
}

/// Events of few bytes aside, these say what came of a run.
const LASTING: [&[u8]; 4] = [b"run_started", b"group", b"handled", b"run_finished"];

/// Returns the word by which an event in JSON says what happened.
fn word(bytes: &[u8]) -> Option<&[u8]> {
    const BEHIND: &[u8] = br#""event":""#;
    // Two numbers and their names stand in front of it.
    let head = bytes.get(..bytes.len().min(90))?;
    let at = head.windows(BEHIND.len()).position(|part| part == BEHIND)? + BEHIND.len();
    let rest = bytes.get(at..)?;
    rest.get(..rest.iter().position(|byte| *byte == b'"')?)
}

/// Reads an event.
///
/// # Errors
/// The bytes are none.
pub fn take(bytes: &mut Bytes<'_>) -> Result<Event, Wrong> {
    let tag = bytes.byte()?;
    if tag == OTHER {
        return bytes.json();
    }
    let (seq, at_ms, step, key) = (bytes.number()?, bytes.number()?, bytes.count()?, bytes.text()?);
    let what = match tag {
        ADMITTED => What::Admitted { step, key },
        FIRING => {
            let (name, attempt) = (bytes.text()?, bytes.number()?);
            What::Firing { step, key, name, attempt: u32::try_from(attempt).map_err(|_| Wrong::missing())? }
        }
        EMITTED => What::Done { step, key, name: bytes.text()?, took_ms: take_took(bytes)?, fate: Fate::Emitted },
        LEFT => What::Done { step, key, name: bytes.text()?, took_ms: take_took(bytes)?, fate: bytes.json()? },
        other => return Err(Wrong(format!("no event begins with {other}"))),
    };
    Ok(Event { seq, at_ms, what })
}

fn head(tag: u8, event: &Event, step: usize, key: &str, out: &mut Vec<u8>) {
    out.push(tag);
    put_number(event.seq, out);
    put_number(event.at_ms, out);
    put_number(step as u64, out);
    put_bytes(key.as_bytes(), out);
}

fn put_took(took_ms: Option<f64>, out: &mut Vec<u8>) {
    let bytes = took_ms.map(f64::to_le_bytes);
    put_bytes(bytes.as_ref().map_or(&[], |bytes| &bytes[..]), out);
}

fn take_took(bytes: &mut Bytes<'_>) -> Result<Option<f64>, Wrong> {
    let bytes = bytes.bytes()?;
    match <[u8; 8]>::try_from(bytes) {
        Ok(number) => Ok(Some(f64::from_le_bytes(number))),
        Err(_) if bytes.is_empty() => Ok(None),
        Err(_) => Err(Wrong::missing()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_back() {
        let (step, key, name) = (7, "3/1".to_owned(), "ä.jpg".to_owned());
        let failed = Fate::Failed { causes: vec!["no".into()], hint: Some("do".into()), attempts: 2 };
        let done = |fate, took_ms| What::Done { step, key: key.clone(), name: name.clone(), fate, took_ms };
        let events = [
            What::Admitted { step, key: key.clone() },
            What::Firing { step, key: key.clone(), name: name.clone(), attempt: 3 },
            done(Fate::Emitted, Some(0.1)),
            done(Fate::Emitted, None),
            done(Fate::Skipped { reason: "dark".into() }, None),
            done(failed, Some(2.0)),
            What::Counted { step, admitted: 3, emitted: 2, skipped: 1, took_ms: 0.5 },
            What::Warning { text: "oh".into() },
            What::Group { step, key: key.clone(), count: 3, cause: None },
        ];
        for (seq, what) in (1u64 << 40..).zip(events) {
            let event = Event { seq, at_ms: 12_345, what };
            let mut out = Vec::new();
            put(&event, &mut out);
            let lasts = matches!(event.what, What::Done { .. } | What::Group { .. });
            assert_eq!(is_passing(&out), !lasts, "{event:?}");
            let mut bytes = Bytes(&out);
            assert_eq!(take(&mut bytes).unwrap(), event);
            assert!(bytes.end().is_ok());
        }
    }
}
