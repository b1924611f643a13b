//! Rows of a JSON array, held to a bound while they are read.

use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;

use super::bound::{Bound, json_bytes};
use super::metered::{MAX_ROW_BYTES, Meter, Metered};

/// Reads an array of objects.
///
/// # Errors
/// Says what is no JSON or no object, and refuses more than the bound.
pub(crate) fn read(text: impl Read, bound: Bound, ctx: &Ctx) -> Result<Vec<Map<String, Json>>, NodeError> {
    let (text, meter) = Metered::new(text, bound.bytes.min(MAX_ROW_BYTES));
    let mut rows = Rows { rows: Vec::new(), bound, ctx, meter, refused: None };
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(text));
    let read = (&mut rows).deserialize(&mut json).and_then(|()| json.end());
    match (rows.refused, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) if error.to_string().contains("array of objects") => {
            Err(NodeError::new("a table in JSON must be an array of objects").permanent())
        }
        (None, Err(error)) if error.is_io() => {
            Err(NodeError::new(format!("row {}: {error}", rows.rows.len())).permanent())
        }
        (None, Err(error)) => Err(NodeError::because("the file is no JSON", &error).permanent()),
        (None, Ok(())) => Ok(rows.rows),
    }
}

struct Rows<'a> {
    rows: Vec<Map<String, Json>>,
    bound: Bound,
    ctx: &'a Ctx,
    meter: Meter,
    refused: Option<NodeError>,
}

impl<'de> DeserializeSeed<'de> for &mut Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut bytes = 0;
        while let Some(row) = items.next_element::<Json>()? {
            bytes += json_bytes(&row);
            self.meter.begin();
            let taken = self.take(row, bytes);
            self.refused = taken.err();
            if self.refused.is_some() {
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

impl Rows<'_> {
    fn take(&mut self, row: Json, bytes: u64) -> Result<(), NodeError> {
        self.ctx.check_cancelled()?;
        let Json::Object(fields) = row else {
            return Err(NodeError::new(format!("row {}: a row must be a JSON object", self.rows.len())).permanent());
        };
        self.rows.push(fields);
        self.bound.check(self.rows.len(), bytes)
    }
}
