//! Runs a program for each item.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;
use windlass_core::context::Program;
use windlass_core::expr::{Pattern, add_ports};
use windlass_core::node::Emission;
use windlass_core::permission::Permission;
use windlass_core::prelude::*;
use windlass_core::types::Type;

use crate::shared::aside::aside;
use crate::shared::given;
use crate::shared::outputs::{Output, accepted};
use crate::shared::scratch::Scratch;
use crate::shared::stdout::Stdout;
use crate::shared::watch::watched;

/// The program, what it is given, what is taken, and what it may use.
#[derive(Params)]
pub struct Settings {
    /// The program: a name, found where the system looks for programs (permission `process:NAME`), or an absolute path
    /// (permission `process`).
    #[param(static)]
    program: String,
    /// Its arguments, one by one, as they are: no shell reads them. Placeholders become ports, as in
    /// `text.template`: `"--width={{ width }}"`. A file stands there by its path; an argument that is one placeholder and
    /// nothing else becomes one argument for each member of a list, and none where the value is absent. Where a value may
    /// begin with `-`, put `--` before it.
    #[param(static, default = [], ty = "list<text|int|float|bool>")]
    args: Json,
    /// Its environment, by name; placeholders become ports. It has `PATH`, `LANG=C.UTF-8`, and a `HOME` and `TMPDIR` of its
    /// own, and else what stands here. A secret is given by a port: `env: { API_KEY: "{{ key }}" }`, `key: { env: API_KEY }`.
    #[param(static, default = {})]
    env: Json,
    /// What its standard output becomes.
    #[param(static, default = "text")]
    stdout: Stdout,
    /// Files that it writes into the folder in which it runs, by the names of outputs: `{ picture: out.png }` is a file,
    /// which must be there; `{ pages: "pages/*.png" }` is a list of files, which may be empty.
    #[param(static, default = {})]
    files: Json,
    /// Exit codes that say that all went well.
    #[param(default = [0])]
    codes: Vec<i64>,
    /// Memory that it and all that it starts may use; as much as the whole run where nothing is said.
    #[param(default = null, unit = "bytes")]
    memory: Option<u64>,
    /// Processes that may live at once.
    #[param(default = 256, min = 1)]
    processes: u32,
    /// What it may write to its standard output.
    #[param(default = 67108864, unit = "bytes")]
    output: u64,
    /// What may stand in its folder, inputs that were written there included; looked at four times a second.
    #[param(default = 1073741824, unit = "bytes")]
    disk: u64,
}

/// `process.run`
pub struct Run {
    program: String,
    args: Pattern,
    env: Pattern,
    stdout: Stdout,
    files: Arc<[Output]>,
    /// Whether it was looked for folders that killed processes have left.
    is_swept: AtomicBool,
}

impl Node for Run {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "process.run",
            "Run program",
            "Runs a program, in an empty folder of its own that goes afterwards, and takes its output and the files that it \
             writes there. It is killed with all that it started when the node's `timeout` is over, a limit is broken or \
             the run ends. What it writes to its error output is the item's log. A program may do all that whoever \
             runs the graph may do: it needs a permission. It runs again in each run, unless `cache: always` says that \
             its results depend on what it is given alone.",
        )
        .search(&["command", "shell", "execute", "exec", "script", "cli", "ffmpeg", "pipe"])
        .reads()
        .process(Permission::process())
        .sample(Sample::new().param("program", "cat").input("stdin", Value::text("hello")))
        .example(
            r#"
open:
  kind: files.open
  params: { path: samples/captions.csv }
sorted:
  kind: process.run
  params: { program: sort, args: ["--reverse", "{{ table }}"], stdout: file }
  inputs: { table: open.file }
save:
  kind: files.write
  params: { path: out/sorted.csv }
  inputs: { value: sorted.stdout }
"#,
        )
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Self::read(statics)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let run = Self::read(statics)?;
        // Before the program is known, the kind needs the wider permission.
        if !run.program.is_empty() {
            spec.permissions = vec![run.permission()];
        }
        let text = "A text, or a file as it is, for its standard input; all else is written as JSON.";
        let ty = Type::optional(Type::union([Type::text(), Type::Json, Type::File]));
        spec.inputs.push(PortSpec { optional: true, constant: true, ..PortSpec::new("stdin", ty, text) });
        add_ports(spec, run.names())?;
        spec.outputs.push(PortSpec::new("code", Type::int(), "Its exit code."));
        spec.outputs.extend(run.stdout.port());
        run.files.iter().for_each(|output| output.add_port(spec));
        Ok(())
    }

    async fn fire(&self, params: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        ctx.require(&self.permission())?;
        let scratch = Arc::new(Scratch::new()?);
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            let scratch = scratch.clone();
            aside(move || {
                scratch.sweep();
                Ok(())
            })
            .await?;
        }
        let result = self.run(&params, inputs, &scratch, ctx).await;
        aside(move || {
            drop(scratch);
            Ok(())
        })
        .await?;
        result
    }
}

impl Run {
    fn read(statics: &Statics) -> Result<Self, NodeError> {
        let program = statics.get("program").map(|_| statics.text("program")).transpose()?.unwrap_or_default();
        let is_path = program.contains('/');
        if is_path && !Path::new(program).is_absolute() || program.contains('\0') {
            let said = format!("parameter `program`: `{program}` is neither a name nor an absolute path");
            return Err(NodeError::new(said).hint("name a program that is installed, or give the whole path to it"));
        }
        let nothing = || Json::Object(serde_json::Map::new());
        let data = |name: &str, empty: Json| statics.get(name).cloned().unwrap_or(empty);
        let compile = |name: &str, empty: Json| {
            Pattern::compile(&data(name, empty)).map_err(|error| error.within(format!("parameter `{name}`")))
        };
        given::check_env(&data("env", nothing()))?;
        let files = Output::all(&data("files", nothing()));
        Ok(Self {
            program: program.to_owned(),
            args: compile("args", Json::Array(Vec::new()))?,
            env: compile("env", nothing())?,
            stdout: Stdout::of(statics)?,
            files: files.map_err(|error| error.within("parameter `files`"))?.into(),
            is_swept: AtomicBool::new(false),
        })
    }

    /// A name alone does not say which program a path leads to, so a path needs the permission for all of them.
    fn permission(&self) -> Permission {
        match self.program.contains('/') {
            true => Permission::process(),
            false => Permission::program(&self.program),
        }
    }

    async fn run(
        &self,
        params: &Settings,
        inputs: Bag,
        scratch: &Arc<Scratch>,
        ctx: &Ctx,
    ) -> Result<Emission, NodeError> {
        let program = self.prepare(params, inputs, scratch, ctx).await?;
        let mut written = Vec::new();
        let mut hear = |bytes: &[u8]| {
            written.extend_from_slice(bytes);
            Ok(())
        };
        let ended = watched(scratch, params.disk, ctx.run(&program, &mut hear)).await?;
        let mut out = Emission::default();
        out.value("code", Value::Int(accepted(&ended, &params.codes)?));
        if let Some(value) = self.stdout.value(written)? {
            out.value("stdout", value);
        }
        let (files, left, mut left_bytes) = (self.files.clone(), scratch.clone(), params.disk);
        let take = move || files.iter().map(|output| output.take(&left.work(), &mut left_bytes)).collect();
        let taken: Vec<_> = aside(take).await?;
        taken.into_iter().for_each(|(port, value)| out.value(port, value));
        Ok(out)
    }

    async fn prepare(
        &self,
        params: &Settings,
        inputs: Bag,
        scratch: &Arc<Scratch>,
        ctx: &Ctx,
    ) -> Result<Program, NodeError> {
        let mut program = Program::new(&self.program);
        program.input = given::input(inputs.get("stdin"), ctx)?;
        let names: Vec<_> = self.names().into_iter().map(str::to_owned).collect();
        let (place, door) = (scratch.clone(), ctx.clone());
        let plain = move || given::with_paths(&inputs, names.iter().map(String::as_str), &place, &door);
        let plain = aside(plain).await?;
        program.args = given::args(&self.args, &plain)?;
        program.env = given::env(&self.env, &plain, scratch)?;
        program.folder = Some(scratch.work());
        program.limits.memory_bytes = params.memory;
        program.limits.processes = params.processes;
        program.limits.stdout_bytes = params.output;
        program.keeps = Some(scratch.clone());
        Ok(program)
    }

    fn names(&self) -> BTreeSet<&str> {
        self.args.names().into_iter().chain(self.env.names()).collect()
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::json;
    use windlass_core::value::{Channels, FileContent, List, Samples};

    use super::*;

    fn bench(program: &str, args: Json) -> Harness {
        Harness::of::<Run>().param("program", program).param("args", args)
    }

    fn sh(script: &str) -> Harness {
        bench("sh", json!(["-c", script]))
    }

    fn fire(bench: &Harness) -> Result<Gave, NodeError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(bench.fire_async())
    }

    #[track_caller]
    fn cause(bench: &Harness) -> String {
        fire(bench).map(|_| ()).unwrap_err().to_string()
    }

    fn stdout(bench: &Harness) -> String {
        fire(bench).unwrap().get("stdout").unwrap()
    }

    #[test]
    fn arguments_are_what_they_are_and_no_shell_sees_them() {
        let args = json!(["%s|", "{{ a }}", "-{{ n }}", "{{ list }}", "{{ gone }}", 7, "$HOME; `id`"]);
        let bench = bench("printf", args).param("a", "a \"b\" $(c)").param("n", 1.5).param("list", json!(["x", "y z"]));
        assert_eq!(stdout(&bench.input("gone", Value::Absent)), "a \"b\" $(c)|-1.5|x|y z|7|$HOME; `id`|");
    }

    #[test]
    fn files_are_given_by_path_and_taken_by_name() {
        let file = |text: &str| Value::File(Arc::new(File::in_memory(text.as_bytes(), "a/b.txt", "text/plain")));
        let script = "cat \"$1\" \"$2\" > out.txt; echo \"$2\"; touch 2.log 1.log";
        let bench = bench("sh", json!(["-c", script, "sh", "{{ files_in }}"]));
        let bench = bench.param("files", json!({ "all": "out.txt", "logs": "*.log" }));
        let list = [file("one,"), file("two")].into_iter().collect::<List>();
        let gave = fire(&bench.input("files_in", Value::List(Arc::new(list)))).unwrap();
        let all: Arc<File> = gave.get("all").unwrap();
        assert_eq!(all.content, FileContent::Bytes(b"one,two".as_slice().into()));
        assert_eq!((all.name.as_str(), all.media_type.as_str()), ("out.txt", "text/plain"));
        let logs: Vec<Arc<File>> = gave.get("logs").unwrap();
        assert_eq!(logs.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["1.log", "2.log"]);
        let place: String = gave.get("stdout").unwrap();
        assert!(place.ends_with("/b.txt") && !Path::new(&place).exists(), "{place}");
    }

    #[test]
    fn its_folder_goes_also_after_a_failure() {
        let bench = sh("pwd >&2; mkdir closed; touch closed/a; chmod 000 closed; pwd; exit 3");
        let error = cause(&bench);
        let (said, folder) = error.split_once(", saying: ").unwrap();
        assert_eq!(said, "`sh` ended with exit code 3");
        assert!(folder.ends_with("/work") && !Path::new(folder).parent().unwrap().exists(), "{folder}");
        let gave = fire(&bench.param("codes", json!([0, 3]))).unwrap();
        assert_eq!(gave.get::<i64>("code"), Ok(3));
        assert!(!Path::new(&gave.get::<String>("stdout").unwrap()).exists());
    }

    #[test]
    fn its_environment_is_its_own() {
        let bench = sh("env | sort | sed 's/=.*windlass-program-[^/]*/=/'; cat")
            .param("env", json!({ "KEY": "k={{ key }}", "LANG": null }));
        let text = stdout(&bench.param("key", "v").param("stdin", "read"));
        // What the shell sets by itself does not count.
        let lines = text
            .lines()
            .filter(|line| !["PATH=", "PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|own| line.starts_with(own)));
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines, ["HOME=/home", "KEY=k=v", "TMPDIR=/home", "read"]);
    }

    #[test]
    fn only_a_name_or_a_whole_path_is_run_and_only_with_its_permission() {
        let needs = |program: &str| bench(program, json!([])).spec().unwrap().permissions;
        assert_eq!(needs("sort"), [Permission::program("sort")]);
        assert_eq!(needs("/usr/bin/sort"), [Permission::process()]);
        let error = bench("./sort", json!([])).open().unwrap_err();
        assert!(error.to_string().contains("neither a name nor an absolute path"));
        let denied = bench("true", json!([])).granted([Permission::program("false")].into_iter().collect());
        assert_eq!(cause(&denied), "the permission `process:true` was not granted");
    }

    #[test]
    fn what_cannot_be_given_or_taken_is_said() {
        let image = Image::new(1, 1, Channels::Gray, Samples::U8(vec![0])).unwrap();
        let bench_with = bench("true", json!(["{{ x }}"])).input("x", Value::Image(Arc::new(image)));
        assert_eq!(cause(&bench_with), "input `x`: a program cannot be given `image`");
        assert_eq!(cause(&bench("true", json!(["a\0b"]))), "argument 1 holds a zero byte");
        let code = cause(&sh("exit 0").param("codes", json!([1])));
        assert_eq!(code, "`sh` ended with exit code 0, which is not among `codes`");
        assert_eq!(cause(&sh("yes").param("output", 100)), "it wrote more than 100 bytes to its output");
        let big = sh("head -c 3000000 /dev/zero > a").param("files", json!({ "a": "a" })).param("disk", 2_000_000);
        assert_eq!(cause(&big), "the files that it wrote are larger than `disk` allows");
        let open = |env: Json| sh("").param("env", env).open().unwrap_err().to_string();
        assert_eq!(open(json!({ "a=b": "c" })), "parameter `env`: `a=b` cannot be the name of a variable");
        assert!(open(json!({ "KEY": { "env": "KEY" } })).starts_with("parameter `env`: `KEY` is no text"));
    }
}
