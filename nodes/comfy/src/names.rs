//! Names: a class as a kind and back, outputs as ports, nodes of a workflow as ids of a graph.

use std::collections::HashMap;

use windlass_core::doc::MAX_NAME;

use crate::definitions::Output;

/// What the kinds of classes begin with.
const PACK: &str = "comfy.";
/// Kinds of the pack itself, which no class may be.
const OWN: [&str; 2] = ["workflow", "island"];

/// Returns the kind of a class: letters and digits of ASCII, `_` and `-` stay, each other byte becomes `%` and two digits.
pub fn kind_of(class: &str) -> String {
    let mut kind = PACK.to_owned();
    for (at, byte) in class.bytes().enumerate() {
        let stays = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if stays && !(at == 0 && OWN.contains(&class)) {
            kind.push(char::from(byte));
        } else {
            kind.push_str(&format!("%{byte:02X}"));
        }
    }
    kind
}

/// Returns the class of a kind; `None` for kinds that are none of a class.
pub fn class_of(kind: &str) -> Option<String> {
    let escaped = kind.strip_prefix(PACK).filter(|name| !name.is_empty() && !OWN.contains(name))?;
    let (mut bytes, mut rest) = (Vec::new(), escaped.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

/// Returns the ports of a class, in the order of its outputs: their names as far as a port can have them.
pub fn ports_of(outputs: &[Output]) -> Vec<String> {
    // Each kind has a port `error` already.
    let mut taken = HashMap::from([("error".to_owned(), 2)]);
    let name = |output: &Output| fresh(&plain(&output.name, '_', "out"), '_', &mut taken);
    outputs.iter().map(name).collect()
}

/// Makes ids of a graph for nodes of a workflow: `ksampler-3`, `ksampler-75-61` inside of subgraph node 75.
#[derive(Debug, Default)]
pub struct Ids {
    taken: HashMap<String, u64>,
}

impl Ids {
    /// Returns an id that no other node has.
    pub fn make(&mut self, class: &str, path: &str) -> String {
        let word: String = class.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        let word = word.to_ascii_lowercase();
        let word = if word.starts_with(|first: char| first.is_ascii_alphabetic()) { word } else { format!("n{word}") };
        let id = plain(&format!("{word}-{}", path.replace(':', "-")), '-', "n");
        fresh(&id, '-', &mut self.taken)
    }
}

/// Returns a name with nothing in it that names of a graph cannot have.
fn plain(name: &str, joint: char, empty: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let mut plain = String::new();
    for letter in name.chars() {
        match fits(letter) {
            true => plain.push(letter),
            false if plain.ends_with(joint) => {}
            false => plain.push(joint),
        }
    }
    let plain = plain.trim_matches(joint);
    // Room is left for the number that tells it from others.
    if plain.is_empty() { empty.to_owned() } else { plain.chars().take(MAX_NAME - 6).collect() }
}

/// Returns a name that is not taken; each taken name knows from which number on it may be free.
fn fresh(name: &str, joint: char, taken: &mut HashMap<String, u64>) -> String {
    let first = taken.get(name).copied();
    let counted = (first.unwrap_or(2)..).map(|number| (number + 1, format!("{name}{joint}{number}")));
    let own = first.is_none().then(|| (2, name.to_owned()));
    let Some((next, free)) = own.into_iter().chain(counted).find(|(_, free)| !taken.contains_key(free)) else {
        return String::new();
    };
    taken.insert(free.clone(), 2);
    taken.insert(name.to_owned(), next);
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_become_kinds_and_come_back() {
        for class in
            ["KSampler", "Epsilon Scaling", "TextEncodeAceStepAudio1.5", "图像缩放", "a%b/c", "workflow", "ワ ー.🙂"]
        {
            let kind = kind_of(class);
            assert_eq!(class_of(&kind).as_deref(), Some(class), "{kind}");
            assert!(kind[6..].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%_-".contains(&byte)), "{kind}");
        }
        assert_eq!(kind_of("Video Slice"), "comfy.Video%20Slice");
        for kind in ["comfy.workflow", "comfy.", "image.resize", "comfy.%F", "comfy.%ff", "comfy.%é"] {
            assert_eq!(class_of(kind), None, "{kind}");
        }
    }

    #[test]
    fn outputs_have_one_port_each() {
        let output = |name: &str| Output { name: name.into(), ty: "*".into(), group: None, doc: String::new() };
        let names = ["IMAGE", "IMAGE", "3D Model Path", "图像", "error", "", "a b"].map(output);
        assert_eq!(ports_of(&names), ["IMAGE", "IMAGE_2", "3D_Model_Path", "out", "error_2", "out_2", "a_b"]);
    }

    #[test]
    fn ids_tell_class_and_place() {
        let mut ids = Ids::default();
        assert_eq!(ids.make("KSampler (Advanced)", "75:61"), "ksampleradvanced-75-61");
        assert_eq!(ids.make("图像", "3"), "n-3");
        assert_eq!(ids.make("图像", "3"), "n-3-2");
        let long = ids.make("A", &"12345678:".repeat(20));
        assert!(windlass_core::doc::is_name(&long), "{long}");
    }
}
