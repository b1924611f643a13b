//! Any path template is refused in words or filled in; what comes from items never leads out of a folder.
#![no_main]

use std::path::Component;

use libfuzzer_sys::fuzz_target;
use windlass_core::key::Key;
use windlass_core::template::{Fill, PathTemplate};
use windlass_core::value::{Bag, Value};

// The first line is the template, the second the name of the item, the third what stands for other placeholders.
fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let (template, name, value) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let Ok(parsed) = PathTemplate::parse(template) else { return };
    let (_, _) = (parsed.varies(), parsed.needs_item());
    let custom: Bag = parsed.placeholders().into_iter().map(|name| (name.to_owned(), Value::text(value))).collect();
    let key = Key::root().child(3).child(0);
    let Ok(path) = parsed.fill(&Fill { graph: "g", run: "r", key: &key, name, custom: &custom }) else { return };
    // Only an author may write `..` or `/` in front; a template without them stays where it is.
    if !template.contains("..") && !template.starts_with('/') {
        assert!(path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)), "{path:?}");
    }
});
