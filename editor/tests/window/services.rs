//! A service of a pack, as the window shows it and has it do something.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use egui_kittest::kittest::Queryable;
use windlass_core::plan::{Plan, PlanPass, Refused, Step};
use windlass_core::prelude::*;
use windlass_core::service::{Action, Figure, Service, ServiceAbout};

use windlass_editor::Standing;

use super::driven::Window;
use super::running::until;

/// Counts how often it was asked.
#[derive(Default)]
pub struct Counter(Arc<AtomicU64>);

impl Service for Counter {
    type Handle = Arc<AtomicU64>;

    fn about(&self) -> ServiceAbout {
        let actions = vec![Action::new("forget", "Forget the count"), Action::new("sing", "Sing")];
        let health_every = std::time::Duration::from_millis(20);
        ServiceAbout { actions, health_every, ..ServiceAbout::new("counter", "Counter", "Counts.") }
    }

    async fn start(&self) -> Result<Self::Handle, NodeError> {
        Ok(self.0.clone())
    }

    async fn health(&self, running: &Self::Handle) -> Result<Vec<Figure>, NodeError> {
        Ok(vec![Figure::new("asked", running.load(Ordering::SeqCst))])
    }

    async fn act(&self, running: &Self::Handle, action: &str) -> Result<(), NodeError> {
        if action != "forget" {
            return Err(NodeError::new("it has no voice"));
        }
        running.store(0, Ordering::SeqCst);
        Ok(())
    }
}

/// A number.
#[derive(Inputs)]
pub struct In {
    /// A number.
    #[port(constant)]
    value: i64,
}

/// A number.
#[derive(Outputs)]
pub struct Out {
    /// The number.
    value: i64,
}

/// Asks the service, and waits until the run is stopped.
pub struct Count;

impl Node for Count {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("counted.ask", "Ask", "Asks the counter.").io()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let count = ctx.service::<Arc<AtomicU64>>("counter").await?;
        count.fetch_add(41 + u64::try_from(inputs.value).unwrap_or_default(), Ordering::SeqCst);
        Ok(Out { value: inputs.value })
    }
}

/// The file that ends the work.
#[derive(Params)]
pub struct End {
    /// The file.
    end: String,
}

/// Shows how far it is, until a file is there.
pub struct Draw;

impl Node for Draw {
    type Params = End;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("counted.draw", "Draw", "Draws for a while.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: End, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        ctx.progress(0.42);
        ctx.preview(Value::text("half of it is drawn"));
        while !std::path::Path::new(&params.end).exists() {
            ctx.check_cancelled()?;
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        Ok(Out { value: inputs.value })
    }
}

/// Hands a number on.
pub struct Pass;

impl Node for Pass {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("counted.pass", "Pass", "Hands a number on.").cpu()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        Ok(Out { value: inputs.value })
    }
}

/// Makes one step of all nodes that hand a number on; it has the name of the last.
pub struct AsOne;

impl PlanPass for AsOne {
    fn name(&self) -> &str {
        "as one"
    }

    fn apply(&self, plan: &mut Plan) -> Result<(), Refused> {
        let all = plan.steps.iter().enumerate().filter(|(_, step)| step.spec.kind == "counted.pass");
        let ids: BTreeSet<_> = all.map(|(at, _)| at).collect();
        let Some((first, last)) = ids.first().zip(ids.last()).filter(|(first, last)| first != last) else {
            return Ok(());
        };
        let (first, last) = (&plan.steps[*first], &plan.steps[*last]);
        let members = ids.iter().map(|at| plan.steps[*at].name.as_str().into()).collect();
        let (inputs, constants) = (first.inputs.clone(), first.constants.clone());
        let step = Step { title: "Both as one".into(), inputs, constants, members, ..last.clone() };
        Ok(plan.merge(&ids, step, &|_, port| Some(port.into()))?)
    }
}

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("counted").kind::<Count>().kind::<Draw>().kind::<Pass>().pass(AsOne).service(Counter::default())
}

/// The service is asked once, and the run goes on for long enough to be looked at.
const GRAPH: &str = "\
windlass: 1
nodes:
  ask: { kind: counted.ask, params: { value: 1 } }
  wait: { kind: flow.delay, params: { duration: 30s }, inputs: { value: ask.value } }
";

#[test]
fn a_service_is_shown_and_does_what_it_is_asked() {
    let mut window = Window::open(GRAPH);
    window.command("services-panel");
    assert!(window.harness.query_all_by_label_contains("such as servers").next().is_some());
    window.command("run");
    window.command("services-panel");
    until(&mut window, "what it counts is shown", |window| window.harness.query_by_label("asked 42").is_some());
    assert!(window.harness.query_by_label("Counter").is_some() && window.harness.query_by_label("runs").is_some());
    window.click("Forget the count");
    until(&mut window, "it has forgotten", |window| window.harness.query_by_label("asked 0").is_some());
    window.click("Sing");
    until(&mut window, "it is said why not", |window| {
        window.harness.query_all_by_label_contains("it has no voice").next().is_some()
    });
    window.command("stop");
}

#[test]
fn what_a_firing_shows_is_seen_while_it_goes_on() {
    let window = Window::open("windlass: 1\nnodes: { draw: { kind: counted.draw, params: { value: 7, end: END } } }\n");
    let end = window.folder.path().join("end");
    let graph = window.file().replace("END", &end.display().to_string());
    let mut window = Window::open(&graph);
    window.command("run");
    window.click_node("draw");
    window.command("preview-panel");
    until(&mut window, "it is seen", |window| {
        window.harness.query_all_by_label_contains("half of it is drawn").next().is_some()
    });
    let words = |window: &Window| window.editor().tab().live.node(0).map(|live| (live.words.clone(), live.share));
    until(&mut window, "how far it is too", |window| words(window) == Some(("0 of 1 · 42 %".into(), Some(0.0))));
    std::fs::write(end, "").unwrap();
    until(&mut window, "then what it gave", |window| {
        window.harness.query_all_by_label_contains("half of it is drawn").next().is_none()
    });
    until(&mut window, "it is done", |window| words(window).is_some_and(|(words, _)| words == "1"));
}

#[test]
fn nodes_that_run_as_one_are_framed_and_stand_alike() {
    let mut window = Window::open(
        "windlass: 1\nnodes:\n  one: { kind: counted.pass, params: { value: 3 } }\n  two: { kind: counted.pass, inputs: { value: one.value } }\n",
    );
    until(&mut window, "it is checked", |window| !window.editor().tab().checked.together.is_empty());
    let together = &window.editor().tab().checked.together[0];
    assert_eq!((together.title.as_str(), &together.members[..]), ("Both as one", &["one".into(), "two".into()][..]));
    window.command("run");
    let live = |window: &Window, place| window.editor().tab().live.node(place).cloned();
    until(&mut window, "both are done", |window| {
        [0, 1].iter().all(|place| live(window, *place).is_some_and(|live| live.standing == Standing::Done))
    });
    assert_eq!([0, 1].map(|place| live(&window, place).unwrap().words), ["", "1"]);
}
