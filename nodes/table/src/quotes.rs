//! Whether a quote of a delimited text is still open where the text ends: its reader would give all that follows the quote as
//! one field, and say nothing.

/// The byte order mark, which a reader passes over at the start.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Follows the quotes of a text that comes in pieces.
#[derive(Clone, Copy, Debug)]
pub struct Quotes {
    quote: u8,
    delimiter: u8,
    state: State,
    /// How much of the byte order mark stood at the start, while nothing else has come.
    mark: Option<usize>,
    /// How many bytes were taken.
    count: u64,
    /// Behind how many the last quote was opened.
    opened: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Outside of quotes; whether a field begins here.
    Outside {
        at_start: bool,
    },
    Inside,
    /// Behind a quote that ends the field, unless another one follows.
    Closing,
}

impl Quotes {
    /// Begins at the start of a text with this byte around fields, and this one between them.
    pub fn new(quote: u8, delimiter: u8) -> Self {
        Self { quote, delimiter, state: State::Outside { at_start: true }, mark: Some(0), count: 0, opened: 0 }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, mut piece: &[u8]) {
        piece = self.pass_mark(piece);
        while !piece.is_empty() {
            let passed = match self.state {
                State::Outside { at_start } => self.pass_outside(piece, at_start),
                State::Inside => self.pass_inside(piece),
                State::Closing if piece[0] == self.quote => {
                    self.state = State::Inside;
                    1
                }
                State::Closing => {
                    self.state = State::Outside { at_start: false };
                    0
                }
            };
            piece = &piece[passed..];
            self.count += passed as u64;
        }
    }

    /// Returns where the quote stands that is open, in bytes from the start; with one, the text must not end here.
    pub fn open(&self) -> Option<u64> {
        matches!(self.state, State::Inside).then_some(self.opened)
    }

    fn pass_mark<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        let Some(before) = self.mark else { return piece };
        let passed = piece.iter().zip(&MARK[before..]).take_while(|(byte, mark)| byte == mark).count();
        let (stood, rest) = (before + passed, &piece[passed..]);
        self.mark = (stood < MARK.len() && rest.is_empty()).then_some(stood);
        self.count += passed as u64;
        if self.mark.is_none() && (1..MARK.len()).contains(&stood) {
            self.state = State::Outside { at_start: false };
        }
        rest
    }

    /// Passes to behind the next quote that begins a field; another one is a character like any.
    fn pass_outside(&mut self, piece: &[u8], at_start: bool) -> usize {
        let begins = |at: usize| if at == 0 { at_start } else { self.ends_field(piece[at - 1]) };
        let found = (0..piece.len()).find(|&at| piece[at] == self.quote && begins(at));
        let Some(at) = found else {
            let ends_field = piece.last().is_some_and(|last| self.ends_field(*last));
            self.state = State::Outside { at_start: ends_field };
            return piece.len();
        };
        (self.state, self.opened) = (State::Inside, self.count + at as u64);
        at + 1
    }

    fn pass_inside(&mut self, piece: &[u8]) -> usize {
        let Some(at) = piece.iter().position(|byte| *byte == self.quote) else { return piece.len() };
        self.state = State::Closing;
        at + 1
    }

    fn ends_field(&self, byte: u8) -> bool {
        byte == self.delimiter || byte == b'\n' || byte == b'\r'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> Option<u64> {
        let mut whole = Quotes::new(b'"', b',');
        whole.feed(text.as_bytes());
        let mut pieces = Quotes::new(b'"', b',');
        text.as_bytes().chunks(1).for_each(|piece| pieces.feed(piece));
        assert_eq!(whole.open(), pieces.open(), "{text}");
        whole.open()
    }

    #[test]
    fn a_quote_that_nobody_closes_is_seen() {
        assert_eq!(opened("\u{feff}\"a,b\n"), Some(3));
        assert_eq!(opened("\u{feff}\"a,\",b\n"), None);
        for (open, at) in
            [("\"", 0), ("a,\"b", 2), ("a\n\"b\nc,d\n", 2), ("\"a\"\"", 0), ("\"a\",\"\"\"", 4), ("a\r\"b", 2)]
        {
            assert_eq!(opened(open), Some(at), "{open}");
        }
        for closed in
            ["", "a,b\n", "\"a\"", "\"a\"\"\"\n", "\"a\nb\",c", "5\" disk,a", "\"a\"b\"c,d", "\"a\"x\"", "\"\",\"\""]
        {
            assert_eq!(opened(closed), None, "{closed}");
        }
    }

    /// Seen by the reader itself: a field more behind what is closed is a field of its own.
    #[test]
    fn it_goes_by_the_rules_of_the_reader() {
        let parts = ["a", "\"", ",", "\n", "\u{feff}"];
        for number in 0..parts.len().pow(6) {
            let text: String = (0..6).map(|at| parts[number / parts.len().pow(at) % parts.len()]).collect();
            let marked = format!("{text}\n,mark");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(marked.as_bytes());
            let last = reader.records().last().unwrap().unwrap();
            assert_eq!(opened(&text).is_some(), last.get(last.len() - 1) != Some("mark"), "{text:?}");
        }
    }
}
