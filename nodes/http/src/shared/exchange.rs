//! Asks a server, and the servers that it sends us on to, within limits.

use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Response, StatusCode, Url};
use windlass_core::context::Ctx;
use windlass_core::node::NodeError;
use windlass_core::units::print_duration;

use super::ask::{Ask, place};
use super::clients::Clients;
use super::{body, refused};

/// What is read of an answer that says that nothing came of the request, in bytes.
const REFUSAL_BYTES: u64 = 64 << 10;

/// What a request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// All of it, from the first connection to the last byte.
    pub(crate) time: Duration,
    /// How often it may be sent on.
    pub(crate) redirects: u32,
    /// The body, in bytes.
    pub(crate) size_bytes: u64,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Where it came from in the end.
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Asks for something; `is_fine` says which answers are no failures.
///
/// # Errors
/// Nobody granted what is asked, no answer came within the limits, or it says that nothing came of the request.
pub(crate) async fn exchange(
    clients: &Clients,
    ask: Ask,
    limits: Limits,
    is_fine: impl Fn(StatusCode) -> bool,
    ctx: &Ctx,
) -> Result<Answer, NodeError> {
    let first = place(&ask.url);
    let answer = tokio::time::timeout(limits.time, follow(clients, ask, limits, is_fine, ctx)).await;
    answer.unwrap_or_else(|_| {
        let said = format!("{first} did not answer whole within {}", print_duration(limits.time));
        Err(NodeError::new(said).hint("raise `timeout` if it needs longer"))
    })
}

async fn follow(
    clients: &Clients,
    mut ask: Ask,
    limits: Limits,
    is_fine: impl Fn(StatusCode) -> bool,
    ctx: &Ctx,
) -> Result<Answer, NodeError> {
    let first = place(&ask.url);
    for _ in 0..=limits.redirects {
        let response = send(clients, &ask, ctx).await?;
        match sends_on(&response) {
            Some(location) => ask = ask.sent_on(response.status().as_u16(), &location)?,
            None => return read(response, limits, is_fine).await,
        }
    }
    let said = format!("{first} sends us on more than {} times, last to {}", limits.redirects, place(&ask.url));
    Err(NodeError::new(said).hint("raise `redirects`, if it does not lead in a circle").permanent())
}

async fn send(clients: &Clients, ask: &Ask, ctx: &Ctx) -> Result<Response, NodeError> {
    let client = clients.of(ask.allowed(ctx)?)?;
    let mut request = client.request(ask.method.clone(), ask.url.clone()).headers(ask.headers.clone());
    if let Some(body) = &ask.body {
        request = request.body(body.clone());
    }
    request.send().await.map_err(|error| refused::unanswered(&ask.url, &error))
}

/// Returns where an answer sends us on to.
fn sends_on(response: &Response) -> Option<String> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| is_redirect)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

async fn read(response: Response, limits: Limits, is_fine: impl Fn(StatusCode) -> bool) -> Result<Answer, NodeError> {
    let (status, url, headers) = (response.status(), response.url().clone(), response.headers().clone());
    if !is_fine(status) {
        // What it says about it is worth a look, and no failure of its own.
        let said = body::read(response, REFUSAL_BYTES).await.unwrap_or_default();
        return Err(refused::status(&url, status, &headers, &String::from_utf8_lossy(&said)));
    }
    let body = body::read(response, limits.size_bytes).await;
    let body = body.map_err(|error| error.within(format!("{} answered {status}", place(&url))))?;
    Ok(Answer { status, url, headers, body })
}
