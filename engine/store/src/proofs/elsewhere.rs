//! A workspace that was copied: from another machine, in the middle of a run, with what its processes left.

use std::fs;

use windlass_core::value::{Codecs, Value};

use super::{copy, made};
use crate::journal::Record;
use crate::questions::{self, Board, Posted};
use crate::runs::Stand;
use crate::{Index, Layout, Workspace};

#[test]
fn a_copy_of_a_workspace_in_use_opens_with_all_that_was_durable_and_nobody_holds_it() {
    let [there, here] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let kept = made::make(there.path());
    let workspace = Workspace::find(there.path()).unwrap().unwrap();
    let layout = Layout::new(workspace.home().unwrap());
    // A run under way: its journal, its question, a value that it is about to keep, and the index are open.
    let journal = workspace.runs().begin("19c-3").unwrap().unwrap();
    journal.append(&Record::Began(Box::default())).unwrap();
    journal.commit_all().unwrap();
    let mut board = Board::create(layout.home(), "19c-3").unwrap();
    let text = |text: &str| text.to_owned();
    let asked = Posted { node: text("a"), key: text("0"), name: text("0"), question: text("?"), answers: text("bool") };
    board.show(&[asked]).unwrap();
    let artifacts = workspace.artifacts(Codecs::default()).unwrap();
    artifacts.put(&Value::text(made::noise(50, 90_000))).unwrap();
    made::make_index(&layout);
    let index = Index::open(&layout, std::iter::empty).unwrap().index;
    copy(there.path(), here.path());
    assert!(Index::open(&layout, std::iter::empty).is_err(), "it is in use there");

    let found = Workspace::find(here.path()).unwrap().unwrap();
    let copied = Layout::new(found.home().unwrap());
    assert_eq!(made::look(here.path(), &kept), made::look(there.path(), &kept));
    // The process that it names lives: it is this one. Its lock was not copied, and that alone counts.
    assert_eq!(Index::holder(&copied).unwrap(), None);
    assert_eq!(made::look_at_index(&copied), 40);
    assert_eq!(questions::runs(copied.home()).unwrap().len(), 0);
    let stands: Vec<_> = found.runs().all().unwrap().iter().map(|run| run.stand().unwrap()).collect();
    assert!(matches!(&stands[..], [Stand::Ended(_), Stand::Killed, Stand::Killed]), "{stands:?}");
    assert!(found.runs().begin("19c-3").unwrap().is_some(), "what goes on there can go on here");
    assert!(!copied.unfinished().exists() || fs::read_dir(copied.unfinished()).unwrap().next().is_none());
    drop((journal, board, index, artifacts));
}
