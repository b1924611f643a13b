//! What the server knows, how it misbehaves, and what it counts for tests.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::Message as Frame;

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
    /// It forgets everything when a prompt begins, as if it were restarted, and is well from then on.
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
    /// Its socket says that 2 GiB follow.
    HugeFrame,
    /// Its files have the names of paths that lead out of every folder.
    PathNames,
    /// Its files are cut in the middle.
    CutFiles,
    /// Its files are pages for people.
    HtmlFiles,
    /// Its files are gone.
    LostFiles,
    /// Somebody interrupts each prompt.
    Interrupts,
}

/// What the server knows and does.
pub struct State {
    /// How it misbehaves.
    pub fault: Fault,
    /// How long a prompt takes.
    pub takes: Duration,
    /// What it says of its classes.
    pub classes: Value,
    /// How often each prompt was executed to its end, by id.
    pub ran: HashMap<String, u32>,
    /// How often each content was executed to its end since it was started last, by its seed.
    pub made: BTreeMap<u64, u32>,
    /// How long it has worked on prompts that it executed to their end.
    pub worked: Duration,
    /// Whether it speaks TLS.
    pub is_secure: bool,
    /// Its certificate, where it speaks TLS.
    pub certificate: String,
    /// Files that were handed over, by name.
    pub uploads: BTreeMap<String, Vec<u8>>,
    /// The headers of the latest request.
    pub head: String,
    /// How many sockets were opened.
    pub opened: u32,
    /// How often it was posted to.
    pub posted: u32,
    /// How much it was sent and answered, in bytes, without what it pushed.
    pub bytes: u64,
    pub(crate) queue: VecDeque<Waiting>,
    pub(crate) running: Option<String>,
    pub(crate) history: Map<String, Value>,
    pub(crate) sockets: HashMap<String, mpsc::Sender<Frame>>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) life: u64,
    pub(crate) away: Duration,
    pub(crate) is_dead: bool,
    pub(crate) cancelled: Option<String>,
}

/// A prompt in the queue.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub id: String,
    pub session: String,
    pub prompt: Value,
}

impl Default for State {
    fn default() -> Self {
        Self {
            fault: Fault::None,
            takes: Duration::from_millis(20),
            classes: classes(),
            ran: HashMap::new(),
            made: BTreeMap::new(),
            worked: Duration::ZERO,
            is_secure: false,
            certificate: String::new(),
            uploads: BTreeMap::new(),
            head: String::new(),
            opened: 0,
            posted: 0,
            bytes: 0,
            queue: VecDeque::new(),
            running: None,
            history: Map::new(),
            sockets: HashMap::new(),
            files: BTreeMap::new(),
            life: 0,
            away: Duration::ZERO,
            is_dead: false,
            cancelled: None,
        }
    }
}

impl State {
    /// Returns a state that misbehaves.
    pub fn with(fault: Fault) -> Self {
        Self { fault, ..Self::default() }
    }

    /// Returns a state that speaks TLS.
    pub fn secure() -> Self {
        Self { is_secure: true, ..Self::default() }
    }

    /// Returns a state in which a prompt takes a while.
    pub fn taking(takes: Duration) -> Self {
        Self { takes, ..Self::default() }
    }

    /// Returns whether nothing runs or waits.
    pub fn is_idle(&self) -> bool {
        self.running.is_none() && self.queue.is_empty()
    }

    /// Forgets what a server has in memory alone.
    pub(crate) fn forget(&mut self) {
        self.queue.clear();
        self.history.clear();
        self.sockets.clear();
        self.made.clear();
        self.running = None;
        self.life += 1;
    }
}

/// Returns classes with which a small workflow can be drawn.
fn classes() -> Value {
    let class = |required: Value, output: Value, is_end: bool| json!({ "input": { "required": required }, "output": output, "output_node": is_end });
    json!({
        "Noise": class(json!({ "seed": ["INT", { "default": 0, "control_after_generate": true }], "batch_size": ["INT", { "default": 1 }] }), json!(["IMAGE"]), false),
        "KSampler": class(json!({ "seed": ["INT", { "control_after_generate": true }], "steps": ["INT", { "default": 20 }], "model": ["MODEL"] }), json!(["IMAGE"]), false),
        "CheckpointLoaderSimple": class(json!({ "ckpt_name": [["small.safetensors", "large.safetensors"]] }), json!(["MODEL", "CLIP", "VAE"]), false),
        "CLIPTextEncode": class(json!({ "text": ["STRING", { "multiline": true }], "clip": ["CLIP"] }), json!(["CONDITIONING"]), false),
        "LoadImage": class(json!({ "image": [["example.png"], { "image_upload": true }] }), json!(["IMAGE", "MASK"]), false),
        "SaveImage": class(json!({ "images": ["IMAGE"], "filename_prefix": ["STRING", { "default": "ComfyUI" }] }), json!([]), true),
        "PreviewAny": class(json!({ "source": ["*"] }), json!([]), true),
    })
}
