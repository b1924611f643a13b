//! What is said of every request: where it goes, what goes with it, what it may take.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::{Map, Value as Json};
use windlass_core::expr::{Pattern, Template};
use windlass_core::node::ParamValue;
use windlass_core::permission::Permission;
use windlass_core::prelude::*;

use super::answer::Response;
use super::ask::{check, literal};
use super::exchange::Limits;
use super::private::is_public;

/// Headers that belong to the connection, and are nobody's to set.
const OWN: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-authorization",
];

/// Where it goes, what goes with it, what it may take.
#[derive(Params)]
pub struct Settings {
    /// The address, a text as in `text.template`: its placeholders become ports. Values stand in it as they are; in `query`
    /// each is encoded. Its host needs the permission `net:HOST`, and `net:private` where that is no public address.
    #[param(static)]
    url: String,
    /// What is asked for behind the `?`, by name: `{ q: "{{ city }}", limit: 10 }`. A list repeats the name, what is absent
    /// is left out.
    #[param(static, default = {})]
    query: Json,
    /// Headers by name. A secret comes by a port: `headers: { Authorization: "Bearer {{ token }}" }`,
    /// `token: { env: API_TOKEN }`. They do not go on to other servers.
    #[param(static, default = {})]
    headers: Json,
    /// What the body of the answer becomes.
    #[param(static, default = "text")]
    response: Response,
    /// Statuses beside 200 to 299 that are no failures: `[404]`.
    #[param(default = [])]
    statuses: Vec<u16>,
    /// The largest body that is read, also once it is unpacked.
    #[param(default = 67108864, unit = "bytes")]
    size: u64,
    /// How often a server may send us on.
    #[param(default = 5, max = 20)]
    redirects: u32,
    /// How long it may take from the first connection to the last byte, redirects included.
    #[param(default = "30s")]
    timeout: Duration,
}

impl Settings {
    /// Returns what the request may take.
    pub(crate) fn limits(&self) -> Limits {
        Limits { time: self.timeout, redirects: self.redirects, size_bytes: self.size }
    }

    /// Returns whether a status is no failure.
    pub(crate) fn is_fine(&self, status: u16, is_conditional: bool) -> bool {
        (200..300).contains(&status) || self.statuses.contains(&status) || status == 304 && is_conditional
    }
}

/// What the static parameters say.
pub(crate) struct Asked {
    url: Template,
    text: String,
    query: Pattern,
    headers: Pattern,
    /// What the body of the answer becomes.
    pub(crate) response: Response,
}

impl Asked {
    /// Reads the static parameters.
    ///
    /// # Errors
    /// Says which of them is wrong.
    pub(crate) fn read(statics: &Statics) -> Result<Self, NodeError> {
        let text = statics.get("url").map(|_| statics.text("url")).transpose()?.unwrap_or_default();
        let response = statics.get("response").map(|given| Response::read_param(Value::from_constant(given)));
        let asked = Self {
            url: Template::compile(text).map_err(|error| error.within("parameter `url`"))?,
            text: text.to_owned(),
            query: named(statics, "query", |_| Ok(()))?,
            headers: named(statics, "headers", check_header)?,
            response: response.transpose()?.unwrap_or(Response::Text),
        };
        if let Some(url) = asked.known() {
            check(&url).map_err(|error| error.within("parameter `url`"))?;
        } else if asked.url.names().is_empty() && !text.is_empty() {
            return Err(NodeError::new(format!("parameter `url`: `{text}` is no address")).hint("write `https://…`"));
        }
        Ok(asked)
    }

    /// Returns the names of the placeholders.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let url = self.url.names().iter().map(String::as_str);
        url.chain(self.query.names()).chain(self.headers.names()).collect()
    }

    /// Returns what is needed: of a host that is known by now, that one, else some host.
    pub(crate) fn permissions(&self) -> Vec<Permission> {
        let known = self.known();
        let Some(host) = known.as_ref().and_then(Url::host_str) else { return vec![Permission::some_host()] };
        let is_private = host == "localhost" || literal(host).is_some_and(|address| !is_public(address));
        let private = is_private.then(Permission::private_network);
        [Permission::host(host)].into_iter().chain(private).collect()
    }

    /// Returns the address as far as it is known before a run, if that includes the host.
    fn known(&self) -> Option<Url> {
        let begin = self.text.split('{').next().unwrap_or_default();
        let behind = begin.split_once("://")?.1;
        let is_whole = begin.len() == self.text.len() || behind.contains(['/', '?', '#']);
        Url::parse(begin).ok().filter(|_| is_whole)
    }

    /// Returns the address of one request.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn url(&self, inputs: &Bag) -> Result<Url, NodeError> {
        let text = self.url.render(inputs).map_err(|error| error.within("parameter `url`"))?;
        let mut url = Url::parse(text.trim()).map_err(|error| {
            let plain = text.split(['?', '#']).next().unwrap_or_default();
            NodeError::because(format!("`{plain}` is no address"), &error).hint("write `https://…`").permanent()
        })?;
        check(&url)?;
        url.set_fragment(None);
        let query = self.query.fill(inputs).map_err(|error| error.within("parameter `query`"))?;
        let pairs: Vec<_> = fields(query).into_iter().flat_map(|(name, value)| repeated(&name, value)).collect();
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        Ok(url)
    }

    /// Returns the headers of one request.
    ///
    /// # Errors
    /// Names the one that cannot be sent.
    pub(crate) fn headers(&self, inputs: &Bag) -> Result<HeaderMap, NodeError> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("windlass/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let filled = self.headers.fill(inputs).map_err(|error| error.within("parameter `headers`"))?;
        for (name, value) in fields(filled) {
            let Some(text) = text(value) else { continue };
            set(&mut headers, &name, &text)?;
        }
        Ok(headers)
    }
}

/// Sets a header; what it holds may be a secret, and is not said.
pub(crate) fn set(headers: &mut HeaderMap, name: &str, text: &str) -> Result<(), NodeError> {
    let cannot = || {
        NodeError::new(format!("the header `{name}` cannot be sent: it holds more than one line of text")).permanent()
    };
    let mut value = HeaderValue::from_str(text).map_err(|_| cannot())?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| cannot())?, value);
    Ok(())
}

/// Compiles data that has names.
pub(crate) fn named(
    statics: &Statics,
    parameter: &str,
    look: impl Fn(&str) -> Result<(), NodeError>,
) -> Result<Pattern, NodeError> {
    let data = statics.get(parameter).filter(|data| !data.is_null()).cloned().unwrap_or_else(|| Map::new().into());
    let wrong = |error: NodeError| error.within(format!("parameter `{parameter}`"));
    let Json::Object(fields) = &data else {
        return Err(wrong(NodeError::new("it has no names")).hint("write `{ name: value }`"));
    };
    for (name, value) in fields {
        look(name).map_err(wrong)?;
        if value.is_object() {
            let hint = "a secret comes by a port: write `\"{{ key }}\"` here, and `key: { env: NAME }` in `params`";
            return Err(wrong(NodeError::new(format!("`{name}` is no text"))).hint(hint));
        }
    }
    Pattern::compile(&data).map_err(wrong)
}

fn check_header(name: &str) -> Result<(), NodeError> {
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(NodeError::new(format!("`{name}` cannot be the name of a header")));
    }
    match OWN.contains(&name.to_ascii_lowercase().as_str()) {
        true => Err(NodeError::new(format!("`{name}` belongs to the connection, and cannot be set"))),
        false => Ok(()),
    }
}

/// Returns the fields of an object.
pub(crate) fn fields(data: Json) -> Map<String, Json> {
    match data {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Returns pairs for one name: one for each member of a list.
pub(crate) fn repeated(name: &str, value: Json) -> Vec<(String, String)> {
    let values = match value {
        Json::Array(items) => items,
        one => vec![one],
    };
    values.into_iter().filter_map(text).map(|text| (name.to_owned(), text)).collect()
}

/// Returns data as a text: a text as it is, all else as JSON; `None` for what is absent.
pub(crate) fn text(data: Json) -> Option<String> {
    match data {
        Json::Null => None,
        Json::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::json;

    fn asked(url: &str, more: Json) -> Result<Asked, NodeError> {
        let statics = more
            .as_object()
            .unwrap()
            .iter()
            .fold(Statics::new().with("url", url), |statics, (name, value)| statics.with(name, value.clone()));
        Asked::read(&statics)
    }

    fn needs(url: &str) -> Vec<String> {
        asked(url, json!({})).unwrap().permissions().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_needed_is_known_as_soon_as_the_host_is() {
        assert_eq!(needs("https://API.example.org/v1/{{ x }}"), ["net:api.example.org"]);
        assert_eq!(needs("https://api.example.org"), ["net:api.example.org"]);
        for url in ["https://api.example.org{{ x }}", "https://{{ x }}/", "{{ x }}", "https://api.{{ x }}/y", ""] {
            assert_eq!(needs(url), ["net"], "{url}");
        }
        assert_eq!(needs("http://0x7f.1/"), ["net:127.0.0.1", "net:private"]);
        assert_eq!(needs("http://[::1]:80/"), ["net:[::1]", "net:private"]);
    }

    #[test]
    fn values_are_encoded_where_they_are_named() {
        let asked =
            asked("https://a.org/x?a=1", json!({ "query": { "q": "{{ q }}", "l": [1, "{{ q }}"], "n": null } }))
                .unwrap();
        let bag = [("q", Value::text("a&b=c é"))].into_iter().collect();
        assert_eq!(asked.url(&bag).unwrap().as_str(), "https://a.org/x?a=1&q=a%26b%3Dc+%C3%A9&l=1&l=a%26b%3Dc+%C3%A9");
    }

    #[test]
    fn headers_are_one_line_and_not_those_of_the_connection() {
        let open =
            |headers: Json| asked("https://a.org", json!({ "headers": headers })).map(|_| ()).unwrap_err().to_string();
        assert!(open(json!({ "Host": "b.org" })).ends_with("`Host` belongs to the connection, and cannot be set"));
        assert!(open(json!({ "a b": "c" })).ends_with("`a b` cannot be the name of a header"));
        assert_eq!(open(json!({ "X": { "env": "KEY" } })), "parameter `headers`: `X` is no text");
        let asked = asked("https://a.org", json!({ "headers": { "X-Key": "{{ key }}" } })).unwrap();
        let error = asked.headers(&[("key", Value::text("secret\r\nX-Evil: 1"))].into_iter().collect()).unwrap_err();
        assert_eq!(error.to_string(), "the header `X-Key` cannot be sent: it holds more than one line of text");
    }

    #[test]
    fn what_is_no_address_is_refused_before_anything_runs() {
        let open = |url: &str| asked(url, json!({})).map(|_| ()).unwrap_err().to_string();
        assert_eq!(open("example.org"), "parameter `url`: `example.org` is no address");
        assert!(open("ftp://example.org/").ends_with("`ftp` is not asked here, only `http` and `https` are"));
        assert!(open("https://me:pw@example.org/{{ x }}").ends_with("a name or password stands in the address"));
    }
}
