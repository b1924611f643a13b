//! Why a wire does not fit, in words, with what would help.

use crate::plan::draft::Source;
use crate::plan::{Draft, DraftNode};
use crate::problem::Problem;
use crate::registry::Registry;
use crate::spec::{Purity, Spec};
use crate::types::{Fit, Type};

/// Explains a wire that can never feed its port.
pub(super) fn misfit(
    draft: &Draft<'_>,
    source: &Source,
    wire: &Type,
    port_name: &str,
    port: &Type,
    node: &DraftNode,
) -> Problem {
    let from = draft.feed_in_words(&source.feed);
    if let Type::List(member) = wire
        && member.fits(port) != Fit::Never
    {
        let message = format!("{from} is a whole `{wire}`, but `{port_name}` takes one `{port}`");
        return Problem::error("list-into-single", message).hint("`flow.each` makes one item of each member");
    }
    let cause = reason(wire, port);
    let message = format!("{from} is `{wire}`, but `{port_name}` of `{}` takes `{port}`{cause}", node.kind.value);
    Problem::error("wire-type", message).maybe_hint(way_between(draft, wire, port))
}

fn reason(wire: &Type, port: &Type) -> &'static str {
    match (wire, port) {
        (Type::Int(..) | Type::Float(..), Type::Int(Some(_), _) | Type::Int(_, Some(_)))
            if !matches!(wire, Type::Float(..)) =>
        {
            ": no number lies in both"
        }
        (Type::Int(..) | Type::Float(..), Type::Float(..)) => ": no number lies in both",
        (Type::Float(..), Type::Int(..)) => ": a fraction would be lost",
        (Type::Text(_), Type::Text(_)) => ": no text is in both",
        _ if wire.is_optional() && port.is_optional() => ": they share nothing but absence",
        _ => "",
    }
}

/// Looks for a kind that makes one type of the other.
fn way_between(draft: &Draft<'_>, wire: &Type, port: &Type) -> Option<String> {
    const ENOUGH: usize = 50;
    if draft.problems.len() >= ENOUGH {
        return None;
    }
    let registry: &Registry = draft.request.registry;
    let kind = registry.names().find(|name| registry.spec(name).is_some_and(|spec| leads(&spec, wire, port)))?;
    Some(format!("`{kind}` makes `{port}` of `{wire}`"))
}

fn leads(spec: &Spec, wire: &Type, port: &Type) -> bool {
    let precise = |ty: &Type| !matches!(ty, Type::Any | Type::Var(_) | Type::Json);
    let mut required = spec.inputs.iter().filter(|input| !input.optional);
    let (Some(only), None) = (required.next(), required.next()) else { return false };
    let takes = precise(&only.ty) && !only.collect && wire.fits(&only.ty) == Fit::Always;
    let gives = spec.outputs.iter().any(|output| precise(&output.ty) && output.ty.fits(port) == Fit::Always);
    takes && gives && spec.purity == Purity::Pure && !spec.opens_scope() && !spec.is_ordered()
}
