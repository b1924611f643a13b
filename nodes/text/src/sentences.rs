//! Takes a text apart into its sentences.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use windlass_core::prelude::*;

/// How many sentences are looked at between two looks at whether the run is being stopped.
const LOOK: usize = 1 << 12;

/// So many brackets, quotation marks and spaces in a row end a sentence. Behind a point the library looks from each of them
/// to the next letter, which takes time that grows with their square.
const LONGEST_RUN: usize = 200;

/// How sentences end.
#[derive(Params)]
pub struct Settings {
    /// Whose abbreviations end no sentence.
    #[param(default = "en")]
    language: Language,
    /// What an end of line is.
    #[param(default = "end")]
    line_breaks: LineBreaks,
}

/// Languages whose abbreviations are known; others are taken apart well enough by `none`.
#[derive(Clone, Copy, Choice)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Italian.
    It,
    /// Portuguese.
    Pt,
    /// Dutch.
    Nl,
    /// Any other: abbreviations are not known, single letters with a point end no sentence.
    None,
}

/// What an end of line is.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum LineBreaks {
    /// It ends a sentence, as Unicode says.
    End,
    /// It is a space, as in texts whose lines are all of one length; an empty line ends a sentence.
    Space,
}

/// What is taken apart.
#[derive(Inputs)]
pub struct In {
    /// The text.
    #[port(constant)]
    text: Arc<str>,
}

/// One sentence.
#[derive(Outputs)]
pub struct Sentence {
    /// The sentence, without white space around it.
    text: String,
    /// Its place among the sentences, counted from 0.
    index: usize,
}

/// The sentences.
#[derive(Outputs)]
pub struct Out {
    /// The sentences.
    #[children]
    sentences: Children<Sentence>,
}

/// `text.sentences`
pub struct Sentences;

impl Node for Sentences {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.sentences",
            "Sentences",
            "Makes an item of each sentence of a text, in order: by the rules of Unicode (UAX #29), and by lists of the \
             abbreviations of a language, which end no sentence.",
        )
        .search(&["split", "segment", "tokenize", "language"])
        .cpu()
        .split(true)
        .sample(Sample::new().input("text", Value::text("Dr. Ada is in. So am I.")))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let text: Arc<str> = match params.line_breaks {
            LineBreaks::End => inputs.text,
            LineBreaks::Space => unwrapped(&inputs.text).into(),
        };
        let places = places(&text, params.language.abbreviations(), ctx)?;
        let sentence =
            move |(index, place): (usize, Range<usize>)| Ok(Sentence { text: text[place].to_owned(), index });
        Ok(Out { sentences: Children::indexed(places.into_iter().enumerate().map(sentence)) })
    }
}

impl Language {
    /// Returns abbreviations that are followed by more of the same sentence, without their last point, in lower case.
    fn abbreviations(self) -> &'static [&'static str] {
        match self {
            Self::En => &[
                "mr", "mrs", "ms", "dr", "prof", "st", "mt", "sr", "jr", "gen", "col", "capt", "lt", "sgt", "rev",
                "hon", "vs", "e.g", "i.e", "cf", "approx", "fig", "figs", "eq", "no", "nos", "vol", "vols", "pp", "ed",
                "eds", "dept", "viz", "resp",
            ],
            Self::De => &[
                "dr", "prof", "hr", "fr", "st", "z.b", "d.h", "u.a", "i.d.r", "o.ä", "bzw", "ca", "vgl", "abb", "nr",
                "bd", "s", "ggf", "evtl", "inkl", "zzgl", "sog", "geb", "str", "tel", "mio", "mrd", "jh", "hrsg",
                "z.t", "v.a", "u.u", "i.a", "m.e", "dipl", "ing",
            ],
            Self::Fr => &[
                "m", "mm", "mme", "mlle", "dr", "pr", "st", "ste", "p.ex", "c.-à-d", "cf", "env", "fig", "no", "vol",
                "pp", "art", "chap", "éd", "av", "apr", "tél",
            ],
            Self::Es => &[
                "sr", "sra", "srta", "dr", "dra", "d", "dña", "prof", "ud", "uds", "p.ej", "pág", "págs", "núm", "vol",
                "art", "fig", "aprox", "av", "tel", "cap",
            ],
            Self::It => &[
                "sig", "sigg", "dott", "prof", "ing", "avv", "arch", "on", "p.es", "cfr", "fig", "pag", "pagg", "vol",
                "art", "cap", "n", "tel", "ca", "s",
            ],
            Self::Pt => &[
                "sr", "sra", "dr", "dra", "prof", "eng", "p.ex", "pág", "págs", "n", "núm", "vol", "art", "fig",
                "aprox", "av", "tel", "cap", "d", "exmo",
            ],
            Self::Nl => &[
                "dhr", "mevr", "mw", "dr", "prof", "ir", "ing", "drs", "mr", "st", "bijv", "bv", "d.w.z", "o.a",
                "m.a.w", "nl", "nr", "blz", "ca", "vgl", "resp", "tel", "afb", "deel",
            ],
            Self::None => &[],
        }
    }
}

/// Ends of lines become spaces, but for those of empty lines.
fn unwrapped(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim().is_empty() {
            true => made.push('\n'),
            false => {
                made.push_str(line);
                made.push(' ');
            }
        }
    }
    made
}

/// Takes a text apart where there are too many marks in a row.
fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut begin, mut length) = (0, 0);
    let ends = text.char_indices().filter_map(move |(at, letter)| {
        let is_mark =
            !letter.is_alphanumeric() && !matches!(letter, '.' | '!' | '?' | '-' | '_' | '=' | '*' | '#' | '~');
        length = if is_mark { length + 1 } else { 0 };
        (length > LONGEST_RUN).then(|| {
            length = 0;
            at
        })
    });
    ends.chain([text.len()]).map(move |end| {
        let run = (begin, &text[begin..end]);
        begin = end;
        run
    })
}

/// Returns where the sentences lie. Pieces that end with an abbreviation are one with the next.
fn places(text: &str, abbreviations: &[&str], ctx: &Ctx) -> Result<Vec<Range<usize>>, NodeError> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut begin = None;
    let pieces = runs(text)
        .flat_map(|(start, run)| run.split_sentence_bound_indices().map(move |(at, piece)| (start + at, piece)));
    for (at, (start, piece)) in pieces.enumerate() {
        if at % LOOK == 0 {
            ctx.check_cancelled()?;
        }
        let from = begin.take().unwrap_or(start);
        if !piece.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) && ends_open(piece, abbreviations) {
            begin = Some(from);
        } else {
            places.push(from..start + piece.len());
        }
    }
    places.extend(begin.map(|from| from..text.len()));
    let trimmed = places.into_iter().map(|place| {
        let piece = &text[place.clone()];
        let start = place.start + piece.len() - piece.trim_start().len();
        start..start + piece.trim().len()
    });
    Ok(trimmed.filter(|place| !place.is_empty()).collect())
}

/// Tells a piece whose last word is an abbreviation, or a single letter as in names: `J. Brandt`.
fn ends_open(piece: &str, abbreviations: &[&str]) -> bool {
    let Some(rest) = piece.trim_end().strip_suffix('.') else { return false };
    let word = rest
        .rsplit(|letter: char| letter.is_whitespace() || matches!(letter, '(' | '[' | '"' | '«' | '„' | '“'))
        .next();
    let word = word.unwrap_or_default();
    let mut letters = word.chars();
    let is_initial = matches!((letters.next(), letters.next()), (Some(one), None) if one.is_uppercase() && one != 'I');
    is_initial || (word.len() <= 16 && abbreviations.contains(&word.to_lowercase().as_str()))
}

const EXAMPLE: &str = r#"
sentences:
  kind: text.sentences
  params: { text: "Dr. Brandt came at 5 p.m. She stayed, e.g. for tea. Then?", language: en }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(text: &str, language: &str) -> Harness {
        Harness::of::<Sentences>().input("text", Value::text(text)).param("language", language)
    }

    fn sentences(bench: Harness) -> Vec<String> {
        bench.fire().unwrap().children().iter().map(|child| child.get("text").unwrap()).collect()
    }

    #[test]
    fn abbreviations_and_initials_end_no_sentence() {
        let english = "Dr. J. Brandt paid $3.50, e.g. For tea. \"Really?\" she asked. So did I. Then she left.";
        assert_eq!(
            sentences(bench(english, "en")),
            ["Dr. J. Brandt paid $3.50, e.g. For tea.", "\"Really?\"", "she asked.", "So did I.", "Then she left."]
        );
        let german = "Das sind z.B. Dünen bzw. Sand. Siehe Abb. 3! Gut.";
        assert_eq!(sentences(bench(german, "de")), ["Das sind z.B. Dünen bzw. Sand.", "Siehe Abb. 3!", "Gut."]);
        assert_eq!(sentences(bench("Das ist Abb. Drei.", "none")), ["Das ist Abb.", "Drei."]);
        assert_eq!(sentences(bench("M. Dupont est là. Bien.", "fr")), ["M. Dupont est là.", "Bien."]);
    }

    #[test]
    fn other_scripts_end_their_sentences_with_their_own_marks() {
        assert_eq!(sentences(bench("夜です。海は静か！本当？", "none")), ["夜です。", "海は静か！", "本当？"]);
        assert_eq!(sentences(bench("क्या? हाँ। ठीक।", "none")), ["क्या?", "हाँ।", "ठीक।"]);
    }

    #[test]
    fn an_end_of_line_ends_a_sentence_or_is_a_space() {
        let text = "One line\nand another.\r\n\r\nA new\nparagraph";
        assert_eq!(sentences(bench(text, "en")), ["One line", "and another.", "A new", "paragraph"]);
        let wrapped = bench(text, "en").param("line_breaks", "space");
        assert_eq!(sentences(wrapped), ["One line and another.", "A new paragraph"]);
        assert!(sentences(bench(" \n ", "en")).is_empty());
    }

    #[test]
    fn many_marks_behind_a_point_take_no_longer_than_letters() {
        for marks in [" ", ")", "\u{27e9}", "\"", " )"] {
            let text = format!("One.{}two. Three.", marks.repeat(300_000));
            let found = sentences(bench(&text, "en"));
            assert_eq!(
                (found.first().map(|one| &one[..4]), found.last().map(String::as_str)),
                (Some("One."), Some("Three."))
            );
        }
        let few = format!("One,{}two.", " ".repeat(150));
        assert_eq!(sentences(bench(&few, "en")), [few]);
        assert_eq!(sentences(bench(&"-".repeat(5_000), "en")).len(), 1);
    }

    #[test]
    fn long_texts_without_a_sentence_end_and_wrong_inputs_fail() {
        assert_eq!(sentences(bench(&". ,".repeat(100_000), "en")).len(), 1);
        assert_eq!(sentences(bench(&"A. ".repeat(100_000), "en")).len(), 1);
        let error = bench("", "english").fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `language`: expected"), "{error}");
    }
}
