//! Random edits from random bytes, for the property test and for the fuzz target.

use serde_json::{Value as Json, json};
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{Body, End, Frame, GraphDoc, InputDoc, NodeDoc, Note, Policy, Reference, Route, Runs, Wire};
use windlass_core::problem::Spanned;
use windlass_core::types::Type;

/// A source of choices; after its end every choice is the first.
pub struct Choices<'a>(pub &'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.byte() % of.len()].clone()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.byte().is_multiple_of(3) { None } else { Some(make(self)) }
    }

    fn place(&mut self) -> Option<usize> {
        self.maybe(|it| it.byte() % 8)
    }

    fn name(&mut self) -> String {
        self.one(&[
            "a",
            "b",
            "c-2",
            "long_name",
            "find",
            "thumb",
            "save",
            "loop",
            "size",
            "folder",
            "sheet",
            "1bad",
            "",
        ])
        .to_owned()
    }

    fn text(&mut self) -> String {
        let texts = [
            "",
            "plain",
            "two words",
            "yes",
            "true",
            "1",
            "- x",
            "a: b",
            "a #b",
            "*x",
            "\"q\"",
            "it's",
            " lead",
            "trail ",
            "line\nline",
            "line\nline\n",
            "\n",
            "tab\t",
            "{x}",
            "[x]",
            "é 日本",
            "\u{7f}",
            "\r",
            "|",
            "~",
        ];
        self.one(&texts).to_owned()
    }

    fn constant(&mut self) -> Json {
        let text = self.text();
        let texts =
            [Json::from(text.clone()), json!({ "env": "KEY" }), json!([text, 1, null]), json!({ text: [true] })];
        let plain = [json!(1), json!(-2.5), json!(1e300), json!(null), json!(true), json!([]), json!({})];
        self.one(&[&texts[..], &plain[..]].concat())
    }

    fn reference(&mut self) -> Reference {
        match self.byte() % 3 {
            0 => Reference::Input(self.one(&["size", "folder"]).to_owned()),
            _ => Reference::Port {
                node: self.one(&["find", "thumb", "a", "b"]).to_owned(),
                port: self.one(&["image", "file", "out-1"]).to_owned(),
            },
        }
    }

    fn wire(&mut self) -> Wire {
        match self.byte() % 3 {
            0 => Wire::Many((0..self.byte() % 4).map(|_| Spanned::made(self.reference())).collect()),
            _ => Wire::One(self.reference()),
        }
    }

    fn policy(&mut self) -> Policy {
        let time = |it: &mut Self| std::time::Duration::from_millis(it.byte() as u64 * 250);
        Policy {
            retries: self.maybe(|it| it.byte() as u32),
            backoff: self.maybe(time),
            timeout: self.maybe(time),
            slots: self.maybe(|it| it.byte() + 1),
            device: self.maybe(|it| it.one(&["auto", "cuda:0"]).to_owned()),
            bypass: self.byte().is_multiple_of(2),
            ..Policy::default()
        }
    }

    fn node(&mut self) -> NodeDoc {
        let mut node = NodeDoc::of_kind("flow.probe");
        node.title = self.maybe(Self::text);
        for _ in 0..self.byte() % 3 {
            node.params.insert(self.one(&["p", "q", "odd name: #"]).to_owned(), Spanned::made(self.constant()));
            node.inputs.insert(self.one(&["i", "j"]).to_owned(), Spanned::made(self.wire()));
        }
        node.policy = self.maybe(Self::policy).unwrap_or_default();
        node
    }

    fn body(&mut self) -> Body {
        match self.byte() % 2 {
            0 => Body::File("./body.yaml".to_owned()),
            _ => {
                let mut doc = GraphDoc::default();
                doc.nodes.insert("inner".to_owned(), self.node());
                doc.layout.nodes.extend(self.maybe(|it| ("inner".to_owned(), it.pair())));
                doc.layout.routes = self.routes();
                Body::Here(Box::new(doc))
            }
        }
    }

    fn input(&mut self) -> InputDoc {
        let types = ["int", "int(1..5)", "float(..0.5)", "text", "text(\"a\"|\"b\")", "list<image>?", "int(1..)|text"];
        let ty: Type = self.one(&types).parse().unwrap_or(Type::Any);
        InputDoc { ty: Spanned::made(ty), default: None, doc: self.maybe(Self::text), span: None }
    }

    fn pair(&mut self) -> [f64; 2] {
        [self.byte() as f64 / 4.0, -(self.byte() as f64)]
    }

    fn frames(&mut self) -> Vec<Frame> {
        (0..self.byte() % 3).map(|_| Frame { title: self.text(), at: self.pair(), size: self.pair() }).collect()
    }

    fn notes(&mut self) -> Vec<Note> {
        (0..self.byte() % 3).map(|_| Note { at: self.pair(), text: self.text() }).collect()
    }

    fn routes(&mut self) -> Vec<Route> {
        let end = |it: &mut Self| End {
            node: it.one(&["find", "thumb", "a", "inner"]).to_owned(),
            port: it.one(&["image", "p", "odd name: #"]).to_owned(),
        };
        let route = |it: &mut Self| Route {
            from: end(it),
            to: end(it),
            through: (0..it.byte() % 3).map(|_| it.pair()).collect(),
        };
        (0..self.byte() % 3).map(|_| route(self)).collect()
    }

    /// Returns the next edit; it may be one that does not fit the document.
    pub fn edit(&mut self) -> Edit {
        let (node, name, to) = (self.name(), self.name(), self.name());
        match self.byte() % 26 {
            0 => Edit::AddNode { id: node, node: Box::new(self.node()), at: self.place() },
            1 => Edit::RemoveNode { id: node },
            2 => Edit::RenameNode { from: node, to },
            3 => Edit::SetRuns { node, runs: self.one(&[Runs::Kind("x.y".into()), Runs::Graph("./o.yaml".into())]) },
            4 => Edit::SetTitle { node, title: self.maybe(Self::text) },
            5 | 6 => Edit::SetParam { node, name, value: self.maybe(Self::constant), at: self.place() },
            7 => Edit::RenameParam { node, from: self.one(&["pattern", "fit", "p", "a"]).to_owned(), to },
            8 | 9 => Edit::SetInput { node, name, wire: self.maybe(Self::wire), at: self.place() },
            10 => Edit::SetPolicy { node, policy: Box::new(self.policy()) },
            11 => Edit::SetBody { node, body: self.maybe(Self::body) },
            12 => Edit::InBody { node: "loop".to_owned(), edit: Box::new(self.edit()) },
            13 => Edit::SetName(self.maybe(Self::text)),
            14 => Edit::SetDescription(self.maybe(Self::text)),
            15 => Edit::SetSeed(self.byte() as u64),
            16 => Edit::SetPermissions((0..self.byte() % 3).map(|_| self.text()).collect()),
            17 => Edit::SetGraphInput { name, input: self.maybe(Self::input).map(Box::new), at: self.place() },
            18 => Edit::RenameGraphInput { from: name, to },
            19 => Edit::SetOutput { name, from: self.maybe(Self::reference), at: self.place() },
            20 => Edit::RenameOutput { from: name, to },
            21 => Edit::MoveNode { node, to: self.maybe(Self::pair) },
            22 => self.one(&[Edit::SetFrames(vec![]), Edit::SetNotes(vec![])]),
            23 => Edit::SetRoutes(self.routes()),
            24 => {
                let (node, to) = (self.one(&["a", "inner"]).to_owned(), self.maybe(Self::pair));
                Edit::InBody { node: "loop".to_owned(), edit: Box::new(Edit::MoveNode { node, to }) }
            }
            _ => match self.byte() % 3 {
                0 => Edit::SetFrames(self.frames()),
                1 => Edit::SetNotes(self.notes()),
                _ => Edit::Compound((0..self.byte() % 4).map(|_| self.edit()).collect()),
            },
        }
    }
}
