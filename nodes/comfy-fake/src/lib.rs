//! A ComfyUI server that is none: it answers and pushes as recorded ones do, and misbehaves on demand. The program does not
//! contain it.

mod answers;
mod http;
mod line;
mod picture;
mod state;
mod tls;
mod work;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message as Frame, Role};

use line::Line;
pub use picture::png_of;
pub use state::{Fault, State};

/// A server that is none. Clones are handles of the same one.
#[derive(Clone)]
pub struct Fake {
    shared: Arc<Shared>,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

struct Shared {
    state: Mutex<State>,
    has_work: Notify,
    /// How often it was restarted; odd while it is away.
    lives: watch::Sender<u64>,
}

impl Fake {
    /// Starts a server in the caller's runtime.
    pub async fn start(fault: Fault) -> Self {
        Self::start_with(State { fault, ..State::default() }).await
    }

    /// Starts a server that is as a test wants it.
    ///
    /// # Panics
    /// The system gives no port.
    #[expect(clippy::unwrap_used, reason = "a test without a port cannot go on")]
    pub async fn start_with(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared { state: Mutex::new(state), has_work: Notify::new(), lives: watch::Sender::new(0) };
        let mut shared = shared;
        let tls = shared.state.get_mut().unwrap().is_secure.then(tls::acceptor);
        let tls = tls.map(|(acceptor, certificate)| {
            shared.state.get_mut().unwrap().certificate = certificate;
            acceptor
        });
        let fake = Self { shared: Arc::new(shared), address, tls };
        tokio::spawn(fake.clone().listen(listener));
        tokio::spawn(fake.clone().work());
        fake
    }

    /// Starts a server on a thread of its own, for callers that have no runtime.
    ///
    /// # Panics
    /// The system gives no thread.
    #[expect(clippy::unwrap_used, reason = "a test without a thread cannot go on")]
    pub fn on_a_thread(state: State) -> Self {
        let (send, made) = std::sync::mpsc::sync_channel(1);
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                send.send(Self::start_with(state).await).unwrap();
                std::future::pending::<()>().await;
            });
        };
        std::thread::Builder::new().name("comfy-fake".into()).spawn(serve).unwrap();
        made.recv().unwrap()
    }

    /// Returns where it is.
    pub fn address(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Returns what it knows and does, to be looked at and changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it for good.
    pub fn die(&self) {
        self.state().is_dead = true;
        self.go_away();
    }

    /// Ends it, and starts it again after a time; it has forgotten everything but its files.
    pub fn restart(&self, away: Duration) {
        self.state().away = away;
        self.go_away();
    }

    fn go_away(&self) {
        self.state().forget();
        self.shared.lives.send_modify(|lives| *lives += 1);
    }

    async fn listen(self, first: TcpListener) {
        let mut listener = Some(first);
        let mut lives = self.shared.lives.subscribe();
        loop {
            let Some(open) = &listener else { return };
            tokio::select! {
                biased;
                changed = lives.changed() => {
                    if changed.is_err() { return }
                    drop(listener.take());
                    let (away, is_dead) = { let state = self.state(); (state.away, state.is_dead) };
                    if is_dead { return }
                    tokio::time::sleep(away).await;
                    listener = TcpListener::bind(self.address).await.ok();
                }
                accepted = open.accept() => if let Ok((stream, _)) = accepted {
                    tokio::spawn(self.clone().serve_a_life(stream));
                },
            }
        }
    }

    /// Serves a connection until the server goes away.
    async fn serve_a_life(self, stream: TcpStream) {
        let mut lives = self.shared.lives.subscribe();
        lives.mark_unchanged();
        tokio::select! {
            biased;
            _ = lives.changed() => {}
            () = self.greet(stream) => {}
        }
    }

    async fn greet(self, stream: TcpStream) {
        let line: Line = match &self.tls {
            None => Box::new(stream),
            Some(tls) => match tls.accept(stream).await {
                Ok(stream) => Box::new(stream),
                Err(_) => return,
            },
        };
        self.serve(line).await;
    }

    async fn serve(self, mut stream: Line) {
        while let Some((head, body)) = http::request(&mut stream).await {
            self.state().bytes += (head.len() + body.len()) as u64;
            let Some(session) = head.split("clientId=").nth(1) else {
                let Some(answer) = self.answer(&mut stream, &head, &body).await else { return };
                self.state().bytes += answer.len() as u64;
                match stream.write_all(&answer).await {
                    Ok(()) => continue,
                    Err(_) => return,
                }
            };
            let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap_or_default();
            let accept = derive_accept_key(key.trim().as_bytes());
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            let session = session.split([' ', '&']).next().unwrap_or_default().to_owned();
            if stream.write_all(answer.as_bytes()).await.is_ok() {
                self.socket(stream, session).await;
            }
            return;
        }
    }

    async fn socket(&self, mut stream: Line, session: String) {
        self.state().opened += 1;
        if self.state().fault == Fault::HugeFrame {
            // A binary frame that says that 2 GiB follow.
            let _ = stream.write_all(&[0x82, 127, 0, 0, 0, 0, 0x80, 0, 0, 0]).await;
        }
        let (send, mut sent) = mpsc::channel(1024);
        self.state().sockets.insert(session.clone(), send);
        self.push(&session, "status", json!({ "status": { "exec_info": { "queue_remaining": 0 } }, "sid": session }));
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        loop {
            tokio::select! {
                frame = sent.recv() => match frame {
                    Some(frame) => if socket.send(frame).await.is_err() { return },
                    None => { let _ = socket.close(None).await; return }
                },
                heard = socket.next() => if !matches!(heard, Some(Ok(_))) { return },
            }
        }
    }

    fn push(&self, session: &str, ty: &str, data: Value) {
        self.send(session, Frame::text(json!({ "type": ty, "data": data }).to_string()));
    }

    fn send(&self, session: &str, frame: Frame) {
        let state = self.state();
        let frame = match (&state.fault, frame) {
            (Fault::CutFrames, Frame::Text(text)) => Frame::text(&text[..text.len() / 2]),
            (Fault::CutFrames, Frame::Binary(bytes)) => Frame::binary(bytes.slice(..6)),
            (_, frame) => frame,
        };
        let times = if state.fault == Fault::Stutters { 2 } else { 1 };
        if let Some(socket) = state.sockets.get(session) {
            for _ in 0..times {
                socket.try_send(frame.clone()).unwrap_or_default();
            }
        }
    }
}
