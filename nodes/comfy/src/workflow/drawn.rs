//! Where and how things are drawn; nothing of it touches what a workflow does.

use serde_json::Value;

/// How a node is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The left top corner of its body, in points.
    pub at: [f64; 2],
    /// Width and height of its body, where they are known.
    pub size: Option<[f64; 2]>,
    /// The colour of its title, as `#rrggbb`.
    pub colour: Option<String>,
    /// The colour of its body, as `#rrggbb`.
    pub body_colour: Option<String>,
}

/// A frame behind nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Its title.
    pub title: String,
    /// Its left top corner, in points.
    pub at: [f64; 2],
    /// Its width and height.
    pub size: [f64; 2],
    /// Its colour.
    pub colour: Option<String>,
}

/// A point that wires go through.
#[derive(Clone, Debug, PartialEq)]
pub struct Reroute {
    /// The point before it, towards where the wire begins.
    pub before: Option<i64>,
    /// Where it is.
    pub at: [f64; 2],
}

impl Look {
    pub(super) fn of(node: &Value) -> Self {
        let colour = |key: &str| node.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            at: pair(node.get("pos")).unwrap_or_default(),
            size: pair(node.get("size")),
            colour: colour("color"),
            body_colour: colour("bgcolor"),
        }
    }
}

impl Group {
    pub(super) fn of(value: &Value) -> Option<Self> {
        let side = |place: usize| number(value.get("bounding")?.get(place)?);
        Some(Self {
            title: value.get("title").and_then(Value::as_str).unwrap_or_default().to_owned(),
            at: [side(0)?, side(1)?],
            size: [side(2)?.max(0.0), side(3)?.max(0.0)],
            colour: value.get("color").and_then(Value::as_str).map(str::to_owned),
        })
    }
}

impl Reroute {
    pub(super) fn of(value: &Value) -> Option<(i64, Self)> {
        let before = value.get("parentId").and_then(Value::as_i64);
        Some((value.get("id")?.as_i64()?, Self { before, at: pair(value.get("pos"))? }))
    }
}

/// Reads two numbers, which are a list or, as some versions wrote them, an object with the places as names.
fn pair(value: Option<&Value>) -> Option<[f64; 2]> {
    let value = value?;
    let at = |place: usize| number(value.get(place).or_else(|| value.get(place.to_string()))?);
    Some([at(0)?, at(1)?])
}

/// Reads a number that can be drawn.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite() && number.abs() < 1e9)
}
