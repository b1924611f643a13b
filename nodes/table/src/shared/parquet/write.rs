//! Writing a table as Parquet.

use std::io::Write;

use ::parquet::basic::{Compression as Codec, ConvertedType, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};
use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

/// Rows of a row group, as most writers choose them.
const GROUP_ROWS: usize = 1 << 17;

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

/// Writes a table; every column may have empty cells.
pub(crate) fn write(
    table: &Table,
    compression: Compression,
    out: &mut (dyn Write + Send),
    ctx: &Ctx,
) -> Result<(), NodeError> {
    let codec = match compression {
        Compression::Snappy => Codec::SNAPPY,
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
        Compression::None => Codec::UNCOMPRESSED,
    };
    let failed = |error: ParquetError| NodeError::because("the table cannot be written as Parquet", &error);
    let properties = WriterProperties::builder().set_compression(codec).set_created_by("windlass".into()).build();
    let mut writer =
        SerializedFileWriter::new(out, schema(table).map_err(failed)?, properties.into()).map_err(failed)?;
    for start in (0..table.rows()).step_by(GROUP_ROWS) {
        ctx.check_cancelled()?;
        let rows = start..table.rows().min(start + GROUP_ROWS);
        let mut group = writer.next_row_group().map_err(failed)?;
        let mut columns = table.columns().iter();
        while let (Some(mut into), Some(column)) = (group.next_column().map_err(failed)?, columns.next()) {
            write_cells(&mut into, &column.cells, rows.clone()).map_err(failed)?;
            into.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
    }
    writer.close().map(|_| ()).map_err(failed)
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
