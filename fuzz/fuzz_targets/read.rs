//! Any bytes give a graph or located findings that can be shown; a graph that is right can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use windlass_core::doc::{GraphText, read};
use windlass_core::problem::{render, to_json};

fuzz_target!(|bytes: &[u8]| {
    let read = read("fuzz.yaml", bytes, None);
    assert!(read.doc.is_some() || !read.problems.is_empty());
    for problem in &read.problems {
        let span = problem.span.as_ref().expect("a finding has a place");
        assert!(span.range.start <= span.range.end && span.range.end <= read.source.text.len());
        assert!(render(problem, true).contains("fuzz.yaml"));
        to_json(problem);
    }
    if read.is_good() {
        let doc = read.doc.expect("a good file has a document");
        let new = GraphText::of_new("new.yaml", &doc).expect("what was read can be written");
        assert_eq!(*new.doc(), doc);
    }
});
