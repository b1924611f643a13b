//! `windlass runs --sqlite`: the runs as a database, and the queries of its page.
#![cfg(feature = "sqlite")]

use std::fs;

use rusqlite::Connection;

use crate::program::{repository, windlass};

/// Returns how many rows a query has.
fn count(connection: &Connection, query: &str) -> usize {
    let mut statement = connection.prepare(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    let mut rows = statement.query([]).unwrap();
    let mut count = 0;
    while rows.next().unwrap().is_some() {
        count += 1;
    }
    count
}

#[test]
fn the_queries_of_the_page_find_what_a_run_did() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(repository().join("graphs/contact-sheet.yaml"), folder.path().join("graph.yaml")).unwrap();
    let photos = folder.path().join("samples/photos");
    fs::create_dir_all(&photos).unwrap();
    for photo in fs::read_dir(repository().join("graphs/samples/photos")).unwrap() {
        let photo = photo.unwrap();
        fs::copy(photo.path(), photos.join(photo.file_name())).unwrap();
    }
    fs::write(photos.join("broken.jpg"), "no picture").unwrap();
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(1);
    let told = windlass(folder.path(), &["runs", "--sqlite", "runs.db"]).ends_with(0).out;
    assert!(told.starts_with("made runs.db: 1 run, "), "{told}");
    let connection = Connection::open(folder.path().join("runs.db")).unwrap();
    let page = fs::read_to_string(repository().join("docs/database.md")).unwrap();
    let queries: Vec<_> = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(queries.len() > 3, "the page has lost its queries");
    for query in &queries {
        assert!(count(&connection, query) > 0, "nothing is found by\n{query}");
    }
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert!(page.contains(&format!("now {version};")));
    let files = fs::read_dir(&photos).unwrap().count();
    assert_eq!(count(&connection, "SELECT path FROM files WHERE was = 'found'"), files);
    windlass(folder.path(), &["runs", "--sqlite", "runs.db"]).ends_with(2).says("the database cannot be made");
}
