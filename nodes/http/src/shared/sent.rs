//! What is sent to a server: a value as it is, JSON or a form with placeholders.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::Value as Json;
use windlass_core::expr::Pattern;
use windlass_core::prelude::*;
use windlass_core::types::Type;

use super::settings::repeated;

/// The largest file that is sent, in bytes: it is held in memory.
const LARGEST_FILE_BYTES: u64 = 256 << 20;

/// What is sent.
#[derive(Params)]
pub struct SentSettings {
    /// JSON to be sent. Its texts are those of `text.template`, whose placeholders become ports; a text that is one
    /// placeholder and nothing else becomes the value itself: `{ prompt: "{{ text }}", width: "{{ width }}" }`.
    #[param(static, default = null, ty = "json")]
    json: Option<Json>,
    /// A form to be sent: fields by name, with placeholders. A field that is one placeholder may be a file; the form is
    /// then of the kind that uploads files.
    #[param(static, default = null, ty = "json")]
    form: Option<Json>,
}

/// What the static parameters say about what is sent.
pub(crate) enum Sent {
    /// What comes by the port `body`.
    Port,
    Json(Box<Pattern>),
    Form(Vec<(String, Pattern)>),
}

impl Sent {
    /// Reads the static parameters.
    ///
    /// # Errors
    /// Says which of them is wrong.
    pub(crate) fn read(statics: &Statics) -> Result<Self, NodeError> {
        let given = |name: &str| statics.get(name).filter(|data| !data.is_null());
        match (given("json"), given("form")) {
            (Some(_), Some(_)) => Err(NodeError::new("only one of `json` and `form` can be sent")),
            (Some(json), None) => Pattern::compile(json)
                .map(|json| Self::Json(Box::new(json)))
                .map_err(|error| error.within("parameter `json`")),
            (None, Some(form)) => fields(form).map(Self::Form).map_err(|error| error.within("parameter `form`")),
            (None, None) => Ok(Self::Port),
        }
    }

    /// Returns the port of a body that comes whole.
    pub(crate) fn port(&self) -> Option<PortSpec> {
        let doc = "What is sent: a text, a file byte for byte, all else as JSON; nothing where it is absent. `Content-Type` \
                   follows, unless `headers` say it.";
        let ty = Type::optional(Type::union([Type::text(), Type::Json, Type::File]));
        matches!(self, Self::Port).then(|| PortSpec {
            optional: true,
            constant: true,
            ..PortSpec::new("body", ty, doc)
        })
    }

    /// Returns the names of the placeholders.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        match self {
            Self::Port => BTreeSet::new(),
            Self::Json(pattern) => pattern.names(),
            Self::Form(fields) => fields.iter().flat_map(|(_, pattern)| pattern.names()).collect(),
        }
    }

    /// Returns the media type and the bytes of one request.
    ///
    /// # Errors
    /// Something is missing, is no data, or is too large.
    pub(crate) fn body(&self, inputs: &Bag, ctx: &Ctx) -> Result<(String, Vec<u8>), NodeError> {
        match self {
            Self::Port => value(inputs.get("body"), ctx),
            Self::Json(pattern) => {
                let filled = pattern.fill(inputs).map_err(|error| error.within("parameter `json`"))?;
                Ok(("application/json".into(), filled.to_string().into_bytes()))
            }
            Self::Form(fields) => form(fields, inputs, ctx),
        }
    }
}

fn fields(form: &Json) -> Result<Vec<(String, Pattern)>, NodeError> {
    let Some(form) = form.as_object() else {
        return Err(NodeError::new("it has no names").hint("write `{ name: value }`"));
    };
    form.iter().map(|(name, field)| Ok((name.clone(), Pattern::compile(field)?))).collect()
}

fn value(value: Option<&Value>, ctx: &Ctx) -> Result<(String, Vec<u8>), NodeError> {
    match value.cloned().unwrap_or(Value::Absent).resolved()? {
        Value::Absent => Ok(("application/octet-stream".into(), Vec::new())),
        Value::Text(text) => Ok(("text/plain; charset=utf-8".into(), text.as_bytes().to_vec())),
        Value::File(file) => Ok((file.media_type.clone(), ctx.read(&file, LARGEST_FILE_BYTES)?)),
        other => {
            let no_data = || NodeError::new(format!("`{}` cannot be sent", other.type_of())).permanent();
            Ok(("application/json".into(), other.to_json().ok_or_else(no_data)?.to_string().into_bytes()))
        }
    }
}

/// A field of a form.
enum Field {
    Text(String),
    File(Arc<File>),
}

fn form(fields: &[(String, Pattern)], inputs: &Bag, ctx: &Ctx) -> Result<(String, Vec<u8>), NodeError> {
    let mut filled = Vec::new();
    for (name, pattern) in fields {
        match file(pattern, inputs)? {
            Some(file) => filled.push((name.clone(), Field::File(file))),
            None => {
                let value = pattern.fill(inputs).map_err(|error| error.within(format!("the field `{name}`")))?;
                filled.extend(repeated(name, value).into_iter().map(|(name, text)| (name, Field::Text(text))));
            }
        }
    }
    match filled.iter().any(|(_, field)| matches!(field, Field::File(_))) {
        true => multipart(filled, ctx),
        false => Ok(("application/x-www-form-urlencoded".into(), encoded(filled))),
    }
}

fn file(pattern: &Pattern, inputs: &Bag) -> Result<Option<Arc<File>>, NodeError> {
    let Some(value) = pattern.placeholder().and_then(|name| inputs.get(name)) else { return Ok(None) };
    Ok(match value.clone().resolved()? {
        Value::File(file) => Some(file),
        _ => None,
    })
}

fn encoded(fields: Vec<(String, Field)>) -> Vec<u8> {
    let texts = fields.into_iter().filter_map(|(name, field)| match field {
        Field::Text(text) => Some((name, text)),
        Field::File(_) => None,
    });
    // The parser of addresses writes forms too: `application/x-www-form-urlencoded` of the URL standard.
    let Ok(mut carrier) = Url::parse("http://form/") else { return Vec::new() };
    carrier.query_pairs_mut().extend_pairs(texts);
    carrier.query().unwrap_or_default().as_bytes().to_vec()
}

/// Writes `multipart/form-data` (RFC 7578), with names as browsers write them.
fn multipart(fields: Vec<(String, Field)>, ctx: &Ctx) -> Result<(String, Vec<u8>), NodeError> {
    // By chance, so that no part holds it.
    let boundary = format!("windlass-{}", uuid::Uuid::new_v4().simple());
    let mut body = Vec::new();
    for (name, field) in fields {
        ctx.check_cancelled()?;
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&name));
        body.extend_from_slice(head.as_bytes());
        match field {
            Field::Text(text) => {
                body.extend_from_slice(b"\r\n\r\n");
                body.extend_from_slice(text.as_bytes());
            }
            Field::File(file) => {
                let own = file.name.rsplit('/').next().unwrap_or_default();
                let media = quoted(&file.media_type);
                let rest = format!("; filename=\"{}\"\r\nContent-Type: {media}\r\n\r\n", quoted(own));
                body.extend_from_slice(rest.as_bytes());
                let left = LARGEST_FILE_BYTES.saturating_sub(body.len() as u64);
                body.extend(ctx.read(&file, left)?);
            }
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((format!("multipart/form-data; boundary={boundary}"), body))
}

fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
