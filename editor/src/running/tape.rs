//! The journal of a run as a tape: it is read to its end, and wound to any moment.
//!
//! Marks are left on the way, each with all that is known of the run there, so that a moment is folded from the last mark
//! in front of it. Marks take a bounded share of memory: where that is used up, every second one goes, and later ones
//! stand twice as far apart.

use std::io;
use std::time::Instant;

use serde_json::Value as Json;
use windlass_core::event::{Event, What};
use windlass_store::journal::{Follower, Place, Record, Told};
use windlass_store::runs::{Run, Sight, Watch};

use super::watch::Folding;

/// Events between two marks, at first.
const EVERY: u64 = 4_096;
/// About how much memory marks take at most, in bytes.
const BUDGET_BYTES: usize = 64 << 20;
/// Between so many records it is looked at the time, and whether somebody wants something else by now.
const LOT: usize = 1_024;
/// Damage that is told one by one.
const MOST_DAMAGE: usize = 20;

/// A journal that is read to its end, and wound to any moment.
pub struct Tape {
    run: Run,
    watch: Watch,
    newest: Moment,
    /// How many events were read.
    events: u64,
    marks: Marks,
    /// Where it was wound to.
    wound: Option<Wound>,
    damage: Vec<String>,
}

/// What was known of a run at a moment.
#[derive(Clone, Default)]
pub struct Moment {
    clock: Clock,
    /// What is known.
    pub folding: Folding,
}

/// The time of a run through all processes that worked on it, one behind the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Clock {
    /// How long earlier processes worked on it, in milliseconds.
    before_ms: u64,
    at_ms: u64,
    has_begun: bool,
}

/// How a run stands behind all that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Head {
    /// There is more to read.
    #[default]
    More,
    /// Another process works on it.
    GoesOn,
    /// It has said how it ended.
    Ended,
    /// Its process is gone.
    Killed,
}

struct Wound {
    follower: Follower,
    moment: Moment,
    /// The first event that lies behind the moment.
    next: Option<Event>,
}

struct Mark {
    place: Place,
    moment: Moment,
    bytes: usize,
}

struct Marks {
    all: Vec<Mark>,
    every: u64,
    since: u64,
    bytes: usize,
    budget_bytes: usize,
}

impl Tape {
    /// Begins at the beginning of a journal.
    pub fn new(run: Run) -> Self {
        let marks = Marks { all: Vec::new(), every: EVERY, since: 0, bytes: 0, budget_bytes: BUDGET_BYTES };
        let watch = run.watch();
        Self { run, watch, newest: Moment::default(), events: 0, marks, wound: None, damage: Vec::new() }
    }

    /// Reads on, until all that is there was read or it is late.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn read_on(&mut self, late: Instant) -> io::Result<Head> {
        loop {
            for _ in 0..LOT {
                match self.watch.next()? {
                    Sight::Told(Told::Record(Record::Event(event))) => self.take(&event),
                    Sight::Told(told) => self.note_damage(&told),
                    Sight::Quiet => return Ok(Head::GoesOn),
                    Sight::Ended => return Ok(Head::Ended),
                    Sight::Killed => return Ok(Head::Killed),
                }
            }
            if Instant::now() >= late {
                return Ok(Head::More);
            }
        }
    }

    fn take(&mut self, event: &Event) {
        self.newest.take(event);
        self.events += 1;
        self.marks.pass(|| (self.watch.place(), self.newest.clone()));
    }

    fn note_damage(&mut self, told: &Told) {
        if self.damage.len() < MOST_DAMAGE {
            self.damage.extend(told.damage());
        }
    }

    /// Returns what is known behind all that was read.
    pub fn newest(&self) -> &Moment {
        &self.newest
    }

    /// Returns how many events were read.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Returns what is damaged, in words.
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    /// Winds to a moment, in milliseconds since the run began; as far as it got where that is not wanted any more.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn wind(&mut self, to_ms: u64, is_wanted: impl Fn() -> bool) -> io::Result<&Moment> {
        if to_ms >= self.newest.ms() {
            return Ok(&self.newest);
        }
        let mut wound = self.start(to_ms)?;
        let mut left = LOT;
        while wound.step(to_ms)? {
            left -= 1;
            if left == 0 {
                left = LOT;
                if !is_wanted() {
                    break;
                }
            }
        }
        Ok(&self.wound.insert(wound).moment)
    }

    /// Returns the nearest place in front of a moment: where it was wound to before, or a mark.
    fn start(&mut self, to_ms: u64) -> io::Result<Wound> {
        let mark = self.marks.before(to_ms);
        let from = mark.map_or(0, |mark| mark.moment.ms());
        if let Some(wound) = self.wound.take_if(|wound| (from..=to_ms).contains(&wound.moment.ms())) {
            return Ok(wound);
        }
        let (place, moment) = mark.map(|mark| (mark.place, mark.moment.clone())).unwrap_or_default();
        Ok(Wound { follower: self.run.follow_from(place)?, moment, next: None })
    }
}

impl Moment {
    /// Returns when it is, in milliseconds since the run began, through all processes that worked on it.
    pub fn ms(&self) -> u64 {
        self.clock.ms()
    }

    fn take(&mut self, event: &Event) {
        self.clock = self.clock.after(event);
        self.folding.take_in(event);
    }
}

impl Clock {
    fn ms(self) -> u64 {
        self.before_ms + self.at_ms
    }

    fn after(self, event: &Event) -> Self {
        let begins = matches!(event.what, What::RunStarted { .. });
        let before_ms = if begins && self.has_begun { self.ms() } else { self.before_ms };
        Self { before_ms, at_ms: event.at_ms, has_begun: self.has_begun || begins }
    }
}

impl Wound {
    /// Takes one more event in, where it does not lie behind the moment. Returns whether there may be another one.
    fn step(&mut self, to_ms: u64) -> io::Result<bool> {
        let next = match self.next.take() {
            Some(event) => Some(event),
            None => self.read()?,
        };
        let Some(event) = next else { return Ok(false) };
        if self.moment.clock.after(&event).ms() > to_ms {
            self.next = Some(event);
            return Ok(false);
        }
        self.moment.take(&event);
        Ok(true)
    }

    fn read(&mut self) -> io::Result<Option<Event>> {
        while let Some(told) = self.follower.next()? {
            if let Told::Record(Record::Event(event)) = told {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

impl Marks {
    /// Leaves a mark, where the last one lies far enough behind.
    fn pass(&mut self, here: impl FnOnce() -> (Place, Moment)) {
        self.since += 1;
        if self.since < self.every {
            return;
        }
        self.since = 0;
        let (place, moment) = here();
        let bytes = bytes(&moment.folding);
        self.bytes += bytes;
        self.all.push(Mark { place, moment, bytes });
        while self.bytes > self.budget_bytes && self.all.len() > 1 {
            self.thin();
        }
    }

    fn thin(&mut self) {
        let mut at = 0;
        self.all.retain(|_| {
            at += 1;
            at % 2 == 0
        });
        self.every = self.every.saturating_mul(2);
        self.bytes = self.all.iter().map(|mark| mark.bytes).sum();
    }

    /// Returns the last mark that does not lie behind a moment.
    fn before(&self, ms: u64) -> Option<&Mark> {
        let count = self.all.partition_point(|mark| mark.moment.ms() <= ms);
        self.all[..count].last()
    }
}

/// Returns about how much memory is taken by what is known of a run.
fn bytes(folding: &Folding) -> usize {
    const STEP: usize = 640;
    const ITEM: usize = 192;
    const LINE: usize = 160;
    let state = folding.state();
    let of_step = |step: &windlass_core::event::StepState| {
        STEP + (step.causes.len() + step.running.len() + step.questions.len() + step.expected.len()) * LINE
    };
    let outputs: usize = state.outputs.iter().map(|(_, _, value)| LINE + json_bytes(value)).sum();
    let lines = state.saved.len() + state.warnings.len() + state.rows.len();
    state.steps.iter().map(of_step).sum::<usize>() + folding.item_count() * ITEM + outputs + lines * LINE
}

fn json_bytes(value: &Json) -> usize {
    let own = size_of::<Json>();
    own + match value {
        Json::String(text) => text.len(),
        Json::Array(members) => members.iter().map(json_bytes).sum(),
        Json::Object(members) => members.iter().map(|(name, member)| name.len() + own + json_bytes(member)).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use tempfile::TempDir;
    use windlass_core::event::{Fate, Outcome, RunState, StepInfo};
    use windlass_store::Workspace;
    use windlass_store::journal::{Ended, Journal};

    use super::*;

    /// Returns the events of a process that brings items through two steps, one item each 10 ms.
    fn events(items: u64) -> impl Iterator<Item = Event> {
        let info = |name: &str| StepInfo {
            name: name.into(),
            title: name.into(),
            kind: "test.kind".into(),
            scope: Vec::new(),
            rows: Vec::new(),
            members: Vec::new(),
        };
        let (run, graph, steps) = ("r".to_owned(), "g".to_owned(), vec![info("a"), info("b")]);
        let started = (0, What::RunStarted { version: 1, run, graph, unix_ms: 0, seed: 0, steps });
        let of_item = |item: u64| {
            let (key, name) = (item.to_string(), format!("{item}.png"));
            let causes = vec![format!("cause {}", item % 7)];
            let failed = Fate::Failed { causes, hint: None, attempts: 1 };
            let fate = if item.is_multiple_of(5) { failed } else { Fate::Emitted };
            let steps = [What::Admitted { step: 0, key: key.clone() }, What::Admitted { step: 1, key: key.clone() }];
            let done = |step| What::Done {
                step,
                key: key.clone(),
                name: name.clone(),
                fate: fate.clone(),
                took_ms: Some(1.0),
            };
            let all: Vec<_> = steps.into_iter().chain([done(0), done(1)]).map(|what| (item * 10, what)).collect();
            all
        };
        let all = std::iter::once(started).chain((1..=items).flat_map(of_item));
        all.zip(0..).map(|((at_ms, what), seq)| Event { seq, at_ms, what })
    }

    fn write(folder: &Path, items: u64) -> Journal {
        let runs = Workspace::open_or_create(folder, None).unwrap().runs();
        let journal = runs.begin("r").unwrap().unwrap();
        for event in events(items) {
            journal.append(&Record::Event(event)).unwrap();
        }
        journal.commit_all().unwrap();
        journal
    }

    /// Returns the journal of a run that a process left, and that another one brought to its end.
    fn tape(items: u64) -> (TempDir, Tape) {
        let folder = tempfile::tempdir().unwrap();
        drop(write(folder.path(), items));
        let last = write(folder.path(), items);
        let at_ms = items * 10;
        let outcome = Outcome::Finished;
        let ended = Ended { outcome, emitted: 1, skipped: 0, failed: 0, handled: 0, open: 0, at_ms };
        last.append(&Record::Ended(ended)).unwrap();
        last.commit_all().unwrap();
        let run = Workspace::find(folder.path()).unwrap().unwrap().runs().named("r").unwrap();
        (folder, Tape::new(run))
    }

    fn read(tape: &mut Tape) -> Head {
        loop {
            match tape.read_on(Instant::now() + Duration::from_millis(5)).unwrap() {
                Head::More => {}
                head => return head,
            }
        }
    }

    /// Folds what happened up to a moment, without a tape.
    fn folded(items: u64, ms: u64) -> RunState {
        let span = items * 10;
        let second = events(items).map(|event| (event.at_ms + span, event));
        let all = events(items).map(|event| (event.at_ms, event)).chain(second);
        let mut state = RunState::default();
        all.filter(|(at, _)| *at <= ms).for_each(|(_, event)| state.apply(&event));
        state
    }

    #[test]
    fn a_moment_is_what_was_folded_up_to_it_wherever_the_tape_was_before() {
        const ITEMS: u64 = 300;
        let (_folder, mut tape) = tape(ITEMS);
        tape.marks.every = 16;
        assert_eq!(read(&mut tape), Head::Ended);
        assert_eq!(tape.newest().ms(), 2 * ITEMS * 10);
        for step in 0..200 {
            let ms = step * 7_919 % (2 * ITEMS * 10 + 50);
            let moment = tape.wind(ms, || true).unwrap();
            assert!(*moment.folding.state() == folded(ITEMS, ms), "at {ms} ms");
        }
    }

    #[test]
    fn marks_take_no_more_memory_than_they_may_and_moments_are_found_all_the_same() {
        const ITEMS: u64 = 2_000;
        let (_folder, mut tape) = tape(ITEMS);
        (tape.marks.every, tape.marks.budget_bytes) = (16, 2_000_000);
        read(&mut tape);
        assert!(tape.marks.bytes <= 2_000_000 && tape.marks.all.len() > 1, "{}", tape.marks.all.len());
        assert!(tape.marks.every > 16);
        for ms in [39_990, 20, 20_000, 19_999] {
            assert!(*tape.wind(ms, || true).unwrap().folding.state() == folded(ITEMS, ms), "at {ms} ms");
        }
    }

    #[test]
    #[ignore = "a measurement: a journal of a million events"]
    fn winding_through_a_million_events() {
        let (_folder, mut tape) = tape(125_000);
        let begun = Instant::now();
        read(&mut tape);
        let (marks, bytes, every) = (tape.marks.all.len(), tape.marks.bytes >> 20, tape.marks.every);
        println!("read {} events in {:?}; {marks} marks, {bytes} MiB, each {every}", tape.events(), begun.elapsed());
        let (mut all, span) = (Vec::new(), tape.newest().ms());
        for step in 1..200 {
            let begun = Instant::now();
            tape.wind(step * 15_485_863 % span, || true).unwrap();
            all.push(begun.elapsed());
        }
        all.sort();
        println!("wound to 199 moments: median {:?}, longest {:?}", all[99], all[198]);
    }
}
