//! What the server answers.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::Fake;
use crate::http::{http, uploaded};
use crate::line::Line;
use crate::state::{Fault, Waiting};

impl Fake {
    /// Returns the answer to a request; `None` where there is none to send.
    pub(crate) async fn answer(&self, stream: &mut Line, head: &str, body: &[u8]) -> Option<Vec<u8>> {
        self.state().head = head.to_owned();
        let fault = self.state().fault.clone();
        match fault {
            Fault::Html => Some(http("200 OK", "text/html", b"<html>hello</html>")),
            Fault::Redirects => {
                let answer = "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n";
                Some(answer.as_bytes().to_vec())
            }
            Fault::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
                let part = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
                while stream.write_all(&part).await.is_ok() {}
                None
            }
            _ => Some(self.plain_answer(&fault, head, body)),
        }
    }

    fn plain_answer(&self, fault: &Fault, head: &str, body: &[u8]) -> Vec<u8> {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let (route, query) = path.split_once('?').unwrap_or((path, ""));
        let value = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let answer = match (head.split(' ').next().unwrap_or_default(), route) {
            ("POST", "/prompt") => return self.take(fault, &value),
            ("GET", "/queue") => self.queue(),
            ("GET", "/object_info") => self.state().classes.clone(),
            ("GET", "/system_stats") => json!({ "system": { "comfyui_version": "0.27.0" },
                "devices": [{ "name": "cuda:0", "vram_total": 8u64 << 30, "vram_free": 6u64 << 30 }] }),
            ("POST", "/upload/image") => match uploaded(body) {
                Some((name, bytes)) => {
                    self.state().uploads.insert(name.clone(), bytes);
                    json!({ "name": name, "subfolder": "", "type": "input" })
                }
                None => return http("400 Bad Request", "text/plain", b"no file"),
            },
            ("GET", "/view") => return self.view(fault, query),
            ("POST", "/queue" | "/interrupt") => {
                self.cancel(&value);
                return http("200 OK", "", b"");
            }
            ("POST", "/free") => return http("200 OK", "", b""),
            ("GET", route) if route.starts_with("/history/") => {
                let id = route.trim_start_matches("/history/");
                self.state().history.get(id).map_or_else(|| json!({}), |entry| json!({ id: entry }))
            }
            _ => return http("404 Not Found", "text/plain", b"404: Not Found"),
        };
        http("200 OK", "application/json", answer.to_string().as_bytes())
    }

    fn take(&self, fault: &Fault, value: &Value) -> Vec<u8> {
        self.state().posted += 1;
        let wrong = json!({ "1": { "class_type": "Noise", "errors": [{ "type": "value_not_in_list", "message": "Value not in list",
            "details": "name: 'x' not in ['y']" }] } });
        if *fault == Fault::Refuses {
            let error =
                json!({ "type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation" });
            let body = json!({ "error": error, "node_errors": wrong }).to_string();
            return http("400 Bad Request", "application/json", body.as_bytes());
        }
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let id = text("prompt_id");
        self.state().queue.push_back(Waiting {
            id: id.clone(),
            session: text("client_id"),
            prompt: value["prompt"].clone(),
        });
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
        let pending: Vec<_> = state.queue.iter().map(|waiting| entry(&waiting.id)).collect();
        json!({ "queue_running": running, "queue_pending": pending })
    }

    fn cancel(&self, value: &Value) {
        let mut state = self.state();
        let deleted: Vec<String> =
            value["delete"].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        state.queue.retain(|waiting| !deleted.contains(&waiting.id));
        if let Some(id) = value["prompt_id"].as_str().filter(|id| state.running.as_deref() == Some(id)) {
            state.cancelled = Some(id.to_owned());
        }
    }

    fn view(&self, fault: &Fault, query: &str) -> Vec<u8> {
        let state = self.state();
        let name = query.split('&').find_map(|part| part.strip_prefix("filename=")).unwrap_or_default();
        let Some(bytes) = state.files.get(name).filter(|_| *fault != Fault::LostFiles) else {
            return http("404 Not Found", "text/plain", b"404: Not Found");
        };
        match fault {
            Fault::CutFiles => http("200 OK", "image/png", &bytes[..bytes.len() / 2]),
            Fault::HtmlFiles => http("200 OK", "text/html", b"<html>please sign in</html>"),
            _ => http("200 OK", "image/png", bytes),
        }
    }
}
