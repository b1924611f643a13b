//! Graphs that ask servers: what is granted, what is tried again and when, what is sent once.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use crate::program::{Ran, command, events, start};

/// A server on this machine that answers its first requests as it is told, and all others as the last of them.
pub struct Server {
    /// Where it is.
    pub port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let noted = seen.clone();
        let serve = move || {
            let mut answers = answers.into_iter().peekable();
            let mut last = String::new();
            for line in listener.incoming() {
                let mut line = line.unwrap();
                noted.lock().unwrap().push(request(&mut line));
                last = answers.next().unwrap_or(last);
                // Who asked may have gone.
                let _ = line.write_all(last.as_bytes());
            }
        };
        std::thread::Builder::new().name("server".into()).spawn(serve).unwrap();
        Self { port, seen }
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn request(line: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        match line.read(&mut piece) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&piece[..count]),
            _ => return text,
        }
    }
}

pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn run(folder: &Path, graph: &str, allow: &[&str]) -> Ran {
    fs::write(folder.join("graph.yaml"), graph).unwrap();
    let mut command = command(folder, &["run", "graph.yaml", "--json"]);
    command.args(allow.iter().flat_map(|allow| ["--allow", allow])).env("API_TOKEN", "98765432109876543210");
    start(command).wait()
}

fn graph(permissions: &str, nodes: &str) -> String {
    format!("windlass: 1\nname: Asking\npermissions: [{permissions}]\nnodes:\n{nodes}")
}

const PRIVATE: [&str; 2] = ["net:127.0.0.1", "net:private"];

#[test]
fn a_busy_server_is_asked_again_when_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let busy = answer("503 Busy", "Retry-After: 1\r\n", "not now");
    let server = Server::start(vec![busy, answer("200 OK", "", "now")]);
    let nodes = format!(
        "  ask: {{ kind: http.get, params: {{ url: \"http://127.0.0.1:{}/\" }}, policy: {{ retries: 2, backoff: 1ms }} }}\n",
        server.port
    );
    let lines =
        run(folder.path(), &graph("\"net:127.0.0.1\", \"net:private\"", &nodes), &PRIVATE).ends_with(0).json_lines();
    let retries = events(&lines, "retrying");
    assert_eq!((retries.len(), &retries[0]["wait_ms"]), (1, &Json::from(1000)));
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn what_is_not_granted_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![answer("200 OK", "", "x")]);
    let nodes = |url: &str| format!("  ask: {{ kind: http.get, params: {{ url: \"{url}\" }} }}\n");
    let literal = nodes(&format!("http://127.0.0.1:{}/", server.port));
    // It says at once what it needs where the address is known, whatever the caller grants.
    let ran = run(folder.path(), &graph("\"net:*\"", &literal), &["net:*", "net:private"]).ends_with(2);
    assert!(
        ran.out.contains("needs the permission `net:private`")
            || ran.err.contains("needs the permission `net:private`"),
        "{ran:?}"
    );
    run(folder.path(), &graph("\"net:*\", \"net:private\"", &literal), &["net:*"]).ends_with(3);
    // A name that leads to this machine is found out only when it is asked.
    let name = format!(
        "  ask: {{ kind: http.get, params: {{ url: \"http://{{{{ host }}}}:{}/\", host: localhost }} }}\n",
        server.port
    );
    let ran = run(folder.path(), &graph("\"net:*\"", &name), &["net:*"]).ends_with(1);
    assert!(ran.out.contains("which is not a public address"), "{}", ran.out);
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn a_secret_reaches_the_server_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![answer("401 Who", "", "98765432109876543210 is wrong")]);
    let nodes = format!(
        "  ask:\n    kind: http.get\n    params:\n      url: \"http://127.0.0.1:{}/\"\n      query: {{ k: \"{{{{ token }}}}\" }}\n      \
         headers: {{ Authorization: \"Bearer {{{{ token }}}}\" }}\n      token: {{ env: API_TOKEN }}\n",
        server.port
    );
    let ran = run(folder.path(), &graph("\"net:127.0.0.1\", \"net:private\"", &nodes), &PRIVATE).ends_with(1);
    assert!(!ran.out.contains("9876543") && !ran.err.contains("9876543"), "{ran:?}");
    assert!(server.seen()[0].contains("authorization: Bearer 98765432109876543210"));
}

#[test]
fn what_was_sent_is_not_sent_again_unless_the_graph_says_so() {
    for (policy, requests) in [("", 1), ("policy: { cache: never }", 2)] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(vec![answer("200 OK", "", "thanks")]);
        let nodes = format!(
            "  send:\n    kind: http.post\n    params: {{ url: \"http://127.0.0.1:{}/\", json: {{ a: 1 }} }}\n    {policy}\n",
            server.port
        );
        for _ in 0..2 {
            run(folder.path(), &graph("\"net:127.0.0.1\", \"net:private\"", &nodes), &PRIVATE).ends_with(0);
        }
        assert_eq!(server.seen().len(), requests, "{policy}");
    }
}
