//! `windlass doctor`: what this program finds where it runs, which setting comes from where, and what is damaged.

mod checks;
mod kept;
mod show;

use windlass_core::problem::Severity;
use windlass_store::health::{self, Health};
use windlass_store::{Workspace, WorkspaceError};

use crate::cli::DoctorArgs;
use crate::exit::{Exit, without_workspace};
use crate::{settings, terminal};

/// One thing that was looked at.
pub struct Finding {
    /// What it belongs to.
    area: &'static str,
    /// How it is.
    state: State,
    /// What was found.
    text: String,
    /// What to do.
    hint: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Warning,
    /// Something does not work.
    Problem,
    /// This version does not look at it.
    NotChecked,
}

impl Finding {
    fn new(area: &'static str, state: State, text: impl Into<String>) -> Self {
        Self { area, state, text: text.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Looks at everything, repairs what it is asked to, and prints what it found.
///
/// # Errors
/// Says why standard output takes nothing, or what could not be repaired.
pub fn run(args: &DoctorArgs) -> anyhow::Result<Exit> {
    let mut findings = checks::machine();
    let opened = open(args, &mut findings)?;
    if let Some(workspace) = &opened {
        findings.extend(of_workspace(workspace, args)?);
    }
    findings.extend(checks::disks(opened.as_ref()));
    let gathered = settings::gather(opened.as_ref());
    findings.extend(checks::settings(&gathered.problems));
    findings.extend(checks::packs());
    findings.extend(checks::not_checked());
    let places = settings::places(opened.as_ref());
    terminal::print(&match args.json {
        true => show::json(&findings, &gathered.settings),
        false => show::text(&findings, &gathered.settings, &places),
    })?;
    let wrong = gathered.problems.iter().any(|problem| problem.severity == Severity::Error);
    Ok(if findings.iter().any(|found| found.state == State::Problem && found.area != checks::SETTINGS) {
        Exit::Store
    } else if wrong {
        Exit::Wrong
    } else {
        Exit::Done
    })
}

/// Opens the workspace that a run in the current folder would use; one that cannot be used is a finding.
fn open(args: &DoctorArgs, findings: &mut Vec<Finding>) -> anyhow::Result<Option<Workspace>> {
    let here = std::env::current_dir().unwrap_or_default();
    let named = crate::commands::named_workspace(args.workspace.as_deref());
    let look = || Workspace::find_for_run(&here, named.as_deref());
    match look() {
        Ok(Some(workspace)) => Ok(Some(workspace)),
        Ok(None) => {
            findings.push(Finding::new(checks::WORKSPACE, State::Ok, "none yet; a run makes one beside its graph"));
            Ok(None)
        }
        Err(error) => match repaired(args, &error)? {
            Some(text) => {
                findings.push(Finding::new(checks::WORKSPACE, State::Ok, text));
                look().map_err(without_workspace)
            }
            None => {
                let found = Finding::new(checks::WORKSPACE, State::Problem, error.to_string());
                findings.push(found.hint(hint(&error)));
                Ok(None)
            }
        },
    }
}

fn hint(error: &WorkspaceError) -> String {
    match error {
        WorkspaceError::Damaged(_) => format!("`windlass doctor --repair` writes it back; or {}", error.hint()),
        _ => error.hint().to_owned(),
    }
}

fn repaired(args: &DoctorArgs, error: &WorkspaceError) -> anyhow::Result<Option<String>> {
    if !args.repair {
        return Ok(None);
    }
    let path = Workspace::repair_version(error).map_err(without_workspace)?;
    Ok(path.map(|path| format!("wrote the version back: {}", path.display())))
}

fn of_workspace(workspace: &Workspace, args: &DoctorArgs) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let Some(mut found) = Health::of(workspace).map_err(without_workspace)? else { return Ok(findings) };
    if args.repair && found.is_damaged() {
        let done = health::repair(workspace, &found).map_err(without_workspace)?;
        findings.extend(done.into_iter().map(|text| Finding::new(checks::WORKSPACE, State::Ok, text)));
        found = Health::of(workspace).map_err(without_workspace)?.unwrap_or(found);
    }
    findings.extend(checks::workspace(&found));
    findings.extend(checks::leases(workspace));
    findings.extend(kept::look(workspace, args)?);
    Ok(findings)
}
