//! What the server runs, prompt by prompt.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::Message as Frame;

use crate::Fake;
use crate::picture::png_of;
use crate::state::{Fault, Waiting};

/// How often a running prompt says how far it is.
const TICKS: u32 = 4;

impl Fake {
    /// Runs prompts, one after the other.
    pub(crate) async fn work(self) {
        loop {
            let next = {
                let mut state = self.state();
                let next = if state.fault == Fault::DeadWorker { None } else { state.queue.pop_front() };
                state.running = next.as_ref().map(|waiting| waiting.id.clone());
                next
            };
            match next {
                Some(waiting) => self.run(&waiting).await,
                None => self.shared.has_work.notified().await,
            }
        }
    }

    async fn run(&self, waiting: &Waiting) {
        let Waiting { id, session, prompt } = waiting;
        let began = std::time::Instant::now();
        let (fault, life, takes) = {
            let state = self.state();
            (state.fault.clone(), state.life, state.takes)
        };
        self.push(session, "execution_start", json!({ "prompt_id": id }));
        match fault {
            Fault::DropsSocket => drop(self.state().sockets.remove(session)),
            Fault::Forgets => {
                let mut state = self.state();
                state.fault = Fault::None;
                state.forget();
                return;
            }
            _ => {}
        }
        let ids: Vec<&String> = prompt.as_object().into_iter().flatten().map(|(id, _)| id).collect();
        let first = ids.first().map_or("1", |id| id.as_str());
        self.push(session, "executing", json!({ "prompt_id": id, "node": first, "display_node": first }));
        for tick in 1..=TICKS {
            self.push(session, "progress", json!({ "prompt_id": id, "node": first, "value": tick, "max": TICKS }));
            if tick == 1 {
                self.preview(session, id);
            }
            tokio::time::sleep(takes / TICKS).await;
            if self.state().life != life {
                return;
            }
            if self.state().cancelled.take_if(|cancelled| cancelled == id).is_some() || fault == Fault::Interrupts {
                return self.end(
                    waiting,
                    "execution_interrupted",
                    json!({ "prompt_id": id, "node_id": first }),
                    "error",
                );
            }
        }
        if fault == Fault::Fails {
            let why = json!({ "prompt_id": id, "node_id": first, "node_type": "Noise", "exception_type": "ValueError",
                "exception_message": "too loud\n", "traceback": ["line 1", "line 2"] });
            return self.end(waiting, "execution_error", why, "error");
        }
        self.state().worked += began.elapsed();
        self.end(waiting, "execution_success", json!({ "prompt_id": id }), "success");
    }

    fn preview(&self, session: &str, id: &str) {
        let about = json!({ "prompt_id": id, "display_node_id": "1", "image_type": "image/png" }).to_string();
        let head = [&4u32.to_be_bytes()[..], &(about.len() as u32).to_be_bytes(), about.as_bytes()].concat();
        self.send(session, Frame::binary([head, png_of(1)].concat()));
    }

    /// Puts a prompt into the history, then says so.
    fn end(&self, waiting: &Waiting, ty: &str, data: Value, status: &str) {
        let Waiting { id, session, prompt } = waiting;
        let outputs = if status == "success" { self.make(prompt) } else { json!({}) };
        self.push(session, ty, data.clone());
        let entry = json!({ "outputs": outputs,
            "status": { "status_str": status, "completed": true, "messages": [["execution_start", {}], [ty, data]] } });
        {
            let mut state = self.state();
            state.history.insert(id.clone(), entry);
            state.running = None;
            *state.ran.entry(id.clone()).or_default() += 1;
            *state.made.entry(seed_of(prompt)).or_default() += 1;
        }
        self.push(session, "executing", json!({ "prompt_id": id, "node": null }));
    }

    /// Makes the files and texts of the output nodes. Who loads a picture saves it as it was handed over.
    fn make(&self, prompt: &Value) -> Value {
        let mut state = self.state();
        let nodes = || prompt.as_object().into_iter().flatten();
        let seed = seed_of(prompt);
        let count = nodes().find_map(|(_, node)| node.pointer("/inputs/batch_size")?.as_u64()).unwrap_or(1);
        let loaded = nodes().find_map(|(_, node)| state.uploads.get(node.pointer("/inputs/image")?.as_str()?).cloned());
        let mut outputs = serde_json::Map::new();
        for (node, about) in nodes() {
            let given = match about["class_type"].as_str().unwrap_or_default() {
                "PreviewAny" => json!({ "text": [format!("seed {seed}")] }),
                "SaveImage" | "PreviewImage" => {
                    let named = (0..count).map(|at| {
                        let name = format!("ComfyUI_{:05}_.png", state.files.len() + 1);
                        state.files.insert(name.clone(), loaded.clone().unwrap_or_else(|| png_of(seed + at)));
                        let name =
                            if state.fault == Fault::PathNames { escaping(&mut state.files, &name) } else { name };
                        json!({ "filename": name, "subfolder": "", "type": "output" })
                    });
                    json!({ "images": named.collect::<Vec<_>>() })
                }
                _ => continue,
            };
            outputs.insert(node.clone(), given);
        }
        Value::Object(outputs)
    }
}

/// Gives a file a name that leads out of every folder.
fn escaping(files: &mut std::collections::BTreeMap<String, Vec<u8>>, name: &str) -> String {
    let bytes = files.remove(name).unwrap_or_default();
    // As it stands in a query.
    files.insert(format!("..%2F..%2F..%2F{name}"), bytes);
    format!("../../../{name}")
}

fn seed_of(prompt: &Value) -> u64 {
    let nodes = prompt.as_object().into_iter().flatten();
    nodes.filter_map(|(_, node)| node.pointer("/inputs/seed")?.as_u64()).next().unwrap_or_default()
}
