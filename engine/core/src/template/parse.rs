//! Texts as path templates.

use super::{Part, PathTemplate, TemplateError};

/// The placeholders that the engine fills in by itself.
pub const BUILT_IN: [&str; 8] = ["graph", "run", "key", "index", "name", "stem", "ext", "parent"];

pub(super) fn parse(text: &str) -> Result<PathTemplate, TemplateError> {
    let refused = |cause: &str| TemplateError::Syntax { text: text.chars().take(80).collect(), cause: cause.into() };
    if text.contains('\0') {
        return Err(refused("it holds a zero byte"));
    }
    let mut components = vec![Vec::new()];
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = match letter {
            '{' if !rest.starts_with("{{") => {
                let (name, after) = placeholder(rest).map_err(refused)?;
                last(&mut components).push(Part::Placeholder(name.to_owned()));
                after
            }
            '}' if !rest.starts_with("}}") => return Err(refused("a `}` has no `{`; write `}}` for a brace")),
            '{' | '}' => {
                push(last(&mut components), letter);
                &rest[2..]
            }
            '/' => {
                components.push(Vec::new());
                &rest[1..]
            }
            other => {
                push(last(&mut components), other);
                &rest[other.len_utf8()..]
            }
        };
    }
    match components.last().map(Vec::as_slice) {
        None | Some([]) => Err(refused("it names a folder, not a file")),
        Some([Part::Literal(name)]) if name == "." || name == ".." => Err(refused("it names a folder, not a file")),
        Some(_) => Ok(PathTemplate { components }),
    }
}

fn last(components: &mut Vec<Vec<Part>>) -> &mut Vec<Part> {
    if components.is_empty() {
        components.push(Vec::new());
    }
    let at = components.len() - 1;
    &mut components[at]
}

fn push(parts: &mut Vec<Part>, letter: char) {
    match parts.last_mut() {
        Some(Part::Literal(text)) => text.push(letter),
        _ => parts.push(Part::Literal(letter.into())),
    }
}

/// Takes `{name}` off the front.
fn placeholder(text: &str) -> Result<(&str, &str), &'static str> {
    let end = text.find('}').ok_or("a `{` has no `}`; write `{{` for a brace")?;
    let name = &text[1..end];
    let starts_well = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let goes_well = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if starts_well && goes_well && name.len() <= 64 {
        Ok((name, &text[end + 1..]))
    } else if name.contains('.') {
        Err(
            "a path reaches no fields; make a text of the field with `text.template`, and wire it to a placeholder of its own",
        )
    } else {
        Err("what stands in braces must be a name of letters, digits and `_`")
    }
}
