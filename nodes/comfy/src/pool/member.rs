//! One server of the pool, and what is known of it as long as it is not restarted.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::ServerSetting;
use crate::api::ApiWorkflow;
use crate::offers::{Lack, Offers};
use crate::server::{Server, ServerError, Socket, System};

/// Files that are remembered as handed over; more are handed over again.
const MOST_REMEMBERED: usize = 10_000;

/// How long what a server lacks is believed.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// One server of the pool.
pub struct Member {
    server: Server,
    setting: ServerSetting,
    name: String,
    known: Mutex<Known>,
    /// Held by whoever's prompt runs there.
    runs: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of a server as long as it is not restarted.
#[derive(Default)]
struct Known {
    version: String,
    life: u64,
    uploaded: HashSet<String>,
    socket: Option<Socket>,
    offers: Option<(Arc<Offers>, Instant)>,
}

impl Member {
    pub(super) fn new(server: Server, setting: ServerSetting) -> Self {
        let name = server.address().to_string();
        Self { server, setting, name, known: Mutex::default(), runs: Arc::default() }
    }

    /// Returns the server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns its address, as it is shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what a person decided about it.
    pub fn setting(&self) -> &ServerSetting {
        &self.setting
    }

    /// Returns the version of ComfyUI that it said last.
    pub fn version(&self) -> String {
        self.known().version.clone()
    }

    pub(super) fn is_there(&self, system: &System) {
        self.known().version = system.version.clone();
    }

    /// Waits until nobody's prompt runs there.
    pub(super) async fn runs(&self) -> OwnedMutexGuard<()> {
        self.runs.clone().lock_owned().await
    }

    /// Forgets what does not survive a restart.
    pub(super) fn forget(&self) {
        let mut known = self.known();
        *known = Known { version: known.version.clone(), life: known.life + 1, ..Known::default() };
    }

    /// Returns how often it was restarted, as far as anybody saw.
    pub(crate) fn life(&self) -> u64 {
        self.known().life
    }

    /// Returns whether a file was handed over, by its name.
    pub(crate) fn has_file(&self, name: &str) -> bool {
        self.known().uploaded.contains(name)
    }

    /// Remembers that a file was handed over.
    pub(crate) fn took_file(&self, name: &str) {
        let uploaded = &mut self.known().uploaded;
        if uploaded.len() < MOST_REMEMBERED {
            uploaded.insert(name.to_owned());
        }
    }

    /// Returns what the workflow needs that the server does not have. The server is asked once, and again after a while where
    /// something is missing that may have come.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn lacks(&self, workflow: &ApiWorkflow) -> Result<Vec<Lack>, ServerError> {
        let known = self.known().offers.clone();
        if let Some((offers, asked)) = known {
            let lacks = offers.lacks(workflow);
            if lacks.is_empty() || asked.elapsed() < ASK_AGAIN {
                return Ok(lacks);
            }
        }
        let offers = Arc::new(self.server.offers().await?);
        self.known().offers = Some((offers.clone(), Instant::now()));
        Ok(offers.lacks(workflow))
    }

    /// Lends the socket that the prompt before left open.
    pub(crate) fn take_socket(&self) -> Option<Socket> {
        self.known().socket.take()
    }

    /// Keeps a socket for the next prompt.
    pub(crate) fn keep_socket(&self, socket: Socket) {
        self.known().socket = Some(socket);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The servers, shared by those who use them.
pub(super) type Members = Vec<Arc<Member>>;
