//! Leases with a clock that a test moves, on disks that fail, and between processes that are stopped and killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::*;
use crate::checked;
use crate::disk::{Disk, Open};
use crate::{RealDisk, SimulatedDisk};

const FOLDER: &str = "/leases";

/// A clock that only sleepers move, and a clock on the wall that a test sets.
#[derive(Default)]
struct Fake(Mutex<(Duration, u64)>);

impl Fake {
    fn pass(&self, time: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 += time;
    }

    fn set_wall(&self, unix_ms: u64) {
        self.0.lock().unwrap().1 = unix_ms;
    }
}

impl Clock for Fake {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn unix_ms(&self) -> u64 {
        self.0.lock().unwrap().1
    }

    fn sleep(&self, time: Duration) {
        self.pass(time);
    }
}

/// Returns a process's view of the leases on a disk.
fn leases(disk: &SimulatedDisk, clock: &Arc<Fake>) -> Leases {
    let folder = Some(FOLDER.into());
    Leases { disk: Arc::new(disk.clone()), folder, clock: clock.clone(), ttl: TTL, keeping: None }
}

fn at_once(leases: &Leases, name: &str) -> Result<Lease, LeaseError> {
    leases.take("book/1", name, Duration::ZERO)
}

impl Lease {
    /// Lets go of the lock without a word, as the end of a process does.
    fn die(self) {
        self.0.drop_file();
        std::mem::forget(self);
    }
}

#[test]
fn one_holds_it_until_it_gives_it_back_and_numbers_grow() {
    let (disk, clock) = Default::default();
    let leases = leases(&disk, &clock);
    let first = at_once(&leases, "ada").unwrap();
    assert_eq!(first.number(), 1);
    let refused = at_once(&leases, "bob").unwrap_err().to_string();
    assert!(refused.starts_with("`book/1` is held by `ada` (process "), "{refused}");
    assert_eq!(leases.take("book/2", "bob", Duration::ZERO).unwrap().number(), 1, "another object is another matter");
    first.check().unwrap();
    drop(first);
    assert_eq!(leases.all().unwrap(), []);
    assert_eq!(at_once(&leases, "bob").unwrap().number(), 2);
}

#[test]
fn who_is_silent_for_the_time_to_live_loses_it_and_learns_of_that() {
    let (disk, clock) = Default::default();
    let leases = leases(&disk, &clock);
    let silent = at_once(&leases, "ada").unwrap();
    assert!(leases.take("book/1", "bob", TTL - LOOK).is_err(), "nobody has seen it silent for long enough");
    let taken = leases.take("book/1", "bob", TTL).unwrap();
    assert_eq!(taken.number(), 2);
    let lost = silent.check().unwrap_err();
    assert!(matches!(&lost, LeaseError::Lost { holder, .. } if holder.name == "bob"), "{lost}");
    drop(silent);
    taken.check().unwrap();
    assert!(at_once(&leases, "eve").is_err(), "what was lost cannot be given back");
}

#[test]
fn who_says_that_it_lives_keeps_it_however_long_others_wait() {
    let (disk, clock) = Default::default();
    let leases = leases(&disk, &clock);
    let held = at_once(&leases, "ada").unwrap();
    for _ in 0..10 {
        assert!(leases.take("book/1", "bob", TTL / 2).is_err());
        held.0.beat();
    }
    held.check().unwrap();
}

/// Waits on the fake clock as the real one does, and lets the holder beat whenever time has passed.
#[test]
fn a_wait_is_not_shortened_by_what_was_seen_before_a_beat() {
    struct Beating(Fake, Mutex<Option<Arc<Held>>>);
    impl Clock for Beating {
        fn now(&self) -> Duration {
            self.0.now()
        }
        fn unix_ms(&self) -> u64 {
            0
        }
        fn sleep(&self, time: Duration) {
            self.0.pass(time);
            if self.now().as_secs().is_multiple_of(20) {
                self.1.lock().unwrap().iter().for_each(|held| held.beat());
            }
        }
    }
    let (disk, clock) = (SimulatedDisk::default(), Arc::new(Beating(Fake::default(), Mutex::default())));
    let folder = Some(FOLDER.into());
    let leases = Leases { disk: Arc::new(disk), folder, clock: clock.clone(), ttl: TTL, keeping: None };
    let held = at_once(&leases, "ada").unwrap();
    *clock.1.lock().unwrap() = Some(held.0.clone());
    assert!(leases.take("book/1", "bob", TTL * 10).is_err());
    *clock.1.lock().unwrap() = None;
    assert_eq!(leases.take("book/1", "bob", TTL * 2).unwrap().number(), 2);
}

#[test]
fn a_clock_on_the_wall_that_jumps_changes_nothing() {
    let (disk, clock): (_, Arc<Fake>) = Default::default();
    let leases = leases(&disk, &clock);
    clock.set_wall(1_800_000_000_000);
    let held = at_once(&leases, "ada").unwrap();
    for wall in [0, u64::MAX] {
        clock.set_wall(wall);
        assert!(at_once(&leases, "bob").is_err());
        held.0.beat();
        held.check().unwrap();
        assert_eq!(leases.all().unwrap()[0].heard_unix_ms, wall);
    }
}

#[test]
fn a_holder_that_died_on_this_machine_need_not_be_waited_for() {
    let (disk, clock) = Default::default();
    let leases = leases(&disk, &clock);
    at_once(&leases, "ada").unwrap().die();
    assert!(leases.all().unwrap()[0].is_dead);
    assert_eq!(at_once(&leases, "bob").unwrap().number(), 2);
}

#[test]
fn a_holder_of_another_machine_or_boot_is_waited_for() {
    let (disk, clock) = Default::default();
    let leases = leases(&disk, &clock);
    let lease = at_once(&leases, "ada").unwrap();
    let path = lease.0.path();
    lease.die();
    let other = |bytes: &mut Vec<u8>| {
        let mut said: serde_json::Value = checked::from_bytes(bytes).unwrap();
        said["holder"]["boot"] = "another".into();
        *bytes = checked::to_bytes(&said).unwrap();
    };
    disk.damage(&path, other).unwrap();
    assert!(!leases.all().unwrap()[0].is_dead);
    assert!(at_once(&leases, "bob").is_err());
    assert_eq!(leases.take("book/1", "bob", TTL * 2).unwrap().number(), 2);
}

#[test]
fn a_damaged_file_shows_nobody_and_is_waited_for() {
    let (disk, clock) = Default::default();
    let leases = leases(&disk, &clock);
    let lease = at_once(&leases, "ada").unwrap();
    let (path, shown) = (lease.0.path(), leases.all().unwrap());
    lease.die();
    let size = disk.read(&path).unwrap().len();
    for at in 0..size {
        disk.damage(&path, |bytes| bytes[at] ^= 2).unwrap();
        assert!(leases.all().unwrap().is_empty(), "byte {at} of {size}, and {:?}", leases.all());
        disk.damage(&path, |bytes| bytes[at] ^= 2).unwrap();
    }
    assert_eq!(leases.all().unwrap()[0].holder, shown[0].holder);
    disk.damage(&path, |bytes| bytes[5] ^= 2).unwrap();
    assert!(at_once(&leases, "bob").is_err(), "nobody knows whether its holder lives");
    assert_eq!(leases.take("book/1", "bob", TTL * 2).unwrap().number(), 2);
}

#[test]
fn of_many_that_want_it_at_once_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let (took, inside) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for taker in 0..8 {
            let (folder, took, inside) = (folder.path().join("leases"), &took, &inside);
            scope.spawn(move || {
                let leases = Leases::new(Arc::new(RealDisk), Some(folder));
                for _ in 0..20 {
                    match leases.take("book/1", &taker.to_string(), Duration::ZERO) {
                        Ok(lease) => {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold it at once");
                            lease.check().unwrap();
                            took.lock().unwrap().push(lease.number());
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                        Err(error) => assert!(matches!(error, LeaseError::Held { .. }), "{error}"),
                    }
                }
            });
        }
    });
    let took = took.into_inner().unwrap();
    let mut numbers = took.clone();
    numbers.sort_unstable();
    numbers.dedup();
    assert!(!took.is_empty() && numbers.len() == took.len(), "a number was given twice: {took:?}");
}

#[test]
fn a_disk_that_refuses_is_said_and_ends_a_lease_in_time() {
    let (disk, clock): (SimulatedDisk, Arc<Fake>) = Default::default();
    let leases = leases(&disk, &clock);
    disk.set_room(Some(0));
    let refused = at_once(&leases, "ada").unwrap_err();
    assert!(
        matches!(&refused, LeaseError::Refused { cause, .. } if cause.kind() == ErrorKind::StorageFull),
        "{refused}"
    );
    disk.set_room(None);
    let held = at_once(&leases, "ada").unwrap();
    disk.set_room(Some(0));
    held.0.beat();
    held.check().unwrap();
    clock.pass(TTL);
    assert!(matches!(held.check().unwrap_err(), LeaseError::NotKept { .. }), "others may have taken it by now");
    disk.set_room(None);
    held.check().unwrap();
    let none = Leases { folder: None, ..leases };
    assert!(none.all().unwrap().is_empty() && at_once(&none, "ada").is_err());
}

#[test]
fn numbers_and_holders_outlive_a_cut_of_the_power() {
    for seed in 0..20 {
        let (disk, clock): (SimulatedDisk, Arc<Fake>) = Default::default();
        drop(at_once(&leases(&disk, &clock), "ada").unwrap());
        let held = at_once(&leases(&disk, &clock), "bob").unwrap();
        held.0.beat();
        let found = disk.cut(seed);
        let next = leases(&found, &clock).take("book/1", "eve", TTL * 2).unwrap();
        assert!(next.number() > held.number(), "cut {seed}");
    }
}

#[test]
fn a_file_that_was_never_finished_is_waited_for_and_passed() {
    let (disk, clock): (SimulatedDisk, Arc<Fake>) = Default::default();
    let leases = leases(&disk, &clock);
    let folder = leases.folder_of("book/1").unwrap();
    drop(disk.open(&folder.join("7"), Open::New).unwrap());
    let refused = at_once(&leases, "ada").unwrap_err().to_string();
    assert_eq!(refused, "`book/1` is held by somebody who does not say who it is");
    assert_eq!(leases.all().unwrap(), []);
    assert_eq!(leases.take("book/1", "ada", TTL).unwrap().number(), 8);
    disk.make_folder(&folder.join("9")).unwrap();
    assert!(at_once(&leases, "ada").is_err(), "what is no file is no lease, and no panic");
}

/// What a test of two processes hands to the second one: the folder.
const SECOND: &str = "WINDLASS_TEST_LEASES";

fn in_folder(folder: &Path) -> Leases {
    let (disk, clock) = (Arc::new(RealDisk), Arc::new(RealClock::default()));
    let ttl = Duration::from_millis(500);
    Leases { disk, folder: Some(folder.to_owned()), clock, ttl, keeping: Some(Arc::default()) }
}

/// Holds the lease until it is lost, and says so.
fn hold(folder: &Path) {
    let lease = in_folder(folder).take("book/1", "second", Duration::ZERO).unwrap();
    println!("\nholds it");
    let lost = loop {
        if let Err(error) = lease.check() {
            break error;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    println!("\n{lost}");
}

/// Starts this very test once more, as a second process, and returns it once it holds the lease.
fn second(folder: &Path, test: &str) -> (Child, impl Iterator<Item = String>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("leases::tests::{test}"), "--nocapture"]).env(SECOND, folder);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "holds it"));
    (child, lines)
}

fn signal(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_process_that_is_stopped_and_comes_back_has_lost_it() {
    if let Some(folder) = std::env::var_os(SECOND) {
        return hold(folder.as_ref());
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut child, mut lines) = second(folder.path(), "a_process_that_is_stopped_and_comes_back_has_lost_it");
    signal("-STOP", &child);
    let leases = in_folder(folder.path());
    let refused = leases.take("book/1", "first", Duration::ZERO).unwrap_err();
    assert!(matches!(&refused, LeaseError::Held { holder, .. } if holder.pid == child.id()), "{refused}");
    let lease = leases.take("book/1", "first", Duration::from_secs(60)).unwrap();
    signal("-CONT", &child);
    assert!(lines.any(|line| line.starts_with("the lease on `book/1` was lost to `first`")));
    assert!(child.wait().unwrap().success());
    lease.check().unwrap();
}

#[test]
fn a_process_that_is_killed_leaves_it_to_the_next_one() {
    if let Some(folder) = std::env::var_os(SECOND) {
        return hold(folder.as_ref());
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut child, _) = second(folder.path(), "a_process_that_is_killed_leaves_it_to_the_next_one");
    signal("-KILL", &child);
    child.wait().unwrap();
    assert_eq!(in_folder(folder.path()).take("book/1", "first", Duration::ZERO).unwrap().number(), 2);
}
