//! Runs a program as the engine runs one, for tests and by hand: `windlass-guard sh -c 'echo hello'`.

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use windlass_process::{Exit, Guard, Input, Limits, Order, Watch, guard_if_asked, run, stopper};

const LIMITS: Limits = Limits { memory_bytes: 1 << 30, processes: 64, stdout_bytes: 1 << 30, stderr_bytes: 1 << 20 };

fn main() -> ExitCode {
    guard_if_asked().unwrap_or_else(run_arguments)
}

fn run_arguments() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let program = args.next().unwrap_or_default().into();
    let env = std::env::vars_os().collect();
    let order = Order { program, args: args.collect(), env, folder: None, limits: LIMITS };
    // The stopper is kept until the program has come to its end.
    let exit = stopper().and_then(|(_stopper, stop)| run(&Guard::default(), order, Input::Nothing, stop, &mut Through));
    match exit {
        Ok(Exit::Code(code)) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Ok(Exit::Signal(_)) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

/// Hands everything through.
struct Through;

impl Watch for Through {
    fn stdout(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let written = std::io::stdout().write_all(bytes).and_then(|()| std::io::stdout().flush());
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn stderr(&mut self, bytes: &[u8]) {
        // Nobody is left who could be told.
        let _ = std::io::stderr().write_all(bytes);
    }
}
