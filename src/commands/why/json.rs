//! Where something comes from, as JSON. It is written as it is read, so that many items take no memory here.

use std::cell::Cell;
use std::io::{ErrorKind, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json, json};
use windlass_core::key::Key;
use windlass_core::plan::{Plan, Step, StepId};
use windlass_store::journal::{Came, Given, Result as Firing, Wrote};
use windlass_store::lineage::{Hit, Lineage, Names, Trace, Use};

use super::facts::{self, Source, Stands, params};
use super::story::{Direction, Story, Telling};
use crate::exit::Trouble;

/// Raised when a reader of the old form would go wrong.
const VERSION: u32 = 1;

/// Writes it to standard output. That the reader went away is no error.
///
/// # Errors
/// Says why standard output takes nothing.
pub fn print(telling: &Telling<'_>) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let written = serde_json::to_writer(&mut out, &Whole(telling)).map_err(std::io::Error::from);
    match written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Trouble::store("cannot write to standard output").because(error))
        }
        _ => Ok(()),
    }
}

/// A list whose members are made while they are written.
struct Each<I>(Cell<Option<I>>);

impl<I: Iterator> Each<I> {
    fn new(items: I) -> Self {
        Self(Cell::new(Some(items)))
    }
}

impl<I: Iterator<Item: Serialize>> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

struct Whole<'a>(&'a Telling<'a>);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let asked = self.0.asked;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("asked", &asked.text)?;
        map.serialize_entry("path", &asked.path)?;
        map.serialize_entry("content", &asked.content.map(|content| content.to_hex().to_string()))?;
        map.serialize_entry("size_bytes", &asked.size_bytes)?;
        let way = if self.0.direction == Direction::Up { "made" } else { "became" };
        let hits = self.0.stories.iter().flat_map(|story| story.hits.iter().map(move |hit| (story, hit)));
        map.serialize_entry(way, &Each::new(hits.map(|(story, hit)| OfHit(self.0, story, hit))))?;
        let runs: Vec<_> = self.0.found.runs.iter().map(|(run, _)| &run.name).collect();
        map.serialize_entry("runs", &runs)?;
        map.end()
    }
}

struct OfHit<'a>(&'a Telling<'a>, &'a Story, &'a Hit);

impl Serialize for OfHit<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(telling, story, hit) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("run", &run(story))?;
        map.serialize_entry("step", &hit.step)?;
        map.serialize_entry("key", &hit.key.to_string())?;
        map.serialize_entry("trace", &trace(&hit.trace))?;
        map.serialize_entry("unknown", &story.plan.as_ref().err())?;
        let lineage = story.plan.as_ref().ok().zip(story.lineage(hit, telling.direction));
        let steps = lineage.iter().flat_map(|(plan, lineage)| {
            let names = std::rc::Rc::new(Names::new(plan, &story.past));
            let part = move |(step, part): (&StepId, _)| OfStep {
                telling,
                story,
                plan,
                lineage,
                names: names.clone(),
                step: *step,
                part,
            };
            lineage.uses.iter().map(part)
        });
        map.serialize_entry("steps", &Each::new(steps))?;
        map.end()
    }
}

fn run(story: &Story) -> Json {
    let began = &story.began;
    let pins = began.pins.iter().map(|(source, hash, _)| json!({ "source": source, "hash": hash }));
    json!({
        "name": story.run.name,
        "graph": began.graph,
        "unix_ms": began.unix_ms,
        "windlass": began.windlass,
        "host": began.host,
        "seed": began.seed,
        "called": began.call,
        "pins": pins.collect::<Vec<_>>(),
    })
}

fn trace(trace: &Trace) -> Json {
    match trace {
        Trace::Wrote(wrote) => json!({ "wrote": file(wrote), "stands": Stands::of_written(wrote).word() }),
        Trace::Gave(port, kept) => json!({
            "gave": port, "identity": hex(&kept.identity), "type": kept.ty, "size_bytes": kept.size_bytes,
            "is_kept": kept.stored.is_some(),
        }),
        Trace::Fired => json!({ "fired": true }),
        Trace::Found(seen) => json!({ "took": seen, "stands": Stands::of_seen(seen).word() }),
    }
}

fn file(wrote: &Wrote) -> Json {
    json!({ "path": wrote.path, "content": wrote.content, "size_bytes": wrote.size_bytes })
}

struct OfStep<'a> {
    telling: &'a Telling<'a>,
    story: &'a Story,
    plan: &'a Plan,
    lineage: &'a Lineage,
    names: std::rc::Rc<Names<'a>>,
    step: StepId,
    part: &'a Use,
}

impl Serialize for OfStep<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (step, past) = (&self.plan.steps[self.step], &*self.story.past);
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in head(self.plan, step) {
            map.serialize_entry(&name, &value)?;
        }
        map.serialize_entry("from", &Each::new(self.wires()))?;
        map.serialize_entry("is_recorded", &self.part.is_recorded)?;
        map.serialize_entry("is_at_most", &self.part.is_at_most)?;
        // Where nobody recorded them, the keys follow from those of others: `*` stands for any place.
        map.serialize_entry("keys", &Each::new(self.part.firings.texts()))?;
        let results = self.part.results(self.plan, past, self.step);
        map.serialize_entry("firings", &Each::new(results.map(|(key, result)| self.firing(&key, &result))))?;
        let sources = facts::sources((self.plan, past), self.step, self.part, self.telling.artifacts);
        map.serialize_entry("sources", &Each::new(sources.map(|source| source_json(&source))))?;
        map.end()
    }
}

impl OfStep<'_> {
    fn wires(&self) -> impl Iterator<Item = Json> {
        let inputs = self.plan.steps[self.step].inputs.iter();
        inputs.filter(|input| self.lineage.uses.contains_key(&input.from)).map(|input| {
            let from = &self.plan.steps[input.from].name;
            json!({ "port": &*input.name, "step": from, "from_port": &*input.from_port, "collects": input.collect })
        })
    }

    fn firing(&self, key: &Key, result: &Firing) -> Json {
        let inputs: Map<_, _> =
            result.inputs.iter().map(|(port, identity)| (port.clone(), hex(identity).into())).collect();
        let mut firing = json!({
            "key": result.key,
            "names": self.names.of(self.step, key),
            "fingerprint": fingerprint(result),
            "took_us": result.took_us,
            "inputs": inputs,
            "wrote": result.wrote.iter().map(file).collect::<Vec<_>>(),
        });
        match &result.came {
            Came::Gave(ports) => {
                firing["gave"] = ports.iter().map(|(port, given)| (port.clone(), given_json(given))).collect()
            }
            Came::Failed { causes, attempts, .. } => {
                firing["failed"] = json!({ "causes": causes, "attempts": attempts })
            }
        }
        firing
    }
}

fn head(plan: &Plan, step: &Step) -> Vec<(String, Json)> {
    let params = params(step)
        .into_iter()
        .map(|param| json!({ "name": param.name, "value": param.value, "input": param.input, "secret": param.secret }));
    let entries = [
        ("name", json!(step.name)),
        ("title", json!(step.title)),
        ("kind", json!(step.spec.kind)),
        ("version", json!(step.spec.version)),
        ("runs", json!(plan.scope_in_words(&step.scope))),
        ("params", params.collect()),
        ("seed", if step.spec.seeded { json!(plan.seed) } else { Json::Null }),
        ("device", if step.spec.needs.device { json!(step.policy.device) } else { Json::Null }),
        ("is_ordered", json!(step.spec.is_ordered())),
    ];
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn given_json(given: &Given) -> Json {
    match given {
        Given::Skip(reason) => json!({ "skipped": reason }),
        Given::Value(kept) => json!({
            "identity": hex(&kept.identity), "type": kept.ty, "size_bytes": kept.size_bytes, "is_kept": kept.stored.is_some(),
        }),
    }
}

fn source_json(source: &Source) -> Json {
    json!({
        "key": source.key,
        "name": source.name,
        "path": source.path,
        "size_bytes": source.size_bytes,
        "content": source.content().map(|hash| hex(&hash)),
        "stands": source.stands.map(Stands::word),
    })
}

/// Returns what a firing depended on; `None` for the end of a listing, and where nobody could find out.
fn fingerprint(result: &Firing) -> Option<String> {
    let is_known = *result.fingerprint.as_bytes() != [0; blake3::OUT_LEN];
    is_known.then(|| hex(&result.fingerprint))
}

fn hex(hash: &blake3::Hash) -> String {
    hash.to_hex().to_string()
}
