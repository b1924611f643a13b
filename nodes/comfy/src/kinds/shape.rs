//! The ports and parameters of a class: what hangs on a choice, and how many inputs one that grows stands for, are shaped by
//! static parameters.

use serde_json::{Value as Json, json};
use windlass_core::about::About;
use windlass_core::node::Statics;
use windlass_core::prelude::{PortSpec, Spec};
use windlass_core::spec::{Cost, ParamSpec, Purity};
use windlass_core::types::Type;

use super::types::{given, taken};
use crate::definitions::{Definition, Entry, Growth, Input, Sort};
use crate::names::{kind_of, ports_of};

/// The parameter for inputs that a class does not declare: an object of values, `null` for one that is wired.
pub const MORE: &str = "more inputs";

/// Returns what the kind of a class promises.
pub(crate) fn spec(class: &str, definition: &Definition, statics: &Statics) -> Spec {
    let mut spec = plain(class, definition);
    let mut shaping = Shaping { spec: &mut spec, statics, is_plain: statics.iter().next().is_none() };
    definition.inputs.iter().for_each(|input| shaping.input("", input));
    shaping.more();
    spec.outputs = definition
        .outputs
        .iter()
        .zip(ports_of(&definition.outputs))
        .map(|(output, name)| PortSpec::new(name, given(&output.ty), sentence(&output.doc, &output.ty)))
        .collect();
    spec
}

fn plain(class: &str, definition: &Definition) -> Spec {
    let mut doc = match definition.doc.trim() {
        "" => format!("The class `{class}` of ComfyUI."),
        doc => doc.to_owned(),
    };
    if definition.is_deprecated {
        doc = format!("Deprecated: its author says that it is not to be used any more. {doc}");
    }
    let title = definition.title.as_deref().unwrap_or(class);
    let mut spec = Spec::from(About::new(&kind_of(class), title, &doc));
    spec.category = match definition.category.as_str() {
        "" => "comfy".to_owned(),
        category => format!("comfy/{category}"),
    };
    spec.search = definition.search.iter().cloned().chain([class.to_owned()]).collect();
    spec.cost = Cost::Io;
    // Models and files of the server have a part in it.
    spec.purity = Purity::Reads;
    spec
}

struct Shaping<'a> {
    spec: &'a mut Spec,
    statics: &'a Statics,
    /// Whether nothing is set: every parameter that shapes ports is then listed, so that it is known which there are.
    is_plain: bool,
}

impl Shaping<'_> {
    fn input(&mut self, prefix: &str, input: &Input) {
        let name = format!("{prefix}{}", input.name);
        match &input.entry {
            Entry::Wired => self.port(&name, input, input.is_needed),
            Entry::Entered(sort) => self.param(param(&name, input, *sort)),
            Entry::Choice(choices) => self.choice(&name, input, choices),
            Entry::Grown(growth) => self.growth(&name, input, growth),
        }
    }

    fn port(&mut self, name: &str, input: &Input, is_needed: bool) {
        let ty = taken(&input.ty);
        let is_entered =
            |ty: &Type| matches!(ty, Type::Any | Type::Int(..) | Type::Float(..) | Type::Text(_) | Type::Bool);
        let constant = ty.members().iter().all(is_entered);
        let port = PortSpec::new(name, ty, sentence(&input.doc, &input.ty));
        self.spec.inputs.push(PortSpec { optional: !is_needed, constant, ..port });
    }

    /// Adds a parameter; of several with one name, which can only be those of choices, the first is listed.
    fn param(&mut self, param: ParamSpec) {
        if self.spec.param(&param.name).is_none() {
            self.spec.params.push(param);
        }
    }

    fn choice(&mut self, name: &str, input: &Input, choices: &[(String, Vec<Input>)]) {
        let keys: Vec<&str> = choices.iter().map(|(key, _)| key.as_str()).collect();
        let default = input.default.clone().or_else(|| keys.first().map(|key| json!(key)));
        let chosen = self.statics.get(name).or(default.as_ref()).and_then(Json::as_str).map(str::to_owned);
        let ty = if keys.is_empty() { Type::text() } else { Type::one_of(keys) };
        self.param(ParamSpec { is_static: true, ..shown(name, &sentence(&input.doc, "choice"), ty, default) });
        for (key, inputs) in choices {
            if Some(key) == chosen.as_ref() {
                inputs.iter().for_each(|input| self.input(&format!("{name}."), input));
            } else if self.is_plain {
                inputs.iter().for_each(|input| self.shapers(&format!("{name}."), input));
            }
        }
    }

    /// Lists what shapes ports, of a choice that is not taken.
    fn shapers(&mut self, prefix: &str, input: &Input) {
        let name = format!("{prefix}{}", input.name);
        match &input.entry {
            Entry::Wired | Entry::Entered(_) => {}
            Entry::Grown(growth) => self.param(count(&name, input, growth)),
            Entry::Choice(choices) => {
                let keys: Vec<&str> = choices.iter().map(|(key, _)| key.as_str()).collect();
                let (doc, ty) = (sentence(&input.doc, "choice"), Type::one_of(keys));
                self.param(ParamSpec { is_static: true, ..shown(&name, &doc, ty, input.default.clone()) });
                let inner = choices.iter().flat_map(|(_, inputs)| inputs);
                inner.for_each(|input| self.shapers(&format!("{name}."), input));
            }
        }
    }

    fn growth(&mut self, name: &str, input: &Input, growth: &Growth) {
        let param = count(name, input, growth);
        let told = self.statics.get(name).or(param.default.as_ref()).and_then(Json::as_u64).unwrap_or_default();
        self.param(param);
        let wanted = usize::try_from(told).unwrap_or(usize::MAX);
        for (at, each) in growth.names.iter().take(wanted).enumerate() {
            self.port(&format!("{name}.{each}"), &growth.each, input.is_needed && at < growth.least);
        }
    }

    fn more(&mut self) {
        let more = self.statics.get(MORE).and_then(Json::as_object).cloned().unwrap_or_default();
        for (name, _) in more.iter().filter(|(_, value)| value.is_null()) {
            if self.spec.input(name).is_none() && self.spec.param(name).is_none() {
                let port = PortSpec::new(name, Type::Any, "An input that the class does not declare.");
                self.spec.inputs.push(PortSpec { optional: true, ..port });
            }
        }
        let doc = "Inputs that the class does not declare, by name; `null` for one that a wire feeds.";
        self.param(ParamSpec { is_static: true, ..shown(MORE, doc, Type::Json, Some(json!({}))) });
    }
}

fn count(name: &str, input: &Input, growth: &Growth) -> ParamSpec {
    let most = growth.names.len();
    let least = growth.least.min(most);
    let ty = Type::int_in(Some(0), i64::try_from(most).ok());
    let doc = format!("{} So many inputs it has.", sentence(&input.doc, &growth.each.ty));
    ParamSpec { is_static: true, ..shown(name, &doc, ty, Some(json!(least.max(1.min(most))))) }
}

fn param(name: &str, input: &Input, sort: Sort) -> ParamSpec {
    let [min, max] = input.limits;
    let ty = match sort {
        Sort::Int => whole(min, max),
        Sort::Float => Type::float().within(min, max),
        Sort::Text => Type::text(),
        Sort::Bool => Type::Bool,
        Sort::Any => match &input.choices {
            Some(choices) => chosen(input, choices),
            None => Type::Json,
        },
    };
    let ty = if input.default.is_none() { Type::optional(ty) } else { ty };
    shown(name, &sentence(&input.doc, &input.ty), ty, input.default.clone())
}

/// Returns the type of a whole number; one that no 64 bits with a sign can hold is written as text.
fn whole(min: Option<f64>, max: Option<f64>) -> Type {
    const LARGEST: f64 = i64::MAX as f64;
    let fits = |limit: &f64| limit.abs() < LARGEST;
    let int = Type::int().within(min.filter(fits), max.filter(fits));
    if max.is_some_and(|max| max > LARGEST) { Type::union([int, Type::text()]) } else { int }
}

/// Returns the type of what is chosen. Files come and go, so that others than those that the server had may be named.
fn chosen(input: &Input, choices: &[Json]) -> Type {
    let texts: Option<Vec<&str>> = choices.iter().map(Json::as_str).collect();
    match texts {
        _ if input.is_many => Type::Json,
        Some(texts) if texts.is_empty() => Type::text(),
        // A choice in quotes cannot be written as a type.
        Some(texts) if texts.iter().any(|text| text.contains('"')) => Type::text(),
        Some(texts) if input.names_file => Type::union([Type::one_of(texts), Type::text()]),
        Some(texts) => Type::one_of(texts),
        None if choices.iter().all(Json::is_i64) => Type::int(),
        None => Type::Json,
    }
}

fn shown(name: &str, doc: &str, ty: Type, default: Option<Json>) -> ParamSpec {
    ParamSpec {
        name: name.to_owned(),
        doc: doc.to_owned(),
        ty,
        default,
        is_static: false,
        is_path_template: false,
        unit: String::new(),
    }
}

fn sentence(doc: &str, ty: &str) -> String {
    match doc.trim() {
        "" => format!("`{ty}`."),
        doc => doc.to_owned(),
    }
}
