//! What every registered kind has to keep to.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::Harness;
use crate::node::{Kind, Statics};
use crate::registry::Registry;
use crate::spec::{Purity, Sample, Spec};

/// Returns what the kinds of a registry do wrong, one sentence each; none: all is well.
///
/// Samples of kinds that wait for timers or sockets need a runtime whose context has been entered.
pub fn compliance(registry: &Registry) -> Vec<String> {
    let kinds = registry.names().filter_map(|name| registry.kind(name).map(|kind| (name, kind)));
    kinds.flat_map(|(name, kind)| findings(kind).into_iter().map(move |finding| format!("{name}: {finding}"))).collect()
}

/// Returns the source files of a pack that its `lib.rs` does not register, one sentence each.
///
/// A file is registered by a line `mod name;` and a `.kind::<name::..>()`, or `.ordered::<name::..>()`; a module that
/// holds no node (no `impl Node for`, no `impl Ordered for`) needs the first line alone.
///
/// # Errors
/// Says which file cannot be read.
pub fn unregistered(source_folder: &Path) -> std::io::Result<Vec<String>> {
    let lib = std::fs::read_to_string(source_folder.join("lib.rs"))?;
    let mut findings = Vec::new();
    for entry in std::fs::read_dir(source_folder)? {
        let path = entry?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name == "lib" || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let is_node = text.contains("impl Node for") || text.contains("impl Ordered for");
        findings.extend(missing_lines(&lib, &name, is_node));
    }
    findings.sort();
    Ok(findings)
}

fn missing_lines(lib: &str, name: &str, is_node: bool) -> Option<String> {
    // A keyword names a module as `r#if`.
    let lib = lib.replace("r#", "");
    let declared = lib.lines().any(|line| line.trim().trim_start_matches("pub ") == format!("mod {name};"));
    if !declared {
        return Some(format!("`{name}.rs` is not declared: `lib.rs` lacks `mod {name};`"));
    }
    let registered = ["kind", "ordered"].iter().any(|call| lib.contains(&format!(".{call}::<{name}::")));
    (is_node && !registered).then(|| format!("`{name}.rs` is not registered: `lib.rs` lacks `.kind::<{name}::..>()`"))
}

fn findings(kind: &Arc<dyn Kind>) -> Vec<String> {
    let spec = match kind.spec(&Statics::new()) {
        Ok(spec) => spec,
        Err(error) => return vec![format!("it has no spec: {error}")],
    };
    let mut found = promises(&spec);
    found.extend(opens(kind, &spec));
    if spec.samples.is_empty() {
        found.push("it has no sample".into());
    }
    for (at, sample) in spec.samples.iter().enumerate() {
        // Ports that static parameters shape keep to the same rules.
        let shaped = Harness::new(kind.clone()).sample(sample).spec().map(|shaped| promises(&shaped));
        let new: Vec<_> = shaped.into_iter().flatten().filter(|finding| !found.contains(finding)).collect();
        found.extend(new);
        found.extend(fires(kind, &spec, at, sample));
    }
    found
}

/// What can be told without firing.
fn promises(spec: &Spec) -> Vec<String> {
    let mut found = texts(spec);
    found.extend(names(spec));
    found
}

fn texts(spec: &Spec) -> Vec<String> {
    let own = [("title", &spec.title), ("doc", &spec.doc)].into_iter().map(|(what, text)| (what.to_owned(), text));
    let inputs = spec.inputs.iter().map(|port| (format!("doc of input `{}`", port.name), &port.doc));
    let outputs = spec.outputs.iter().map(|port| (format!("doc of output `{}`", port.name), &port.doc));
    let params = spec.params.iter().map(|param| (format!("doc of parameter `{}`", param.name), &param.doc));
    let all = own.chain(inputs).chain(outputs).chain(params);
    all.filter(|(_, text)| text.trim().is_empty()).map(|(what, _)| format!("the {what} is empty")).collect()
}

fn names(spec: &Spec) -> Vec<String> {
    let mut found = Vec::new();
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !matches!(spec.kind.split_once('.'), Some((pack, node)) if word(pack) && word(node)) {
        found.push("its name is not of the form `pack.name`".into());
    }
    let inputs = spec.inputs.iter().map(|port| port.name.as_str());
    found.extend(repeated(inputs.chain(spec.params.iter().map(|param| param.name.as_str())), "input or parameter"));
    found.extend(repeated(spec.outputs.iter().map(|port| port.name.as_str()), "output"));
    if spec.output("error").is_some() {
        found.push("an output is named `error`, which every kind has of its own".into());
    }
    found
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>, what: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let twice = names.filter(|name| !seen.insert(*name));
    twice.map(|name| format!("the name `{name}` is used by more than one {what}")).collect()
}

/// Defaults must open; where a parameter is required, the first sample stands in for them.
fn opens(kind: &Arc<dyn Kind>, spec: &Spec) -> Option<String> {
    let required = spec.params.iter().any(|param| param.default.is_none() && !param.ty.is_optional());
    let bench = Harness::new(kind.clone());
    let bench = match spec.samples.first() {
        Some(sample) if required => bench.sample(sample),
        _ => bench,
    };
    bench.open().err().map(|error| format!("it does not open with its defaults: {error}"))
}

fn fires(kind: &Arc<dyn Kind>, spec: &Spec, at: usize, sample: &Sample) -> Option<String> {
    let bench = Harness::new(kind.clone()).sample(sample);
    let first = match bench.fire() {
        Ok(first) => first,
        // What asks a person has fired, too.
        Err(error) if error.question().is_some() => return None,
        Err(error) => return Some(format!("sample {at} does not fire: {error}")),
    };
    if spec.purity != Purity::Pure {
        return None;
    }
    match bench.fire() {
        Ok(second) if second.fingerprint() == first.fingerprint() => None,
        Ok(_) => Some(format!("it is declared pure, but sample {at} gave two different results")),
        Err(error) => Some(format!("it is declared pure, but sample {at} failed the second time: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::prelude::*;

    #[derive(Outputs)]
    struct Out {
        /// A number.
        error: i64,
    }

    /// Breaks what can be broken in one kind.
    struct Bad(AtomicI64);

    impl Node for Bad {
        type Params = ();
        type In = ();
        type Out = Out;

        fn about() -> About {
            About::new("bad", "", "Counts.").sample(Sample::new())
        }

        fn open(_: &Statics) -> Result<Self, NodeError> {
            static OPENED: AtomicI64 = AtomicI64::new(0);
            Ok(Self(AtomicI64::new(OPENED.fetch_add(1, Ordering::Relaxed))))
        }

        async fn fire(&self, (): (), (): (), _: &Ctx) -> Result<Out, NodeError> {
            Ok(Out { error: self.0.load(Ordering::Relaxed) })
        }
    }

    #[test]
    fn every_broken_promise_is_named() {
        let registry = Registry::new([Pack::new("bad").kind::<Bad>()]).unwrap();
        let found = compliance(&registry).join("\n");
        for words in ["title is empty", "`pack.name`", "named `error`", "two different results"] {
            assert!(found.contains(words), "{words} in {found}");
        }
    }

    #[test]
    fn a_forgotten_file_is_named() {
        let lib = "mod r#if;\nmod shared;\nfn pack() { x.kind::<r#if::If>() }";
        assert_eq!(missing_lines(lib, "if", true), None);
        assert_eq!(missing_lines(lib, "shared", false), None);
        assert!(missing_lines(lib, "each", true).is_some_and(|text| text.contains("mod each;")));
        assert!(missing_lines(lib, "shared", true).is_some_and(|text| text.contains(".kind::<shared::")));
    }
}
