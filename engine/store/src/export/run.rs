//! One run, record by record.

use std::io;

use windlass_core::event::{Event, RunState, What};

use super::Exported;
use super::tables::{At, Tables};
use crate::journal::{Began, Came, Child, Listed, Record, Result as Firing, Told};
use crate::runs::{Run, Stand};

/// Why a run is not exported.
pub enum Trouble {
    Read(io::Error),
    Sqlite(rusqlite::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// What is known of a run while its journal is read.
#[derive(Default)]
struct Telling {
    began: Option<Box<Began>>,
    /// The names of the steps by their numbers, in the part of the journal that is being read.
    names: Vec<String>,
    state: RunState,
    lost_bytes: u64,
}

/// Writes a run to the tables.
pub fn write(run: &Run, tables: &mut Tables<'_>, exported: &mut Exported) -> Result<(), Trouble> {
    let (mut reader, mut telling, mut part) = (run.read()?, Telling::default(), 0);
    while let Some(told) = reader.next()? {
        if reader.part() != part {
            part = reader.part();
            telling.names.clear();
        }
        match told {
            Told::Record(record) => telling.take(&run.name, record, tables, exported)?,
            Told::Damaged { from, to, .. } => telling.lost_bytes += to - from,
        }
    }
    exported.lost_bytes += telling.lost_bytes;
    let stand = run.stand()?;
    tables.run(&run.name, &telling.began.unwrap_or_default(), stand_of(&stand), telling.lost_bytes)?;
    telling.state.steps.iter().try_for_each(|step| tables.step(&run.name, step))?;
    Ok(())
}

fn stand_of(stand: &Stand) -> (&'static str, Option<u64>) {
    use windlass_core::event::Outcome;
    match stand {
        Stand::GoesOn => ("goes_on", None),
        Stand::Killed => ("killed", None),
        Stand::Ended(ended) => {
            let how = match ended.outcome {
                Outcome::Finished => "finished",
                Outcome::Waiting => "waiting",
                Outcome::Interrupted => "interrupted",
                Outcome::Stopped => "stopped",
                Outcome::DiskFull => "disk_full",
                Outcome::NotKept => "not_kept",
                Outcome::Bug => "bug",
            };
            (how, Some(ended.at_ms))
        }
    }
}

impl Telling {
    fn take(
        &mut self,
        run: &str,
        record: Record,
        tables: &mut Tables<'_>,
        exported: &mut Exported,
    ) -> rusqlite::Result<()> {
        match record {
            Record::Began(began) => self.begin(began),
            Record::Event(event) => self.event(run, &event, tables, exported)?,
            Record::Result(firing) => self.firing(run, &firing, tables, exported)?,
            Record::Listed(listed) => self.listed(run, &listed, tables, exported)?,
            Record::Group(_) | Record::GraphFile { .. } | Record::Noted(_) | Record::Ended(_) | Record::Digest(_) => {}
        }
        Ok(())
    }

    fn begin(&mut self, began: Box<Began>) {
        self.names.clone_from(&began.steps);
        self.began.get_or_insert(began);
    }

    fn event(
        &mut self,
        run: &str,
        event: &Event,
        tables: &mut Tables<'_>,
        exported: &mut Exported,
    ) -> rusqlite::Result<()> {
        self.state.apply(event);
        match &event.what {
            What::RunStarted { steps, .. } => self.names = steps.iter().map(|step| step.name.clone()).collect(),
            What::Done { step, key, name, fate, took_ms } => {
                exported.items += 1;
                let step = self.name(*step);
                tables.item(At { run, step: &step, key }, name, fate, *took_ms, event.at_ms)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn firing(
        &self,
        run: &str,
        firing: &Firing,
        tables: &mut Tables<'_>,
        exported: &mut Exported,
    ) -> rusqlite::Result<()> {
        let step = self.name(firing.step);
        let at = At { run, step: &step, key: &firing.key };
        let came = if matches!(firing.came, Came::Gave(_)) { "gave" } else { "failed" };
        tables.firing(at, &firing.fingerprint, firing.took_us, came)?;
        firing.inputs.iter().try_for_each(|(port, value)| tables.input(at, port, value))?;
        if let Came::Gave(ports) = &firing.came {
            exported.values += ports.len() as u64;
            ports.iter().try_for_each(|(port, given)| tables.output(at, port, given))?;
        }
        firing.wrote.iter().try_for_each(|wrote| tables.written(at, &wrote.path, &wrote.content, wrote.size_bytes))
    }

    fn listed(
        &self,
        run: &str,
        listed: &Listed,
        tables: &mut Tables<'_>,
        exported: &mut Exported,
    ) -> rusqlite::Result<()> {
        let step = self.name(listed.step);
        for (place, child) in (listed.first..).zip(&listed.children) {
            let key = if listed.group.is_empty() { place.to_string() } else { format!("{}/{place}", listed.group) };
            exported.values += child.ports.len() as u64;
            self::child(At { run, step: &step, key: &key }, child, tables)?;
        }
        Ok(())
    }

    /// Returns the name of a step; where the journal has lost it, its number.
    fn name(&self, step: usize) -> String {
        self.names.get(step).cloned().unwrap_or_else(|| format!("#{step}"))
    }
}

fn child(at: At<'_>, child: &Child, tables: &mut Tables<'_>) -> rusqlite::Result<()> {
    child.ports.iter().try_for_each(|(port, given)| tables.output(at, port, given))?;
    child.file.iter().try_for_each(|file| tables.found(at, &file.path, file.size))
}
