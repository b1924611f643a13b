//! From the events of the YAML parser to a located tree, within budgets.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as Place, StructureStyle, Tag, options};

use super::syntax::{explain, too_deep};
use super::{Kind, Style, Tree};
use crate::problem::{Problem, Source, Span};

/// How deep values may be nested, aliases followed.
pub(super) const MAX_DEPTH: usize = 64;
/// The longest key, in characters.
const MAX_KEY: usize = 4096;
/// How many values a text may have, keys counted.
const MAX_VALUES: usize = 500_000;
/// How many aliases a text may have.
const MAX_ALIASES: usize = 1_000;
/// How many values anchors and aliases may add in all.
const MAX_REPEATED: usize = 50_000;

/// Builds the tree of a text; `None` if nothing stands there.
///
/// # Errors
/// Explains the first thing that is no YAML, or that is over a budget.
pub(in crate::doc) fn build(source: &Arc<Source>) -> Result<Option<Tree<'_>>, Box<Problem>> {
    let limits = options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        simple_key_max_lookahead: MAX_KEY,
    };
    let mut builder = Builder::new(source);
    for event in Parser::new_from_str_with_options(&source.text, limits) {
        let (event, place) = event.map_err(|error| explain(&error, source))?;
        builder.take(event, &place)?;
    }
    Ok(builder.root)
}

type Outcome = Result<(), Box<Problem>>;

struct Builder<'a> {
    source: &'a Arc<Source>,
    open: Vec<Open<'a>>,
    root: Option<Tree<'a>>,
    anchors: HashMap<usize, Whole<'a>>,
    documents: usize,
    values: usize,
    aliases: usize,
    repeated: usize,
}

/// A collection that has begun and not ended.
struct Open<'a> {
    tree: Tree<'a>,
    key: Option<Tree<'a>>,
    anchor: usize,
    size: usize,
    height: usize,
}

/// A value with what the budgets ask for.
#[derive(Clone)]
struct Whole<'a> {
    tree: Tree<'a>,
    size: usize,
    height: usize,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        Self {
            source,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            documents: 0,
            values: 0,
            aliases: 0,
            repeated: 0,
        }
    }

    fn take(&mut self, event: Event<'a>, place: &Place) -> Outcome {
        match event {
            Event::DocumentStart(..) => self.document(place),
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag.as_deref(), place),
            Event::MappingStart(style, anchor, tag) => {
                self.begin(Kind::Map(Vec::new()), style, anchor, tag.as_deref(), place)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.begin(Kind::List(Vec::new()), style, anchor, tag.as_deref(), place)
            }
            Event::MappingEnd | Event::SequenceEnd => self.end(place),
            Event::Alias(anchor) => self.alias(anchor, place),
            _ => Ok(()),
        }
    }

    fn document(&mut self, place: &Place) -> Outcome {
        self.documents += 1;
        if self.documents < 2 {
            return Ok(());
        }
        let message = "a second document begins here; a file holds one graph";
        Err(self.error("several-documents", message, place).hint("put each graph into a file of its own").into())
    }

    fn scalar(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: &Place,
    ) -> Outcome {
        let as_text = self.tagged_as_text(tag, place)?;
        let range = place.byte_range().unwrap_or_default();
        let style = match style {
            ScalarStyle::Plain if as_text => Style::Single,
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            _ => Style::Lines,
        };
        let text = if range.is_empty() && style == Style::Plain { Cow::Borrowed("") } else { text };
        let end = range.start + self.source.text[range.clone()].trim_end().len();
        let tree = Tree::new(Kind::Scalar(text), style, range.start..end);
        self.place(Whole { tree, size: 1, height: 1 }, anchor, place)
    }

    fn begin(
        &mut self,
        kind: Kind<'a>,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: &Place,
    ) -> Outcome {
        self.tagged_as_text(tag, place)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep(place));
        }
        let style = if style == StructureStyle::Flow { Style::Flow } else { Style::Block };
        let tree = Tree::new(kind, style, place.byte_range().unwrap_or_default());
        self.open.push(Open { tree, key: None, anchor, size: 1, height: 0 });
        Ok(())
    }

    fn end(&mut self, place: &Place) -> Outcome {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        let inner_end = match &mut open.tree.kind {
            Kind::Map(entries) => {
                entries.shrink_to_fit();
                entries.last().map(|(key, value)| key.end.max(value.end))
            }
            Kind::List(members) => {
                members.shrink_to_fit();
                members.last().map(|member| member.end)
            }
            Kind::Scalar(_) => None,
        };
        let after = place.byte_range().map_or(0, |range| range.end as u32);
        let is_block = open.tree.style == Style::Block;
        open.tree.end = inner_end.filter(|_| is_block || after == open.tree.start).unwrap_or(after);
        let whole = Whole { tree: open.tree, size: open.size, height: open.height + 1 };
        self.place(whole, open.anchor, place)
    }

    fn alias(&mut self, anchor: usize, place: &Place) -> Outcome {
        self.aliases += 1;
        if self.aliases > MAX_ALIASES {
            let message = format!("the file has more than {MAX_ALIASES} aliases");
            return Err(self.error("too-many-aliases", message, place).hint("write the values out").into());
        }
        let Some(target) = self.anchors.get(&anchor) else {
            let message = "this alias stands inside the value that it repeats";
            return Err(self.error("unknown-anchor", message, place).hint("write the value out").into());
        };
        let (size, height) = (target.size, target.height);
        self.repeat(size, place)?;
        if self.open.len() + height > MAX_DEPTH {
            return Err(self.too_deep(place));
        }
        let Some(mut whole) = self.anchors.get(&anchor).cloned() else { return Ok(()) };
        let range = place.byte_range().unwrap_or_default();
        whole.tree = Tree { aliased: true, ..Tree::new(whole.tree.kind, whole.tree.style, range) };
        self.place(whole, 0, place)
    }

    /// Puts a finished value into the collection that it belongs to.
    fn place(&mut self, whole: Whole<'a>, anchor: usize, place: &Place) -> Outcome {
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("the file has more than {MAX_VALUES} values");
            let hint = "split the graph by `uses`; long lists of data belong into a table file";
            return Err(self.error("too-many-values", message, place).hint(hint).into());
        }
        if anchor > 0 {
            self.repeat(whole.size, place)?;
            self.anchors.insert(anchor, whole.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(whole.tree);
            return Ok(());
        };
        open.size += whole.size;
        open.height = open.height.max(whole.height);
        match (&mut open.tree.kind, open.key.take()) {
            (Kind::Map(entries), Some(key)) => entries.push((key, whole.tree)),
            (Kind::Map(entries), None) => {
                if entries.is_empty() && open.tree.style == Style::Block {
                    open.tree.start = open.tree.start.min(whole.tree.start);
                }
                open.key = Some(whole.tree);
            }
            (Kind::List(members), _) => members.push(whole.tree),
            (Kind::Scalar(_), _) => {}
        }
        Ok(())
    }

    fn repeat(&mut self, size: usize, place: &Place) -> Outcome {
        self.repeated += size;
        if self.repeated <= MAX_REPEATED {
            return Ok(());
        }
        let message = format!("anchors and aliases repeat more than {MAX_REPEATED} values");
        Err(self.error("alias-bomb", message, place).hint("write the values out, or repeat smaller parts").into())
    }

    fn tagged_as_text(&self, tag: Option<&Tag>, place: &Place) -> Result<bool, Box<Problem>> {
        let Some(tag) = tag else { return Ok(false) };
        match tag.core_suffix() {
            Some("str") => Ok(true),
            Some("int" | "float" | "bool" | "null" | "map" | "seq") => Ok(false),
            _ if tag.original() == "!" => Ok(true),
            _ => {
                let message = format!("the tag `{}` means nothing here", tag.original());
                Err(self.error("unknown-tag", message, place).hint("leave the tag out").into())
            }
        }
    }

    fn too_deep(&self, place: &Place) -> Box<Problem> {
        let (code, message, hint) = too_deep();
        self.error(code, message, place).hint(hint).into()
    }

    fn error(&self, code: &'static str, message: impl Into<String>, place: &Place) -> Problem {
        let range = place.byte_range().unwrap_or_default();
        Problem::error(code, message).at(Some(Span { source: self.source.clone(), range }))
    }
}
