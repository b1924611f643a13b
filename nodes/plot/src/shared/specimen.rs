//! Tables for tests.

use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

/// Returns sales of two towns in three months, with one cell empty.
pub(crate) fn table() -> Arc<Table> {
    let texts = |texts: [&str; 6]| Cells::Text(texts.into_iter().map(|text| Some(text.into())).collect());
    let columns = [
        ("month", texts(["Jan", "Feb", "Mar", "Jan", "Feb", "Mar"])),
        ("town", texts(["Lund", "Lund", "Lund", "Porto", "Porto", "Porto"])),
        ("sold", Cells::Int(vec![Some(12), Some(30), Some(9), Some(4), None, Some(21)])),
        ("price", Cells::Float(vec![Some(0.5), Some(1.5), Some(-2.0), Some(3.0), Some(f64::NAN), Some(8.0)])),
    ];
    let columns = columns.into_iter().map(|(name, cells)| Column { name: name.into(), cells });
    Arc::new(Table::new(columns.collect()).unwrap())
}

/// Returns the SVG that a firing gave.
#[track_caller]
pub(crate) fn svg(bench: &windlass_core::harness::Harness) -> String {
    let file = bench.fire().unwrap().get::<Arc<File>>("svg").unwrap();
    let windlass_core::value::FileContent::Bytes(bytes) = &file.content else { panic!("it is in memory") };
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Returns why a firing failed.
#[track_caller]
pub(crate) fn cause(bench: windlass_core::harness::Harness) -> String {
    bench.fire().map(|_| ()).unwrap_err().to_string()
}
