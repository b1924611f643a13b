//! What a crate says of the run: an action for it, one for each firing, and what went in and came out.

use std::io;

use serde_json::{Value as Json, json};
use windlass_core::key::Key;
use windlass_core::plan::{StepId, StepInput};
use windlass_store::journal::{Came, Given, Result as Firing};
use windlass_store::lineage::{Names, Use};

use super::graph::{iso, link, links};
use super::workflow::tool_id;
use super::{Crate, ENGINE, RUN, SEED, WHOLE, local};
use crate::report::duration;

const COMPLETED: &str = "http://schema.org/CompletedActionStatus";
const FAILED: &str = "http://schema.org/FailedActionStatus";

/// What was done: the steps as the engine saw to them, and the files that came of it.
#[derive(Default)]
pub(super) struct Done {
    controls: Vec<String>,
    results: Vec<String>,
}

impl Crate<'_> {
    /// Describes what each step did.
    pub(super) fn actions(&mut self) -> io::Result<Done> {
        let mut done = Done::default();
        let lineage = self.lineage;
        for (step, part) in &lineage.uses {
            let objects = self.params(*step)?;
            let mut actions = self.firings(*step, part, &objects, &mut done)?;
            if actions.is_empty() {
                actions.push(self.unrecorded(*step, part, &objects)?);
            }
            let name = &self.plan.steps[*step].name;
            let at = local("control", &[name]);
            self.graph.add(&json!({
                "@id": at, "@type": "ControlAction", "name": format!("Windlass let `{name}` fire"),
                "instrument": link(&local("step", &[name])), "object": links(&actions),
            }))?;
            self.mentions.extend(actions);
            done.controls.push(at);
        }
        Ok(done)
    }

    fn firings(&mut self, step: StepId, part: &Use, params: &[String], done: &mut Done) -> io::Result<Vec<String>> {
        let (plan, story) = (self.plan, self.story);
        let (names, is_split) = (Names::new(plan, &story.past), plan.steps[step].spec.is_split());
        let mut actions = Vec::new();
        for (key, result) in part.results(plan, &story.past, step) {
            let mut objects = params.to_vec();
            for input in self.wires(step) {
                objects.extend(self.taken(step, &key, &input, &result)?);
            }
            let results = if is_split { self.found(step, &key) } else { self.given(step, &key, &result)? };
            let results = [results, self.written(&result, done)?].concat();
            let names = names.of(step, &key).join("/");
            actions.push(self.firing(step, (&key, &names), &result, (&objects, &results))?);
        }
        Ok(actions)
    }

    fn firing(
        &mut self,
        step: StepId,
        (key, names): (&Key, &str),
        result: &Firing,
        (objects, results): (&[String], &[String]),
    ) -> io::Result<String> {
        let this = &self.plan.steps[step];
        let at = local("firing", &[&this.name, &key.to_string()]);
        let name = if names.is_empty() { this.name.clone() } else { format!("{} for {names}", this.name) };
        let mut action = json!({
            "@id": at, "@type": "CreateAction", "name": name,
            "description": format!("`{}` as step `{}`, in {}.", this.spec.kind, this.name, duration(result.took_us / 1000)),
            "instrument": link(&tool_id(&this.spec.kind, this.spec.version)),
            "object": links(objects), "result": links(results), "actionStatus": COMPLETED,
        });
        if let Some(end) = self.times.end(step, key) {
            action["startTime"] = iso(end.saturating_sub(result.took_us / 1000)).into();
            action["endTime"] = iso(end).into();
        }
        if let Came::Failed { causes, .. } = &result.came {
            (action["actionStatus"], action["error"]) = (FAILED.into(), causes.join(": ").into());
        }
        self.graph.add(&action)?;
        Ok(at)
    }

    /// Describes a step whose firings cost too little for records.
    fn unrecorded(&mut self, step: StepId, part: &Use, objects: &[String]) -> io::Result<String> {
        let this = &self.plan.steps[step];
        let at = local("firing", &[&this.name]);
        let often = part
            .firings
            .count()
            .map_or_else(|| "for each item".to_owned(), |count| crate::report::count(count, "time"));
        let action = json!({
            "@id": at, "@type": "CreateAction", "name": this.name,
            "description": format!("`{}` as step `{}`, {often}; a step that costs so little leaves no record of each firing.", this.spec.kind, this.name),
            "instrument": link(&tool_id(&this.spec.kind, this.spec.version)),
            "object": links(objects), "actionStatus": COMPLETED, "endTime": iso(self.times.last_unix_ms),
        });
        self.graph.add(&action)?;
        Ok(at)
    }

    /// Returns what a firing took from a wire: a file from outside, or a value.
    fn taken(&mut self, step: StepId, key: &Key, input: &StepInput, result: &Firing) -> io::Result<Option<String>> {
        let depth = input.scope.len();
        let is_own = !input.collect && input.replays.is_none() && depth <= key.depth();
        if let Some(file) = is_own.then(|| self.sources.get(&(input.from, key.prefix(depth)))).flatten() {
            return Ok(Some(file.clone()));
        }
        let Some((_, identity)) = result.inputs.iter().find(|(port, _)| **port == *input.name) else { return Ok(None) };
        let members = if input.collect { self.members(step, key, input) } else { Vec::new() };
        self.value(&identity.to_hex(), &input.ty.to_string(), &members).map(Some)
    }

    /// Returns the members of a group, where each has a record.
    fn members(&self, step: StepId, key: &Key, input: &StepInput) -> Vec<String> {
        let Some(part) = self.lineage.uses.get(&input.from).filter(|part| part.is_recorded) else { return Vec::new() };
        let depth = self.plan.steps[step].scope.len().min(input.scope.len().saturating_sub(1)).min(key.depth());
        let mut members = Vec::new();
        for (member, result) in part.results(self.plan, &self.story.past, input.from) {
            let is_in_group = member.depth() > depth && member.prefix(depth) == key.prefix(depth);
            let Came::Gave(ports) = result.came else { continue };
            let given = ports.into_iter().find(|(port, _)| is_in_group && **port == *input.from_port);
            if let Some((_, Given::Value(kept))) = given {
                members.push(value_id(&kept.identity.to_hex()));
            }
        }
        members
    }

    /// Returns the files that a split found for a group.
    fn found(&self, step: StepId, group: &Key) -> Vec<String> {
        let of_group = |(split, key): &&(StepId, Key)| *split == step && key.parent().as_ref() == Some(group);
        let mut keys: Vec<_> = self.sources.keys().filter(of_group).collect();
        keys.sort_unstable();
        keys.into_iter().map(|key| self.sources[key].clone()).collect()
    }

    /// Returns what a firing gave: the file that it opened, or values.
    fn given(&mut self, step: StepId, key: &Key, result: &Firing) -> io::Result<Vec<String>> {
        if let Some(file) = self.sources.get(&(step, key.clone())) {
            return Ok(vec![file.clone()]);
        }
        let Came::Gave(ports) = &result.came else { return Ok(Vec::new()) };
        let mut given = Vec::new();
        for (_, value) in ports {
            if let Given::Value(kept) = value {
                given.push(self.value(&kept.identity.to_hex(), &kept.ty, &[])?);
            }
        }
        Ok(given)
    }

    /// Describes a value that went from one firing to another.
    fn value(&mut self, identity: &str, ty: &str, members: &[String]) -> io::Result<String> {
        let at = value_id(identity);
        if !self.values.insert(at.clone()) {
            return Ok(at);
        }
        let mut entity = json!({
            "@id": at, "@type": "CreativeWork", "name": format!("a value of type {ty}"), "identifier": format!("windlass:{identity}"),
        });
        if !members.is_empty() {
            (entity["@type"], entity["hasPart"]) = ("Collection".into(), links(members));
            entity["mainEntity"] = link(&members[0]);
            self.mentions.push(at.clone());
        }
        self.graph.add(&entity)?;
        Ok(at)
    }

    /// Copies the files that a firing wrote.
    fn written(&mut self, result: &Firing, done: &mut Done) -> io::Result<Vec<String>> {
        let mut written = Vec::new();
        for wrote in &result.wrote {
            let name = format!("outputs/{}", wrote.path.file_name().unwrap_or_default().to_string_lossy());
            let content = blake3::Hash::from_hex(&wrote.content).ok();
            let from = self.standing(wrote);
            let copied = match content.zip(from) {
                Some((content, from)) => self.files.copy(&name, &from, &content)?,
                None => None,
            };
            let Some(file) = copied else { continue };
            let at = file["@id"].as_str().unwrap_or_default().to_owned();
            self.graph.add(&file)?;
            self.parts.push(at.clone());
            written.push(at);
        }
        done.results.extend(written.iter().cloned());
        Ok(written)
    }

    /// Describes the run and the engine's part in it.
    pub(super) fn run(&mut self, workflow: &str, inputs: &[String], done: &Done) -> io::Result<()> {
        let began = &self.story.began;
        let values = inputs.iter().map(|input| input.replacen("#input/", "#value-of/", 1));
        let mut sources: Vec<_> = self.sources.values().cloned().collect();
        sources.sort_unstable();
        let objects: Vec<_> = values.chain([SEED.to_owned()]).chain(sources).collect();
        let times = |mut action: Json, last: u64| {
            (action["startTime"], action["endTime"]) = (iso(began.unix_ms).into(), iso(last.max(began.unix_ms)).into());
            action
        };
        let last = self.times.last_unix_ms;
        self.graph.add(&times(
            json!({
                "@id": RUN, "@type": "CreateAction", "name": format!("run {}", self.story.run.name),
                "description": format!("windlass {}", began.call.args.join(" ")),
                "instrument": link(workflow), "object": links(&objects), "result": links(&done.results),
                "actionStatus": COMPLETED,
            }),
            last,
        ))?;
        self.graph.add(&times(
            json!({
                "@id": WHOLE, "@type": "OrganizeAction", "name": format!("Windlass carried out the run {}", self.story.run.name),
                "instrument": link(ENGINE), "object": links(&done.controls), "result": link(RUN),
            }),
            last,
        ))?;
        self.mentions.extend([RUN.to_owned(), WHOLE.to_owned()]);
        Ok(())
    }
}

fn value_id(identity: &str) -> String {
    format!("#value/{identity}")
}
