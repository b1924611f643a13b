//! Islands: nodes of ComfyUI that are wired to each other become one step of the plan, which runs as one prompt. Where a wire
//! leaves an island, what it carries is fetched; where one enters, it is handed over.

mod bring;
mod fetch;
mod groups;
mod merge;
mod prompt;
mod world;

use windlass_core::node::NodeError;
use windlass_core::plan::{Plan, PlanPass, Refused};

use groups::{Group, Use, groups};
pub use prompt::Island;
use world::World;

/// What is said of steps, each with its name.
pub(crate) type Findings = Vec<(Option<String>, NodeError)>;

/// Makes islands of a plan.
pub struct Islands {
    /// How many prompts are made ready at once.
    pub slots: usize,
}

impl PlanPass for Islands {
    fn name(&self) -> &str {
        "islands"
    }

    fn warnings(&self, plan: &Plan) -> Findings {
        let Ok(Some(world)) = World::of(plan) else { return Vec::new() };
        let Ok(groups) = groups(plan, &world) else { return Vec::new() };
        groups.iter().filter(|group| group.how == Use::Idle).map(|group| idle(plan, group)).collect()
    }

    fn apply(&self, plan: &mut Plan) -> Result<(), Refused> {
        let Some(world) = World::of(plan)? else { return Ok(()) };
        let groups = groups(plan, &world).map_err(|findings| Refused { findings })?;
        let is_any = |how: Use| groups.iter().any(|group| group.how == how);
        if is_any(Use::Idle) && !is_any(Use::Prompt) {
            let findings = groups.iter().filter(|group| group.how == Use::Idle).map(|group| idle(plan, group));
            return Err(Refused { findings: findings.collect() });
        }
        merge::merge(plan, &world, &groups, self.slots)
    }
}

/// Says that nothing comes of a group.
fn idle(plan: &Plan, group: &Group) -> (Option<String>, NodeError) {
    let name = group.members.last().map(|last| plan.steps[*last].name.clone()).unwrap_or_default();
    let message = format!(
        "nothing takes what `{name}` gives, and nothing before it is kept or shown: a prompt without an output is not run"
    );
    let hint = "wire it to a node that saves or shows it, such as `comfy.SaveImage`, or to a node outside of ComfyUI; or mute it";
    (Some(name), NodeError::new(message).hint(hint))
}

/// Makes the prompts that a plan comes to, as they are posted where nothing comes from outside: for tests and for looking.
///
/// # Errors
/// The plan has no islands that can be told without a run.
pub fn prompts(plan: &Plan) -> Result<Vec<crate::ApiWorkflow>, NodeError> {
    let Some(world) = World::of(plan)? else { return Ok(Vec::new()) };
    let refused = |findings: Findings| {
        let said = findings.into_iter().map(|(_, error)| error.to_string()).collect::<Vec<_>>().join("; ");
        NodeError::new(said)
    };
    let groups = groups(plan, &world).map_err(refused)?;
    groups.iter().filter(|group| group.how == Use::Prompt).map(|group| merge::prompt(plan, &world, group)).collect()
}
