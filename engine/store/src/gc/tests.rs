//! Whatever is deleted, and wherever that is cut off: kept runs have all their values, and nobody works meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use windlass_core::event::Outcome;
use windlass_core::value::{File, List, Member, Value};

use super::*;
use crate::SimulatedDisk;
use crate::journal::{Began, Came, Ended, Given, Journal, Record, Result as Came_, Told};
use crate::proofs::made::{noise, result_with, text_of};
use crate::runs::Run;
use crate::{Disk, DiskFile, Entry, Open, Put, StoreFile, Stored};

const HOME: &str = "/w/.windlass";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const NOW_MS: u64 = 1000 * DAY_MS;

fn gc(disk: &SimulatedDisk) -> Gc {
    Gc::new(Arc::new(disk.clone()), &Layout::new(Path::new(HOME)), Codecs::default())
}

fn newest(count: u64) -> Policy {
    Policy { newest: Some(count), now_unix_ms: NOW_MS, ..Policy::default() }
}

/// Begins the journal of a run, of which each began a day before the next.
fn begin(disk: &SimulatedDisk, number: u64) -> Journal {
    let gc = gc(disk);
    let journal = gc.runs.begin(&format!("{number:02}-1")).unwrap().unwrap();
    let unix_ms = NOW_MS - (100 - number) * DAY_MS;
    journal.append(&Record::Began(Box::new(Began { unix_ms, ..Began::default() }))).unwrap();
    journal.commit_all().unwrap();
    journal
}

/// Keeps values and says so in a journal, each as the result of a firing that took so many microseconds.
fn keep(disk: &SimulatedDisk, journal: &Journal, values: &[(Value, u64)]) -> Vec<Stored> {
    let artifacts = gc(disk).artifacts;
    let kept: Vec<_> = values.iter().map(|(value, _)| artifacts.put(value).unwrap()).collect();
    artifacts.commit().unwrap();
    for (stored, (_, took_us)) in kept.iter().zip(values) {
        let result = Came_ { took_us: *took_us, ..result_with(0, stored) };
        journal.append(&Record::Result(result)).unwrap();
    }
    journal.commit_all().unwrap();
    kept
}

fn end(journal: &Journal, outcome: Outcome) {
    let ended = Ended { outcome, emitted: 1, skipped: 0, failed: 0, handled: 0, open: 0, at_ms: 9 };
    journal.append(&Record::Ended(ended)).unwrap();
    journal.commit_all().unwrap();
}

/// Returns what run `number` keeps: values of its own in each form, and some that all runs have.
fn values(number: u64) -> Vec<(Value, u64)> {
    let text = |seed, bytes| Value::text(noise(seed, bytes));
    let members = (0..4).map(|at| Member::Ready(text(100 * number + at, 2000))).collect();
    let file = File::in_memory(noise(number, 70_000).into_bytes(), "a.bin", "application/octet-stream");
    let list = Value::List(Arc::new(List::new(members)));
    let own = [text(number, 1500), text(number, 90_000), list, Value::File(Arc::new(file)), Value::Int(7)];
    own.into_iter().chain([text(77, 1200), text(77, 95_000)]).map(|value| (value, 10)).collect()
}

/// Makes runs with values, all of them finished; two processes have worked on each.
fn workspace(runs: u64) -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    for number in 1..=runs {
        let (first, second) = (&values(number)[..4], &values(number)[4..]);
        keep(&disk, &begin(&disk, number), first);
        let journal = begin(&disk, number);
        keep(&disk, &journal, second);
        end(&journal, Outcome::Finished);
    }
    disk
}

/// Returns how many values of a run can be had, with their parts, and how many it names.
fn readable(disk: &SimulatedDisk, number: u64) -> (usize, usize) {
    let gc = gc(disk);
    let Ok(run) = gc.runs.find(Some(&format!("{number:02}-"))) else { return (0, 0) };
    let texts: Vec<_> =
        stored_of(&run).iter().map(|stored| gc.artifacts.get(stored).ok().as_ref().and_then(text_of)).collect();
    (texts.iter().flatten().count(), texts.len())
}

fn stored_of(run: &Run) -> Vec<Stored> {
    let mut reader = run.read().unwrap();
    let mut stored = Vec::new();
    while let Some(told) = reader.next().unwrap() {
        let Told::Record(Record::Result(result)) = told else { continue };
        let Came::Gave(ports) = result.came else { continue };
        stored.extend(ports.into_iter().filter_map(|(_, given)| match given {
            Given::Value(kept) => kept.stored,
            Given::Skip(_) => None,
        }));
    }
    stored
}

fn size_of(disk: &SimulatedDisk) -> u64 {
    let paths = disk.paths().into_iter().filter(|path| !path.ends_with("gc.holder"));
    paths.map(|path| disk.read(&path).unwrap().len() as u64).sum()
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.gone().map(|verdict| &*verdict.run.name).collect()
}

#[test]
fn old_runs_go_with_what_they_alone_have_and_the_kept_ones_miss_nothing() {
    let disk = workspace(5);
    let gc = gc(&disk);
    let (before, size_before) = (disk.paths(), size_of(&disk));
    let plan = gc.plan(&newest(2)).unwrap();
    assert_eq!(names(&plan), ["01-1", "02-1", "03-1"]);
    // Of each run a text, the content of a file, and a pack of each process, but for what all runs have.
    assert_eq!((plan.blobs.len(), plan.packs.len()), (6, 6));
    assert_eq!(disk.paths(), before, "a plan deletes nothing");
    let frees = gc.sweep(&gc.hold().unwrap(), &newest(2)).unwrap().frees_bytes();
    assert_eq!(frees, plan.frees_bytes());
    let gone = size_before - size_of(&disk);
    assert!((frees..frees + 100).contains(&gone), "{frees} of {gone}");
    assert_eq!([4, 5].map(|number| readable(&disk, number)), [(7, 7); 2]);
    assert_eq!([1, 2, 3].map(|number| readable(&disk, number)), [(0, 0); 3]);
    assert!(gc.plan(&newest(2)).unwrap().is_empty(), "nothing is left to do");
    assert!(disk.list(&gc.layout.runs()).unwrap().len() == 2);
}

#[test]
fn runs_go_where_all_that_is_asked_for_lets_them() {
    let disk = workspace(5);
    let going = |newest, days| {
        let policy = Policy { newest, days, now_unix_ms: NOW_MS, cache_bytes: None };
        gc(&disk).plan(&policy).unwrap().gone().count()
    };
    assert_eq!([going(None, None), going(Some(2), None), going(Some(0), None)], [0, 3, 5]);
    // The runs began 99 to 95 days ago.
    assert_eq!([going(None, Some(97)), going(Some(1), Some(97)), going(Some(4), Some(97))], [3, 3, 1]);
}

#[test]
fn what_is_pinned_waits_or_goes_on_stays() {
    let disk = workspace(4);
    let journal = begin(&disk, 5);
    keep(&disk, &journal, &values(5));
    end(&journal, Outcome::Waiting);
    drop(journal);
    let gc = gc(&disk);
    let value = stored_of(&gc.runs.find(Some("02")).unwrap())[1].clone();
    gc.pins.add(&Pin::Run("01-1".into())).unwrap();
    gc.pins.add(&Pin::Value(value.hash())).unwrap();
    let going_on = begin(&disk, 6);
    let kept: Vec<_> = gc.plan(&newest(0)).unwrap().runs.iter().map(|verdict| verdict.kept).collect();
    assert_eq!(kept, [Some(Why::Pinned), None, None, None, Some(Why::Waits), Some(Why::GoesOn)]);
    let busy = gc.hold().err().unwrap();
    assert!(matches!(&busy, GcError::Busy(who) if *who == ["the run `06-1` goes on"]), "{busy}");
    drop(going_on);
    gc.sweep(&gc.hold().unwrap(), &newest(0)).unwrap();
    assert_eq!([1, 2, 5].map(|number| readable(&disk, number)), [(7, 7), (0, 0), (7, 7)]);
    assert!(gc.artifacts.get(&value).is_ok(), "the run is gone, and the pinned value stands");
    let like = gc.values_like(&stored_of(&gc.runs.find(Some("01")).unwrap())[0].hash().to_hex()[..12]).unwrap();
    assert_eq!(like.len(), 1);
}

#[test]
fn a_pack_of_which_most_is_live_stays_as_it_is_and_others_keep_their_places() {
    let disk = SimulatedDisk::default();
    let [old, new] = [1, 2].map(|number| begin(&disk, number));
    let text = |seed, bytes| (Value::text(noise(seed, bytes)), 10);
    let artifacts = gc(&disk).artifacts;
    // In one pack, as two runs of one process leave them.
    let put = |journal: &Journal, values: &[(Value, u64)]| {
        for (value, _) in values {
            let stored = artifacts.put(value).unwrap();
            journal.append(&Record::Result(result_with(0, &stored))).unwrap();
        }
    };
    put(&old, &[text(1, 1000), text(2, 1000)]);
    put(&new, &[text(3, 1500), text(4, 1500)]);
    artifacts.commit().unwrap();
    [&old, &new].iter().for_each(|journal| end(journal, Outcome::Finished));
    drop((old, new));
    let packs = |disk: &SimulatedDisk| gc(disk).plan(&newest(1)).unwrap().packs;
    assert_eq!(packs(&disk), []);
    // Where most is dead, what is live stays at its place.
    let journal = begin(&disk, 1);
    put(&journal, &[text(5, 9000)]);
    artifacts.commit().unwrap();
    journal.commit_all().unwrap();
    drop((journal, artifacts));
    assert_eq!(packs(&disk)[0].live.len(), 2);
    cut_while_deleting(&disk, &newest(1), |found, seed| assert_eq!(readable(found, 2), (2, 2), "cut {seed}"));
    let gone = stored_of(&self::gc(&disk).runs.find(Some("01")).unwrap());
    let gc = gc(&disk);
    gc.sweep(&gc.hold().unwrap(), &newest(1)).unwrap();
    assert_eq!(readable(&disk, 2), (2, 2));
    assert!(gone.iter().all(|stored| !gc.artifacts.contains(stored)), "a hole is no value");
    assert!(gc.plan(&newest(1)).unwrap().is_empty());
}

#[test]
fn where_values_may_take_less_room_the_ones_that_save_least_go_first() {
    let disk = SimulatedDisk::default();
    let finished = begin(&disk, 1);
    let text = |seed, bytes| Value::text(noise(seed, bytes));
    let (dear, cheap, small) = ((text(1, 90_000), 9_000_000), (text(2, 90_000), 10), (text(3, 1000), 1000));
    let kept = keep(&disk, &finished, &[dear, cheap, small]);
    end(&finished, Outcome::Finished);
    let interrupted = begin(&disk, 2);
    let needed = keep(&disk, &interrupted, &[(text(4, 90_000), 1)]);
    end(&interrupted, Outcome::Interrupted);
    drop((finished, interrupted));
    let gc = gc(&disk);
    let policy = |cache_bytes| Policy { cache_bytes: Some(cache_bytes), now_unix_ms: NOW_MS, ..Policy::default() };
    assert_eq!(gc.plan(&policy(1 << 20)).unwrap().evicted, 0);
    let plan = gc.sweep(&gc.hold().unwrap(), &policy(150_000)).unwrap();
    assert_eq!((plan.evicted, plan.kept_bytes < 150_000), (1, true));
    let is_there: Vec<_> = kept.iter().chain(&needed).map(|stored| gc.artifacts.get(stored).is_ok()).collect();
    assert_eq!(is_there, [true, false, true, true]);
    // Whatever is asked for, a run that can go on loses nothing.
    assert_eq!(gc.sweep(&gc.hold().unwrap(), &policy(1)).unwrap().evicted, 3);
    assert!(gc.artifacts.get(&needed[0]).is_ok());
    assert!(worth(9_000_000, 90_000) > worth(1000, 1000) && worth(5, 0) > worth(5, 2));
}

/// Deletes all but the newest runs, and cuts the power at any moment of that; hands over what is found then, with the number
/// of the cut.
fn cut_while_deleting(made: &SimulatedDisk, policy: &Policy, check: impl Fn(&SimulatedDisk, u64)) {
    let cuts = std::env::var("CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(120);
    let (looking, deleting) = operations(made, policy);
    for seed in 0..cuts {
        let disk = made.cut(seed);
        let (gc, held) = (gc(&disk), gc(&disk).hold().unwrap());
        disk.cut_after(looking + seed * 7 % deleting);
        assert!(gc.sweep(&held, policy).is_err(), "every cut comes while something is deleted");
        check(&disk.cut(seed), seed);
    }
}

/// Returns how many operations of the disk it takes to look at everything, and then to delete.
fn operations(made: &SimulatedDisk, policy: &Policy) -> (u64, u64) {
    let counted = |work: &dyn Fn(&Gc, &Held)| {
        // Each with nothing open yet.
        let disk = made.cut(0);
        let (gc, held) = (gc(&disk), gc(&disk).hold().unwrap());
        let before = disk.operations();
        work(&gc, &held);
        disk.operations() - before
    };
    let looking = counted(&|gc, _| drop(gc.plan(policy).unwrap()));
    (looking, counted(&|gc, held| drop(gc.sweep(held, policy).unwrap())) - looking)
}

#[test]
fn after_any_cut_of_the_power_the_kept_runs_have_everything_and_the_rest_can_go() {
    cut_while_deleting(&workspace(4), &newest(2), |found, seed| {
        assert_eq!([3, 4].map(|number| readable(found, number)), [(7, 7); 2], "cut {seed}");
        let named = [1, 2].map(|number| readable(found, number).1);
        assert!(named.iter().all(|named| [0, 7].contains(named)), "a run is there or gone, cut {seed}: {named:?}");
        let again = gc(found);
        again.sweep(&again.hold().unwrap(), &newest(2)).unwrap();
        assert!(again.plan(&newest(2)).unwrap().is_empty(), "cut {seed}");
        assert_eq!([3, 4].map(|number| readable(found, number)), [(7, 7); 2], "cut {seed}");
        assert!(!found.paths().iter().any(|path| path.starts_with(again.layout.runs().join("01-1"))));
    });
}

#[test]
fn a_run_begins_once_nobody_deletes_any_more() {
    let disk = workspace(1);
    let (gc, is_over) = (gc(&disk), AtomicBool::new(false));
    let held = gc.hold().unwrap();
    assert!(matches!(self::gc(&disk).hold(), Err(GcError::Busy(_))));
    std::thread::scope(|scope| {
        let beginning = scope.spawn(|| {
            let journal = gc.runs.begin("02-1").unwrap();
            assert!(is_over.load(Ordering::SeqCst), "it began while somebody deleted");
            journal
        });
        is_over.store(true, Ordering::SeqCst);
        drop(held);
        assert!(beginning.join().unwrap().is_some());
    });
}

/// A disk without locks, as some network disks are.
struct NoLocks(SimulatedDisk);

impl Disk for NoLocks {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.make_folder(folder)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.0.create(path)
    }
    fn rename(&self, from: &Path, to: &Path, put: Put) -> io::Result<()> {
        self.0.rename(from, to, put)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.sync_folder(folder)
    }
    fn sync_whole(&self, folder: &Path) -> io::Result<()> {
        self.0.sync_whole(folder)
    }
}

impl StoreDisk for NoLocks {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn StoreFile>> {
        self.0.open(path, how)
    }
    fn is_held(&self, _: &Path) -> io::Result<bool> {
        Ok(false)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }
    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.remove_folder(folder)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        self.0.list(folder)
    }
}

#[test]
fn where_nobody_can_tell_who_works_nothing_is_deleted() {
    let disk = workspace(2);
    let gc = Gc::new(Arc::new(NoLocks(disk.clone())), &Layout::new(Path::new(HOME)), Codecs::default());
    assert!(matches!(gc.hold(), Err(GcError::NoLocks(_))));
    assert!(gc.plan(&newest(1)).is_ok() && self::gc(&disk).hold().is_ok());
}

#[test]
fn what_cannot_be_known_deletes_nothing() {
    let disk = workspace(2);
    let journal = Path::new(HOME).join("runs/02-1/journal.0");
    disk.damage(&journal, |bytes| {
        bytes[8] = 9;
        let sum = crc32fast::hash(&bytes[..12]);
        bytes[12..16].copy_from_slice(&sum.to_le_bytes());
    })
    .unwrap();
    let refused = gc(&disk).plan(&newest(1)).unwrap_err();
    assert_eq!(refused.to_string(), "what the run `02-1` needs cannot be read, so nothing is deleted");
}

#[test]
fn damaged_files_and_what_is_left_of_runs_go() {
    let disk = workspace(1);
    let home = Path::new(HOME);
    let left = ["damaged/abc", "damaged/index/db", "runs/00-1/journal.1", "runs/00-1/requests/paused"];
    for path in left.into_iter().chain(["runs/01-1/requests/paused"]) {
        disk.make_folder(home.join(path).parent().unwrap()).unwrap();
        drop(disk.create(&home.join(path)).unwrap());
    }
    let gc = gc(&disk);
    assert_eq!(gc.sweep(&gc.hold().unwrap(), &newest(1)).unwrap().leftovers.len(), 3);
    assert!(gc.plan(&newest(1)).unwrap().is_empty());
    gc.sweep(&gc.hold().unwrap(), &newest(0)).unwrap();
    assert_eq!(disk.list(&gc.layout.runs()).unwrap(), []);
}
