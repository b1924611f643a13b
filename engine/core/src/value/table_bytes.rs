//! Tables as bytes: rows, columns, and each column as its name, its type and its cells. Part of what values are packed as,
//! so what is written here is kept across versions of the program.

use std::sync::Arc;

use super::CodecError;
use super::packed::{Reader, sized, wrong};
use super::table::{Cells, Column, Table};

const BOOL: u8 = 0;
const INT: u8 = 1;
const FLOAT: u8 = 2;
const TEXT: u8 = 3;
const JSON: u8 = 4;

pub(super) fn write_table(table: &Table, out: &mut Vec<u8>) {
    out.extend((table.rows() as u64).to_le_bytes());
    out.extend((table.columns().len() as u64).to_le_bytes());
    for column in table.columns() {
        sized(column.name.as_bytes(), out);
        match &column.cells {
            Cells::Bool(cells) => write(BOOL, cells, out, |flag, out| out.push(u8::from(*flag))),
            Cells::Int(cells) => write(INT, cells, out, |int, out| out.extend(int.to_le_bytes())),
            Cells::Float(cells) => write(FLOAT, cells, out, |float, out| out.extend(float.to_le_bytes())),
            Cells::Text(cells) => write(TEXT, cells, out, |text, out| sized(text.as_bytes(), out)),
            Cells::Json(cells) => write(JSON, cells, out, |json, out| sized(json.to_string().as_bytes(), out)),
        }
    }
}

/// Each cell stands behind a byte that says whether it is there.
fn write<T>(tag: u8, cells: &[Option<T>], out: &mut Vec<u8>, each: impl Fn(&T, &mut Vec<u8>)) {
    out.push(tag);
    for cell in cells {
        out.push(u8::from(cell.is_some()));
        cell.iter().for_each(|cell| each(cell, out));
    }
}

pub(super) fn read_table(reader: &mut Reader<'_>) -> Result<Table, CodecError> {
    let rows = u64::from_le_bytes(reader.array()?);
    let count = u64::from_le_bytes(reader.array()?);
    let mut columns = Vec::new();
    for _ in 0..count {
        let name = reader.text()?.into();
        columns.push(Column { name, cells: read_cells(reader, rows)? });
    }
    Table::new(columns).map_err(|error| wrong(&error.to_string()))
}

fn read_cells(reader: &mut Reader<'_>, rows: u64) -> Result<Cells, CodecError> {
    Ok(match reader.byte()? {
        BOOL => Cells::Bool(read(reader, rows, |reader| Ok(reader.byte()? != 0))?),
        INT => Cells::Int(read(reader, rows, |reader| Ok(i64::from_le_bytes(reader.array()?)))?),
        FLOAT => Cells::Float(read(reader, rows, |reader| Ok(f64::from_le_bytes(reader.array()?)))?),
        TEXT => Cells::Text(read(reader, rows, |reader| reader.text().map(Arc::from))?),
        JSON => Cells::Json(read(reader, rows, Reader::json)?),
        other => return Err(wrong(&format!("no column begins with {other}"))),
    })
}

/// What is announced is not believed: memory grows with the bytes that are there.
fn read<'a, T>(
    reader: &mut Reader<'a>,
    rows: u64,
    each: impl Fn(&mut Reader<'a>) -> Result<T, CodecError>,
) -> Result<Vec<Option<T>>, CodecError> {
    let mut cells = Vec::new();
    for _ in 0..rows {
        let there = reader.byte()? != 0;
        cells.push(if there { Some(each(reader)?) } else { None });
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::value::{Codecs, Table, Value};

    #[test]
    fn a_table_is_read_back_and_a_damaged_one_is_refused() {
        let rows = json!([{ "n": 1, "x": 0.5, "t": "a", "b": true, "j": [1] }, { "n": null, "j": "two" }]);
        let rows: Vec<_> = serde_json::from_value(rows).unwrap();
        let (codecs, table) = (Codecs::default(), Table::from_rows(&rows));
        let bytes = codecs.pack(&Value::Table(table.clone().into())).unwrap();
        let Value::Table(again) = codecs.unpack(&bytes).unwrap() else { panic!("no table") };
        assert_eq!(*again, table);
        for end in 0..bytes.len() {
            assert!(codecs.unpack(&bytes[..end]).is_err());
        }
        for at in 1..17 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x80;
            assert!(codecs.unpack(&bytes).is_err(), "byte {at}");
        }
    }
}
