//! Recorded traffic of real servers: every message and every answer that matters is understood. It lies in the folder that
//! `WINDLASS_COMFY_CORPUS` names; `benches/comfy-corpus.sh` runs this.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;
use windlass_comfy::exchange::{Ended, Message, Outcome, Posted, Queue, posted};

/// Returns the lines of each scenario of each server.
fn scenarios() -> Vec<(PathBuf, Vec<Value>)> {
    let folder = std::env::var_os("WINDLASS_COMFY_CORPUS").expect("`WINDLASS_COMFY_CORPUS` names the corpus");
    let mut found = Vec::new();
    for server in std::fs::read_dir(PathBuf::from(folder).join("transcripts")).unwrap() {
        for file in std::fs::read_dir(server.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "jsonl") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// Returns the requests by their number, with their answers.
fn calls(lines: &[Value]) -> Vec<(&Value, &Value)> {
    let asked = lines.iter().filter(|line| line["dir"] == "http>").map(|line| (line["id"].as_u64(), line));
    let asked: HashMap<_, _> = asked.collect();
    let answers = lines.iter().filter(|line| line["dir"] == "http<");
    answers.filter_map(|answer| Some((*asked.get(&answer["id"].as_u64())?, answer))).collect()
}

fn path_of(request: &Value) -> &str {
    request["path"].as_str().unwrap().split('?').next().unwrap()
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn every_message_is_understood() {
    let mut seen = BTreeMap::<String, u32>::new();
    for (path, lines) in scenarios() {
        let pushed = lines.iter().filter(|line| line["dir"] == "ws<");
        let texts = pushed.clone().filter_map(|line| Some((line, Message::of_text(line["raw"].as_str()?))));
        let binary = pushed.filter(|line| line["opcode"] == "binary");
        let kept = binary.zip(kept_frames(&path)).map(|(line, frame)| (line, Message::of_binary(&frame)));
        for (line, message) in texts.chain(kept) {
            let message = message.unwrap_or_else(|error| panic!("{}: {error}: {line}", path.display()));
            assert!(!matches!(message, Message::Other(_)), "{}: {line}", path.display());
            if let Message::Preview(preview) = &message {
                let decoded = &line["decoded"];
                assert_eq!(
                    Some(preview.bytes.len() as u64),
                    decoded["image_len"].as_u64(),
                    "{}: {line}",
                    path.display()
                );
                assert_eq!(preview.node.as_deref(), decoded["metadata"]["display_node_id"].as_str());
            }
            let name = format!("{message:?}");
            *seen.entry(name.split([' ', '(']).next().unwrap().to_owned()).or_default() += 1;
        }
    }
    println!("{seen:?}");
    assert!(seen.len() > 10, "{seen:?}");
}

/// Returns the binary frames that were kept whole, in their order; a recording keeps the first few.
fn kept_frames(path: &Path) -> Vec<Vec<u8>> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let file = |number: usize| path.with_file_name("bin").join(format!("{name}.{number:03}.bin"));
    (0..).map_while(|number| std::fs::read(file(number)).ok()).collect()
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn every_answer_to_a_prompt_is_understood() {
    let (mut taken, mut refused, mut unclear) = (0, 0, 0);
    for (path, lines) in scenarios() {
        let prompts = calls(&lines)
            .into_iter()
            .filter(|(request, _)| request["method"] == "POST" && path_of(request) == "/prompt");
        for (_, answer) in prompts {
            let body = answer["body"]["text"].as_str().map_or_else(|| answer["body"].to_string(), str::to_owned);
            let status = answer["status"].as_u64().unwrap() as u16;
            match posted(status, body.as_bytes()) {
                Posted::Taken { prompt, .. } => {
                    assert!(!prompt.is_empty() || answer["body"]["prompt_id"] == "");
                    taken += 1;
                }
                Posted::Refused(why) => {
                    assert!(!why.kind.is_empty() && !why.message.is_empty(), "{}: {answer}", path.display());
                    let told = answer["body"]["node_errors"].as_object().map_or(0, serde_json::Map::len);
                    let named: std::collections::HashSet<_> = why.nodes.iter().map(|node| &node.node).collect();
                    assert_eq!(named.len(), told, "every node that the server names is named: {answer}");
                    refused += 1;
                }
                Posted::Unclear { .. } => {
                    assert_eq!(status, 500, "{}: {answer}", path.display());
                    unclear += 1;
                }
            }
        }
    }
    println!("{taken} taken, {refused} refused, {unclear} unclear");
    assert!(taken > 0 && refused > 0 && unclear > 0);
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn queues_and_histories_are_understood() {
    let (mut queues, mut ends) = (0, BTreeMap::<&str, u32>::new());
    for (path, lines) in scenarios() {
        for (request, answer) in
            calls(&lines).into_iter().filter(|(request, answer)| request["method"] == "GET" && answer["status"] == 200)
        {
            let (asked, body) = (path_of(request), &answer["body"]);
            if asked == "/queue" {
                Queue::of(body).unwrap_or_else(|error| panic!("{}: {error}: {body}", path.display()));
                queues += 1;
            }
            if asked.starts_with("/history") && body.is_object() && body.get("text").is_none() {
                for id in body.as_object().unwrap().keys() {
                    let ended =
                        Ended::of(body, id).unwrap_or_else(|error| panic!("{}: {error}: {body}", path.display()));
                    let how = match ended.unwrap().outcome {
                        Outcome::Succeeded => "succeeded",
                        Outcome::Failed(failure) => {
                            assert!(!failure.node.is_empty() && !failure.kind.is_empty());
                            "failed"
                        }
                        Outcome::Interrupted => "interrupted",
                    };
                    *ends.entry(how).or_default() += 1;
                }
            }
        }
    }
    println!("{queues} queues, {ends:?}");
    assert!(queues > 0 && ends.len() == 3, "{ends:?}");
}
