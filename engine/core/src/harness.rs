//! Runs one node without an engine, for its own tests, and asks every registered kind to keep its promises.
//!
//! Deliberately absent: path templates are taken as they are, nothing is cached, retried or timed, and programs run
//! without a guard.

mod bag;
mod compliance;
mod doors;
mod gave;
mod in_order;
mod programs;

use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use serde_json::Value as Json;

pub use compliance::{compliance, unregistered};
pub use gave::{Gave, GaveChild};
pub use in_order::GaveGroup;

use crate::context::{Cancel, Ctx, Lease};
use crate::key::Place;
use crate::node::{Kind, Node, NodeError, Ordered, kind_of, ordered_kind_of};
use crate::permission::Permissions;
use crate::spec::{Sample, Spec};
use crate::value::{IntoValue, Value};

/// One node on a bench: parameters and inputs are set, then it is fired.
#[derive(Clone)]
pub struct Harness {
    kind: Arc<dyn Kind>,
    params: Vec<(String, Json)>,
    inputs: Vec<(String, Value)>,
    item: String,
    seed: [u8; 32],
    cancel: Cancel,
    folder: Option<PathBuf>,
    answer: Option<Json>,
    granted: Option<Permissions>,
}

impl Harness {
    /// Takes the kind of an author's type.
    pub fn of<N: Node>() -> Self {
        Self::new(kind_of::<N>())
    }

    /// Takes the kind of an author's type that is fed in key order.
    pub fn of_ordered<N: Ordered>() -> Self {
        Self::new(ordered_kind_of::<N>())
    }

    /// Takes a kind, as a registry holds it.
    pub fn new(kind: Arc<dyn Kind>) -> Self {
        Self {
            kind,
            params: Vec::new(),
            inputs: Vec::new(),
            item: "item".into(),
            seed: [7; 32],
            cancel: Cancel::default(),
            folder: None,
            answer: None,
            granted: None,
        }
    }

    /// Sets a parameter, or a port that may be constant, as a graph's `params` would.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// Sets what comes over a wire to a port or a parameter; a variadic port takes several.
    #[must_use]
    pub fn input(mut self, name: &str, value: impl IntoValue) -> Self {
        self.inputs.push((name.to_owned(), value.into_value()));
        self
    }

    /// Sets parameters and inputs as a sample says.
    #[must_use]
    pub fn sample(mut self, sample: &Sample) -> Self {
        self.params.extend(sample.params.iter().cloned());
        self.inputs.extend(sample.inputs.iter().cloned());
        self
    }

    /// Names the item that is fired.
    #[must_use]
    pub fn item(mut self, name: &str) -> Self {
        self.item = name.to_owned();
        self
    }

    /// Sets the seed of the firing.
    #[must_use]
    pub fn seed(mut self, seed: [u8; 32]) -> Self {
        self.seed = seed;
        self
    }

    /// Lets files be written under a folder instead of being kept in memory alone.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets what a person has answered; without it, a firing that asks ends with its question.
    #[must_use]
    pub fn answer(mut self, answer: impl Into<Json>) -> Self {
        self.answer = Some(answer.into());
        self
    }

    /// Sets what the firing may do; without it, it may do everything.
    #[must_use]
    pub fn granted(mut self, permissions: Permissions) -> Self {
        self.granted = Some(permissions);
        self
    }

    /// Returns the flag that asks the firing to end; it may be set from another thread.
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Returns the spec for the static parameters that are set.
    ///
    /// # Errors
    /// Says which static parameter is wrong.
    pub fn spec(&self) -> Result<Spec, NodeError> {
        bag::spec(&*self.kind, &self.params).map(|(spec, _)| spec)
    }

    /// Makes the node without firing it.
    ///
    /// # Errors
    /// Says which static parameter is wrong.
    pub fn open(&self) -> Result<(), NodeError> {
        let (_, statics) = bag::spec(&*self.kind, &self.params)?;
        self.kind.open(&statics).map(|_| ())
    }

    /// Fires the node on this thread. Nodes that wait for timers or sockets need [`Harness::fire_async`].
    ///
    /// # Errors
    /// What the node answers; also what the engine would refuse: an unknown or missing name, a value of another
    /// type, an output that the spec does not promise.
    pub fn fire(&self) -> Result<Gave, NodeError> {
        block_on(self.fire_async())
    }

    /// Fires the node inside the caller's runtime.
    ///
    /// # Errors
    /// As [`Harness::fire`].
    pub async fn fire_async(&self) -> Result<Gave, NodeError> {
        let (spec, statics) = bag::spec(&*self.kind, &self.params)?;
        let spec = crate::check::loops::with_body(spec, self.inputs.iter().map(|(name, _)| name.as_str()));
        let bag = bag::fill(&spec, &self.params, &self.inputs)?;
        let node = self.kind.open(&statics)?;
        let doors = Arc::new(
            doors::Bench::new(self.folder.clone()).answered(self.answer.clone()).granted(self.granted.clone()),
        );
        let place = Place::root().child(0, Some(&self.item));
        let ctx = Ctx::new(place, self.cancel.clone(), Lease::default(), self.seed, doors.clone());
        let emission = node.fire(bag, &ctx).await?;
        Gave::gather(&spec, emission, &doors)
    }
}

/// Returns a context of the bench, for tests of a node's own functions.
pub fn ctx() -> Ctx {
    let doors = Arc::new(doors::Bench::new(None));
    Ctx::new(Place::root().child(0, Some("item")), Cancel::default(), Lease::default(), [7; 32], doors)
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    use super::Harness;

    #[derive(Params)]
    struct Settings {
        /// How often.
        #[param(default = 2, min = 1, max = 5)]
        times: u32,
        /// Where it is written.
        #[param(default = "out.txt")]
        path: OutPath,
    }

    #[derive(Inputs)]
    struct In {
        /// What is repeated.
        #[port(constant)]
        text: String,
        /// What is put before it.
        #[port(variadic)]
        before: Vec<String>,
    }

    #[derive(Outputs)]
    struct One {
        /// One of many.
        text: Gate<String>,
    }

    #[derive(Outputs)]
    struct Out {
        /// How many texts stand before it.
        count: usize,
        /// The repetitions.
        #[children]
        each: Children<One>,
    }

    struct Repeat;

    impl Node for Repeat {
        type Params = Settings;
        type In = In;
        type Out = Out;

        fn about() -> About {
            About::new("test.repeat", "Repeat", "Says it again.").split(true)
        }

        fn open(_: &Statics) -> Result<Self, NodeError> {
            Ok(Self)
        }

        async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
            ctx.check_cancelled()?;
            ctx.save(&params.path, IfExists::Ours, |out| {
                out.write_all(inputs.text.as_bytes()).map_err(|error| NodeError::because("cannot write", &error))
            })
            .await?;
            let (text, times) = (inputs.text, params.times);
            let one = move |at| {
                let text = if at == 0 { Gate::Shut("the first".into()) } else { Gate::Open(text.clone()) };
                Ok((format!("n{at}"), One { text }))
            };
            Ok(Out { count: inputs.before.len(), each: Children::named((0..times).map(one)) })
        }
    }

    fn bench() -> Harness {
        Harness::of::<Repeat>().param("text", "hello")
    }

    #[test]
    fn outputs_children_and_files_can_be_looked_at() {
        let gave = bench().input("before", Value::text("a")).input("before", Value::text("b")).fire().unwrap();
        assert_eq!(gave.get::<i64>("count"), Ok(2));
        assert_eq!(gave.file("out.txt"), Some(&b"hello"[..]));
        let [first, second] = gave.children() else { panic!("two children") };
        assert_eq!((first.name(), first.skipped("text")), (Some("n0"), Some("the first")));
        assert_eq!(second.get::<String>("text"), Ok("hello".into()));
    }

    #[test]
    fn what_the_engine_would_refuse_is_refused() {
        let cause = |bench: Harness| bench.fire().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(cause(bench().param("times", 9)).starts_with("parameter `times`: expected `int(1..5)`"));
        assert!(cause(bench().param("tmes", 2)).contains("no port or parameter `tmes`"));
        assert_eq!(cause(Harness::of::<Repeat>()), "input `text` is not wired");
        assert!(cause(bench().input("text", Value::text("x"))).ends_with("set more than once"));
        let bench = bench();
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }
}
