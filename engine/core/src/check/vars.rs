//! Type variables of a spec, as the wires of one node decide them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::types::Type;

/// What the variables of one node stand for.
pub(super) type Bound = BTreeMap<Arc<str>, Type>;

/// Widens the variables of a port so that it takes what a wire brings.
pub(super) fn bind(port: &Type, wire: &Type, bound: &mut Bound) {
    match port {
        Type::Var(name) => {
            let known = bound.remove(name);
            bound.insert(name.clone(), Type::union(known.into_iter().chain([wire.clone()])));
        }
        Type::List(of) => {
            if let Some(member) = wire.member_type() {
                bind(of, member, bound);
            }
        }
        Type::Union(members) => {
            let rest = wire.members().iter().filter(|from| !members.contains(from)).cloned().collect::<Vec<_>>();
            let open = members.iter().find(|member| matches!(member, Type::Var(_) | Type::List(_)));
            if let (Some(open), false) = (open, rest.is_empty()) {
                bind(open, &Type::union(rest), bound);
            }
        }
        _ => {}
    }
}

/// Puts what variables stand for in their place; one that no wire decides stands for anything.
pub(super) fn substitute(ty: &Type, bound: &Bound) -> Type {
    match ty {
        Type::Var(name) => bound.get(name).cloned().unwrap_or(Type::Any),
        Type::List(of) => Type::list(substitute(of, bound)),
        Type::Union(members) => Type::union(members.iter().map(|member| substitute(member, bound))),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_all_that_its_wires_bring() {
        let mut bound = Bound::new();
        bind(&Type::var("T"), &Type::Image, &mut bound);
        bind(&Type::list(Type::var("T")), &Type::list(Type::text()), &mut bound);
        assert_eq!(substitute(&Type::list(Type::var("T")), &bound).to_string(), "list<image|text>");
        assert_eq!(substitute(&Type::var("U"), &bound), Type::Any);
    }

    #[test]
    fn an_optional_variable_leaves_absence_out() {
        let mut bound = Bound::new();
        bind(&Type::optional(Type::var("T")), &Type::optional(Type::Image), &mut bound);
        assert_eq!(substitute(&Type::var("T"), &bound), Type::Image);
    }
}
