//! What the splits of the kit have in common: how many children, and where the making of them fails.

use windlass_core::prelude::*;

use crate::numbers::{mix, one_in};
use crate::tries::Tries;

/// Parameters of a split.
#[derive(Params)]
pub struct Making {
    /// Number of children, the largest one where it varies.
    #[param(default = 3, min = 0)]
    pub count: i64,
    /// Whether the number of children depends on the value, from none to `count`.
    #[param(default = false)]
    pub vary: bool,
    /// The making fails before this child, counted from 0, in the tries that `flaky` names.
    #[param(default = 0, min = 0)]
    pub fail_at: i64,
    /// How many tries of each item fail; none where it is 0.
    #[param(default = 0, min = 0)]
    pub flaky: i64,
    /// Only one in so many values is flaky; all are where it is 0.
    #[param(default = 0, min = 0)]
    pub among: i64,
}

/// Input of a split.
#[derive(Inputs)]
pub struct From {
    /// What the children are made of; a source has none.
    #[port(optional)]
    pub value: Option<i64>,
}

/// Output of a split.
#[derive(Outputs)]
pub struct Many {
    /// The children.
    #[children]
    pub children: Children<One>,
}

/// One child.
#[derive(Outputs)]
pub struct One {
    /// Its number.
    pub out: i64,
    /// The same for every second child.
    pub odd: Gate<i64>,
}

/// Makes the children of one item.
pub fn make(making: &Making, value: Option<i64>, tries: &Tries, ctx: &Ctx) -> Many {
    let value = value.unwrap_or(0);
    let count = if making.vary { mix(value, making.count) % (making.count + 1) } else { making.count };
    let flaky = making.among == 0 || one_in(value, making.among);
    let fails = flaky && tries.next(ctx) <= making.flaky;
    let end = if fails { making.fail_at.min(count) } else { count };
    let good = (0..end).map(move |index| Ok(one(value, index)));
    let bad = fails.then(|| Err(NodeError::new(format!("no child {end} can be made of {value}"))));
    Many { children: Children::indexed(good.chain(bad)) }
}

fn one(value: i64, index: i64) -> One {
    let out = mix(value, index);
    let odd = if index % 2 == 1 { Gate::Open(out) } else { Gate::Shut("even child".into()) };
    One { out, odd }
}
