//! Following a wire back to what feeds it, through all that only the front end knows: reroutes, primitives, bypassed nodes,
//! set and get nodes, and the walls of subgraphs.

use serde_json::Value;

use super::levels::{Level, Levels};
use super::values;
use crate::definitions::Definitions;
use crate::workflow::{INTO, Link, Mode, Node, OUT_OF, Slot};

/// How far a wire is followed.
const FARTHEST: usize = 10_000;

/// What feeds a wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// An output of a node that a server runs.
    Port {
        /// The id of the node.
        node: String,
        /// The number of the output.
        slot: usize,
    },
    /// A value.
    Value(Value),
    /// An input of a subgraph that nothing feeds, and that has no value either: what is entered at the end of the wire.
    Own,
    /// Nothing.
    Nothing,
    /// Itself.
    Circle,
}

/// A step on the way back.
enum Step {
    Link(usize, i64, String),
    Found(Source),
}

/// Returns whether a class is known to the front end alone.
pub fn is_virtual(class: &str) -> bool {
    matches!(class, "Reroute" | "PrimitiveNode" | "GetNode" | "SetNode")
}

/// Which nodes of a server a wire is followed through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modes {
    /// Those that are bypassed, and none feeds it where one is muted.
    Heeded,
    /// None, whatever their mode.
    Kept,
}

/// Returns what feeds a wire of a level that ends at an input of a type.
pub fn source(
    levels: &Levels<'_>,
    (mut level, mut link): (usize, i64),
    ty: &str,
    definitions: &Definitions,
    modes: Modes,
) -> Source {
    let mut ty = ty.to_owned();
    for _ in 0..FARTHEST {
        let Some(wire) = levels.get(level).graph.links.get(&link) else { return Source::Nothing };
        match (Way { levels, definitions, ty: &ty, modes }).back(level, wire) {
            Step::Link(next_level, next, next_ty) => (level, link, ty) = (next_level, next, next_ty),
            Step::Found(source) => return source,
        }
    }
    Source::Circle
}

struct Way<'a> {
    levels: &'a Levels<'a>,
    definitions: &'a Definitions,
    ty: &'a str,
    modes: Modes,
}

impl Way<'_> {
    fn back(&self, at: usize, wire: &Link) -> Step {
        let level = self.levels.get(at);
        if wire.from == INTO {
            return self.leave(at, wire.from_slot);
        }
        let Some(node) = level.graph.nodes.get(&wire.from) else { return Step::Found(Source::Nothing) };
        let is_kept = self.modes == Modes::Kept && !is_virtual(&node.class) && level.inner(&wire.from).is_none();
        match node.mode {
            _ if is_kept => self.through(at, level, (wire, node)),
            Mode::Muted => Step::Found(Source::Nothing),
            Mode::Bypassed => follow(at, bypassed(node, wire.from_slot, self.ty), None),
            Mode::Active => self.through(at, level, (wire, node)),
        }
    }

    fn through(&self, at: usize, level: &Level<'_>, (wire, node): (&Link, &Node)) -> Step {
        match node.class.as_str() {
            "Reroute" | "SetNode" => follow(at, node.inputs.first(), Some(self.ty)),
            "PrimitiveNode" => {
                Step::Found(node.first_value().map_or(Source::Nothing, |value| Source::Value(value.clone())))
            }
            "GetNode" => follow(at, setter(level, node).and_then(|setter| setter.inputs.first()), Some(self.ty)),
            _ => match level.inner(&wire.from) {
                Some(inner) => self.enter(inner, wire.from_slot),
                None => Step::Found(Source::Port { node: level.path(&wire.from), slot: wire.from_slot }),
            },
        }
    }

    /// Goes from an output of a subgraph to what feeds it inside.
    fn enter(&self, inner: usize, slot: usize) -> Step {
        let links = &self.levels.get(inner).graph.links;
        let found = links.iter().find(|(_, link)| link.to == OUT_OF && link.to_slot == slot);
        found.map_or(Step::Found(Source::Nothing), |(id, _)| Step::Link(inner, *id, self.ty.to_owned()))
    }

    /// Goes from an input of a subgraph to what feeds it outside.
    fn leave(&self, at: usize, slot: usize) -> Step {
        let Some(holder) = &self.levels.get(at).holder else { return Step::Found(Source::Nothing) };
        let name = holder.subgraph.inputs.get(slot);
        let outer = name.and_then(|name| holder.node.inputs.iter().find(|input| &input.name == name));
        match outer.and_then(|outer| outer.link) {
            Some(link) => Step::Link(holder.level, link, self.ty.to_owned()),
            None => Step::Found(self.promoted(at, slot).map_or(Source::Own, Source::Value)),
        }
    }

    /// Returns what was entered for an input of a subgraph: the value of the first node inside that has one for it.
    fn promoted(&self, at: usize, slot: usize) -> Option<Value> {
        let level = self.levels.get(at);
        let fed = level.graph.links.values().filter(|link| link.from == INTO && link.from_slot == slot);
        fed.filter_map(|link| {
            let node = level.graph.nodes.get(&link.to)?;
            let widget = node.inputs.get(link.to_slot)?.widget.as_ref()?;
            match level.inner(&link.to) {
                Some(inner) => self.promoted(inner, self.input_of(inner, widget)?),
                None => values::value(node, widget, self.definitions),
            }
        })
        .next()
    }

    fn input_of(&self, level: usize, name: &str) -> Option<usize> {
        let holder = self.levels.get(level).holder.as_ref()?;
        holder.subgraph.inputs.iter().position(|input| input == name)
    }
}

/// Goes on with what comes into a node.
fn follow(at: usize, slot: Option<&Slot>, ty: Option<&str>) -> Step {
    let next = slot.and_then(|slot| Some(Step::Link(at, slot.link?, ty.unwrap_or(&slot.ty).to_owned())));
    next.unwrap_or(Step::Found(Source::Nothing))
}

/// Returns the node that sets what another one gets, by the name that both have.
fn setter<'a>(level: &'a Level<'_>, getter: &Node) -> Option<&'a Node> {
    let name = getter.first_value()?;
    let mut setters = level.graph.nodes.values().filter(|node| node.class == "SetNode");
    setters.find(|node| node.mode == Mode::Active && node.first_value() == Some(name))
}

/// Returns which input goes out where a bypassed node should give something of a type.
pub fn bypassed<'a>(node: &'a Node, slot: usize, ty: &str) -> Option<&'a Slot> {
    let same = node.inputs.get(slot);
    if ty == "*" {
        return same.or(node.inputs.first());
    }
    let same = same.filter(|input| goes_with(&input.ty, ty));
    let exact = || node.inputs.iter().find(|input| input.ty == ty);
    same.or_else(exact).or_else(|| node.inputs.iter().find(|input| goes_with(&input.ty, ty)))
}

/// Returns whether two types have one in common; types are listed with commas.
pub fn goes_with(one: &str, other: &str) -> bool {
    let has = |ty: &str| other.split(',').any(|other| other.eq_ignore_ascii_case(ty));
    one == "*" || other == "*" || one.split(',').any(has)
}
