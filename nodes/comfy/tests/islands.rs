//! Random graphs of ComfyUI's nodes and others: their islands hold together, or it is said which node keeps the graph from running.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde_json::json;
use windlass_comfy::api::wire;
use windlass_comfy::islands::prompts;
use windlass_comfy::{PoolSettings, Shelf, pack};
use windlass_core::about::About;
use windlass_core::doc::{self, NoFiles};
use windlass_core::node::{Emission, ErasedNode, FireFuture, Kind, NodeError, Statics};
use windlass_core::plan::{Compiled, Plan, Request, compile};
use windlass_core::prelude::{Bag, Ctx, PortSpec, Spec};
use windlass_core::problem::Severity;
use windlass_core::registry::{Pack, Registry};
use windlass_core::spec::Shape;
use windlass_core::types::Type;

/// A kind that runs here: its name, the type that it takes, the type that it gives, whether that is many.
struct Local(&'static str, Option<Type>, Option<Type>, bool);

impl Kind for Local {
    fn spec(&self, _: &Statics) -> Result<Spec, NodeError> {
        let mut spec = Spec::from(About::new(self.0, "Local", "Runs here."));
        spec.inputs.extend(self.1.clone().map(|ty| PortSpec::new("taken", ty, "What it takes.")));
        spec.outputs
            .extend(self.2.clone().map(|ty| PortSpec { many: self.3, ..PortSpec::new("given", ty, "What it gives.") }));
        if self.3 {
            spec.shape = Shape::Split { replayable: true };
        }
        Ok(spec)
    }

    fn open(&self, _: &Statics) -> Result<Arc<dyn ErasedNode>, NodeError> {
        Ok(Arc::new(Nothing))
    }

    fn check_params(&self, _: Bag) -> Result<(), NodeError> {
        Ok(())
    }
}

struct Nothing;

impl ErasedNode for Nothing {
    fn fire<'a>(&'a self, _: Bag, _: &'a Ctx) -> FireFuture<'a> {
        Box::pin(async { Ok(Emission::default()) })
    }
}

/// An input, with the types that may feed it.
type Takes = (&'static str, &'static [&'static str]);
/// An output, with its type.
type Gives = (&'static str, &'static str);

/// What there is: kind, inputs, outputs.
const KINDS: [(&str, &[Takes], &[Gives]); 12] = [
    ("comfy.Load", &[], &[("MODEL", "MODEL")]),
    ("comfy.Prompt", &[("model", &["MODEL"])], &[("COND", "COND")]),
    ("comfy.Empty", &[], &[("LATENT", "LATENT")]),
    ("comfy.Sample", &[("model", &["MODEL"]), ("cond", &["COND"]), ("latent", &["LATENT"])], &[("LATENT", "LATENT")]),
    ("comfy.Decode", &[("latent", &["LATENT"])], &[("IMAGE", "list")]),
    ("comfy.Encode", &[("image", &["list", "image"])], &[("LATENT", "LATENT")]),
    ("comfy.Save", &[("images", &["list", "image"])], &[]),
    ("comfy.Save", &[("images", &["list"])], &[]),
    ("local.find", &[], &[("given", "image")]),
    ("local.first", &[("taken", &["list"])], &[("given", "image")]),
    ("local.change", &[("taken", &["image"])], &[("given", "image")]),
    ("local.any", &[("taken", &["list", "image", "LATENT", "MODEL"])], &[]),
];

/// Why a graph may be refused; every other reason would be one of ours.
const REASONS: [&str; 3] = [
    "which cannot leave ComfyUI",
    "which cannot go from one prompt to another",
    "a prompt without an output is not run",
];

fn classes() -> serde_json::Value {
    let class = |inputs: serde_json::Value, output: serde_json::Value, is_end: bool| json!({ "input": { "required": inputs }, "output": output, "output_node": is_end });
    json!({
        "Load": class(json!({}), json!(["MODEL"]), false),
        "Prompt": class(json!({ "model": ["MODEL"], "text": ["STRING"] }), json!(["COND"]), false),
        "Empty": class(json!({ "size": ["INT", { "default": 8 }] }), json!(["LATENT"]), false),
        "Sample": class(json!({ "model": ["MODEL"], "cond": ["COND"], "latent": ["LATENT"] }), json!(["LATENT"]), false),
        "Decode": class(json!({ "latent": ["LATENT"] }), json!(["IMAGE"]), false),
        "Encode": class(json!({ "image": ["IMAGE"] }), json!(["LATENT"]), false),
        "Save": class(json!({ "images": ["IMAGE"] }), json!([]), true),
        "PreviewImage": class(json!({ "images": ["IMAGE"] }), json!([]), true),
        "LoadImage": class(json!({ "image": [["a.png"], { "image_upload": true }] }), json!(["IMAGE"]), false),
    })
}

fn registry(shelf: &Arc<Shelf>, has_passes: fn(Pack) -> Pack) -> Registry {
    let local = Pack::new("local")
        .made(Arc::new(Local("local.find", None, Some(Type::Image), true)))
        .made(Arc::new(Local("local.first", Some(Type::list(Type::Image)), Some(Type::Image), false)))
        .made(Arc::new(Local("local.change", Some(Type::Image), Some(Type::Image), false)))
        .made(Arc::new(Local("local.any", Some(Type::Any), None, false)));
    Registry::new([local, has_passes(pack(PoolSettings::of(Vec::new()), shelf.clone()))]).unwrap()
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Writes a graph in which every input is fed by something before it.
fn random(dice: &mut Dice) -> String {
    let mut text = "windlass: 1\nnodes:\n".to_owned();
    let mut given: Vec<(&str, String)> = Vec::new();
    for at in 0..4 + dice.below(14) {
        let (kind, inputs, outputs) = KINDS[dice.below(KINDS.len())];
        let wires: Option<Vec<String>> = inputs
            .iter()
            .map(|(name, types)| {
                let fitting: Vec<_> = given.iter().filter(|(ty, _)| types.contains(ty)).collect();
                let (_, from) = fitting.get(dice.below(fitting.len().max(1)))?;
                Some(format!("{name}: {from}"))
            })
            .collect();
        let Some(wires) = wires else { continue };
        let muted = if dice.below(12) == 0 { ", policy: { mute: true }" } else { "" };
        writeln!(text, "  n{at}: {{ kind: {kind}, inputs: {{ {} }}{muted} }}", wires.join(", ")).unwrap();
        given.extend(outputs.iter().map(|(port, ty)| (*ty, format!("n{at}.{port}"))));
    }
    text
}

fn compiled(text: &str, registry: &Registry) -> Compiled {
    let read = doc::read("random", text.as_bytes(), None);
    compile(&Request::new(&read.doc.unwrap(), registry, &NoFiles))
}

/// Looks at a plan with islands, beside the same plan without.
fn look(text: &str, plain: &Plan, plan: &Plan) -> usize {
    let is_node = |kind: &str| kind.starts_with("comfy.") && kind != "comfy.island";
    let alone = plan.steps.iter().find(|step| is_node(&step.spec.kind) && !step.policy.mute);
    assert!(alone.is_none(), "{text}\nno island has {alone:?}");
    for step in &plan.steps {
        for input in &step.inputs {
            assert!(
                step.scope.starts_with(input.scope_inside()),
                "{text}\n`{}` of `{}` runs elsewhere",
                input.name,
                step.name
            );
        }
    }
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    let prompts = prompts(plain).unwrap();
    for prompt in &prompts {
        let wires = prompt.nodes.values().flat_map(|node| node.inputs.values()).filter_map(wire);
        wires.for_each(|(from, _)| assert!(prompt.nodes.contains_key(from), "{text}\nnothing is `{from}`"));
        prompt.nodes.keys().for_each(|id| *runs.entry(id).or_default() += 1);
    }
    for step in plain.steps.iter().filter(|step| step.spec.kind == "comfy.Save" && !step.policy.mute) {
        let times = runs.get(step.name.as_str()).copied().unwrap_or_default();
        assert!(times <= 1, "{text}\n`{}` is kept {times} times", step.name);
    }
    let islands = plan.steps.iter().filter(|step| step.spec.kind == "comfy.island").count();
    assert_eq!(islands, prompts.len(), "{text}");
    islands
}

#[test]
fn islands_of_random_graphs_hold_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classes.json");
    std::fs::write(&path, classes().to_string()).unwrap();
    let shelf = Arc::new(Shelf::new(Some(path), None, Vec::new()));
    let (with, without) = (registry(&shelf, |pack| pack), registry(&shelf, Pack::without_passes));
    let (mut planned, mut islands, mut refused) = (0, 0, 0);
    for seed in 0..2_000 {
        let text = random(&mut Dice(seed));
        let plain = compiled(&text, &without);
        let Some(plain) = plain.plan else { continue };
        let made = compiled(&text, &with);
        match &made.plan {
            Some(plan) => {
                planned += 1;
                islands += look(&text, &plain, plan);
            }
            None => {
                refused += 1;
                let errors: Vec<_> =
                    made.problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
                assert!(!errors.is_empty(), "{text}");
                for problem in errors {
                    let is_placed = problem.node.is_some() && problem.span.is_some();
                    let is_ours = REASONS.iter().any(|reason| problem.message.contains(reason));
                    assert!(is_placed && is_ours, "{text}\n{problem:?}");
                }
            }
        }
    }
    println!("{planned} graphs have {islands} islands, {refused} are refused");
    assert!(planned > 500 && islands > 400 && refused > 500, "{planned}, {islands}, {refused}");
}
