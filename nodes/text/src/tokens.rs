//! Tokens of language models: as their own tokenizers make them, and by an estimate.

use windlass_core::prelude::*;

/// The longest text whose tokens are counted, in bytes: each token takes a hundred bytes or so while it is.
const MAX_BYTES: usize = 8 << 20;

/// How many characters of a text of words a token has, by the rule of thumb that OpenAI publishes for English ("What are
/// tokens and how to count them?").
const CHARACTERS_OF_TOKEN: usize = 4;

/// The tokenizer of a model.
pub(crate) struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// Reads the content of a `tokenizer.json`. What it says of cutting and filling up texts is left out, because it would
    /// change the count.
    pub(crate) fn read(content: &[u8]) -> Result<Self, NodeError> {
        let read = tokenizers::Tokenizer::from_bytes(content);
        let mut tokenizer = read.map_err(|error| {
            let error = NodeError::because("the file is no tokenizer", &*error);
            error.hint("a `tokenizer.json` of the library `tokenizers` is read, not the `tokenizer.model` of others")
        })?;
        let cut = tokenizer.with_truncation(None);
        cut.map_err(|error| NodeError::because("the file is no tokenizer", &*error))?.with_padding(None);
        Ok(Self(tokenizer))
    }

    /// Returns how many tokens a text has, without those that are put around it.
    pub(crate) fn count(&self, text: &str) -> Result<usize, NodeError> {
        if text.len() > MAX_BYTES {
            let error =
                NodeError::new(format!("the tokens of {} bytes are not counted, at most {MAX_BYTES}", text.len()));
            return Err(error.hint("`text.lines` or `text.sentences` take it apart first").permanent());
        }
        let encoded = self.0.encode_fast(text, false);
        let encoded = encoded.map_err(|error| NodeError::because("the tokenizer fails", &*error).permanent())?;
        Ok(encoded.get_ids().len())
    }
}

/// Returns an estimate of the tokens of a text.
pub(crate) fn estimate(text: &str) -> usize {
    let (mut dense, mut other) = (0, 0_usize);
    for letter in text.chars() {
        if is_dense(letter) { dense += 1 } else { other += 1 }
    }
    dense + other.div_ceil(CHARACTERS_OF_TOKEN)
}

/// Tells a character of scripts in which one stands for a syllable or a word: kana, Han, Hangul.
fn is_dense(letter: char) -> bool {
    let ranges = [
        '\u{3040}'..='\u{30ff}',
        '\u{3400}'..='\u{9fff}',
        '\u{ac00}'..='\u{d7af}',
        '\u{f900}'..='\u{faff}',
        '\u{20000}'..='\u{3ffff}',
    ];
    ranges.iter().any(|range| range.contains(&letter))
}

#[cfg(test)]
mod tests {
    use windlass_core::json;

    use super::*;

    /// Pairs of bytes that belong together, as in the tokenizers of GPT, with a limit that would cut the text.
    fn of_pairs() -> Tokenizer {
        let vocabulary = json!({ "w": 0, "i": 1, "n": 2, "d": 3, "s": 4, "Ġ": 5, "wi": 6, "nd": 7, "wind": 8 });
        let content = json!({
            "version": "1.0",
            "truncation": { "direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0 },
            "padding": { "strategy": { "Fixed": 64 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
                "pad_type_id": 0, "pad_token": "w" },
            "added_tokens": [],
            "normalizer": null,
            "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
            "post_processor": null,
            "decoder": null,
            "model": { "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "vocab": vocabulary,
                "merges": ["w i", "n d", "wi nd"] },
        });
        Tokenizer::read(content.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn tokens_are_those_of_the_tokenizer() {
        let tokenizer = of_pairs();
        assert_eq!(tokenizer.count("winds").unwrap(), 2);
        assert_eq!(tokenizer.count("wind winds swind").unwrap(), 1 + 3 + 3);
        assert_eq!(tokenizer.count("").unwrap(), 0);
        assert!(tokenizer.count(&"wind ".repeat(100_000)).is_ok_and(|count| count == 200_000));
    }

    #[test]
    fn long_texts_and_wrong_files_are_refused() {
        let error = of_pairs().count(&"w".repeat(MAX_BYTES + 1)).unwrap_err();
        assert!(error.to_string().ends_with("at most 8388608") && error.is_permanent());
        let error = Tokenizer::read(b"{\"model\": 1}").map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("the file is no tokenizer: "), "{error}");
        assert!(error.hint_text().is_some());
    }
}
