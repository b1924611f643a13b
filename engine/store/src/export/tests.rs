//! What a workspace was told stands in the database, found by queries as anybody would write them.

use rusqlite::Connection;

use super::*;
use crate::Workspace;
use crate::journal::{Began, Came, Given, Record, Result as Firing};
use crate::proofs::made;

/// Exports the workspace with a little of everything.
fn exported() -> (tempfile::TempDir, Exported, Connection) {
    let folder = tempfile::tempdir().unwrap();
    made::make(folder.path());
    let workspace = Workspace::find(folder.path()).unwrap().unwrap();
    let path = folder.path().join("runs.db");
    let exported = export(&workspace.runs(), &path).unwrap();
    (folder, exported, Connection::open(path).unwrap())
}

/// Returns the rows of a query, their columns separated by `|`.
fn rows(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let column =
            |at| row.get_ref(at).map(|value| value.as_str().map_or_else(|_| format!("{value:?}"), str::to_owned));
        Ok((0..columns).map(column).collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

#[test]
fn everything_that_the_journals_tell_is_found_by_a_query() {
    let (_folder, exported, connection) = exported();
    assert_eq!((exported.runs, exported.items, exported.lost_bytes), (2, 2, 0));
    assert_eq!(rows(&connection, "PRAGMA integrity_check"), ["ok"]);
    assert_eq!(rows(&connection, "PRAGMA foreign_key_check"), [""; 0]);
    assert_eq!(rows(&connection, "SELECT run, stand FROM runs"), ["19a-1|finished", "19b-2|killed"]);
    let args = "SELECT json_extract(args, '$[1]') FROM runs WHERE run = '19a-1'";
    assert_eq!(rows(&connection, args), ["graph.yaml"]);
    assert_eq!(rows(&connection, "SELECT name, fate FROM items WHERE run = '19a-1'"), ["a.txt|emitted"]);
    let written = "SELECT path FROM files WHERE was = 'written' AND run = '19a-1'";
    assert_eq!(rows(&connection, written), [""; 0], "the last word on that firing is that it failed");
    assert_eq!(rows(&connection, "SELECT came FROM firings"), ["failed", "failed"]);
    assert_eq!(rows(&connection, "SELECT path FROM files WHERE was = 'found' AND run = '19a-1'"), ["/p/a.txt"]);
    let kept = "SELECT DISTINCT place FROM artifacts ORDER BY place";
    assert_eq!(rows(&connection, kept), ["file", "pack", "record"]);
}

#[test]
fn a_value_is_followed_to_what_it_came_from_by_the_names_of_steps() {
    let folder = tempfile::tempdir().unwrap();
    let kept = made::make(folder.path());
    let workspace = Workspace::find(folder.path()).unwrap().unwrap();
    let journal = workspace.runs().begin("19c-3").unwrap().unwrap();
    let steps = vec!["open".to_owned(), "resize".to_owned(), "save".to_owned()];
    journal.append(&Record::Began(Box::new(Began { steps, ..Began::default() }))).unwrap();
    let mut first = made::result_with(1, &kept[1]);
    let Came::Gave(ports) = &first.came else { panic!("it gave something") };
    let Given::Value(opened) = &ports[0].1 else { panic!("it gave a value") };
    let inputs = vec![("image".to_owned(), opened.identity)];
    let second = Firing { step: 2, inputs, ..made::result_with(2, &kept[2]) };
    first.step = 0;
    for firing in [first, second] {
        journal.append(&Record::Result(firing)).unwrap();
    }
    journal.commit_all().unwrap();
    drop(journal);
    let path = folder.path().join("runs.db");
    export(&workspace.runs(), &path).unwrap();
    let came_from = "SELECT lineage.step, input, outputs.step FROM lineage JOIN outputs ON came_from = outputs.value
        WHERE lineage.run = '19c-3' AND outputs.run = '19c-3'";
    assert_eq!(rows(&Connection::open(path).unwrap(), came_from), ["save|image|open"]);
}

#[test]
fn a_file_that_stands_is_left_alone_and_nothing_half_written_stays() {
    let (folder, ..) = exported();
    let path = folder.path().join("runs.db");
    let before = std::fs::read(&path).unwrap();
    let workspace = Workspace::find(folder.path()).unwrap().unwrap();
    let refused = export(&workspace.runs(), &path).unwrap_err();
    assert!(matches!(&refused, ExportError::File(_, cause) if cause.kind() == io::ErrorKind::AlreadyExists));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let nowhere = folder.path().join("none/runs.db");
    assert!(matches!(export(&workspace.runs(), &nowhere), Err(ExportError::File(..))));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn what_is_damaged_is_counted_and_the_rest_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    made::make(folder.path());
    let journal = folder.path().join(".windlass/runs/19a-1/journal.0");
    let mut bytes = std::fs::read(&journal).unwrap();
    bytes[60] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    let workspace = Workspace::find(folder.path()).unwrap().unwrap();
    let path = folder.path().join("runs.db");
    assert!(export(&workspace.runs(), &path).unwrap().lost_bytes > 0);
    let connection = Connection::open(path).unwrap();
    assert_eq!(rows(&connection, "SELECT run FROM runs WHERE lost_bytes > 0"), ["19a-1"]);
}
