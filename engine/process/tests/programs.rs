//! Programs that behave, and programs that do not: whatever they do, nothing of them is left running.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod living;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use windlass_process::{Exit, Guard, Input, Limits, Order, Trouble, Watch, run, stopper};

use living::Mark;

const LIMITS: Limits = Limits { memory_bytes: 1 << 30, processes: 32, stdout_bytes: 1 << 20, stderr_bytes: 1 << 16 };

#[derive(Default)]
struct Seen {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// Output after which the program is not wanted any more.
    enough_at: Option<usize>,
}

impl Watch for Seen {
    fn stdout(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.stdout.extend_from_slice(bytes);
        match self.enough_at {
            Some(enough) if self.stdout.len() >= enough => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn stderr(&mut self, bytes: &[u8]) {
        self.stderr.extend_from_slice(bytes);
    }
}

/// Returns a script to be run.
fn order(mark: &Mark, script: &str) -> Order {
    let (name, value) = mark.variable().split_once('=').unwrap();
    let env = vec![(name.into(), value.into()), ("PATH".into(), "/usr/bin:/bin".into())];
    Order { program: "sh".into(), args: vec!["-c".into(), script.into()], env, folder: None, limits: LIMITS }
}

/// Waits for what has to come; a test that would wait for ever fails after a minute instead.
fn wait_until(it_is: impl Fn() -> bool) {
    let began = Instant::now();
    while !it_is() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn guard() -> Guard {
    Guard(env!("CARGO_BIN_EXE_windlass-guard").into())
}

fn run_it(order: Order, input: Input, seen: &mut Seen) -> Result<Exit, Trouble> {
    let (_stopper, stop) = stopper().unwrap();
    run(&guard(), order, input, stop, seen)
}

#[test]
fn a_program_that_behaves_is_heard_to_its_end() {
    let (mark, mut seen) = (Mark::new("behaves"), Seen::default());
    let script = "wc -c; echo to whom it may concern >&2; echo $0 \"$1\" $HOME; exit 3";
    let mut order = order(&mark, script);
    order.args.extend(["zero".into(), "a * b".into()]);
    order.folder = Some("/".into());
    let bytes: Vec<u8> = vec![b'x'; 300_000];
    let exit = run_it(order, Input::Bytes(bytes.into()), &mut seen).unwrap();
    assert_eq!(exit, Exit::Code(3));
    assert_eq!(String::from_utf8(seen.stdout).unwrap(), "300000\nzero a * b\n");
    assert_eq!(seen.stderr, b"to whom it may concern\n");
    mark.assert_gone();
}

#[test]
fn input_that_nobody_reads_holds_nothing_up() {
    let (mark, mut seen) = (Mark::new("deaf"), Seen::default());
    let bytes: Vec<u8> = vec![b'x'; 300_000];
    assert_eq!(run_it(order(&mark, "exec true"), Input::Bytes(bytes.into()), &mut seen).unwrap(), Exit::Code(0));
    let file = fs::File::open("/proc/self/status").unwrap();
    assert_eq!(run_it(order(&mark, "grep -c Name"), Input::File(file), &mut seen).unwrap(), Exit::Code(0));
    assert_eq!(seen.stdout, b"1\n");
}

#[test]
fn a_crash_is_told_by_its_signal() {
    let mark = Mark::new("crash");
    let exit = run_it(order(&mark, "kill -SEGV $$"), Input::Nothing, &mut Seen::default()).unwrap();
    assert_eq!(exit, Exit::Signal(11));
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let mark = Mark::new("absent");
    let mut order = order(&mark, "");
    order.program = "no-such-program".into();
    let trouble = run_it(order.clone(), Input::Nothing, &mut Seen::default()).unwrap_err();
    assert!(matches!(trouble, Trouble::NotFound(name) if name == Path::new("no-such-program")));
    order.program = "/etc/passwd".into();
    let trouble = run_it(order, Input::Nothing, &mut Seen::default()).unwrap_err();
    assert!(matches!(trouble, Trouble::CannotStart { program, .. } if program == Path::new("/etc/passwd")));
}

#[test]
fn a_program_that_hangs_is_stopped_with_all_its_children() {
    let mark = Mark::new("hangs");
    // Two that left their session, one of them an orphan from the start, and one that wants to live.
    let script = "(setsid sleep 1000 &) ; setsid sh -c 'sleep 1000 & wait' & trap '' TERM HUP; echo up; sleep 1000";
    let mut seen = Seen { enough_at: Some(3), ..Seen::default() };
    let trouble = run_it(order(&mark, script), Input::Nothing, &mut seen).unwrap_err();
    assert!(matches!(trouble, Trouble::Stopped), "{trouble}");
    mark.assert_gone();
}

#[test]
fn a_program_is_stopped_from_outside() {
    let mark = Mark::new("outside");
    let order = order(&mark, "sleep 1000");
    let (stopper, stop) = stopper().unwrap();
    let running = std::thread::Builder::new()
        .name("program".into())
        .spawn(move || run(&guard(), order, Input::Nothing, stop, &mut Seen::default()))
        .unwrap();
    wait_until(|| mark.living().iter().any(|line| line.starts_with("sleep")));
    drop(stopper);
    assert!(matches!(running.join().unwrap(), Err(Trouble::Stopped)));
    mark.assert_gone();
}

#[test]
fn a_daemon_that_is_left_behind_is_ended_and_told() {
    let mark = Mark::new("daemon");
    let script = "(setsid sleep 1000 >/dev/null 2>&1 </dev/null &) ; exit 0";
    let trouble = run_it(order(&mark, script), Input::Nothing, &mut Seen::default()).unwrap_err();
    assert!(matches!(&trouble, Trouble::LeftRunning(names) if names == "`sleep`"), "{trouble}");
    mark.assert_gone();
}

#[test]
fn what_ends_a_moment_later_is_not_left_behind() {
    let mark = Mark::new("later");
    let exit = run_it(order(&mark, "sleep 0.05 & exit 0"), Input::Nothing, &mut Seen::default()).unwrap();
    assert_eq!(exit, Exit::Code(0));
}

#[test]
fn a_flood_is_stopped() {
    let (mark, mut seen) = (Mark::new("flood"), Seen::default());
    let trouble = run_it(order(&mark, "yes & yes & wait"), Input::Nothing, &mut seen).unwrap_err();
    assert!(matches!(trouble, Trouble::Output { stream: "output", .. }), "{trouble}");
    assert!(seen.stdout.len() as u64 <= LIMITS.stdout_bytes);
    let trouble = run_it(order(&mark, "yes >&2"), Input::Nothing, &mut seen).unwrap_err();
    assert!(matches!(trouble, Trouble::Output { stream: "error output", .. }), "{trouble}");
    assert!(seen.stderr.len() as u64 <= LIMITS.stderr_bytes);
    mark.assert_gone();
}

#[test]
fn a_program_that_eats_memory_is_stopped() {
    let mark = Mark::new("memory");
    let mut order = order(&mark, "tail /dev/zero & tail /dev/zero & wait");
    order.limits.memory_bytes = 64 << 20;
    let trouble = run_it(order, Input::Nothing, &mut Seen::default()).unwrap_err();
    assert!(matches!(trouble, Trouble::Memory(limit) if limit == 64 << 20), "{trouble}");
    mark.assert_gone();
}

#[test]
fn a_program_that_forks_on_and_on_is_stopped() {
    let mark = Mark::new("forks");
    // Bounded by itself, so that a broken guard does not take the machine down.
    let script = "f() { [ $1 -gt 0 ] || exec sleep 1000; f $(($1 - 1)) & f $(($1 - 1)) & wait; }; f 6";
    let mut order = order(&mark, script);
    order.limits.processes = 20;
    let trouble = run_it(order, Input::Nothing, &mut Seen::default()).unwrap_err();
    assert!(matches!(trouble, Trouble::Processes(20)), "{trouble}");
    mark.assert_gone();
}

#[test]
fn a_guard_that_is_killed_is_told_and_its_session_ended() {
    let mark = Mark::new("guardless");
    let trouble = run_it(order(&mark, "kill -9 $PPID; sleep 1000"), Input::Nothing, &mut Seen::default()).unwrap_err();
    assert!(matches!(trouble, Trouble::GuardDied), "{trouble}");
    wait_until(|| mark.living().is_empty());
}

#[test]
fn nothing_outlives_a_killed_engine() {
    let mark = Mark::new("killed");
    let (name, value) = mark.variable().split_once('=').unwrap();
    let script = "(setsid sleep 1000 &) ; sleep 1000";
    let mut engine = Command::new(guard().0);
    let mut engine = engine.args(["sh", "-c", script]).env(name, value).stdin(Stdio::null()).spawn().unwrap();
    wait_until(|| mark.living().iter().filter(|line| line.starts_with("sleep")).count() == 2);
    engine.kill().unwrap();
    engine.wait().unwrap();
    wait_until(|| mark.living().is_empty());
}
