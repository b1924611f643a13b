//! What is looked at, each in a few lines.

use std::path::Path;

use windlass_core::node::explain_io;
use windlass_core::problem::{Problem, Severity};
use windlass_store::Workspace;
use windlass_store::health::{Health, free_bytes};
use windlass_store::leases::Shown;

use super::{Finding, State};
use crate::packs;
use crate::report::{count, size, when};
use crate::terminal::{self, Paint};

/// The area of what a workspace is like.
pub const WORKSPACE: &str = "workspace";
/// The area of what is wrong with settings.
pub const SETTINGS: &str = "settings";

/// Below this a disk is worth a word.
const LITTLE_ROOM_BYTES: u64 = 1 << 30;

/// Looks at the machine and the terminal.
pub fn machine() -> Vec<Finding> {
    let found = crate::machine::machine(None, None);
    let shows = match (terminal::can_draw(), Paint::stdout().is_on()) {
        (true, true) => "standard error is a terminal: bars and colours",
        (true, false) => "standard error is a terminal: bars, without colours",
        (false, _) => "standard error is no terminal: plain lines",
    };
    let ok = |text: String| Finding::new("machine", State::Ok, text);
    vec![
        ok(format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ok(format!(
            "{}; without a setting a run keeps its values under {}",
            count(found.cores.into(), "core"),
            size(found.memory_bytes)
        )),
        ok(shows.to_owned()),
    ]
}

/// Says how a workspace is.
pub fn workspace(health: &Health) -> Vec<Finding> {
    let mut findings = vec![Finding::new(WORKSPACE, State::Ok, health.home.display().to_string())];
    if let Some(error) = &health.unwritable {
        let text = explain_io("write into", &health.home, error).to_string();
        findings.push(Finding::new(WORKSPACE, State::Problem, text).hint("name another one with `--workspace DIR`"));
    }
    let remembered =
        format!("{} and {} are remembered", count(health.claims, "written file"), count(health.grants as u64, "grant"));
    findings.push(Finding::new(WORKSPACE, State::Ok, remembered));
    let damage = [
        (health.damaged_lines, "damaged line of the ledger", "files that they spoke of count as foreign"),
        (health.torn_grants.len() as u64, "torn grant", "they grant nothing"),
    ];
    findings.extend(damage.into_iter().filter(|(found, ..)| *found > 0).map(|(found, what, meaning)| {
        let text = format!("{}: {meaning}", count(found, what));
        Finding::new(WORKSPACE, State::Problem, text).hint("`windlass doctor --repair` takes them out")
    }));
    findings
}

/// Says who holds which object.
pub fn leases(workspace: &Workspace) -> Vec<Finding> {
    let leases = match workspace.leases().all() {
        Ok(leases) => leases,
        Err(error) => {
            let text = explain_io("read", Path::new("leases"), &error).to_string();
            return vec![Finding::new(WORKSPACE, State::Problem, text)];
        }
    };
    let finding = |lease: &Shown| match lease.is_dead {
        true => {
            let text = format!("`{}` was held by {}, which is gone", lease.object, lease.holder);
            Finding::new(WORKSPACE, State::Warning, text)
                .hint("nothing is to be done: the next one who wants it takes it")
        }
        false => {
            let (since, heard) = (when(lease.holder.since_unix_ms), when(lease.heard_unix_ms));
            let text = format!("`{}` is held by {} since {since}, last heard of {heard}", lease.object, lease.holder);
            Finding::new(WORKSPACE, State::Ok, text)
        }
    };
    leases.iter().map(finding).collect()
}

/// Looks at the room on the disks that are written to beside outputs.
pub fn disks(workspace: Option<&Workspace>) -> Vec<Finding> {
    let here = std::env::current_dir().unwrap_or_default();
    let home = workspace.and_then(Workspace::home).map_or(here, std::path::Path::to_owned);
    let room = |(what, folder): (&str, std::path::PathBuf)| {
        let Some(free) = free_bytes(&folder) else {
            return Finding::new("disk", State::NotChecked, format!("the system does not say what is free {what}"));
        };
        let state = if free < LITTLE_ROOM_BYTES { State::Warning } else { State::Ok };
        Finding::new("disk", state, format!("{} free {what}", size(free)))
    };
    [("where the workspace lies", home), ("for temporary files", std::env::temp_dir())].map(room).into()
}

/// Says what is wrong with files and variables of settings.
pub fn settings(problems: &[Problem]) -> Vec<Finding> {
    let finding = |problem: &Problem| {
        let state = if problem.severity == Severity::Error { State::Problem } else { State::Warning };
        let place = problem.span.as_ref().map(|span| {
            let (line, column) = span.line_column();
            format!("{}:{line}:{column}: ", span.source.name)
        });
        let found = Finding::new(SETTINGS, state, format!("{}{}", place.unwrap_or_default(), problem.message));
        Finding { hint: problem.hint.clone(), ..found }
    };
    problems.iter().map(finding).collect()
}

/// Looks at the packs.
pub fn packs() -> Vec<Finding> {
    match packs::registry() {
        Ok(registry) => {
            let kinds = count(registry.names().count() as u64, "kind");
            vec![Finding::new("packs", State::Ok, format!("{kinds} of nodes"))]
        }
        Err(error) => vec![Finding::new("packs", State::Problem, format!("{error:#}"))],
    }
}

/// Says what this version does not look at.
pub fn not_checked() -> Vec<Finding> {
    let later = ["devices beside the processor", "a display", "external tools", "servers"];
    later.map(|what| Finding::new("not checked yet", State::NotChecked, what)).into()
}
