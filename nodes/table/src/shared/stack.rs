//! Cells of several columns one below the other.

use windlass_core::value::Cells;

/// Puts cells one below the other: of one type they keep it, of `int` and `float` they are `float`, else `json`.
pub(crate) fn stack(parts: &[&Cells]) -> Cells {
    // A column without any cell says nothing about the type.
    let telling: Vec<_> = parts.iter().copied().filter(|cells| !is_hollow(cells)).collect();
    let all = |fits: fn(&Cells) -> bool| !telling.is_empty() && telling.iter().all(|cells| fits(cells));
    macro_rules! of_type {
        ($kind:ident) => {
            Cells::$kind(
                parts
                    .iter()
                    .flat_map(|cells| match cells {
                        Cells::$kind(cells) => cells.clone(),
                        hollow => vec![None; hollow.len()],
                    })
                    .collect(),
            )
        };
    }
    if telling.is_empty() || all(|cells| matches!(cells, Cells::Text(_))) {
        return of_type!(Text);
    }
    if all(|cells| matches!(cells, Cells::Bool(_))) {
        return of_type!(Bool);
    }
    if all(|cells| matches!(cells, Cells::Int(_))) {
        return of_type!(Int);
    }
    if all(|cells| matches!(cells, Cells::Int(_) | Cells::Float(_))) {
        return Cells::Float(parts.iter().flat_map(|cells| floats(cells)).collect());
    }
    let json = |cells: &&Cells| (0..cells.len()).map(|row| cells.json(row)).collect::<Vec<_>>();
    Cells::Json(parts.iter().flat_map(json).map(|json| (!json.is_null()).then_some(json)).collect())
}

/// Returns whether all cells are empty.
pub(crate) fn is_hollow(cells: &Cells) -> bool {
    match cells {
        Cells::Bool(cells) => cells.iter().all(Option::is_none),
        Cells::Int(cells) => cells.iter().all(Option::is_none),
        Cells::Float(cells) => cells.iter().all(Option::is_none),
        Cells::Text(cells) => cells.iter().all(Option::is_none),
        Cells::Json(cells) => cells.iter().all(Option::is_none),
    }
}

fn floats(cells: &Cells) -> Vec<Option<f64>> {
    match cells {
        Cells::Int(cells) => cells.iter().map(|int| int.map(|int| int as f64)).collect(),
        Cells::Float(cells) => cells.clone(),
        hollow => vec![None; hollow.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_kept_where_they_can_be() {
        let (ints, floats) = (Cells::Int(vec![Some(1)]), Cells::Float(vec![Some(f64::INFINITY), None]));
        let (texts, hollow) = (Cells::Text(vec![Some("a".into())]), Cells::Text(vec![None]));
        assert_eq!(stack(&[&ints, &floats]), Cells::Float(vec![Some(1.0), Some(f64::INFINITY), None]));
        assert_eq!(stack(&[&hollow, &ints]), Cells::Int(vec![None, Some(1)]));
        assert_eq!(stack(&[&ints, &texts]), Cells::Json(vec![Some(1.into()), Some("a".into())]));
        assert_eq!(stack(&[&hollow]), hollow);
    }
}
