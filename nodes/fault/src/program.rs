//! Runs a program and counts what it writes; the engine's tests run ones that misbehave.

use windlass_core::context::{Program as Run, ProgramInput};
use windlass_core::permission::Permission;
use windlass_core::prelude::*;

/// Parameters.
#[derive(Params)]
pub struct ProgramParams {
    /// What a shell is to do; the number stands in its variable `value`.
    script: String,
    /// Memory that it and all that it starts may use, in bytes.
    #[param(default = 1073741824, min = 0, unit = "bytes")]
    memory: u64,
    /// Processes that may live at once.
    #[param(default = 32, min = 0)]
    processes: u32,
    /// Bytes that it may write.
    #[param(default = 1048576, min = 0, unit = "bytes")]
    output: u64,
}

/// Inputs.
#[derive(Inputs)]
pub struct ProgramIn {
    /// A number, which the program also reads from its standard input.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct ProgramOut {
    /// Number of bytes written.
    out: i64,
}

/// The node.
pub struct Program;

impl Node for Program {
    type Params = ProgramParams;
    type In = ProgramIn;
    type Out = ProgramOut;

    fn about() -> About {
        About::new("fault.program", "Program", "Runs a program and counts what it writes.")
            .reads()
            .process(Permission::program("sh"))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: ProgramParams, inputs: ProgramIn, ctx: &Ctx) -> Result<ProgramOut, NodeError> {
        let value = inputs.value.to_string();
        let mut program = Run::new("sh").arg("-c").arg(params.script).env("PATH", "/usr/bin:/bin").env("value", &value);
        program.input = ProgramInput::Bytes(value.into_bytes().into());
        program.limits.memory_bytes = Some(params.memory);
        program.limits.processes = params.processes;
        program.limits.stdout_bytes = params.output;
        let mut out = 0;
        let mut count = |bytes: &[u8]| {
            out += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            Ok(())
        };
        ctx.run(&program, &mut count).await?.success()?;
        Ok(ProgramOut { out })
    }
}
