//! Questions to a person: answered, answered wrongly, and never answered.

use std::time::Duration;

use windlass_core::context::Question;
use windlass_core::event::{Fate, Outcome, What};
use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_runtime::{AnswerError, Run};

use crate::bench::{Seen, assert_sums, engine, options, plan, run, step};

const ASK: &str = "nodes:
  many: { kind: fault.split, params: { count: 3 }, policy: { window: 4 } }
  ask: { kind: fault.ask, inputs: { value: many.out }, policy: { slots: 1 } }
  after: { kind: fault.compute, inputs: { value: ask.out } }
";

fn patient(text: &str, seen: &Seen) -> (windlass_runtime::Engine, Run) {
    let engine = engine();
    let mut options = options(seen);
    options.wait_for_answers = Duration::from_secs(60);
    let run = engine.start(plan(text, []), options).unwrap();
    (engine, run)
}

#[test]
fn a_question_gives_its_slot_back_and_goes_on_when_it_is_answered() {
    let seen = Seen::default();
    let (_engine, run) = patient(ASK, &seen);
    // All three ask, although there is one slot and nobody has answered.
    seen.wait_for(|what| matches!(what, What::Asked { key, .. } if key == "2"));
    let questions = run.questions();
    assert_eq!(questions.len(), 3);
    assert!(questions.iter().all(|open| open.step == "ask" && open.question.answers() == "int"));
    let wrong = run.answer("ask", &questions[0].key, "many").unwrap_err();
    assert!(matches!(&wrong, AnswerError::Wrong(error) if error.to_string().contains("expected `int`")), "{wrong}");
    let nobody = run.answer("after", &questions[0].key, "1").unwrap_err();
    assert!(matches!(nobody, AnswerError::NoQuestion { .. }));
    for open in &questions {
        run.answer(&open.step, &open.key, "7").unwrap();
        assert!(run.answer(&open.step, &open.key, "8").is_err(), "the first answer counts");
    }
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!(step(&state, "after").emitted, 3);
    assert!(step(&state, "ask").questions.is_empty());
}

#[test]
fn what_nobody_answers_is_left_open_and_the_rest_goes_on() {
    let text = "nodes:
  many: { kind: fault.split, params: { count: 40 }, policy: { window: 1 } }
  ask: { kind: fault.ask, params: { ask: 2 }, inputs: { value: many.out } }
  after: { kind: fault.compute, inputs: { value: ask.out } }
  sum: { kind: fault.sum, inputs: { values: after.out } }
  beside: { kind: fault.compute, inputs: { value: many.out } }
";
    let (state, _) = run(text);
    assert_eq!(state.ended, Some((Outcome::Waiting, None)));
    let (ask, after) = (step(&state, "ask"), step(&state, "after"));
    assert!(ask.open() > 1 && ask.emitted > 1, "{} open, {} emitted", ask.open(), ask.emitted);
    assert_eq!((after.open(), after.emitted), (ask.open(), ask.emitted));
    assert_eq!((step(&state, "sum").open(), step(&state, "beside").emitted), (1, 40));
    assert_eq!(ask.questions.len() as u64, ask.open());
    assert!(state.steps.iter().all(|step| step.finished));
    assert_sums(&state);
}

#[test]
fn a_take_counts_what_nobody_answers_as_a_value_that_may_come() {
    let text = "nodes:
  many: { kind: flow.constant, params: { value: [6, 1, 3, 5, 7] } }
  each: { kind: flow.each, inputs: { values: many.value } }
  ask: { kind: test.ask, inputs: { value: each.value } }
  first: { kind: flow.take, params: { count: 2 }, inputs: { value: ask.value } }
";
    let (engine, seen) = (engine(), Seen::default());
    let packs = [windlass_flow::pack(), Pack::new("test").kind::<Ask>()];
    let state = engine.start(plan(text, packs), options(&seen)).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Waiting, None)));
    let first = state.steps.iter().position(|step| step.info.name == "first").unwrap();
    let fates = seen.events().into_iter().filter_map(|event| match event.what {
        What::LeftOpen { step, key } if step == first => Some((key, "open")),
        What::Done { step, key, fate: Fate::Emitted, .. } if step == first => Some((key, "passed")),
        What::Done { step, key, fate: Fate::Skipped { .. }, .. } if step == first => Some((key, "skipped")),
        _ => None,
    });
    let mut fates: Vec<_> = fates.collect();
    fates.sort();
    let expected = [("0", "open"), ("1", "passed"), ("2", "open"), ("3", "skipped"), ("4", "skipped")];
    assert_eq!(fates, expected.map(|(key, fate)| (key.to_owned(), fate)));
}

/// A number, in and out.
#[derive(Inputs, Outputs)]
struct Number {
    /// The number.
    value: i64,
}

/// Asks about even numbers.
struct Ask;

impl Node for Ask {
    type Params = ();
    type In = Number;
    type Out = Number;

    fn about() -> About {
        About::new("test.ask", "Ask", "Asks about even numbers.").reads()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: Number, ctx: &Ctx) -> Result<Number, NodeError> {
        if inputs.value % 2 == 0 {
            ctx.ask(Question::new("really?", &Type::Bool))?;
        }
        Ok(inputs)
    }
}

#[test]
fn a_run_with_questions_can_be_paused_and_stopped() {
    let seen = Seen::default();
    let (_engine, run) = patient(ASK, &seen);
    seen.wait_for(|what| matches!(what, What::Asked { key, .. } if key == "2"));
    run.pause("lunch");
    for open in run.questions() {
        run.answer(&open.step, &open.key, "7").unwrap();
    }
    run.resume();
    assert_eq!(run.wait().ended, Some((Outcome::Finished, None)));

    let seen = Seen::default();
    let (_engine, run) = patient(ASK, &seen);
    seen.wait_for(|what| matches!(what, What::Asked { .. }));
    run.stop(Outcome::Interrupted, "somebody said so");
    let state = run.wait();
    assert_eq!(state.ended, Some((Outcome::Interrupted, Some("somebody said so".into()))));
    assert_sums(&state);
}
