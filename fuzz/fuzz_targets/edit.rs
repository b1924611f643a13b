//! Any edits of any graph file: text and document agree after each, and the inverses bring the document back.
#![no_main]

#[path = "../../engine/core/tests/edits/choices.rs"]
mod choices;

use choices::Choices;
use libfuzzer_sys::fuzz_target;
use windlass_core::doc::{GraphText, read, write_new};

const BASES: [&str; 2] = [
    "# A.\nwindlass: 1 # one\nname: 'x'\ninputs:\n  size: { type: int?, min: 1 } # s\noutputs: { sheet: find.out }\nnodes:\n  # First.\n  find: &n\n    kind: a.b\n    params:\n      p: |\n        text\n      q: \"q\\n\" # q\n    inputs: { i: [$size, thumb.o] }\n    policy: { timeout: 1s }\n\n  thumb: *n\n  loop:\n    kind: l.l\n    body:\n      nodes:\n        a: { kind: x.y }\nlayout: { nodes: { find: [0, 1] } }\n",
    "{\n  \"windlass\": 1,\n  \"nodes\": {\n    \"find\": {\n      \"kind\": \"files.glob\",\n      \"params\": {\"p\": \"*\"}\n    },\n    \"save\": {\"kind\": \"x.y\", \"inputs\": {\"a\": \"find.file\"}}\n  }\n}\n",
];

// The first byte says how much of the rest is edits; what is left is the graph file, or a stored one stands in.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (edits, own) = rest.split_at(usize::from(*first).min(rest.len()));
    let base = if own.len() > 12 { own } else { BASES[usize::from(*first) % BASES.len()].as_bytes() };
    let Ok((mut text, opened)) = GraphText::open("fuzz.yaml", base, None) else { return };
    if !opened.is_good() {
        return;
    }
    let before = text.doc().clone();
    let (mut choices, mut inverses) = (Choices(edits), Vec::new());
    while !choices.0.is_empty() {
        inverses.extend(text.apply(&choices.edit()).map(|applied| applied.inverse));
        let again = read("fuzz.yaml", text.text().as_bytes(), None);
        assert!(again.is_good());
        assert_eq!(again.doc.as_ref(), Some(text.doc()));
    }
    for inverse in inverses.iter().rev() {
        text.apply(inverse).expect("an edit can be taken back");
    }
    assert_eq!(*text.doc(), before);
    assert_eq!(write_new(text.doc()), write_new(&before));
});
