//! `{ env: NAME }`: a constant that names where a secret is found. It is looked up when a run is about to begin.

use std::ffi::OsString;

use super::{Base, Mode, Request, constant};
use crate::doc::GraphDoc;
use crate::problem::Problem;
use crate::secret::{MIN_CHARS, Secrets};
use crate::types::Type;
use crate::value::Value;

use serde_json::Value as Json;

/// Where a plan looks secrets up.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Returns the name in `{ env: NAME }`.
pub(crate) fn name(json: &Json) -> Option<&str> {
    let fields = json.as_object().filter(|fields| fields.len() == 1)?;
    fields.get("env")?.as_str()
}

/// Reads all that the graphs name, where a run is to follow.
pub(super) fn look_up<'d>(request: &Request<'_>, docs: impl Iterator<Item = &'d GraphDoc>) -> Secrets {
    if request.mode == Mode::Check {
        return Secrets::default();
    }
    let constants = docs.flat_map(|doc| {
        let params = doc.nodes.values().flat_map(|node| node.params.values());
        params.chain(doc.inputs.values().filter_map(|input| input.default.as_ref()))
    });
    let names = constants.filter_map(|constant| name(&constant.value));
    names.filter_map(|name| Some((name, (request.env)(name)?.into_string().ok()?))).collect()
}

/// Returns what `{ env: NAME }` stands for; `None` before a run, when nothing is looked up.
///
/// # Errors
/// Says why there is no such value, without a word of what was found.
pub(crate) fn resolve(
    name: &str,
    ty: &Type,
    base: Base<'_>,
    secrets: &Secrets,
    request: &Request<'_>,
) -> Result<Option<Value>, Box<Problem>> {
    if name.is_empty() || name.contains(['=', '\0']) {
        let message = format!("`{name}` is no name of an environment variable");
        return Err(Box::new(Problem::error("bad-secret", message).hint("write it like `{ env: API_KEY }`")));
    }
    if request.mode == Mode::Check {
        return Ok(None);
    }
    let text = secrets.get(name).ok_or_else(|| Box::new(why_not(name, (request.env)(name))))?;
    if *ty == Type::Any {
        // A key of digits alone is no number.
        return Ok(Some(Value::text(text)));
    }
    constant::from_text(text, ty, base).map(Some).map_err(|_| {
        let message = format!("what the environment variable `{name}` holds is no `{ty}`");
        Box::new(Problem::error("bad-secret", message))
    })
}

fn why_not(name: &str, found: Option<OsString>) -> Problem {
    match found.map(OsString::into_string) {
        None => Problem::error("missing-secret", format!("the environment variable `{name}` is not set"))
            .hint(format!("set it for this call: `{name}=… windlass run …`")),
        Some(Err(_)) => {
            Problem::error("bad-secret", format!("what the environment variable `{name}` holds is no text"))
        }
        Some(Ok(_)) => {
            let message = format!(
                "the environment variable `{name}` holds less than {MIN_CHARS} characters, too few to be hidden"
            );
            Problem::error("bad-secret", message).hint("take what is no secret from a graph input, with `--in`")
        }
    }
}
