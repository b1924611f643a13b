//! Tables of Parquet files, one row group at a time.
//!
//! Deliberately absent: lists of lists, and encryption. What a file announces is held to the bounds before memory is taken.

mod values;
mod write;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::basic::Repetition;
use ::parquet::column::reader::ColumnReader;
use ::parquet::column::reader::ColumnReaderImpl;
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::reader::{FileReader, RowGroupReader};
use ::parquet::file::serialized_reader::SerializedFileReader;
use ::parquet::schema::types::{ColumnDescriptor, Type};
use bytes::Bytes;
use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use super::bound::{Bound, check_columns};
use super::pages;
use values::{Meaning, Values};

pub(crate) use write::{Compression, write};

/// Records that are decoded at once.
const BATCH_ROWS: usize = 8192;

/// A Parquet file whose columns are known.
pub(crate) struct Parquet {
    reader: SerializedFileReader<Bytes>,
    bytes: Bytes,
    leaves: Vec<Leaf>,
    bound: Bound,
}

/// A column of the file.
struct Leaf {
    name: Arc<str>,
    meaning: Meaning,
    max_def: i16,
    /// Level of the list's own entries, for a column of lists.
    list: Option<i16>,
}

/// Says why a file cannot be read.
fn damaged(error: &ParquetError) -> NodeError {
    NodeError::because("the file is no Parquet, or it is damaged", error).permanent()
}

/// The crate ends some damaged files with a panic; here they are an error like any other, and what was read is dropped.
fn guarded<T>(read: impl FnOnce() -> Result<T, NodeError>) -> Result<T, NodeError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(NodeError::new("the file is damaged: its parts contradict each other").permanent()))
}

impl Parquet {
    /// Reads what a file says about itself.
    ///
    /// # Errors
    /// Refuses what is no Parquet, columns that cannot be cells, and more rows than the bound.
    pub(crate) fn open(bytes: Vec<u8>, bound: Bound) -> Result<Self, NodeError> {
        guarded(|| Self::look(bytes, bound))
    }

    fn look(bytes: Vec<u8>, bound: Bound) -> Result<Self, NodeError> {
        let bytes = Bytes::from(bytes);
        let reader = SerializedFileReader::new(bytes.clone()).map_err(|error| damaged(&error))?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        check_columns(schema.num_columns())?;
        let leaves = schema.columns().iter().map(|column| Leaf::of(schema.root_schema(), column));
        let leaves = leaves.collect::<Result<_, _>>()?;
        let opened = Self { reader, bytes, leaves, bound };
        let mut rows = 0_usize;
        for group in 0..opened.groups() {
            rows = rows.saturating_add(opened.rows(group)?);
        }
        bound.check(rows, 0)?;
        Ok(opened)
    }

    /// Returns the number of row groups.
    pub(crate) fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    fn rows(&self, group: usize) -> Result<usize, NodeError> {
        let rows = self.reader.metadata().row_group(group).num_rows();
        usize::try_from(rows).map_err(|_| NodeError::new("a row group has less than no rows").permanent())
    }

    /// Reads all rows.
    pub(crate) fn table(&self, ctx: &Ctx) -> Result<Table, NodeError> {
        let mut columns: Vec<_> = self.leaves.iter().map(|leaf| column(leaf, leaf.meaning.empty(leaf.list))).collect();
        let mut bytes = 0;
        for group in 0..self.groups() {
            guarded(|| self.read(group, &mut columns, &mut bytes, ctx))?;
        }
        Table::new(columns).map_err(|error| super::columns::explain(&error))
    }

    /// Reads the rows of one row group.
    pub(crate) fn group(&self, group: usize, ctx: &Ctx) -> Result<Table, NodeError> {
        let mut columns: Vec<_> = self.leaves.iter().map(|leaf| column(leaf, leaf.meaning.empty(leaf.list))).collect();
        guarded(|| self.read(group, &mut columns, &mut 0, ctx))?;
        Table::new(columns).map_err(|error| super::columns::explain(&error))
    }

    fn read(&self, group: usize, columns: &mut [Column], bytes: &mut u64, ctx: &Ctx) -> Result<(), NodeError> {
        let rows = self.rows(group)?;
        let chunks = self.reader.metadata().row_group(group).columns();
        for (leaf, chunk) in self.leaves.iter().zip(chunks) {
            self.look_at(chunk).map_err(|error| error.within(format!("column `{}`", leaf.name)))?;
        }
        let group = self.reader.get_row_group(group).map_err(|error| damaged(&error))?;
        for (at, (leaf, into)) in self.leaves.iter().zip(columns).enumerate() {
            let mut filling = Filling { leaf, bytes, bound: self.bound, ctx };
            let read = filling.fill(&*group, at, rows, &mut into.cells);
            read.map_err(
                |error| if error.is_cancelled() { error } else { error.within(format!("column `{}`", leaf.name)) },
            )?;
        }
        Ok(())
    }

    /// Refuses a chunk that lies outside of the file, or whose pages announce more than the bound.
    fn look_at(&self, chunk: &ColumnChunkMetaData) -> Result<(), NodeError> {
        let place = place(chunk).filter(|place| place.end <= self.bytes.len());
        let place = place.ok_or_else(|| NodeError::new("its bytes lie outside of the file").permanent())?;
        let announced = pages::announced(&self.bytes[place])?;
        let values = announced.values.saturating_mul(size_of::<u64>() as u64);
        if announced.bytes.max(values) > self.bound.bytes {
            let limit = self.bound.bytes >> 20;
            return Err(NodeError::new(format!("it takes more than {limit} MiB once decompressed")).permanent());
        }
        Ok(())
    }
}

fn column(leaf: &Leaf, cells: Cells) -> Column {
    Column { name: leaf.name.clone(), cells }
}

fn place(chunk: &ColumnChunkMetaData) -> Option<Range<usize>> {
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    let (start, length) = (usize::try_from(start).ok()?, usize::try_from(chunk.compressed_size()).ok()?);
    Some(start..start.checked_add(length)?)
}

impl Leaf {
    fn of(root: &Type, column: &ColumnDescriptor) -> Result<Self, NodeError> {
        let parts = column.path().parts();
        let within = |error: NodeError| error.within(format!("column `{}`", column.path().string())).permanent();
        let list = match column.max_rep_level() {
            0 => None,
            1 => Some(list_level(root, parts)),
            _ => {
                let error = NodeError::new("it holds lists of lists");
                return Err(within(error.hint("have the file written without them, or as JSON Lines")));
            }
        };
        let name = if list.is_some() { list_name(parts) } else { parts.join(".") };
        let meaning = Meaning::of(column).map_err(within)?;
        Ok(Self { name: name.into(), meaning, max_def: column.max_def_level(), list })
    }
}

/// Returns the definition level at which a list has an entry.
fn list_level(root: &Type, parts: &[String]) -> i16 {
    let (mut node, mut level) = (root, 0);
    for part in parts {
        let Some(next) = node.get_fields().iter().find(|field| field.name() == part) else { break };
        let info = next.get_basic_info();
        match info.has_repetition().then(|| info.repetition()) {
            Some(Repetition::REPEATED) => return level + 1,
            Some(Repetition::OPTIONAL) => level += 1,
            _ => {}
        }
        if next.is_primitive() {
            break;
        }
        node = next;
    }
    level
}

/// Leaves out the two levels that the format puts between a list and its entries.
fn list_name(parts: &[String]) -> String {
    match parts {
        [outer @ .., list, _] if matches!(list.as_str(), "list" | "bag" | "array") && !outer.is_empty() => {
            outer.join(".")
        }
        all => all.join("."),
    }
}

/// One column chunk on its way into cells.
struct Filling<'a> {
    leaf: &'a Leaf,
    bytes: &'a mut u64,
    bound: Bound,
    ctx: &'a Ctx,
}

impl Filling<'_> {
    fn fill(&mut self, group: &dyn RowGroupReader, at: usize, rows: usize, cells: &mut Cells) -> Result<(), NodeError> {
        match group.get_column_reader(at).map_err(|error| damaged(&error))? {
            ColumnReader::BoolColumnReader(reader) => self.batches(reader, rows, cells),
            ColumnReader::Int32ColumnReader(reader) => self.batches(reader, rows, cells),
            ColumnReader::Int64ColumnReader(reader) => self.batches(reader, rows, cells),
            ColumnReader::Int96ColumnReader(reader) => self.batches(reader, rows, cells),
            ColumnReader::FloatColumnReader(reader) => self.batches(reader, rows, cells),
            ColumnReader::DoubleColumnReader(reader) => self.batches(reader, rows, cells),
            ColumnReader::ByteArrayColumnReader(reader) => self.batches(reader, rows, cells),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => self.batches(reader, rows, cells),
        }
    }

    fn batches<T: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<T>,
        rows: usize,
        cells: &mut Cells,
    ) -> Result<(), NodeError>
    where
        T::T: values::Raw,
    {
        let mut left = rows;
        let (mut defs, mut reps, mut raw) = (Vec::new(), Vec::new(), Vec::new());
        while left > 0 {
            self.ctx.check_cancelled()?;
            defs.clear();
            reps.clear();
            raw.clear();
            let read = reader.read_records(left.min(BATCH_ROWS), Some(&mut defs), Some(&mut reps), &mut raw);
            let (records, _, _) = read.map_err(|error| damaged(&error))?;
            if records == 0 {
                let error = NodeError::new(format!("it ends after {} of {rows} rows", rows - left));
                return Err(error.permanent());
            }
            left = left.saturating_sub(records);
            *self.bytes += values::raw_bytes(&raw, records);
            self.bound.check(0, *self.bytes)?;
            let values = self.leaf.meaning.read(&raw)?;
            self.append(values, &defs, &reps, cells);
        }
        Ok(())
    }

    fn append(&self, values: Values, defs: &[i16], reps: &[i16], cells: &mut Cells) {
        match self.leaf.list {
            Some(level) => values.append_lists(defs, reps, (level, self.leaf.max_def), cells),
            None if self.leaf.max_def == 0 => values.append(std::iter::repeat(true), cells),
            None => values.append(defs.iter().map(|def| *def == self.leaf.max_def), cells),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_lists_leave_out_what_the_format_puts_between() {
        let name = |path: &str| list_name(&path.split('/').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(name("tags/list/element"), "tags");
        assert_eq!(name("a/tags/list/item"), "a.tags");
        assert_eq!(name("m/key_value/key"), "m.key_value.key");
        assert_eq!(name("plain"), "plain");
    }
}
