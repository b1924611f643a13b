//! JSON as Python writes it, with bare `NaN` and `Infinity`, which JSON lacks: ComfyUI notes so that a node always runs anew.

const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];

/// Returns the text with `null` in place of such words outside of texts, and how many there were.
pub fn nulled(text: &[u8]) -> (Vec<u8>, usize) {
    let (mut made, mut count, mut rest) = (Vec::with_capacity(text.len()), 0, text);
    let (mut in_text, mut is_escaped) = (false, false);
    while let Some((byte, after)) = rest.split_first() {
        let word = WORDS.iter().find(|word| !in_text && rest.starts_with(word));
        if let Some(word) = word {
            made.extend_from_slice(b"null");
            (count, rest) = (count + 1, &rest[word.len()..]);
            continue;
        }
        in_text ^= *byte == b'"' && !is_escaped;
        is_escaped = in_text && *byte == b'\\' && !is_escaped;
        made.push(*byte);
        rest = after;
    }
    (made, count)
}

#[cfg(test)]
mod tests {
    use super::nulled;

    #[test]
    fn words_are_replaced_outside_of_texts_alone() {
        let text = br#"{"a": [NaN, -Infinity], "NaN": "say \"NaN\"", "b": Infinity, "c": "\\"}"#;
        let (made, count) = nulled(text);
        let made: serde_json::Value = serde_json::from_slice(&made).unwrap();
        let right = serde_json::json!({ "a": [null, null], "NaN": "say \"NaN\"", "b": null, "c": "\\" });
        assert_eq!((made, count), (right, 3));
    }
}
