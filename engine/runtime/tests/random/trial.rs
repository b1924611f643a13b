//! One graph: generated, worked out by the reference, run, compared.

use std::collections::BTreeSet;
use std::time::Duration;

use windlass_core::doc::{GraphDoc, NoFiles};
use windlass_core::event::Outcome;
use windlass_core::plan::{Plan, Request, compile};
use windlass_core::registry::Registry;
use windlass_runtime::{Engine, Machine, RunOptions};

use crate::compare::{self, compare, compare_early};
use crate::observe::{Course, Happens, Seen, run};
use crate::reference::evaluate;
use crate::rows::rows;
use crate::show::{show, show_rows};

/// Graphs with more items than this take longer than they tell.
const MOST_ITEMS: usize = 2_000;

/// How a trial ended.
pub enum Trial {
    /// As it should; how many items it had.
    Right(usize),
    /// The graph was too large to be run.
    TooLarge,
    /// Otherwise; a report.
    Wrong(String),
}

/// Where graphs run.
pub struct Bench {
    registry: Registry,
    /// With room for everything, and with room for next to nothing.
    engines: [Engine; 2],
    patience: Duration,
}

impl Bench {
    /// Starts the engines. A run without events for as long as `patience` says counts as hung.
    pub fn new(patience: Duration) -> Self {
        let machine = |cores, memory_bytes| Machine { cores, memory_bytes, devices: Vec::new() };
        let engines = [machine(3, 64 << 20), machine(1, 4_500)].map(|machine| Engine::new(machine).unwrap());
        Self { registry: Registry::new([windlass_fault::pack(), windlass_flow::pack()]).unwrap(), engines, patience }
    }

    /// Runs one graph as it goes, unless it is too large.
    pub fn try_run(&self, doc: &GraphDoc, options: RunOptions, course: Course) -> Option<Seen> {
        let expected = evaluate(|| self.plan(doc), &BTreeSet::new());
        (expected.fates.len() <= MOST_ITEMS).then(|| self.seen(doc, options, course))
    }

    /// Runs one graph as it goes.
    pub fn seen(&self, doc: &GraphDoc, options: RunOptions, course: Course) -> Seen {
        let engine = &self.engines[usize::from(doc.seed.is_multiple_of(3))];
        let options = RunOptions { wait_for_answers: self.wait_for_answers(doc), ..options };
        run(engine, self.plan(doc), options, course, self.patience)
    }

    /// Runs one graph.
    pub fn run(&self, doc: &GraphDoc, options: RunOptions, course: Course) -> Trial {
        // The reference fires the nodes too, and some of them remember it.
        let mut expected = evaluate(|| self.plan(doc), &BTreeSet::new());
        if expected.fates.len() > MOST_ITEMS {
            return Trial::TooLarge;
        }
        let plan = self.plan(doc);
        let fails_fast = options.fail_fast == Some(true);
        let seen = self.seen(doc, options, course);
        // Which questions were answered in time is the run's own to say; all else follows from that.
        let open = seen.unanswered();
        if !open.is_empty() {
            expected = evaluate(|| self.plan(doc), &open);
        }
        expected.cut(&plan, &compare::sizes(&seen));
        let stops_early = fails_fast && expected.has_unhandled(&plan);
        let wrong = match course.happens {
            Happens::Stop(_) => compare_early(&plan, &expected, &seen, course.tells, Outcome::Interrupted),
            _ if stops_early => compare_early(&plan, &expected, &seen, course.tells, Outcome::Stopped),
            _ => compare(&plan, &expected, &seen, course.tells),
        };
        if wrong.is_empty() {
            return Trial::Right(expected.fates.len());
        }
        Trial::Wrong(format!(
            "seed {} {course:?}\n{}{}\n",
            doc.seed,
            show(doc) + &show_rows(&rows(doc)),
            wrong.join("\n")
        ))
    }

    /// Some runs go on without answers at once, some wait a little while.
    fn wait_for_answers(&self, doc: &GraphDoc) -> Duration {
        [Duration::ZERO, Duration::from_micros(300), Duration::from_millis(2)][usize::try_from(doc.seed % 3).unwrap()]
    }

    pub fn plan(&self, doc: &GraphDoc) -> Plan {
        let compiled = compile(&Request::new(doc, &self.registry, &NoFiles));
        let problems: Vec<_> = compiled.errors().map(|problem| problem.message.clone()).collect();
        let mut plan = compiled.plan.unwrap_or_else(|| panic!("seed {}: {problems:?}\n{}", doc.seed, show(doc)));
        if let Err(problem) = plan.under(&rows(doc)) {
            panic!("seed {}: {}\n{}", doc.seed, problem.message, show(doc));
        }
        plan
    }
}
