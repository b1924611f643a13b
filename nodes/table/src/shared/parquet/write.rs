//! Writing a table as Parquet.

use std::io::{self, Write};

use ::parquet::basic::{Compression as Codec, ConvertedType, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};
use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use crate::shared::bound::json_bytes;

/// The most rows of a row group, as most writers choose them.
const GROUP_ROWS: usize = 1 << 17;

/// The most bytes of a row group, unless its first row has more: it is held until it is whole.
const GROUP_BYTES: u64 = 128 << 20;

/// How the pages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Compression {
    /// Fast; every reader knows it.
    Snappy,
    /// Smaller.
    Zstd,
    /// Not at all.
    None,
}

/// Writes a table, one row group after the other; every column may have empty cells.
pub(crate) fn write(
    table: &Table,
    compression: Compression,
    out: &mut dyn Write,
    ctx: &Ctx,
) -> Result<io::Result<()>, NodeError> {
    write_groups(GROUP_BYTES, table, compression, out, ctx)
}

fn write_groups(
    group_bytes: u64,
    table: &Table,
    compression: Compression,
    out: &mut dyn Write,
    ctx: &Ctx,
) -> Result<io::Result<()>, NodeError> {
    let codec = match compression {
        Compression::Snappy => Codec::SNAPPY,
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
        Compression::None => Codec::UNCOMPRESSED,
    };
    let failed = |error: ParquetError| NodeError::because("the table cannot be written as Parquet", &error);
    let properties = WriterProperties::builder().set_compression(codec).set_created_by("windlass".into()).build();
    let schema = schema(table).map_err(failed)?;
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties.into()).map_err(failed)?;
    let mut start = 0;
    while start < table.rows() {
        ctx.check_cancelled()?;
        let rows = start..group_end(table, start, group_bytes);
        start = rows.end;
        let mut group = writer.next_row_group().map_err(failed)?;
        let mut columns = table.columns().iter();
        while let (Some(mut into), Some(column)) = (group.next_column().map_err(failed)?, columns.next()) {
            write_cells(&mut into, &column.cells, rows.clone()).map_err(failed)?;
            into.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        let drained = writer.flush().and_then(|()| drain(writer.inner_mut(), out));
        if drained.is_err() {
            return Ok(drained);
        }
    }
    let mut rest = writer.into_inner().map_err(failed)?;
    Ok(drain(&mut rest, out))
}

/// Returns where the row group ends that begins with a row.
fn group_end(table: &Table, start: usize, most_bytes: u64) -> usize {
    let most = table.rows().min(start + GROUP_ROWS);
    let mut bytes = 0_u64;
    let ends = |row: &usize| {
        let cells = table.columns().iter().map(|column| held_bytes(&column.cells, *row));
        bytes = cells.fold(bytes, u64::saturating_add);
        bytes > most_bytes
    };
    (start..most).find(ends).map_or(most, |end| end.max(start + 1))
}

fn held_bytes(cells: &Cells, row: usize) -> u64 {
    match cells {
        Cells::Text(cells) => cells[row].as_ref().map_or(0, |text| text.len() as u64),
        Cells::Json(cells) => cells[row].as_ref().map_or(0, json_bytes),
        Cells::Bool(_) | Cells::Int(_) | Cells::Float(_) => 8,
    }
}

/// Hands on what was written and is held.
fn drain(held: &mut Vec<u8>, out: &mut dyn Write) -> io::Result<()> {
    let drained = out.write_all(held);
    held.clear();
    drained
}

fn schema(table: &Table) -> Result<TypePtr, ParquetError> {
    let fields = table.columns().iter().map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("schema").with_fields(fields).build().map(TypePtr::new)
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical, converted) = match &column.cells {
        Cells::Bool(_) => (Physical::BOOLEAN, None, ConvertedType::NONE),
        Cells::Int(_) => (Physical::INT64, None, ConvertedType::NONE),
        Cells::Float(_) => (Physical::DOUBLE, None, ConvertedType::NONE),
        Cells::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
        Cells::Json(_) => (Physical::BYTE_ARRAY, Some(LogicalType::Json), ConvertedType::JSON),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .with_converted_type(converted)
        .build()
        .map(TypePtr::new)
}

fn write_cells(
    into: &mut SerializedColumnWriter<'_>,
    cells: &Cells,
    rows: std::ops::Range<usize>,
) -> Result<(), ParquetError> {
    match cells {
        Cells::Bool(cells) => put::<BoolType, _>(into, &cells[rows], |flag| *flag),
        Cells::Int(cells) => put::<Int64Type, _>(into, &cells[rows], |int| *int),
        Cells::Float(cells) => put::<DoubleType, _>(into, &cells[rows], |float| *float),
        Cells::Text(cells) => put::<ByteArrayType, _>(into, &cells[rows], |text| ByteArray::from(&**text)),
        Cells::Json(cells) => {
            put::<ByteArrayType, _>(into, &cells[rows], |json| ByteArray::from(json.to_string().as_str()))
        }
    }
}

fn put<T: DataType, C>(
    into: &mut SerializedColumnWriter<'_>,
    cells: &[Option<C>],
    value: impl Fn(&C) -> T::T,
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = cells.iter().map(|cell| cell.is_some().into()).collect();
    let values: Vec<T::T> = cells.iter().flatten().map(value).collect();
    into.typed::<T>().write_batch(&values, Some(&levels), None).map(|_| ())
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::ctx;

    use super::*;

    /// Takes what is written, and remembers how much came at once.
    #[derive(Default)]
    struct Gauge {
        bytes: Vec<u8>,
        largest: usize,
    }

    impl Write for Gauge {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.largest = self.largest.max(bytes.len());
            self.bytes.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn long_texts_are_held_for_one_row_group_alone() {
        let text = |at: usize| Some(Arc::from(format!("{at}").repeat(20_000)));
        let cells = Cells::Text((0..100).map(text).collect());
        let table = Table::new(vec![Column { name: "t".into(), cells }]).unwrap();
        let mut gauge = Gauge::default();
        write_groups(1 << 17, &table, Compression::None, &mut gauge, &ctx()).unwrap().unwrap();
        assert!(gauge.bytes.len() > 3_000_000, "{} bytes", gauge.bytes.len());
        assert!(gauge.largest < 400_000, "{} bytes at once", gauge.largest);
        let read = super::super::Parquet::open(gauge.bytes, crate::shared::bound::Bound::default()).unwrap();
        assert_eq!(read.table(&ctx()).unwrap(), table);
        assert_eq!((group_end(&table, 0, 1 << 30), group_end(&table, 99, 1)), (100, 100));
        let cells = Cells::Float(vec![Some(0.5); 100]);
        let numbers = Table::new(vec![Column { name: "n".into(), cells }]).unwrap();
        assert_eq!(group_end(&numbers, 0, 80), 10);
    }
}
