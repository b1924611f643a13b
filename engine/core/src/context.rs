//! The few doors that a firing has to the engine.

mod cancel;
mod last;
mod object;
mod open_file;
mod out_path;
mod program;
mod question;
mod spot;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use cancel::Cancel;
pub use last::{LetGo, Make};
pub use object::{HeldObject, LeaseOn, Leasing};
pub use open_file::{OpenFile, ReadSeek};
pub use out_path::OutPath;
pub use program::{Ended, Exit, Program, ProgramInput, ProgramLimits, Running};
pub use question::{Notes, Question};

use crate::key::Place;
use crate::node::{InOrder, NodeError};
use crate::permission::Permission;
use crate::seed::Seed;
use crate::service::{ServiceFuture, ServiceHandle};
use crate::value::{File, Value};
use spot::Spot;

/// What a firing may ask of the engine, and no more.
#[derive(Clone)]
pub struct Ctx {
    spot: Spot,
    cancel: Cancel,
    lease: Lease,
    seed: Seed,
    doors: Arc<dyn Doors>,
    in_order: Option<InOrder>,
    let_go: LetGo,
}

/// What writes the content of a file. It is called once.
pub type Content<'a> = dyn FnMut(&mut dyn Write) -> Result<(), NodeError> + Send + 'a;

/// A file on its way to the disk. The content is written when this is first polled; what is waited for is the disk.
pub type Saving<'a> = Pin<Box<dyn Future<Output = Result<Saved, NodeError>> + Send + 'a>>;

/// What the engine answers through the context.
pub trait Doors: Send + Sync {
    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// Says why nothing was written.
    fn save<'a>(
        &'a self,
        place: &'a Place,
        path: &'a Path,
        if_exists: IfExists,
        content: &'a mut Content<'_>,
    ) -> Saving<'a>;
    /// Writes the last file of a firing, whole or not at all. An engine that keeps what was made until the disk has it says so
    /// in `let_go`.
    ///
    /// # Errors
    /// Says why nothing was written.
    fn save_last<'a>(
        &'a self,
        place: &'a Place,
        path: &'a Path,
        if_exists: IfExists,
        make: Make<'a>,
        _let_go: &'a LetGo,
    ) -> Saving<'a> {
        Box::pin(async move {
            let mut make = Some(make);
            let mut content = |out: &mut dyn Write| match make.take() {
                Some(make) => {
                    out.write_all(&make()?).map_err(|error| NodeError::because("the file cannot be written", &error))
                }
                None => {
                    Err(NodeError::new("its content was asked for twice, which is a bug of Windlass; please report it"))
                }
            };
            self.save(place, path, if_exists, &mut content).await
        })
    }
    /// Opens the content of a file for reading; only regular files are opened, and opening never blocks.
    ///
    /// # Errors
    /// Says what stands there instead, or why it cannot be read; the path comes last.
    fn open(&self, file: &File) -> Result<OpenFile, NodeError>;
    /// Brings a running service of the firing's own pack; there are none unless an engine says otherwise.
    fn service(&self, name: &str) -> ServiceFuture<Result<ServiceHandle, NodeError>> {
        let error = NodeError::new(format!("there is no service `{name}` here"));
        Box::pin(async { Err(error) })
    }
    /// Returns whether the caller has granted something; nothing unless an engine says otherwise.
    fn allows(&self, _needed: &Permission) -> bool {
        false
    }
    /// Takes note of the share done, 0.0 to 1.0.
    fn progress(&self, place: &Place, share: f32);
    /// Shows a value while the firing goes on.
    fn preview(&self, place: &Arc<Place>, value: Value);
    /// Writes a line to the item's log.
    fn log(&self, place: &Place, line: &str);
    /// Returns what was noted for the firing under a name, on an earlier try.
    fn note(&self, _place: &Place, _name: &str) -> Option<serde_json::Value> {
        None
    }
    /// Notes something for the next try of the firing.
    ///
    /// # Errors
    /// Says why nothing was noted.
    fn put_note(&self, _place: &Place, _name: &str, _value: serde_json::Value) -> Result<(), NodeError> {
        Err(NodeError::new("nothing is noted here"))
    }
    /// Takes the lease on an object of the workspace; there are none unless an engine says otherwise.
    fn lease_on<'a>(&'a self, _place: &'a Place, _object: &'a str, _patience: Duration) -> Leasing<'a> {
        Box::pin(async { Err(NodeError::new("objects are not leased here").permanent()) })
    }
    /// Runs a program and hands on what it writes; dropping the future ends the program and all that it started.
    ///
    /// # Errors
    /// Says why it could not be started, or which limit it broke. Where no engine is, no program is run.
    fn run<'a>(
        &'a self,
        _place: &'a Place,
        _program: &'a Program,
        _output: &'a mut (dyn FnMut(&[u8]) -> Result<(), NodeError> + Send),
    ) -> Running<'a> {
        Box::pin(async { Err(NodeError::new("no programs are run here").permanent()) })
    }
}

/// Writes the files of sinks: whole or not at all, and never over what is not ours. The store implements it.
pub trait Files: Send + Sync {
    /// Writes `path` for the item `holder` (`step key`), as `if_exists` says.
    ///
    /// # Errors
    /// Says why nothing was written: another item holds the path, a foreign file stands there, the disk is full
    /// ([`NodeError::is_disk_full`]).
    fn save<'a>(
        &'a self,
        holder: &'a str,
        path: &'a Path,
        if_exists: IfExists,
        content: &'a mut Content<'_>,
    ) -> Saving<'a>;
    /// Takes a path for the item `holder`, whose file stands there from an earlier run: no other item may write it.
    ///
    /// # Errors
    /// Another item holds the path.
    fn claim(&self, _holder: &str, _path: &Path) -> Result<(), NodeError> {
        Ok(())
    }
    /// Removes what was begun and not finished, because the process is about to end.
    fn abandon(&self);
}

/// What was granted to a firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Processor cores.
    pub cores: u32,
    /// Memory in bytes; 0 where none was asked for.
    pub memory_bytes: u64,
    /// Device, `cpu` or `cuda:0`.
    pub device: String,
}

impl Default for Lease {
    fn default() -> Self {
        Self { cores: 1, memory_bytes: 0, device: "cpu".into() }
    }
}

/// What to do where a file already stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, windlass_derive::Choice)]
pub enum IfExists {
    /// Replace what this graph wrote there itself; fail the item otherwise.
    #[default]
    Ours,
    /// Replace it.
    Overwrite,
    /// Write beside it under the next free name, `name~2.jpg`.
    Rename,
    /// Leave it and go on.
    Skip,
    /// Fail the item.
    Fail,
}

/// What became of a file that was to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where the file stands.
    pub path: PathBuf,
    /// What happened to it.
    pub outcome: SaveOutcome,
    /// Hash (blake3) and size in bytes of what stands there; `None` where nobody looked.
    pub content: Option<(blake3::Hash, u64)>,
}

/// What happened to a file that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// It was written.
    Written,
    /// It had this content already.
    Unchanged,
    /// It stood there and was left as it is.
    Skipped,
}

impl Ctx {
    /// Makes a context. `seed` is the firing's own.
    pub fn new(place: Arc<Place>, cancel: Cancel, lease: Lease, seed: impl Into<Seed>, doors: Arc<dyn Doors>) -> Self {
        Self {
            spot: Spot::Known(place),
            cancel,
            lease,
            seed: seed.into(),
            doors,
            in_order: None,
            let_go: LetGo::default(),
        }
    }

    /// Makes it the context of another item, and gives back the place that it had. The engine does, where many items go
    /// through a light step one after the other.
    pub fn swap_place(&mut self, place: &mut Arc<Place>) {
        self.spot.swap(place);
    }

    /// Makes it the context of children of a group that have no names of their own, one after the other.
    pub(crate) fn enter_group(&mut self, group: Arc<Place>) {
        self.spot = Spot::child(group, 0);
    }

    /// Makes it the context of another child of the group that it was made to enter.
    #[inline]
    pub(crate) fn go_to_child(&mut self, index: u64) {
        self.spot.go_to(index);
    }

    fn place(&self) -> &Arc<Place> {
        self.spot.place()
    }

    /// Says what an ordered node is fed; the engine does, and the node's own code sees its state alone.
    #[must_use]
    pub fn in_order(mut self, fed: Option<InOrder>) -> Self {
        self.in_order = fed;
        self
    }

    /// Returns how many items of the group, before this one, have a fate that nobody knows. Only kinds that say so
    /// ([`counts_open`](crate::spec::Spec::counts_open)) are fed behind such an item.
    pub fn open_before(&self) -> u64 {
        match self.in_order {
            Some(InOrder::Item { open_before, .. }) => open_before,
            Some(InOrder::End(_)) | None => 0,
        }
    }

    pub(crate) fn fed(&self) -> Option<&InOrder> {
        self.in_order.as_ref()
    }

    /// Writes a file whole or not at all: to a temporary name, synced, renamed. While the disk is waited for, the firing
    /// holds neither a thread nor a core.
    ///
    /// # Errors
    /// Says why nothing was written: the path is held by another item, a foreign file stands there, the disk is full.
    pub async fn save(
        &self,
        path: &OutPath,
        if_exists: IfExists,
        mut content: impl FnMut(&mut dyn Write) -> Result<(), NodeError> + Send,
    ) -> Result<Saved, NodeError> {
        let mut in_time = |out: &mut dyn Write| {
            content(out)?;
            // Code that comes back after its time limit finds its item failed, and its file must not appear then.
            self.check_cancelled()
        };
        self.doors.save(self.place(), path.as_path(), if_exists, &mut in_time).await
    }

    /// Opens the content of a file for reading, for what is streamed. A source of children may keep it.
    ///
    /// # Errors
    /// Says why: a folder, a pipe, a dangling link, no permission.
    pub fn open(&self, file: &File) -> Result<OpenFile, NodeError> {
        self.doors.open(file)
    }

    /// Reads the whole content of a file of at most `limit_bytes`.
    ///
    /// # Errors
    /// Says why: what [`Ctx::open`] refuses, a file that is larger, a disk that cannot be read.
    pub fn read(&self, file: &File, limit_bytes: u64) -> Result<Vec<u8>, NodeError> {
        self.open(file)?.read_all(&file.name, limit_bytes)
    }

    /// Returns a service of the node's own pack, by its name without the pack; it is started if it does not run, and
    /// waited for while it starts. `T` is the service's [`crate::service::Service::Handle`].
    ///
    /// # Errors
    /// Says why it does not run; whether it may later, so that a retry makes sense, is up to its supervision.
    pub async fn service<T: Send + Sync + 'static>(&self, name: &str) -> Result<Arc<T>, NodeError> {
        let running = self.doors.service(name).await?;
        running.downcast().map_err(|_| NodeError::new(format!("the service `{name}` is of another type")).permanent())
    }

    /// Makes sure that the caller has granted what is known to be needed only now, like the host in an item's address.
    ///
    /// # Errors
    /// It was not granted; nothing may be done then.
    pub fn require(&self, needed: &Permission) -> Result<(), NodeError> {
        if self.doors.allows(needed) {
            return Ok(());
        }
        let hint = format!("if it should be allowed, add `{needed}` to `permissions` in the graph, and grant it");
        Err(NodeError::new(format!("the permission `{needed}` was not granted")).hint(hint).permanent())
    }

    /// Says which share of the work is done, 0.0 to 1.0.
    pub fn progress(&self, share: f32) {
        self.doors.progress(self.place(), share.clamp(0.0, 1.0));
    }

    /// Shows a value while the firing goes on.
    pub fn preview(&self, value: Value) {
        self.doors.preview(self.place(), value);
    }

    /// Writes a line to the item's log. Never personal data, never a secret.
    pub fn log(&self, line: impl AsRef<str>) {
        self.doors.log(self.place(), line.as_ref());
    }

    /// Runs a program, and hands on what it writes as it comes, in pieces; the next one is awaited only after `output`
    /// has come back. What the program writes to its error output goes to the item's log, line by line.
    ///
    /// The program ends, with all that it started, when the firing does: by its time limit, because the run is
    /// stopped, because `output` fails, or because this future is dropped. Only kinds of the cost class `process`
    /// ([`crate::about::About::process`]) may run programs.
    ///
    /// # Errors
    /// Says that it is not allowed, why it could not be started, which limit it broke, or what it left running. An exit code is no error here:
    /// see [`Ended::success`].
    pub async fn run(
        &self,
        program: &Program,
        output: &mut (dyn FnMut(&[u8]) -> Result<(), NodeError> + Send),
    ) -> Result<Ended, NodeError> {
        self.require(&Permission::program(&program.name()))?;
        self.doors.run(self.place(), program, output).await
    }

    /// Takes the lease on an object of the workspace that only one firing of all runs may change at a time, by a name that all who
    /// change it agree on. Waits for whoever holds it, as long as `patience` says; a holder that has been silent for 30 s loses it.
    /// As long as the firing holds a lease that was lost, [`Ctx::save`] writes nothing.
    ///
    /// Whoever takes several takes them in the order of their names, so that nobody waits for each other.
    ///
    /// # Errors
    /// Somebody else holds it, and may have given it back when this is tried again; or leases cannot be written.
    pub async fn lease_on(&self, object: &str, patience: Duration) -> Result<LeaseOn, NodeError> {
        self.doors.lease_on(self.place(), object, patience).await
    }

    /// Returns what an earlier try of the firing noted under a name.
    pub fn note(&self, name: &str) -> Option<serde_json::Value> {
        self.doors.note(self.place(), name)
    }

    /// Notes something small for the next try of the firing: a ticket at a server, before it is used.
    ///
    /// # Errors
    /// Says why nothing was noted.
    pub fn put_note(&self, name: &str, value: serde_json::Value) -> Result<(), NodeError> {
        self.doors.put_note(self.place(), name, value)
    }

    /// Asks a person; returns the answer. As long as there is none, the error that comes back, handed on with `?`, parks
    /// the firing, which begins anew once there is one.
    ///
    /// # Errors
    /// [`NodeError::waiting`], or what is wrong with the answer.
    pub fn ask(&self, question: Question) -> Result<Value, NodeError> {
        match self.note(Question::note()) {
            Some(answer) => question.noted(&answer),
            None => Err(NodeError::waiting(question)),
        }
    }

    /// Returns whether the firing should come to an end.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Ends the firing if it should come to an end; long loops call it.
    ///
    /// # Errors
    /// [`NodeError::cancelled`], to be handed on with `?`.
    pub fn check_cancelled(&self) -> Result<(), NodeError> {
        if self.is_cancelled() { Err(NodeError::cancelled()) } else { Ok(()) }
    }

    /// Returns what was granted to the firing.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Returns the firing's generator: the same for the same run seed, node and item, on every machine.
    pub fn random(&self) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.seed.at(self.place()))
    }

    /// Returns the stable name of the item, empty for what runs once.
    pub fn item_name(&self) -> &str {
        self.place().name()
    }
}
