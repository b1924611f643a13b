//! What the values of a Parquet column mean (parquet-format, LogicalTypes.md), and the cells that they become.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use ::parquet::schema::types::ColumnDescriptor;
use chrono::{DateTime, NaiveDate, NaiveTime};
use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::value::Cells;

/// Decimals of more digits are texts: a double holds 15 of any.
const MAX_FLOAT_DIGITS: i32 = 15;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Bool,
    Int,
    Unsigned,
    Float,
    Half,
    Text,
    Json,
    Date,
    /// Parts of a second.
    Time(i64),
    /// Parts of a second, and whether they count in UTC.
    Timestamp(i64, bool),
    /// Digits behind the point, and whether a double holds it.
    Decimal(u32, bool),
    Uuid,
}

/// Values that are there, in the type of their cells.
pub(super) enum Values {
    Bool(Vec<bool>),
    Int(Vec<i64>),
    Float(Vec<f64>),
    Text(Vec<Arc<str>>),
    Json(Vec<Json>),
}

/// A value as it is stored.
pub(super) trait Raw {
    /// Bytes of its content, where it has some of its own.
    fn content(&self) -> &[u8] {
        &[]
    }
    /// Its number, where it is one.
    fn int(&self) -> Option<i64> {
        None
    }
    /// Its number, where it is a float.
    fn float(&self) -> Option<f64> {
        None
    }
}

impl Raw for bool {
    fn int(&self) -> Option<i64> {
        Some((*self).into())
    }
}
impl Raw for i32 {
    fn int(&self) -> Option<i64> {
        Some((*self).into())
    }
}
impl Raw for i64 {
    fn int(&self) -> Option<i64> {
        Some(*self)
    }
}
impl Raw for f32 {
    fn float(&self) -> Option<f64> {
        Some((*self).into())
    }
}
impl Raw for f64 {
    fn float(&self) -> Option<f64> {
        Some(*self)
    }
}
impl Raw for Int96 {
    /// The nanoseconds since 1970 where they fit, as Spark and Hive mean these.
    fn int(&self) -> Option<i64> {
        let [low, high, day] = self.data() else { return None };
        let nanos = i64::from(*high) << 32 | i64::from(*low);
        let days = i64::from(*day) - 2_440_588;
        days.checked_mul(86_400_000_000_000)?.checked_add(nanos)
    }
}
impl Raw for ByteArray {
    fn content(&self) -> &[u8] {
        self.data()
    }
}
impl Raw for FixedLenByteArray {
    fn content(&self) -> &[u8] {
        self.data()
    }
}

/// Returns the memory that the cells of so many records will take, about.
pub(super) fn raw_bytes<T: Raw>(raw: &[T], records: usize) -> u64 {
    let content: usize = raw.iter().map(|raw| raw.content().len()).sum();
    (content + (records + raw.len()) * size_of::<Option<Arc<str>>>()) as u64
}

impl Meaning {
    /// Reads what a column says about its values.
    pub(super) fn of(column: &ColumnDescriptor) -> Result<Self, NodeError> {
        let physical = column.physical_type();
        if let Some(meaning) = column.logical_type_ref().and_then(|logical| logical_meaning(logical, column)) {
            return meaning;
        }
        match (column.converted_type(), physical) {
            (ConvertedType::JSON, Physical::BYTE_ARRAY) => Ok(Self::Json),
            (ConvertedType::DATE, Physical::INT32) => Ok(Self::Date),
            (ConvertedType::TIME_MILLIS, Physical::INT32) => Ok(Self::Time(1000)),
            (ConvertedType::TIME_MICROS, Physical::INT64) => Ok(Self::Time(1_000_000)),
            (ConvertedType::TIMESTAMP_MILLIS, Physical::INT64) => Ok(Self::Timestamp(1000, true)),
            (ConvertedType::TIMESTAMP_MICROS, Physical::INT64) => Ok(Self::Timestamp(1_000_000, true)),
            (ConvertedType::DECIMAL, _) => decimal(column.type_scale(), column.type_precision()),
            (ConvertedType::UINT_32 | ConvertedType::UINT_64, Physical::INT32 | Physical::INT64) => Ok(Self::Unsigned),
            (_, Physical::BOOLEAN) => Ok(Self::Bool),
            (_, Physical::INT32 | Physical::INT64) => Ok(Self::Int),
            (_, Physical::INT96) => Ok(Self::Timestamp(1_000_000_000, false)),
            (_, Physical::FLOAT | Physical::DOUBLE) => Ok(Self::Float),
            (_, Physical::BYTE_ARRAY) => Ok(Self::Text),
            (_, Physical::FIXED_LEN_BYTE_ARRAY) => Err(NodeError::new("it holds bytes, which no cell does")),
        }
    }

    /// Returns no cells.
    pub(super) fn empty(self, list: Option<i16>) -> Cells {
        match self {
            _ if list.is_some() => Cells::Json(Vec::new()),
            Self::Bool => Cells::Bool(Vec::new()),
            Self::Int | Self::Unsigned => Cells::Int(Vec::new()),
            Self::Float | Self::Half | Self::Decimal(_, true) => Cells::Float(Vec::new()),
            Self::Json => Cells::Json(Vec::new()),
            _ => Cells::Text(Vec::new()),
        }
    }

    /// Reads values.
    pub(super) fn read<T: Raw>(self, raw: &[T]) -> Result<Values, NodeError> {
        let all = raw.iter();
        let text = |text: String| Arc::<str>::from(text);
        Ok(match self {
            Self::Bool => Values::Bool(all.map(|raw| raw.int() == Some(1)).collect()),
            Self::Int => Values::Int(all.filter_map(Raw::int).collect()),
            Self::Unsigned => Values::Int(all.map(unsigned::<T>).collect::<Result<_, _>>()?),
            Self::Float => Values::Float(all.filter_map(Raw::float).collect()),
            Self::Half => Values::Float(all.map(|raw| half(raw.content())).collect()),
            Self::Text => Values::Text(all.map(|raw| utf8(raw).map(Arc::from)).collect::<Result<_, _>>()?),
            Self::Json => Values::Json(all.map(json).collect::<Result<_, _>>()?),
            Self::Decimal(scale, true) => {
                Values::Float(all.map(|raw| decimal_float(raw, scale)).collect::<Result<_, _>>()?)
            }
            Self::Decimal(scale, false) => {
                Values::Text(all.map(|raw| Ok(text(decimal_text(raw, scale)?))).collect::<Result<_, NodeError>>()?)
            }
            Self::Uuid => Values::Text(all.map(|raw| text(uuid(raw.content()))).collect()),
            Self::Date | Self::Time(_) | Self::Timestamp(..) => {
                let moment = |raw: &T| self.moment(raw.int()).map(text);
                let out = || NodeError::new("it holds a time that no calendar has").permanent();
                Values::Text(all.map(|raw| moment(raw).ok_or_else(out)).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Returns a day or a time as ISO 8601 writes it.
    fn moment(self, raw: Option<i64>) -> Option<String> {
        let raw = raw?;
        let within =
            |parts: i64| (raw.div_euclid(parts), u32::try_from(raw.rem_euclid(parts) * (1_000_000_000 / parts)));
        match self {
            Self::Date => {
                let days = i32::try_from(raw).ok()?.checked_add(719_163)?;
                NaiveDate::from_num_days_from_ce_opt(days).map(|day| day.to_string())
            }
            Self::Time(parts) => {
                let (seconds, nanos) = within(parts);
                let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(seconds).ok()?, nanos.ok()?);
                time.map(|time| time.format("%H:%M:%S%.f").to_string())
            }
            Self::Timestamp(parts, utc) => {
                let (seconds, nanos) = within(parts);
                let time = DateTime::from_timestamp(seconds, nanos.ok()?)?.format("%Y-%m-%dT%H:%M:%S%.f");
                Some(format!("{time}{}", if utc { "Z" } else { "" }))
            }
            _ => None,
        }
    }
}

fn logical_meaning(logical: &LogicalType, column: &ColumnDescriptor) -> Option<Result<Meaning, NodeError>> {
    let parts = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    };
    Some(match logical {
        LogicalType::Json => Ok(Meaning::Json),
        LogicalType::Date => Ok(Meaning::Date),
        LogicalType::Time(time) => Ok(Meaning::Time(parts(&time.unit))),
        LogicalType::Timestamp(time) => Ok(Meaning::Timestamp(parts(&time.unit), time.is_adjusted_to_u_t_c)),
        LogicalType::Integer(int) if !int.is_signed => Ok(Meaning::Unsigned),
        LogicalType::Decimal(_) => decimal(column.type_scale(), column.type_precision()),
        LogicalType::Uuid => Ok(Meaning::Uuid),
        LogicalType::Float16 => Ok(Meaning::Half),
        _ => return None,
    })
}

fn decimal(scale: i32, precision: i32) -> Result<Meaning, NodeError> {
    let scale = u32::try_from(scale).ok().filter(|scale| *scale <= 38);
    let scale = scale.ok_or_else(|| NodeError::new("it has decimals of more than 38 digits"))?;
    Ok(Meaning::Decimal(scale, precision <= MAX_FLOAT_DIGITS))
}

/// Numbers of 32 bits are stored as if they had a sign.
fn unsigned<T: Raw>(raw: &T) -> Result<i64, NodeError> {
    match raw.int() {
        Some(int) if int >= 0 => Ok(int),
        Some(int) if size_of::<T>() == 4 => Ok(int & 0xffff_ffff),
        _ => Err(NodeError::new("it holds a number above 2^63, which no `int` holds").permanent()),
    }
}

/// Reads a number of IEEE 754 with 16 bits.
fn half(bytes: &[u8]) -> f64 {
    let bits = match bytes {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => return f64::NAN,
    };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

fn utf8<T: Raw>(raw: &T) -> Result<&str, NodeError> {
    std::str::from_utf8(raw.content()).map_err(|_| NodeError::new("it holds bytes that are no text").permanent())
}

fn json<T: Raw>(raw: &T) -> Result<Json, NodeError> {
    serde_json::from_str(utf8(raw)?).map_err(|error| NodeError::because("it holds what is no JSON", &error).permanent())
}

fn unscaled<T: Raw>(raw: &T) -> Result<i128, NodeError> {
    if let Some(int) = raw.int() {
        return Ok(int.into());
    }
    let bytes = raw.content();
    if bytes.len() > 16 {
        return Err(NodeError::new("it has decimals of more than 38 digits").permanent());
    }
    let sign = if bytes.first().is_some_and(|first| first & 128 != 0) { -1 } else { 0 };
    Ok(bytes.iter().fold(sign, |number, byte| number << 8 | i128::from(*byte)))
}

/// The text is read as a double, which rounds once.
fn decimal_float<T: Raw>(raw: &T, scale: u32) -> Result<f64, NodeError> {
    Ok(decimal_text(raw, scale)?.parse().unwrap_or(f64::NAN))
}

fn decimal_text<T: Raw>(raw: &T, scale: u32) -> Result<String, NodeError> {
    let number = unscaled(raw)?;
    let places = scale as usize;
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if number < 0 { "-" } else { "" };
    Ok(if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

fn uuid(bytes: &[u8]) -> String {
    let hex = |part: &[u8]| part.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match bytes.len() {
        16 => [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]].map(hex).join("-"),
        _ => hex(bytes),
    }
}

impl Values {
    /// Puts the values behind cells, an empty cell where none is there.
    pub(super) fn append(self, there: impl Iterator<Item = bool>, cells: &mut Cells) {
        fn spread<T>(values: Vec<T>, mut there: impl Iterator<Item = bool>, into: &mut Vec<Option<T>>) {
            let mut values = values.into_iter();
            loop {
                match there.next() {
                    Some(true) => match values.next() {
                        Some(value) => into.push(Some(value)),
                        None => return,
                    },
                    Some(false) => into.push(None),
                    None => return,
                }
            }
        }
        match (self, cells) {
            (Self::Bool(values), Cells::Bool(into)) => spread(values, there, into),
            (Self::Int(values), Cells::Int(into)) => spread(values, there, into),
            (Self::Float(values), Cells::Float(into)) => spread(values, there, into),
            (Self::Text(values), Cells::Text(into)) => spread(values, there, into),
            (values, Cells::Json(into)) => spread(values.into_json(), there, into),
            _ => {}
        }
    }

    /// Puts lists behind cells: `level` is that of an entry, `full` that of an entry with a value.
    pub(super) fn append_lists(self, defs: &[i16], reps: &[i16], (level, full): (i16, i16), cells: &mut Cells) {
        let Cells::Json(into) = cells else { return };
        let mut values = self.into_json().into_iter();
        for (def, rep) in defs.iter().zip(reps) {
            if *rep == 0 {
                into.push((*def >= level - 1).then(|| Json::Array(Vec::new())));
            }
            if let Some(Some(Json::Array(list))) = into.last_mut()
                && *def >= level
            {
                list.push(if *def == full { values.next().unwrap_or_default() } else { Json::Null });
            }
        }
    }

    fn into_json(self) -> Vec<Json> {
        match self {
            Self::Bool(values) => values.into_iter().map(Json::from).collect(),
            Self::Int(values) => values.into_iter().map(Json::from).collect(),
            Self::Float(values) => values.into_iter().map(Json::from).collect(),
            Self::Text(values) => values.into_iter().map(|text| Json::from(&*text)).collect(),
            Self::Json(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_iso_8601() {
        assert_eq!(Meaning::Date.moment(Some(19_723)).as_deref(), Some("2024-01-01"));
        assert_eq!(Meaning::Date.moment(Some(-1)).as_deref(), Some("1969-12-31"));
        assert_eq!(Meaning::Time(1000).moment(Some(3_661_500)).as_deref(), Some("01:01:01.500"));
        assert_eq!(Meaning::Timestamp(1000, true).moment(Some(-1)).as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!(Meaning::Timestamp(1, false).moment(Some(0)).as_deref(), Some("1970-01-01T00:00:00"));
        assert_eq!(Meaning::Date.moment(Some(i64::MAX)), None);
        assert_eq!(Meaning::Time(1000).moment(Some(-5)), None);
    }

    #[test]
    fn decimals_keep_their_digits() {
        assert_eq!(decimal_text(&-5_i64, 2), Ok("-0.05".into()));
        assert_eq!(decimal_text(&12_345_i32, 2), Ok("123.45".into()));
        assert_eq!(decimal_text(&7_i64, 0), Ok("7".into()));
        let bytes = FixedLenByteArray::from(vec![0xff, 0xfe]);
        assert_eq!(decimal_text(&bytes, 1), Ok("-0.2".into()));
        assert_eq!(decimal_float(&10_i64, 1), Ok(1.0));
        assert!(decimal_text(&FixedLenByteArray::from(vec![1; 17]), 1).is_err());
    }

    #[test]
    fn small_floats_and_unsigned_numbers_are_read() {
        let half_of = |bits: u16| half(&bits.to_le_bytes());
        assert_eq!([0x3c00, 0xc000, 0x3555, 0x0001].map(half_of), [1.0, -2.0, 0.333_251_953_125, 2_f64.powi(-24)]);
        assert_eq!(half_of(0x7c00), f64::INFINITY);
        assert_eq!(unsigned(&-1_i32), Ok(4_294_967_295));
        assert!(unsigned(&-1_i64).is_err());
    }
}
