//! Kinds that only promise: enough of them to say everything that the checker looks at.

use windlass_core::about::About;
use windlass_core::context::Ctx;
use windlass_core::node::{Emission, Node, NodeError, Statics};
use windlass_core::permission::Permission;
use windlass_core::registry::{Pack, Registry};
use windlass_core::spec::{Carry, ParamSpec, PortSpec, Spec, Tolerance};
use windlass_core::types::Type;
use windlass_core::value::Bag;

/// A kind by its ports and parameters as text. Ports: `name: type; …` with `?` optional, `=` constant, `*` collect,
/// `..` variadic, `+` many after the name. Parameters: `name: type = default; …` with `!` static, `@` path template.
macro_rules! kind {
    ($rust:ident, $kind:literal, $inputs:literal => $outputs:literal, $params:literal $(, $about:ident($($arg:expr),*))*) => {
        pub struct $rust;

        impl Node for $rust {
            type Params = ();
            type In = Bag;
            type Out = Emission;

            fn about() -> About {
                About::new($kind, $kind, "Does nothing.")$(.$about($($arg),*))*
            }

            fn open(_: &Statics) -> Result<Self, NodeError> {
                Ok(Self)
            }

            fn shape(spec: &mut Spec, _: &Statics) -> Result<(), NodeError> {
                spec.inputs = ports($inputs);
                spec.outputs = ports($outputs);
                spec.params = params($params);
                Ok(())
            }

            async fn fire(&self, (): (), _: Bag, _: &Ctx) -> Result<Emission, NodeError> {
                Ok(Emission::default())
            }
        }
    };
}

kind!(Files, "t.files", "folder=?: path" => "file+: file", "pattern: text = \"*\"", reads(), split(true));
kind!(Numbers, "t.numbers", "" => "number+: int(0..); count: int", "count: int(0..) = 3", split(true));
kind!(Open, "t.open", "file: file" => "image: image; width: int", "");
kind!(
    Resize,
    "t.resize",
    "image: image" => "image: image",
    "width: int(1..4096) = 256; fit: text(\"contain\"|\"cover\") = \"contain\""
);
kind!(Cut, "t.cut", "image: image" => "tile+: image", "", split(false));
kind!(Blend, "t.blend", "one: image; other: image" => "image: image", "");
kind!(Sheet, "t.sheet", "images*: list<image>" => "image: image", "columns: int(1..) = 4");
kind!(Save, "t.save", "image: image" => "path: path", "@path: text = \"out/{stem}.png\"", writes());
kind!(Each, "t.each", "list: list<T>" => "item+: T", "", split(false));
kind!(Gather, "t.gather", "items*: list<T>" => "list: list<T>; count: int", "");
kind!(Merge, "t.merge", "items..: T" => "item: T", "");
kind!(Sum, "t.sum", "items..: int" => "sum: int", "");
kind!(If, "t.if", "item: T; test: bool" => "yes: T; no: T", "");
kind!(Maybe, "t.maybe", "item: any" => "text: text?; number: int(1..5)?", "");
kind!(Add, "t.add", "a=: int; b=?: int" => "sum: int", "");
kind!(Share, "t.share", "part: float(0..1)" => "part: float(0..1)", "");
kind!(Mean, "t.mean", "values*: list<float>" => "mean: float", "");
kind!(Total, "t.total", "list: list<int>" => "total: int", "");
kind!(Call, "t.call", "text: text" => "text: text", "", permission(Permission::process()));
kind!(Say, "t.say", "text=: text" => "", "loud: bool = false; extra: json?; like: path?");
kind!(Small, "t.small", "" => "number: int(1..5); word: text(\"x\"|\"y\")", "");
kind!(Word, "t.word", "word=?: text(\"a\"|\"b\"); count?: int(6..9)" => "word: text", "size: int");
kind!(Loop, "t.loop", "" => "", "!until: text? = null; !max: int(1..) = 9", rounds(Carry::State));
kind!(Try, "t.try", "" => "failure: Failure", "", rounds(Carry::Nothing), tolerates(Tolerance::AsInput));
kind!(Log, "t.log", "failure: Failure" => "text: text", "");

/// A template whose words in `<…>` become ports.
pub struct Fill;

impl Node for Fill {
    type Params = ();
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new("t.fill", "Fill", "Shapes its ports.")
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        match statics.text("template") {
            Ok(text) if text.contains('!') => Err(NodeError::new("`template` shouts").hint("leave the `!` out")),
            _ => Ok(Self),
        }
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        spec.params = params("!template: text = \"\"; !words: path?");
        spec.outputs = ports("text: text");
        let text = statics.get("template").and_then(|text| text.as_str()).unwrap_or_default();
        let words = text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(word, _)| word);
        spec.inputs = words.map(|word| port(&format!("{word}=: text|int"))).collect();
        Ok(())
    }

    async fn fire(&self, (): (), _: Bag, _: &Ctx) -> Result<Emission, NodeError> {
        Ok(Emission::default())
    }
}

/// A kind that reads its parameters itself.
pub struct Wait;

/// How long to wait.
#[derive(windlass_core::prelude::Params)]
pub struct WaitParams {
    /// The time.
    #[param(default = "1s")]
    pub time: std::time::Duration,
}

impl Node for Wait {
    type Params = WaitParams;
    type In = ();
    type Out = ();

    fn about() -> About {
        About::new("t.wait", "Wait", "Does nothing for a time.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: WaitParams, (): (), _: &Ctx) -> Result<(), NodeError> {
        assert!(!params.time.is_zero());
        Ok(())
    }
}

/// Returns a registry of all kinds of this file.
pub fn registry() -> Registry {
    let pack = Pack::new("t")
        .kind::<Files>()
        .kind::<Numbers>()
        .kind::<Open>()
        .kind::<Resize>()
        .kind::<Cut>()
        .kind::<Blend>()
        .kind::<Sheet>()
        .kind::<Save>()
        .kind::<Each>()
        .kind::<Gather>()
        .kind::<Merge>()
        .kind::<Sum>()
        .kind::<If>()
        .kind::<Maybe>()
        .kind::<Add>()
        .kind::<Share>()
        .kind::<Mean>()
        .kind::<Total>()
        .kind::<Call>()
        .kind::<Say>()
        .kind::<Small>()
        .kind::<Word>()
        .kind::<Log>()
        .kind::<Loop>()
        .kind::<Try>()
        .kind::<Fill>()
        .kind::<Wait>()
        .ordered::<super::ordered::Tally>();
    Registry::new([pack]).unwrap()
}

fn ports(text: &str) -> Vec<PortSpec> {
    text.split(';').map(str::trim).filter(|text| !text.is_empty()).map(port).collect()
}

fn port(text: &str) -> PortSpec {
    let (marked, ty) = text.split_once(": ").unwrap();
    let name = marked.trim_end_matches(['?', '=', '*', '.', '+']);
    let marks = &marked[name.len()..];
    PortSpec {
        optional: marks.contains('?'),
        constant: marks.contains('='),
        collect: marks.contains('*'),
        variadic: marks.contains(".."),
        many: marks.contains('+'),
        ..PortSpec::new(name, ty_of(ty), format!("The {name}."))
    }
}

fn ty_of(text: &str) -> Type {
    match text {
        "T" => Type::var("T"),
        "list<T>" => Type::list(Type::var("T")),
        "Failure" => Type::Failure,
        plain => plain.parse().unwrap(),
    }
}

fn params(text: &str) -> Vec<ParamSpec> {
    text.split(';').map(str::trim).filter(|text| !text.is_empty()).map(param).collect()
}

fn param(text: &str) -> ParamSpec {
    let (marked, rest) = text.split_once(": ").unwrap();
    let name = marked.trim_start_matches(['!', '@']);
    let (ty, default) = rest.split_once(" = ").map_or((rest, None), |(ty, default)| (ty, Some(default)));
    ParamSpec {
        name: name.into(),
        doc: format!("The {name}."),
        ty: ty_of(ty),
        default: default.map(|json| serde_json::from_str(json).unwrap()),
        is_static: marked.starts_with('!'),
        is_path_template: marked.starts_with('@'),
        unit: String::new(),
    }
}
