//! Questions to a person: answered, answered wrongly, and never answered.

use std::time::Duration;

use windlass_core::event::{Outcome, What};
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
