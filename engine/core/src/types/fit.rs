//! Which wire can feed which port, and why not.

use super::Type;
use crate::value::{Member, Value};

/// Whether a wire can feed a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Every value of the wire fits.
    Always,
    /// Some values may fit; each is checked when it comes, and one that does not fit fails its item.
    Sometimes,
    /// No value ever fits.
    Never,
}

pub(super) fn fits(wire: &Type, port: &Type) -> Fit {
    let each = wire.members().iter().map(|from| {
        let best = port.members().iter().map(|to| fits_one(from, to));
        best.fold(Fit::Never, better)
    });
    let each: Vec<_> = each.collect();
    if each.iter().all(|fit| *fit == Fit::Always) {
        Fit::Always
    } else if wire.members().len() > 1 && only_absence_fits(wire, &each) || each.iter().all(|fit| *fit == Fit::Never) {
        Fit::Never
    } else {
        Fit::Sometimes
    }
}

/// Tells a `T?` that shares nothing but absence with the port.
fn only_absence_fits(wire: &Type, each: &[Fit]) -> bool {
    wire.members().iter().zip(each).all(|(member, fit)| *fit == Fit::Never || *member == Type::Absent)
}

fn better(one: Fit, other: Fit) -> Fit {
    match (one, other) {
        (Fit::Always, _) | (_, Fit::Always) => Fit::Always,
        (Fit::Sometimes, _) | (_, Fit::Sometimes) => Fit::Sometimes,
        _ => Fit::Never,
    }
}

fn fits_one(from: &Type, to: &Type) -> Fit {
    match (from, to) {
        (_, Type::Any | Type::Var(_)) => Fit::Always,
        (Type::Any | Type::Var(_), _) => Fit::Sometimes,
        (Type::Int(low, high), Type::Int(min, max)) => ranges((low, high), (min, max)),
        (Type::Float(low, high), Type::Float(min, max)) => ranges((low, high), (min, max)),
        (Type::Int(low, high), Type::Float(min, max)) => {
            let float = |bound: &Option<i64>| bound.map(|int| int as f64);
            ranges((&float(low), &float(high)), (min, max))
        }
        (Type::Text(some), Type::Text(wanted)) => choices(some.as_deref(), wanted.as_deref()),
        (Type::Text(_), Type::Path) | (Type::Audio | Type::Video, Type::File) => Fit::Always,
        (Type::File, Type::Audio | Type::Video) => Fit::Sometimes,
        (Type::List(from), Type::List(to)) => match from.fits(to) {
            Fit::Never => Fit::Never,
            fit => fit,
        },
        (Type::List(of), Type::Json) => of.fits(&Type::Json),
        (Type::Bool | Type::Int(..) | Type::Text(_) | Type::Absent | Type::Named(_), Type::Json) => Fit::Always,
        (Type::Float(..), Type::Json) => Fit::Sometimes,
        (
            Type::Json,
            Type::Bool | Type::Int(..) | Type::Float(..) | Type::Text(_) | Type::Path | Type::List(_) | Type::Absent,
        ) => Fit::Sometimes,
        (from, to) if from == to => Fit::Always,
        _ => Fit::Never,
    }
}

fn ranges<T: PartialOrd>(wire: (&Option<T>, &Option<T>), port: (&Option<T>, &Option<T>)) -> Fit {
    let apart = |high: &Option<T>, low: &Option<T>| matches!((high, low), (Some(high), Some(low)) if high < low);
    if apart(wire.1, port.0) || apart(port.1, wire.0) {
        return Fit::Never;
    }
    let low_holds = port.0.is_none() || matches!((wire.0, port.0), (Some(low), Some(min)) if low >= min);
    let high_holds = port.1.is_none() || matches!((wire.1, port.1), (Some(high), Some(max)) if high <= max);
    if low_holds && high_holds { Fit::Always } else { Fit::Sometimes }
}

fn choices(wire: Option<&[String]>, port: Option<&[String]>) -> Fit {
    match (wire, port) {
        (_, None) => Fit::Always,
        (None, Some(_)) => Fit::Sometimes,
        (Some(some), Some(wanted)) if some.iter().all(|text| wanted.contains(text)) => Fit::Always,
        (Some(some), Some(wanted)) if some.iter().any(|text| wanted.contains(text)) => Fit::Sometimes,
        _ => Fit::Never,
    }
}

pub(super) fn admits(ty: &Type, value: &Value) -> bool {
    ty.members().iter().any(|member| admits_one(member, value))
}

fn admits_one(ty: &Type, value: &Value) -> bool {
    let within = |float: f64, min: &Option<f64>, max: &Option<f64>| {
        min.is_none_or(|min| float >= min) && max.is_none_or(|max| float <= max)
    };
    match (ty, value) {
        (Type::Any | Type::Var(_), _) => true,
        (ty, Value::Lazy(lazy)) => lazy.type_of().fits(ty) != Fit::Never,
        (Type::Json, value) => !matches!(value, Value::File(_) | Value::Image(_) | Value::Table(_) | Value::Custom(_)),
        (Type::Named(name), Value::Record(record)) => *name == record.name,
        (Type::Named(name), Value::Custom(custom)) => **name == *custom.type_name(),
        (_, Value::Json(json)) => match Value::from_constant(json) {
            Value::Json(_) => false,
            plain => admits_one(ty, &plain),
        },
        (Type::Int(min, max), Value::Int(int)) => {
            min.is_none_or(|min| *int >= min) && max.is_none_or(|max| *int <= max)
        }
        (Type::Float(min, max), Value::Float(float)) => within(*float, min, max),
        (Type::Float(min, max), Value::Int(int)) => within(*int as f64, min, max),
        (Type::Text(None), Value::Text(_)) | (Type::Path, Value::Path(_) | Value::Text(_)) => true,
        (Type::Text(Some(texts)), Value::Text(text)) => texts.iter().any(|known| **known == **text),
        (Type::List(of), Value::List(list)) => list.members().iter().all(|member| match member {
            Member::Ready(value) => of.admits(value),
            Member::Held(held) => held.type_of().fits(of) != Fit::Never,
        }),
        (Type::Audio | Type::Video, Value::File(file)) => file.type_of() == *ty,
        (Type::File, Value::File(_)) => true,
        (ty, value) => *ty == value.type_of(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fit(wire: &str, port: &str) -> Fit {
        let parse = |text: &str| text.parse::<Type>().unwrap_or(Type::Absent);
        parse(wire).fits(&parse(port))
    }

    #[test]
    fn what_loses_nothing_always_fits() {
        for (wire, port) in
            [("int", "float"), ("image", "image?"), ("audio", "file"), ("int(1..5)", "int(0..9)"), ("text", "json")]
        {
            assert_eq!(fit(wire, port), Fit::Always, "{wire} into {port}");
        }
    }

    #[test]
    fn what_can_never_work_is_refused() {
        for (wire, port) in [("image", "text"), ("int(1..5)", "int(6..9)"), ("float", "int"), ("image?", "text?")] {
            assert_eq!(fit(wire, port), Fit::Never, "{wire} into {port}");
        }
    }

    #[test]
    fn what_may_work_is_left_to_the_item() {
        for (wire, port) in [("any", "image"), ("image|text", "image"), ("image?", "image"), ("json", "text")] {
            assert_eq!(fit(wire, port), Fit::Sometimes, "{wire} into {port}");
        }
    }
}
