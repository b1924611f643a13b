//! The rows of the tables, one function for each.

use rusqlite::{Result, Statement, Transaction, params};
use windlass_core::event::{Fate, StepState};

use crate::Stored;
use crate::journal::{Began, Given, Kept};

/// One item in one step of one run.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub run: &'a str,
    pub step: &'a str,
    pub key: &'a str,
}

/// What is written to each table.
pub struct Tables<'c> {
    runs: Statement<'c>,
    steps: Statement<'c>,
    items: Statement<'c>,
    firings: Statement<'c>,
    /// What an earlier process came to with a firing is taken out before a later one has its say.
    forget_firing: Statement<'c>,
    forget_more: [Statement<'c>; 3],
    inputs: Statement<'c>,
    outputs: Statement<'c>,
    artifacts: Statement<'c>,
    files: Statement<'c>,
}

impl<'c> Tables<'c> {
    pub fn new(transaction: &'c Transaction<'_>) -> Result<Self> {
        // Of several processes that worked on a run, the last word counts.
        let into = |table: &str, columns: usize| {
            let places = vec!["?"; columns].join(", ");
            transaction.prepare(&format!("INSERT OR REPLACE INTO {table} VALUES ({places})"))
        };
        let out_of =
            |table: &str| transaction.prepare(&format!("DELETE FROM {table} WHERE run = ? AND step = ? AND key = ?"));
        Ok(Self {
            runs: into("runs", 12)?,
            steps: into("steps", 12)?,
            items: into("items", 9)?,
            firings: into("firings", 6)?,
            forget_firing: out_of("firings")?,
            forget_more: [out_of("inputs")?, out_of("outputs")?, out_of("files")?],
            inputs: into("inputs", 5)?,
            outputs: into("outputs", 9)?,
            artifacts: into("artifacts", 3)?,
            files: into("files", 7)?,
        })
    }

    pub fn run(&mut self, name: &str, began: &Began, stand: (&str, Option<u64>), lost_bytes: u64) -> Result<()> {
        let args = serde_json::to_string(&began.call.args).unwrap_or_default();
        let (graph, folder) = (began.graph.to_string_lossy(), began.call.folder.to_string_lossy());
        self.runs.execute(params![
            name,
            graph,
            whole(began.unix_ms),
            began.windlass,
            began.host,
            began.pid,
            folder,
            args,
            began.seed.map(|seed| seed.to_string()),
            stand.0,
            stand.1.map(whole),
            whole(lost_bytes),
        ])?;
        Ok(())
    }

    pub fn step(&mut self, run: &str, state: &StepState) -> Result<()> {
        self.steps.execute(params![
            run,
            state.info.name,
            state.info.kind,
            state.info.title,
            whole(state.admitted),
            whole(state.emitted),
            whole(state.skipped),
            whole(state.failed),
            whole(state.handled),
            whole(state.recalled),
            whole(state.recomputed),
            state.busy_ms,
        ])?;
        Ok(())
    }

    pub fn item(&mut self, at: At<'_>, name: &str, fate: &Fate, took_ms: Option<f64>, at_ms: u64) -> Result<()> {
        let (fate, cause, attempts) = match fate {
            Fate::Emitted => ("emitted", None, None),
            Fate::Skipped { reason } => ("skipped", Some(reason.clone()), None),
            Fate::Failed { causes, attempts, .. } => ("failed", Some(causes.join("\n")), Some(*attempts)),
        };
        self.items.execute(params![at.run, at.step, at.key, name, fate, cause, attempts, took_ms, whole(at_ms)])?;
        Ok(())
    }

    pub fn firing(&mut self, at: At<'_>, fingerprint: &blake3::Hash, took_us: u64, came: &str) -> Result<()> {
        if self.forget_firing.execute(params![at.run, at.step, at.key])? > 0 {
            for forget in &mut self.forget_more {
                forget.execute(params![at.run, at.step, at.key])?;
            }
        }
        let fingerprint = fingerprint.to_hex();
        self.firings.execute(params![at.run, at.step, at.key, fingerprint.as_str(), whole(took_us), came])?;
        Ok(())
    }

    pub fn input(&mut self, at: At<'_>, port: &str, value: &blake3::Hash) -> Result<()> {
        self.inputs.execute(params![at.run, at.step, at.key, port, value.to_hex().as_str()])?;
        Ok(())
    }

    pub fn output(&mut self, at: At<'_>, port: &str, given: &Given) -> Result<()> {
        match given {
            Given::Skip(reason) => {
                let none = None::<String>;
                self.outputs.execute(params![at.run, at.step, at.key, port, none, none, none, none, reason])?;
            }
            Given::Value(kept) => self.value(at, port, kept)?,
        }
        Ok(())
    }

    fn value(&mut self, at: At<'_>, port: &str, kept: &Kept) -> Result<()> {
        let artifact = kept.stored.as_ref().map(|stored| stored.hash().to_hex().to_string());
        if let (Some(stored), Some(artifact)) = (&kept.stored, &artifact) {
            self.artifacts.execute(params![artifact, whole(stored.size_bytes()), place(stored)])?;
        }
        let (value, size_bytes, none) = (kept.identity.to_hex(), whole(kept.size_bytes), None::<String>);
        let value = value.as_str();
        self.outputs.execute(params![at.run, at.step, at.key, port, value, kept.ty, size_bytes, artifact, none])?;
        Ok(())
    }

    pub fn found(&mut self, at: At<'_>, path: &std::path::Path, size_bytes: u64) -> Result<()> {
        self.file(at, path, "found", None, size_bytes)
    }

    pub fn written(&mut self, at: At<'_>, path: &std::path::Path, content: &str, size_bytes: u64) -> Result<()> {
        self.file(at, path, "written", Some(content), size_bytes)
    }

    fn file(&mut self, at: At<'_>, path: &std::path::Path, was: &str, content: Option<&str>, size: u64) -> Result<()> {
        let path = path.to_string_lossy();
        self.files.execute(params![at.run, at.step, at.key, path, was, content, whole(size)])?;
        Ok(())
    }
}

fn place(stored: &Stored) -> &'static str {
    match stored {
        Stored::Inline(_) => "record",
        Stored::Packed(_) => "pack",
        Stored::Blob { .. } => "file",
    }
}

/// SQLite knows whole numbers with a sign alone; nothing that is counted here comes near the end of them.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
