//! What leaves by the ports: the body as what was asked for, and what goes with it.

use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use percent_encoding::percent_decode_str;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use reqwest::{StatusCode, Url};
use serde_json::{Map, Value as Json};
use windlass_core::node::{Emission, NodeError};
use windlass_core::prelude::Choice;
use windlass_core::spec::{PortSpec, Spec};
use windlass_core::types::Type;
use windlass_core::value::{File, IntoValue, Value};

use super::exchange::Answer;

/// What the body of an answer becomes.
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
pub enum Response {
    /// A text, in the encoding that the server names, else UTF-8.
    Text,
    /// The JSON that it is.
    Json,
    /// A file in memory, with the media type that the server names.
    File,
    /// Nothing; it is read and dropped.
    None,
}

impl Response {
    /// Adds the ports of an answer.
    pub(crate) fn add_ports(self, spec: &mut Spec) {
        let body = match self {
            Self::Text => Some(Type::text()),
            Self::Json => Some(Type::Json),
            Self::File => Some(Type::File),
            Self::None => None,
        };
        let body = body.map(|ty| ("body", ty, "The body; skipped where the server says that it has not changed."));
        let text = || Type::optional(Type::text());
        let ports = [
            ("status", Type::int(), "The status, such as 200; 304 where nothing has changed."),
            ("headers", Type::Json, "The headers by name, in lower case; a name that comes several times has a list."),
            ("url", Type::text(), "Where the answer came from, after all redirects."),
            ("etag", text(), "What stands for this content; given back to `etag`, the body comes only if it changed."),
            ("modified", text(), "When the content changed last; given back to `modified`, as for `etag`."),
        ];
        for (name, ty, doc) in body.into_iter().chain(ports) {
            spec.outputs.push(PortSpec::new(name, ty, doc));
        }
    }

    /// Returns what an answer gives.
    pub(crate) fn emission(self, answer: Answer) -> Result<Emission, NodeError> {
        let mut out = Emission::default();
        out.value("status", Value::Int(answer.status.as_u16().into()));
        out.value("headers", by_name(&answer.headers).into_value());
        out.value("url", Value::text(answer.url.as_str()));
        for (port, name) in [("etag", ETAG), ("modified", LAST_MODIFIED)] {
            out.value(port, header(&answer.headers, &name).map_or(Value::Absent, Value::text));
        }
        match self {
            Self::None => {}
            _ if answer.status == StatusCode::NOT_MODIFIED => out.skip("body", "not modified"),
            Self::Text => out.value("body", Value::text(text(answer)?)),
            Self::Json => out.value("body", json(&answer.body)?),
            Self::File => out.value("body", Value::File(Arc::new(file(answer)))),
        }
        Ok(out)
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn by_name(headers: &HeaderMap) -> Json {
    let named = headers.keys().map(|name| {
        let mut values: Vec<Json> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into()).collect();
        let one = if values.len() == 1 { values.pop() } else { None };
        (name.as_str().to_owned(), one.unwrap_or(Json::Array(values)))
    });
    Json::Object(named.collect::<Map<_, _>>())
}

fn text(answer: Answer) -> Result<String, NodeError> {
    let media = header(&answer.headers, &CONTENT_TYPE).unwrap_or_default();
    let encoding = charset(media).and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(UTF_8);
    let (text, used, is_broken) = encoding.decode(&answer.body);
    if is_broken {
        let said = format!("its answer is no text in {}", used.name());
        return Err(NodeError::new(said).hint("take it as it is with `response: file`").permanent());
    }
    Ok(text.into_owned())
}

/// Returns the encoding in `text/html; charset=utf-8` (RFC 9110, 8.3.1).
fn charset(media: &str) -> Option<&str> {
    media.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

fn json(body: &[u8]) -> Result<Value, NodeError> {
    let read: Result<Json, _> = serde_json::from_slice(body);
    read.map(IntoValue::into_value).map_err(|error| {
        let begins: String = String::from_utf8_lossy(&body[..body.len().min(100)]).chars().take(40).collect();
        NodeError::because(format!("its answer is no JSON, and begins with `{}`", begins.escape_debug()), &error)
            .hint("take it with `response: text`")
            .permanent()
    })
}

fn file(answer: Answer) -> File {
    let media = header(&answer.headers, &CONTENT_TYPE).and_then(|media| media.split(';').next()).unwrap_or_default();
    let media = media.trim().to_ascii_lowercase();
    let media = if media.contains('/') { media } else { "application/octet-stream".into() };
    File::in_memory(answer.body, name(&answer.url), media)
}

/// Returns the last part of an address as the name of a file, else its host.
fn name(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty())).unwrap_or_default();
    let last = percent_decode_str(last).decode_utf8_lossy();
    let plain: String = last.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\') { '_' } else { c }).collect();
    match plain.trim_matches('.') {
        "" => url.host_str().unwrap_or("answer").to_owned(),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(media: &str, body: &[u8]) -> Answer {
        let headers = [(CONTENT_TYPE, media), (ETAG, "\"1\"")].map(|(name, value)| (name, value.parse().unwrap()));
        let mut headers: HeaderMap = headers.into_iter().collect();
        headers.append("x-a", "1".parse().unwrap());
        headers.append("x-a", "2".parse().unwrap());
        let url = "https://a.org/dir/a%20b%2Fc.png?x=1".parse().unwrap();
        Answer { status: StatusCode::OK, url, headers, body: body.to_vec() }
    }

    fn body(how: Response, media: &str, bytes: &[u8]) -> Result<Value, String> {
        let out = how.emission(answer(media, bytes)).map_err(|error| error.to_string())?;
        let given = out.ports.into_iter().find(|(name, _)| name == "body").unwrap().1;
        match given {
            windlass_core::node::Outcome::Value(value) => Ok(value),
            windlass_core::node::Outcome::Skip(reason) => Err(reason.into_owned()),
        }
    }

    #[test]
    fn a_body_becomes_what_was_asked_for() {
        let text = |media: &str, bytes: &[u8]| body(Response::Text, media, bytes).map(|value| value.to_json().unwrap());
        assert_eq!(text("text/plain", "é".as_bytes()), Ok("é".into()));
        assert_eq!(text("text/plain; Charset=\"ISO-8859-1\"", b"\xe9"), Ok("é".into()));
        assert_eq!(text("text/plain", b"\xe9"), Err("its answer is no text in UTF-8".into()));
        let json = body(Response::Json, "text/html", b"{\"a\": [1]}").unwrap();
        assert_eq!(json.to_json(), Some(windlass_core::json!({ "a": [1] })));
        assert!(
            body(Response::Json, "", b"<html>")
                .unwrap_err()
                .starts_with("its answer is no JSON, and begins with `<html>`")
        );
        let Ok(Value::File(file)) = body(Response::File, "Image/PNG; q=1", b"x") else { panic!("no file") };
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("a b_c.png", "image/png"));
    }

    #[test]
    fn headers_are_told_by_name() {
        let headers = by_name(&answer("a/b", b"").headers);
        assert_eq!(headers, windlass_core::json!({ "content-type": "a/b", "etag": "\"1\"", "x-a": ["1", "2"] }));
    }

    #[test]
    fn a_file_has_a_name_whatever_the_address() {
        let named = |url: &str| name(&url.parse().unwrap());
        assert_eq!(
            ["http://a.org/", "http://a.org/x/..%2f../", "http://a.org/%2e%2e/"].map(named),
            ["a.org", "_..", "a.org"].map(|name| match name {
                "_.." => ".._..".to_owned(),
                other => other.to_owned(),
            })
        );
    }
}
