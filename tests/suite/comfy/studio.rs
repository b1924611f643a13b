//! A person with servers: a folder with a graph, and fakes that stand in for ComfyUI.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use windlass_comfy_fake::{Fake, State};

use crate::pictures;
use crate::program::{Ran, command, start};

/// A person's folder, and the servers that the person has named.
pub struct Studio {
    /// The folder.
    pub folder: TempDir,
    /// The servers.
    pub fakes: Vec<Fake>,
}

/// A workflow whose picture has the colour of its seed.
pub fn workflow() -> Value {
    json!({
        "1": { "class_type": "Noise", "inputs": { "seed": 0 } },
        "2": { "class_type": "SaveImage", "inputs": { "images": ["1", 0], "filename_prefix": "x" } },
    })
}

/// Returns a graph that makes a picture for each seed from 1 on.
pub fn graph(seeds: u64) -> String {
    let seeds: Vec<_> = (1..=seeds).map(|seed| seed.to_string()).collect();
    format!(
        r#"
windlass: 1
nodes:
  seeds: {{ kind: flow.constant, params: {{ value: [{}] }} }}
  each: {{ kind: flow.each, inputs: {{ values: seeds.value }} }}
  make: {{ kind: comfy.workflow, params: {{ workflow: flow.json }}, inputs: {{ noise_seed: each.value }} }}
  pictures: {{ kind: flow.each, inputs: {{ values: make.saveimage }} }}
  save: {{ kind: image.save, params: {{ path: "out/{{seed}}-{{index}}.png" }}, inputs: {{ image: pictures.value, seed: each.value }} }}
"#,
        seeds.join(", ")
    )
}

impl Studio {
    /// Makes a folder with the workflow and a graph over so many seeds.
    pub fn new(states: Vec<State>, seeds: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("flow.json"), workflow().to_string()).unwrap();
        fs::write(folder.path().join("graph.yaml"), graph(seeds)).unwrap();
        Self { folder, fakes: states.into_iter().map(Fake::on_a_thread).collect() }
    }

    /// Returns a command of the person, who is not patient.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.folder.path(), args);
        let addresses: Vec<_> = self.fakes.iter().map(Fake::address).collect();
        let short = [
            ("WINDLASS_COMFY_GONE_AFTER", "500ms"),
            ("WINDLASS_COMFY_DEAD_AFTER", "500ms"),
            ("WINDLASS_COMFY_WAIT", "5s"),
        ];
        command.env("WINDLASS_COMFY", addresses.join(",")).envs(short);
        command
    }

    /// Runs the program to its end.
    pub fn windlass(&self, args: &[&str]) -> Ran {
        start(self.command(args)).wait()
    }

    /// Returns the seeds whose pictures were written, each with the number of its files; each file has the colour of its seed.
    #[track_caller]
    pub fn written(&self) -> BTreeMap<u64, usize> {
        written(&self.folder.path().join("out"))
    }
}

fn written(out: &Path) -> BTreeMap<u64, usize> {
    let mut written = BTreeMap::new();
    for entry in fs::read_dir(out).into_iter().flatten() {
        let path = entry.unwrap().path();
        let colour = pictures::read(&path).all[0];
        let seed = u64::from(colour[0]) << 16 | u64::from(colour[1]) << 8 | u64::from(colour[2]);
        *written.entry(seed).or_default() += 1;
    }
    written
}
