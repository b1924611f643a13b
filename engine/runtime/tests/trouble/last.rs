//! The last file of a firing: it is written from memory, and what the firing was given is let go while the disk is waited for.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use windlass_core::about::About;
use windlass_core::context::{Content, Files, IfExists, SaveOutcome, Saved, Saving};
use windlass_core::event::{Outcome, What};
use windlass_core::node::{Node, NodeError, Statics};
use windlass_core::prelude::{Ctx, OutPath, Pack};
use windlass_core::value::{Channels, Codecs, Failure, Image, Samples};
use windlass_runtime::{Engine, Results, Run, RunOptions};
use windlass_store::runs::Runs;
use windlass_store::{Artifacts, Layout, SimulatedDisk};

use crate::bench::{Seen, engine, options, plan, step};

const SIDE: u32 = 128;
const GRAPH: &str = "nodes:
  many: { kind: fault.split, params: { count: 6 } }
  paint: { kind: test.paint, params: { disk: NAME }, inputs: { value: many.out } }
  save: { kind: test.save, params: { disk: NAME, after: nothing }, inputs: { image: paint.image } }
  told: { kind: test.told, params: { disk: NAME }, inputs: { failure: save.error } }
";

/// The disk of each test, by its name, where the nodes of the test find it.
static DISKS: Mutex<BTreeMap<String, Arc<Disk>>> = Mutex::new(BTreeMap::new());

/// What a test sees of its pictures and files.
#[derive(Default)]
struct Disk {
    /// What happens to the next attempts to write a file.
    refuses: Mutex<VecDeque<Refuses>>,
    /// What happens to those behind.
    then: Option<Refuses>,
    written: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    /// Pictures that were painted, by what they are painted with.
    painted: Mutex<BTreeMap<u8, Weak<Image>>>,
    /// Files whose picture was still in memory when they had waited.
    held: Mutex<Vec<PathBuf>>,
    /// How often a file was made.
    made: AtomicU32,
    /// What was told of inputs of firings that failed.
    told: Mutex<Vec<(String, String)>>,
}

/// Why an attempt to write a file fails.
#[derive(Clone, Copy, PartialEq)]
enum Refuses {
    /// The disk is full, and is not waited for.
    AtOnce,
    /// The disk is full, and is waited for.
    AfterItWaited,
    /// The disk is gone after it was waited for.
    Gone,
}

use Refuses::{AfterItWaited, AtOnce, Gone};

impl Disk {
    fn that(refuses: &[Refuses]) -> Arc<Self> {
        Arc::new(Self { refuses: Mutex::new(refuses.iter().copied().collect()), ..Self::default() })
    }

    fn that_always(then: Refuses) -> Arc<Self> {
        Arc::new(Self { then: Some(then), ..Self::default() })
    }

    fn of(statics: &Statics) -> Result<Arc<Self>, NodeError> {
        let found = DISKS.lock().unwrap().get(statics.text("disk")?).cloned();
        found.ok_or_else(|| NodeError::new("no such disk"))
    }

    fn next(&self) -> Option<Refuses> {
        self.refuses.lock().unwrap().pop_front().or(self.then)
    }

    fn is_whole(&self) -> bool {
        let pixels = (SIDE * SIDE) as usize;
        let written = self.written.lock().unwrap();
        let painted = self.painted.lock().unwrap();
        let is_right = |value: &u8| written.get(&path_of(*value)).is_some_and(|bytes| *bytes == vec![*value; pixels]);
        painted.len() == written.len() && painted.keys().all(is_right)
    }
}

impl Files for Disk {
    fn save<'a>(&'a self, _: &'a str, path: &'a Path, _: IfExists, content: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async move {
            let mut bytes = Vec::new();
            content(&mut bytes)?;
            let (next, full) = (self.next(), || NodeError::new("the disk is full").disk_full());
            if next == Some(AtOnce) {
                return Err(full());
            }
            tokio::task::yield_now().await;
            let value = bytes.first().copied().unwrap_or_default();
            if self.painted.lock().unwrap().get(&value).is_some_and(|picture| picture.strong_count() > 0) {
                self.held.lock().unwrap().push(path.to_owned());
            }
            match next {
                Some(AfterItWaited) => return Err(full()),
                Some(Gone) => return Err(NodeError::new("the disk is gone").permanent()),
                _ => {}
            }
            self.written.lock().unwrap().insert(path.to_owned(), bytes);
            Ok(Saved { path: path.to_owned(), outcome: SaveOutcome::Written, content: None })
        })
    }

    fn abandon(&self) {}
}

fn path_of(value: u8) -> PathBuf {
    PathBuf::from(format!("/{value}"))
}

/// Starts a graph, whose nodes find the disk by a name that no other test has.
fn start(engine: &Engine, graph: &str, disk: (&str, &Arc<Disk>), options: RunOptions) -> Run {
    let (name, disk) = disk;
    DISKS.lock().unwrap().insert(name.to_owned(), disk.clone());
    let pack = Pack::new("test").kind::<Paint>().kind::<Save>().kind::<Told>();
    let plan = plan(&graph.replace("NAME", name), [pack]);
    engine.start(plan, RunOptions { files: disk.clone(), ..options }).unwrap()
}

#[test]
fn while_the_disk_is_waited_for_no_picture_is_held_and_what_was_made_is_written_again() {
    let disk = Disk::that(&[AfterItWaited; 3]);
    let (memory, layout) = (SimulatedDisk::default(), Layout::new(Path::new("/workspace")));
    let journal = Runs::new(Arc::new(memory.clone()), Some(layout.runs())).begin("test").unwrap().map(Arc::new);
    let artifacts = Artifacts::open(Arc::new(memory), &layout, Codecs::default());
    let results = Some(Results { artifacts, files: Arc::default(), cache: None, is_fresh: false });
    let seen = Seen::default();
    let state = start(&engine(), GRAPH, ("again", &disk), RunOptions { journal, results, ..options(&seen) }).wait();
    assert_eq!((state.ended.clone(), step(&state, "save").emitted), (Some((Outcome::Finished, None)), 6));
    assert!(disk.is_whole(), "{:?}", disk.written.lock().unwrap().keys());
    assert_eq!(disk.made.load(Ordering::SeqCst), 6, "nothing is made twice");
    assert_eq!(*disk.held.lock().unwrap(), [0; 0].map(path_of));
    assert_eq!(step(&state, "paint").recomputed, 0);
    let count = |is_it: fn(&What) -> bool| seen.events().iter().filter(|event| is_it(&event.what)).count();
    let paused = count(|what| matches!(what, What::Paused { cause } if cause.contains("disk is full")));
    assert!(paused > 0 && paused == count(|what| matches!(what, What::Resumed)), "{paused}");
}

#[test]
fn a_file_that_is_refused_at_once_is_tried_again_by_its_step() {
    let disk = Disk::that(&[AtOnce; 3]);
    let state = start(&engine(), GRAPH, ("at_once", &disk), options(&Seen::default())).wait();
    assert_eq!((state.ended.clone(), step(&state, "save").emitted), (Some((Outcome::Finished, None)), 6));
    assert!(disk.is_whole());
    assert_eq!(disk.made.load(Ordering::SeqCst), 6 + 3, "those that were refused began anew");
}

#[test]
fn a_file_that_is_no_last_one_is_made_again_where_it_was_waited_for() {
    let (disk, graph) = (Disk::that(&[AfterItWaited; 3]), GRAPH.replace("nothing", "plain"));
    let state = start(&engine(), &graph, ("plain", &disk), options(&Seen::default())).wait();
    assert_eq!((state.ended.clone(), step(&state, "save").emitted), (Some((Outcome::Finished, None)), 6));
    assert!(disk.is_whole());
    assert_eq!(disk.made.load(Ordering::SeqCst), 6 + 3, "those that were refused began anew");
}

#[test]
fn one_file_may_be_refused_in_each_way_again_and_again() {
    let in_place: &[_] = &[AfterItWaited, AtOnce, AfterItWaited];
    // The first time is that of the step before, which leaves it to the file's own step.
    let anew: &[_] = &[AtOnce, AtOnce, AfterItWaited, AtOnce];
    for (name, refuses, made) in [("in_place", in_place, 1), ("anew", anew, 1 + 4)] {
        let (disk, graph) = (Disk::that(refuses), GRAPH.replace("count: 6", "count: 1"));
        let state = start(&engine(), &graph, (name, &disk), options(&Seen::default())).wait();
        assert_eq!((state.ended.clone(), step(&state, "save").emitted), (Some((Outcome::Finished, None)), 1));
        assert!(disk.is_whole());
        assert_eq!(disk.made.load(Ordering::SeqCst), made, "{name}");
    }
}

#[test]
fn a_firing_that_gives_up_while_it_looks_for_room_does_not_leave_the_run_waiting() {
    let (disk, graph) = (Disk::that_always(AfterItWaited), GRAPH.replace("nothing", "hurry"));
    let state = start(&engine(), &graph, ("hurry", &disk), options(&Seen::default())).wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!((step(&state, "save").failed, disk.told.lock().unwrap().len()), (6, 6));
}

#[test]
fn a_firing_with_a_limit_on_time_waits_for_room_when_its_code_has_come_back() {
    let disk = Disk::that(&[AfterItWaited; 3]);
    let graph = GRAPH.replace("paint.image }", "paint.image }, policy: { timeout: 1h }");
    let state = start(&engine(), &graph, ("in_time", &disk), options(&Seen::default())).wait();
    assert_eq!((state.ended.clone(), step(&state, "save").emitted), (Some((Outcome::Finished, None)), 6));
    assert!(disk.is_whole());
    assert_eq!(disk.made.load(Ordering::SeqCst), 6 + 3, "the limit is on each try, and not on the wait between two");
}

#[test]
fn a_run_that_waits_for_room_with_its_last_files_can_be_stopped() {
    let (disk, engine, seen) = (Disk::that_always(AfterItWaited), engine(), Seen::default());
    let options = RunOptions { grace: Duration::from_secs(3600), ..options(&seen) };
    let run = start(&engine, GRAPH, ("stopped", &disk), options);
    seen.wait_for(|what| matches!(what, What::Paused { .. }));
    run.stop(Outcome::DiskFull, "stopped while the disk was full");
    let state = run.wait();
    assert!(matches!(state.ended, Some((Outcome::DiskFull, _))), "{:?}", state.ended);
    assert_eq!((step(&state, "save").failed, step(&state, "save").emitted), (0, 0));
}

#[test]
fn last_files_end_the_run_where_nobody_waits_for_room() {
    let (disk, seen) = (Disk::that_always(AfterItWaited), Seen::default());
    let options = RunOptions { wait_for_room: false, ..options(&seen) };
    let state = start(&engine(), GRAPH, ("nobody", &disk), options).wait();
    assert!(matches!(&state.ended, Some((Outcome::DiskFull, Some(cause))) if cause.contains("disk is full")));
    assert_eq!(step(&state, "save").failed, 0, "no item is to blame for a full disk");
}

#[test]
fn a_firing_that_fails_without_what_it_was_given_still_says_what_that_was() {
    let disk = Disk::that_always(Gone);
    let state = start(&engine(), GRAPH, ("gone", &disk), options(&Seen::default())).wait();
    assert_eq!((step(&state, "save").failed, disk.held.lock().unwrap().len()), (6, 0));
    let told = disk.told.lock().unwrap();
    let right = |(input, picture): &(String, String)| input == "image" && picture.contains("128");
    assert!(told.len() == 6 && told.iter().all(right), "{told:?}");
}

#[test]
fn what_follows_a_last_file_fails_where_it_would_have_to_begin_anew() {
    let (disk, graph) = (Disk::that(&[]), GRAPH.replace("nothing", "more"));
    let state = start(&engine(), &graph, ("more", &disk), options(&Seen::default())).wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_eq!((step(&state, "save").failed, disk.made.load(Ordering::SeqCst)), (6, 6));
    let causes: Vec<_> = step(&state, "save").causes.keys().cloned().collect();
    assert!(causes.iter().all(|cause| cause.contains("let go") && cause.contains("the disk is full")), "{causes:?}");
}

/// Input of what makes a picture.
#[derive(windlass_derive::Inputs)]
struct PaintIn {
    /// The brightness.
    value: i64,
}

/// Output of what makes a picture.
#[derive(windlass_derive::Outputs)]
struct PaintOut {
    /// The picture.
    image: Arc<Image>,
}

/// The disk of the test.
#[derive(windlass_derive::Params)]
struct OfTest {
    /// Its name.
    #[param(static)]
    disk: String,
}

/// Makes a gray picture.
struct Paint(Arc<Disk>);

impl Node for Paint {
    type Params = OfTest;
    type In = PaintIn;
    type Out = PaintOut;

    fn about() -> About {
        About::new("test.paint", "Paint", "Makes a gray picture.").cpu()
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Disk::of(statics).map(Self)
    }

    async fn fire(&self, _: OfTest, inputs: PaintIn, _: &Ctx) -> Result<PaintOut, NodeError> {
        let value = u8::try_from(inputs.value.rem_euclid(256)).unwrap();
        let pixels = Samples::U8(vec![value; (SIDE * SIDE) as usize]);
        let image = Arc::new(Image::new(SIDE, SIDE, Channels::Gray, pixels).unwrap());
        self.0.painted.lock().unwrap().insert(value, Arc::downgrade(&image));
        Ok(PaintOut { image })
    }
}

/// Input of the sink.
#[derive(windlass_derive::Inputs)]
struct SaveIn {
    /// What is written.
    image: Arc<Image>,
}

/// The disk of the test, and what is done after the last file.
#[derive(windlass_derive::Params)]
struct SaveParams {
    /// Its name.
    #[param(static)]
    disk: String,
    /// What else it does.
    #[param(default = "nothing")]
    after: After,
}

/// What else a sink does.
#[derive(Clone, Copy, PartialEq, windlass_derive::Choice)]
enum After {
    /// Nothing.
    Nothing,
    /// It writes another file, for which there is no room.
    More,
    /// It writes a file that is not its last one.
    Plain,
    /// It does not wait for its file as long as the disk may need.
    Hurry,
}

/// Writes a picture to a file that is named by its brightness.
struct Save(Arc<Disk>);

impl Node for Save {
    type Params = SaveParams;
    type In = SaveIn;
    type Out = ();

    fn about() -> About {
        About::new("test.save", "Save", "Writes a picture.").cpu().writes()
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Disk::of(statics).map(Self)
    }

    async fn fire(&self, params: SaveParams, SaveIn { image }: SaveIn, ctx: &Ctx) -> Result<(), NodeError> {
        let Samples::U8(pixels) = image.samples() else { return Err(NodeError::new("not of 8 bits")) };
        let path = OutPath::new(path_of(pixels[0]));
        let make = move || {
            self.0.made.fetch_add(1, Ordering::SeqCst);
            match image.samples() {
                Samples::U8(pixels) => Ok(pixels.clone()),
                _ => Err(NodeError::new("not of 8 bits")),
            }
        };
        if params.after == After::Plain {
            let write =
                |out: &mut dyn Write| out.write_all(&make()?).map_err(|error| NodeError::because("lost", &error));
            return ctx.save(&path, IfExists::Overwrite, write).await.map(drop);
        }
        let saving = ctx.save_last(&path, IfExists::Overwrite, make);
        match params.after {
            After::More => saving.await.and(Err(NodeError::new("the disk is full").disk_full())),
            After::Hurry => match tokio::time::timeout(Duration::from_millis(20), saving).await {
                Ok(saved) => saved.map(drop),
                Err(_) => Err(NodeError::new("the disk needs too long").permanent()),
            },
            _ => saving.await.map(drop),
        }
    }
}

/// Input of who hears of failures.
#[derive(windlass_derive::Inputs)]
struct ToldIn {
    /// What failed.
    failure: Arc<Failure>,
}

/// Takes note of what is told of a failed firing's inputs.
struct Told(Arc<Disk>);

impl Node for Told {
    type Params = OfTest;
    type In = ToldIn;
    type Out = ();

    fn about() -> About {
        About::new("test.told", "Told", "Hears of failures.")
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Disk::of(statics).map(Self)
    }

    async fn fire(&self, _: OfTest, inputs: ToldIn, _: &Ctx) -> Result<(), NodeError> {
        self.0.told.lock().unwrap().extend(inputs.failure.inputs.iter().cloned());
        Ok(())
    }
}
