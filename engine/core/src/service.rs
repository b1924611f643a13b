//! Services of packs: what runs beside the firings (a pool of servers, a loaded model), how it is kept going, and its
//! state as a record that anybody can draw without knowing whose it is.

mod erased;

use std::future::Future;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use erased::{ErasedService, ServiceFuture, ServiceHandle, service_of};

use crate::node::NodeError;

/// A service of a pack. The engine starts it when a node first asks for it, looks after it, and stops it at its end.
///
/// Each call has a limit of time ([`ServiceAbout`]); one that does not come back is given up. Calls may block.
pub trait Service: Send + Sync + 'static {
    /// What nodes of the pack get by [`crate::context::Ctx::service`].
    type Handle: Send + Sync + 'static;

    /// Says what the service is and how patient the engine is with it. Cheap.
    fn about(&self) -> ServiceAbout;

    /// Starts it. A start that is given up is dropped, and whatever it holds with it.
    ///
    /// # Errors
    /// Says why it cannot be started; another try follows.
    fn start(&self) -> impl Future<Output = Result<Self::Handle, NodeError>> + Send;

    /// Looks how it is, and gives the figures that are shown.
    ///
    /// # Errors
    /// It does not do its work any more, and is started again.
    fn health(&self, _running: &Self::Handle) -> impl Future<Output = Result<Vec<Figure>, NodeError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Comes back when the service ends by itself, with the reason; so that nobody waits for the next look.
    fn ended(&self, _running: &Self::Handle) -> impl Future<Output = NodeError> + Send {
        std::future::pending()
    }

    /// Stops it.
    ///
    /// # Errors
    /// It could not be stopped properly, which is shown.
    fn stop(&self, _running: &Self::Handle) -> impl Future<Output = Result<(), NodeError>> + Send {
        async { Ok(()) }
    }

    /// Does one of the actions that [`ServiceAbout`] lists.
    ///
    /// # Errors
    /// Says why it was not done.
    fn act(&self, _running: &Self::Handle, action: &str) -> impl Future<Output = Result<(), NodeError>> + Send {
        let refused = NodeError::new(format!("the service has no action `{action}`"));
        async { Err(refused) }
    }
}

/// What a service is, and how patient the engine is with it.
#[derive(Clone, Debug)]
pub struct ServiceAbout {
    /// Name, unique in its pack: `pool`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// What it is for, in one or more sentences.
    pub doc: String,
    /// Actions of its own, beside `start`, `stop` and `restart`, which every service has.
    pub actions: Vec<Action>,
    /// Limit for a start.
    pub start_limit: Duration,
    /// Limit for a stop.
    pub stop_limit: Duration,
    /// Wait between two looks at its health.
    pub health_every: Duration,
    /// Limit for a look.
    pub health_limit: Duration,
    /// Limit for one of its own actions.
    pub action_limit: Duration,
    /// How often in a row it is started again before it is given up.
    pub restarts: u32,
    /// Wait before it is first started again; doubles with each time.
    pub backoff: Duration,
    /// The longest such wait; who ran for longer begins to count anew.
    pub backoff_max: Duration,
}

impl ServiceAbout {
    /// Says name, title and purpose: half a minute to start, ten seconds to stop, a look every five seconds, five
    /// restarts in a row.
    pub fn new(name: &str, title: &str, doc: &str) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            doc: doc.into(),
            actions: Vec::new(),
            start_limit: Duration::from_secs(30),
            stop_limit: Duration::from_secs(10),
            health_every: Duration::from_secs(5),
            health_limit: Duration::from_secs(10),
            action_limit: Duration::from_secs(30),
            restarts: 5,
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(60),
        }
    }
}

/// The state of a service, for whoever draws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceState {
    /// Its pack and its name: `demo.pool`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// How it is.
    pub state: Phase,
    /// How often it was started again, in all.
    pub restarts: u64,
    /// Why it does not run, or ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What it counts and measures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// What a person can have it do now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody has asked for it, or it was stopped.
    Stopped,
    /// It is being started.
    Starting,
    /// It does its work.
    Running,
    /// It ended, and is started again after a wait.
    Waiting,
    /// It is being stopped.
    Stopping,
    /// It was started again too often, and is left alone until somebody starts it.
    Failed,
}

/// One figure of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// What it is: `queue`.
    pub name: String,
    /// Its value, as it is shown.
    pub value: String,
    /// Its unit; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl Figure {
    /// Returns a figure without unit.
    pub fn new(name: &str, value: impl ToString) -> Self {
        Self { name: name.into(), value: value.to_string(), unit: String::new() }
    }
}

/// Something that a person can have a service do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Name, unique for the service.
    pub name: String,
    /// Title for people.
    pub title: String,
}

impl Action {
    /// Returns an action.
    pub fn new(name: &str, title: &str) -> Self {
        Self { name: name.into(), title: title.into() }
    }
}
