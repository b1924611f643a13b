//! The socket over which a server pushes. Each connection has a session of its own: a server takes the newer of two with the same
//! session out of its list when the older one closes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::header::HeaderMap;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::{Address, ServerError};
use crate::exchange::Message;

/// The largest message that is taken, in bytes: pictures of 8,000 by 8,000 pixels come through.
const LARGEST_MESSAGE: usize = 256 << 20;

/// How long a socket may take to open.
const OPENING: Duration = Duration::from_secs(10);

/// How a socket is opened, beside its address.
#[derive(Clone, Debug)]
pub struct Manner {
    /// What is sent with the request.
    pub headers: HeaderMap,
    /// What secret connections are made with.
    pub tls: Arc<ClientConfig>,
}

/// A socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    address: String,
    server: Address,
    manner: Manner,
}

impl Socket {
    /// Opens a socket, and says that previews may name their node.
    ///
    /// # Errors
    /// Says why it cannot be opened.
    pub(super) async fn open(address: &Address, manner: Manner) -> Result<Self, ServerError> {
        Self::open_as(address, manner, uuid::Uuid::new_v4().simple().to_string()).await
    }

    /// Opens the socket again under the same session, so that a prompt that was posted under it is heard of.
    ///
    /// # Errors
    /// Says why it cannot be opened.
    pub async fn reopen(self) -> Result<Self, ServerError> {
        let Self { stream, session, server, manner, .. } = self;
        drop(stream);
        Self::open_as(&server, manner, session).await
    }

    async fn open_as(address: &Address, manner: Manner, session: String) -> Result<Self, ServerError> {
        let lost = |why: String| ServerError::Unreachable { address: address.to_string(), why };
        let config =
            WebSocketConfig::default().max_message_size(Some(LARGEST_MESSAGE)).max_frame_size(Some(LARGEST_MESSAGE));
        let url = address.socket(&session);
        let mut request = url.as_str().into_client_request().map_err(|error| lost(error.to_string()))?;
        request.headers_mut().extend(manner.headers.clone());
        let tls = if address.is_secure() { Connector::Rustls(manner.tls.clone()) } else { Connector::Plain };
        let opened = timeout(OPENING, connect_async_tls_with_config(request, Some(config), true, Some(tls))).await;
        let opened = opened.map_err(|_| lost("its socket does not open".into()))?;
        let (mut stream, _) = opened.map_err(|error| lost(error.to_string()))?;
        let hello = r#"{"type":"feature_flags","data":{"supports_preview_metadata":true}}"#;
        stream.send(Frame::text(hello)).await.map_err(|error| lost(error.to_string()))?;
        Ok(Self { stream, session, address: address.to_string(), server: address.clone(), manner })
    }

    /// Returns the session, under which prompts are posted whose messages are to come here.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Waits for the next message; one that cannot be read is passed.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn next(&mut self) -> Result<Message, ServerError> {
        loop {
            let read = match self.stream.next().await {
                Some(Ok(Frame::Text(text))) => Message::of_text(&text),
                Some(Ok(Frame::Binary(bytes))) => Message::of_binary(&bytes),
                Some(Ok(Frame::Close(_))) | None => return Err(self.lost("the server has closed the socket")),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(self.lost(&error.to_string())),
            };
            if let Ok(message) = read {
                return Ok(message);
            }
        }
    }

    fn lost(&self, why: &str) -> ServerError {
        ServerError::Unreachable { address: self.address.clone(), why: why.to_owned() }
    }
}
