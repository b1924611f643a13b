//! Questions over HTTP: bounded in time and size, to the server that was named and to no other.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use rustls::ClientConfig;
use serde_json::Value;

use super::socket::Manner;
use super::{Address, tls};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may say nothing in the middle of an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// How long a whole answer may take, however steadily it drips.
const WHOLE: Duration = Duration::from_secs(600);

/// Why a server does not answer as it should.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ServerError {
    /// Nothing came back.
    #[error("{address} cannot be reached: {why}")]
    Unreachable {
        /// The server.
        address: String,
        /// Why.
        why: String,
    },
    /// It says no.
    #[error("{address} answered {status} to {route}: {said}")]
    Refused {
        /// The server.
        address: String,
        /// The HTTP status.
        status: u16,
        /// What was asked.
        route: String,
        /// What it said.
        said: String,
    },
    /// It sends us elsewhere, and nobody has named that place.
    #[error("{address} sends us to {to}, which is not followed")]
    Redirects {
        /// The server.
        address: String,
        /// Where to.
        to: String,
    },
    /// Its answer has no end in sight.
    #[error("{address} answered to {route} with more than {most} bytes")]
    Large {
        /// The server.
        address: String,
        /// What was asked.
        route: String,
        /// How many are read.
        most: usize,
    },
    /// It answers something else.
    #[error("{address} does not answer as a ComfyUI server does: {why}")]
    Strange {
        /// The server.
        address: String,
        /// What is strange.
        why: String,
    },
}

impl ServerError {
    /// Returns whether it may be over soon: a server is being restarted, also behind something that answers in its place.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Strange { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
            Self::Redirects { .. } | Self::Large { .. } => false,
        }
    }
}

/// Asks one server.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    address: Address,
    headers: HeaderMap,
    tls: Arc<ClientConfig>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All of it.
    pub body: Vec<u8>,
    route: String,
    address: String,
    media: String,
}

impl Http {
    /// Prepares to ask.
    pub fn new(address: Address, headers: HeaderMap) -> Result<Self, ServerError> {
        let tls = tls::config(&address).map_err(|error| {
            let why = format!("TLS cannot be spoken here: {error}");
            ServerError::Unreachable { address: address.to_string(), why }
        })?;
        let client = Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .default_headers(headers.clone())
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .timeout(WHOLE)
            .no_proxy();
        let client = client.build().map_err(|error| unreachable(&address, &error))?;
        Ok(Self { client, address, headers, tls })
    }

    /// Returns what sockets are opened with, beside the address.
    pub fn manner(&self) -> Manner {
        Manner { headers: self.headers.clone(), tls: self.tls.clone() }
    }

    /// Returns whom it asks.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Says what is strange about an answer.
    pub fn strange(&self, why: &str) -> ServerError {
        ServerError::Strange { address: self.address.to_string(), why: why.to_owned() }
    }

    /// Asks for something.
    pub async fn get(&self, route: &str, most: usize) -> Result<Answer, ServerError> {
        self.ask(route, self.client.get(self.address.route(route)), most).await
    }

    /// Asks for something that is told apart by names and values.
    pub async fn find(&self, route: &str, query: &[(&str, &str)], most: usize) -> Result<Answer, ServerError> {
        let mut url = self.address.route(route);
        url.query_pairs_mut().extend_pairs(query);
        self.ask(route, self.client.get(url), most).await
    }

    /// Hands JSON over.
    pub async fn post(&self, route: &str, body: &Value, most: usize) -> Result<Answer, ServerError> {
        let request = self.client.post(self.address.route(route)).header(CONTENT_TYPE, "application/json");
        self.ask(route, request.body(body.to_string()), most).await
    }

    /// Hands a file over.
    pub async fn upload(&self, route: &str, name: &str, bytes: Vec<u8>) -> Result<Answer, ServerError> {
        let form = Form::new().part("image", Part::bytes(bytes).file_name(name.to_owned())).text("type", "input");
        self.ask(route, self.client.post(self.address.route(route)).multipart(form), super::LARGEST_ANSWER).await
    }

    async fn ask(&self, route: &str, request: RequestBuilder, most: usize) -> Result<Answer, ServerError> {
        let mut response = request.send().await.map_err(|error| unreachable(&self.address, &error))?;
        if response.status().is_redirection() {
            let to = header(&response, "location");
            return Err(ServerError::Redirects { address: self.address.to_string(), to });
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| unreachable(&self.address, &error))? {
            if body.len() + part.len() > most {
                return Err(ServerError::Large { address: self.address.to_string(), route: route.to_owned(), most });
            }
            body.extend_from_slice(&part);
        }
        let (status, media) = (response.status().as_u16(), header(&response, "content-type"));
        Ok(Answer { status, body, route: route.to_owned(), address: self.address.to_string(), media })
    }
}

impl Answer {
    /// Returns it where the server did as it was asked.
    pub fn ok(self) -> Result<Self, ServerError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let said: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        Err(ServerError::Refused { address: self.address, status: self.status, route: self.route, said })
    }

    /// Returns the JSON that it is.
    pub fn json(self) -> Result<Value, ServerError> {
        let answer = self.ok()?;
        serde_json::from_slice(&answer.body).map_err(|error| {
            let media = if answer.media.is_empty() { "something" } else { &answer.media };
            let why =
                format!("{} gave {media} and no JSON ({error}); is another program behind this address?", answer.route);
            ServerError::Strange { address: answer.address, why }
        })
    }
}

fn header(response: &Response, name: &str) -> String {
    response
        .headers()
        .get(name)
        .map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Says why nothing came back, with the innermost cause, which is the one that helps.
fn unreachable(address: &Address, error: &reqwest::Error) -> ServerError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    ServerError::Unreachable { address: address.to_string(), why: cause.to_string() }
}
