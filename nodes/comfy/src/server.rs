//! A server: what it is asked over HTTP, what it pushes over a socket, and one prompt from its posting to its end.
//!
//! What a server pushes is a hint, and gets lost with a connection. What it answers is the truth.

mod address;
mod http;
mod prompt;
mod socket;
mod tls;
mod wait;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

pub use address::Address;
use http::Http;
pub use http::ServerError;
pub use prompt::{News, Order, Patience, PromptError, Trace, new_id};
pub use socket::Socket;
pub use wait::wait;

use crate::exchange::{Ended, OutputFile, Posted, Queue, posted};
use crate::offers::Offers;
use crate::{Definitions, ReadError};

/// The largest answer in JSON that is read, in bytes.
const LARGEST_ANSWER: usize = crate::LARGEST;

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    http: Http,
    patience: Patience,
}

/// What a server is.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// The version of ComfyUI.
    pub version: String,
    /// Where it computes.
    pub devices: Vec<Device>,
}

/// Where a server computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// Its memory, in bytes.
    pub memory: u64,
    /// How much of that is free, in bytes.
    pub free: u64,
}

impl Server {
    /// Prepares to talk to a server.
    ///
    /// # Errors
    /// Says what this machine lacks for it.
    pub fn at(address: Address) -> Result<Self, ServerError> {
        Self::with_headers(address, HeaderMap::new())
    }

    /// Prepares to talk to a server that is sent headers with each request.
    ///
    /// # Errors
    /// Says what this machine lacks for it.
    pub fn with_headers(address: Address, headers: HeaderMap) -> Result<Self, ServerError> {
        Ok(Self { http: Http::new(address, headers)?, patience: Patience::default() })
    }

    /// Opens a socket over which it pushes.
    ///
    /// # Errors
    /// Says why it cannot be opened.
    pub async fn socket(&self) -> Result<Socket, ServerError> {
        Socket::open(self.address(), self.http.manner()).await
    }

    /// Says how long it is waited for.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Returns how long it is waited for.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Returns where it is.
    pub fn address(&self) -> &Address {
        self.http.address()
    }

    /// Asks what it is.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn system(&self) -> Result<System, ServerError> {
        let answer = self.http.get("/system_stats", LARGEST_ANSWER).await?.json()?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
        let devices = answer.get("devices").and_then(Value::as_array).into_iter().flatten();
        let device = |device: &Value| Device {
            name: text(device, "name"),
            memory: number(device, "vram_total"),
            free: number(device, "vram_free"),
        };
        let version = answer.pointer("/system/comfyui_version").and_then(Value::as_str);
        let version = version.ok_or_else(|| self.http.strange("it is no ComfyUI: it does not say its version"))?;
        Ok(System { version: version.to_owned(), devices: devices.map(device).collect() })
    }

    /// Asks for its classes.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn classes(&self) -> Result<Definitions, ServerError> {
        Definitions::of(&self.listing().await?).map_err(|error| self.strange(&error))
    }

    /// Asks for its classes, as it says it.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn listing(&self) -> Result<Value, ServerError> {
        let answer = self.http.get("/object_info", LARGEST_ANSWER).await?.json()?;
        Definitions::of(&answer).map(|_| answer).map_err(|error| self.strange(&error))
    }

    /// Asks what it has for workflows.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn offers(&self) -> Result<Offers, ServerError> {
        Ok(Offers::of(&self.object_info().await?))
    }

    /// Asks what it says of its classes, as it says it.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn object_info(&self) -> Result<Value, ServerError> {
        self.http.get("/object_info", LARGEST_ANSWER).await?.json()
    }

    /// Asks what runs and what waits.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn queue(&self) -> Result<Queue, ServerError> {
        let answer = self.http.get("/queue", LARGEST_ANSWER).await?.json()?;
        Queue::of(&answer).map_err(|error| self.strange(&error))
    }

    /// Asks what became of a prompt; `None` where it does not know.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn ended(&self, prompt: &str) -> Result<Option<Ended>, ServerError> {
        let answer = self.http.get(&format!("/history/{prompt}"), LARGEST_ANSWER).await?.json()?;
        Ended::of(&answer, prompt).map_err(|error| self.strange(&error))
    }

    /// Asks whether a prompt runs or waits, in the words of newer servers; older ones do not have it.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a server does.
    pub async fn has_job(&self, prompt: &str) -> Result<bool, ServerError> {
        let answer = self.http.get(&format!("/api/jobs/{prompt}"), LARGEST_ANSWER).await?;
        if answer.status == 404 {
            return Ok(false);
        }
        let answer = answer.json()?;
        let status = answer.get("status").and_then(Value::as_str).unwrap_or_default();
        Ok(matches!(status, "pending" | "in_progress"))
    }

    /// Posts a prompt under an id of ours. Nobody may post the same again before the server has been asked for it.
    ///
    /// # Errors
    /// Nobody knows whether it was taken.
    pub async fn post(&self, order: &Order<'_>, session: &str) -> Result<Posted, ServerError> {
        let mut body = json!({ "prompt": order.workflow.to_json(), "prompt_id": order.id, "client_id": session });
        if !order.outputs.is_empty() {
            body["partial_execution_targets"] = json!(order.outputs);
        }
        let answer = self.http.post("/prompt", &body, LARGEST_ANSWER).await?;
        Ok(posted(answer.status, &answer.body))
    }

    /// Takes a prompt out of the queue, or interrupts it where it runs.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn cancel(&self, id: &str) -> Result<(), ServerError> {
        self.http.post("/queue", &json!({ "delete": [id] }), LARGEST_ANSWER).await?.ok()?;
        self.http.post("/interrupt", &json!({ "prompt_id": id }), LARGEST_ANSWER).await?.ok()?;
        Ok(())
    }

    /// Lets it forget models and what it remembers of nodes.
    ///
    /// # Errors
    /// It cannot be reached, or refuses.
    pub async fn free(&self) -> Result<(), ServerError> {
        let body = json!({ "unload_models": true, "free_memory": true });
        self.http.post("/free", &body, LARGEST_ANSWER).await?.ok()?;
        Ok(())
    }

    /// Hands a file over, as an input; returns how prompts name it.
    ///
    /// # Errors
    /// It cannot be reached, or refuses.
    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<String, ServerError> {
        let answer = self.http.upload("/upload/image", name, bytes).await?.json()?;
        let part = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        match (part("subfolder"), part("name")) {
            (_, "") => Err(self.http.strange("it does not say what it calls the file")),
            ("", name) => Ok(name.to_owned()),
            (folder, name) => Ok(format!("{folder}/{name}")),
        }
    }

    /// Fetches a file of at most so many bytes.
    ///
    /// # Errors
    /// It cannot be reached, does not have it, or the file is larger.
    pub async fn file(&self, file: &OutputFile, most: usize) -> Result<Vec<u8>, ServerError> {
        let query = [("filename", &file.name), ("subfolder", &file.folder), ("type", &file.root)];
        let answer = self.http.find("/view", &query.map(|(key, value)| (key, value.as_str())), most).await?.ok()?;
        Ok(answer.body)
    }

    fn strange(&self, error: &ReadError) -> ServerError {
        self.http.strange(&error.to_string())
    }
}
