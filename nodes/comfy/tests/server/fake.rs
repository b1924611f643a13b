//! A server that behaves as recorded ones do, and misbehaves on demand.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message as Frame, Role};
use windlass_comfy::Address;

/// How it misbehaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fault {
    /// Not at all.
    #[default]
    None,
    /// Prompts are refused.
    Refuses,
    /// A part of each prompt is left out.
    LeavesOut,
    /// A node fails.
    Fails,
    /// The socket is closed when a prompt begins.
    DropsSocket,
    /// It is restarted when a prompt begins: it forgets everything.
    Forgets,
    /// Prompts are taken, and none runs.
    DeadWorker,
    /// The answer to a prompt is 500, and the prompt runs all the same.
    Trouble,
    /// Every message comes twice.
    Stutters,
    /// Every answer is a page for people.
    Html,
    /// Every answer sends elsewhere.
    Redirects,
    /// Every answer goes on for ever.
    Endless,
    /// What it pushes is cut.
    CutFrames,
}

/// A server that is no server.
#[derive(Clone)]
pub struct Fake {
    shared: Arc<Shared>,
    port: u16,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    has_work: Notify,
}

#[derive(Default)]
pub struct State {
    fault: Fault,
    queue: VecDeque<(String, String)>,
    running: Option<String>,
    history: serde_json::Map<String, Value>,
    sockets: HashMap<String, mpsc::Sender<Frame>>,
    /// How often each prompt ran.
    pub ran: HashMap<String, u32>,
    pub uploads: HashMap<String, usize>,
}

impl Fake {
    pub async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = Self { shared: Arc::default(), port };
        fake.state().fault = fault;
        let serving = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        tokio::spawn(fake.clone().work());
        fake
    }

    pub fn address(&self) -> Address {
        Address::read(&format!("127.0.0.1:{}", self.port)).unwrap()
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    /// Runs prompts, one after the other.
    async fn work(self) {
        loop {
            let next = {
                let mut state = self.state();
                let next = if state.fault == Fault::DeadWorker { None } else { state.queue.pop_front() };
                state.running = next.as_ref().map(|(id, _)| id.clone());
                next
            };
            match next {
                Some((id, session)) => self.run(&id, &session).await,
                None => self.shared.has_work.notified().await,
            }
        }
    }

    async fn run(&self, id: &str, session: &str) {
        let fault = self.state().fault.clone();
        *self.state().ran.entry(id.to_owned()).or_default() += 1;
        self.push(session, "execution_start", json!({ "prompt_id": id }));
        match fault {
            Fault::DropsSocket => drop(self.state().sockets.remove(session)),
            Fault::Forgets => {
                let mut state = self.state();
                (state.running, state.fault) = (None, Fault::None);
                state.sockets.clear();
                return;
            }
            _ => {}
        }
        self.push(session, "executing", json!({ "prompt_id": id, "node": "1", "display_node": "1" }));
        self.push(session, "progress", json!({ "prompt_id": id, "node": "1", "value": 1, "max": 2 }));
        let about = json!({ "prompt_id": id, "display_node_id": "1", "image_type": "image/png" }).to_string();
        let picture =
            [&4u32.to_be_bytes()[..], &(about.len() as u32).to_be_bytes(), about.as_bytes(), b"picture"].concat();
        self.send(session, Frame::binary(picture));
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (end, status) = if fault == Fault::Fails {
            let why = json!({ "prompt_id": id, "node_id": "1", "node_type": "Noise", "exception_type": "ValueError",
                "exception_message": "too loud\n", "traceback": ["line 1", "line 2"] });
            (json!(["execution_error", why]), "error")
        } else {
            (json!(["execution_success", { "prompt_id": id }]), "success")
        };
        self.push(session, end[0].as_str().unwrap(), end[1].clone());
        let entry = json!({ "outputs": { "1": { "images": [{ "filename": format!("{id}.png"), "subfolder": "", "type": "output" }] } },
            "status": { "status_str": status, "completed": true, "messages": [["execution_start", {}], end] } });
        {
            let mut state = self.state();
            state.history.insert(id.to_owned(), entry);
            state.running = None;
        }
        self.push(session, "executing", json!({ "prompt_id": id, "node": null }));
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

    async fn serve(self, mut stream: TcpStream) {
        while let Some((head, body)) = request(&mut stream).await {
            if let Some(session) = head.split("clientId=").nth(1) {
                let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap_or_default();
                let accept = derive_accept_key(key.trim().as_bytes());
                let answer = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
                let session = session.split([' ', '&']).next().unwrap().to_owned();
                return self.socket(stream, session).await;
            }
            let Some(answer) = self.answer(&mut stream, &head, &body).await else { return };
            if stream.write_all(&answer).await.is_err() {
                return;
            }
        }
    }

    async fn socket(self, stream: TcpStream, session: String) {
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

    /// Returns the answer to a request; `None` where there is none to send.
    async fn answer(&self, stream: &mut TcpStream, head: &str, body: &[u8]) -> Option<Vec<u8>> {
        let fault = self.state().fault.clone();
        match fault {
            Fault::Html => return Some(http("200 OK", "text/html", b"<html>hello</html>")),
            Fault::Redirects => {
                let answer = "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n";
                return Some(answer.as_bytes().to_vec());
            }
            Fault::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
                let part = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
                while stream.write_all(&part).await.is_ok() {}
                return None;
            }
            _ => {}
        }
        let path = head.split(' ').nth(1).unwrap_or_default();
        let (route, query) = path.split_once('?').unwrap_or((path, ""));
        let value = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let answer = match (head.split(' ').next().unwrap_or_default(), route) {
            ("POST", "/prompt") => return Some(self.take(&fault, &value)),
            ("GET", "/queue") => self.queue(),
            ("GET", "/system_stats") => json!({ "system": { "comfyui_version": "0.27.0" },
                "devices": [{ "name": "cuda:0", "vram_total": 8 << 30, "vram_free": 6u64 << 30 }] }),
            ("POST", "/upload/image") => {
                let text = String::from_utf8_lossy(body);
                let name = text.split("filename=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
                self.state().uploads.insert(name.to_owned(), body.len());
                json!({ "name": name, "subfolder": "", "type": "input" })
            }
            ("GET", "/view") => return Some(http("200 OK", "image/png", query.as_bytes())),
            ("POST", "/queue" | "/interrupt" | "/free") => return Some(http("200 OK", "", b"")),
            ("GET", route) if route.starts_with("/history/") => {
                let id = route.trim_start_matches("/history/");
                self.state().history.get(id).map_or_else(|| json!({}), |entry| json!({ id: entry }))
            }
            _ => return Some(http("404 Not Found", "text/plain", b"404: Not Found")),
        };
        Some(http("200 OK", "application/json", answer.to_string().as_bytes()))
    }

    fn take(&self, fault: &Fault, value: &Value) -> Vec<u8> {
        let wrong = json!({ "1": { "class_type": "Noise", "errors": [{ "type": "value_not_in_list", "message": "Value not in list",
            "details": "name: 'x' not in ['y']" }] } });
        if *fault == Fault::Refuses {
            let error =
                json!({ "type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation" });
            let body = json!({ "error": error, "node_errors": wrong }).to_string();
            return http("400 Bad Request", "application/json", body.as_bytes());
        }
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let (id, session) = (text("prompt_id"), text("client_id"));
        self.state().queue.push_back((id.clone(), session));
        self.shared.has_work.notify_one();
        if *fault == Fault::Trouble {
            return http("500 Internal Server Error", "text/plain", b"500 Internal Server Error");
        }
        let errors = if *fault == Fault::LeavesOut { wrong } else { json!({}) };
        let body = json!({ "prompt_id": id, "number": 0, "node_errors": errors });
        http("200 OK", "application/json", body.to_string().as_bytes())
    }

    fn queue(&self) -> Value {
        let state = self.state();
        let entry = |id: &String| json!([0, id, {}, {}, []]);
        let running: Vec<_> = state.running.iter().map(entry).collect();
        let pending: Vec<_> = state.queue.iter().map(|(id, _)| entry(id)).collect();
        json!({ "queue_running": running, "queue_pending": pending })
    }
}

fn http(status: &str, media: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Reads a request: its head in lower case but for the first line, and its body.
async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let named =
        |line: &str| line.split_once(':').map(|(name, value)| format!("{}: {}", name.to_lowercase(), value.trim()));
    let lines: Vec<_> =
        head.lines().map(|line| named(line).filter(|_| !line.contains(" HTTP/")).unwrap_or(line.into())).collect();
    let head = lines.join("\n");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}
