//! One request: where to, with what, and what becomes of it when a server sends it on.

use std::net::IpAddr;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    USER_AGENT,
};
use reqwest::{Method, Url};
use windlass_core::context::Ctx;
use windlass_core::node::NodeError;
use windlass_core::permission::Permission;

use super::clients::Manner;
use super::private::is_public;

/// What a graph says that is no credential, and so may go on to another server.
const HARMLESS: [HeaderName; 5] = [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT];

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

impl Ask {
    /// Returns whether the answer may be that nothing has changed.
    pub(crate) fn is_conditional(&self) -> bool {
        self.headers.contains_key(IF_NONE_MATCH) || self.headers.contains_key(IF_MODIFIED_SINCE)
    }

    /// Makes sure that this server may be asked, and says how.
    ///
    /// # Errors
    /// Its host was not granted, or is an address that is not public, and those were not.
    pub(crate) fn allowed(&self, ctx: &Ctx) -> Result<Manner, NodeError> {
        let host = host(&self.url)?;
        ctx.require(&Permission::host(host))?;
        let private = ctx.require(&Permission::private_network());
        match literal(host) {
            Some(address) if !is_public(address) => {
                private.clone().map_err(|error| error.within(format!("`{host}` is not a public address")))?;
            }
            _ => {}
        }
        Ok(Manner { may_be_private: private.is_ok(), is_secure: self.url.scheme() == "https" })
    }

    /// Returns the request that a server asks for in place of this one. What the graph says in `headers` goes to the server
    /// that it named, and a body to that one alone.
    ///
    /// # Errors
    /// The new address is none, is less safe than the old one, or is another server's and there is a body.
    pub(crate) fn sent_on(mut self, status: u16, location: &str) -> Result<Self, NodeError> {
        let from = place(&self.url);
        let wrong = |said: &str| NodeError::new(format!("{from} sends us on {said}")).permanent();
        let to = self.url.join(location).map_err(|_| wrong("to something that is no address"))?;
        check(&to).map_err(|error| error.within(format!("{from} sends us on to {}", place(&to))))?;
        if self.url.scheme() == "https" && to.scheme() != "https" {
            return Err(wrong(&format!("to {}, without TLS, which is not followed", place(&to))));
        }
        let is_same_server = self.url.origin() == to.origin();
        // RFC 9110, 15.4: what was posted is looked at elsewhere, except behind 307 and 308.
        if self.method == Method::POST && matches!(status, 301..=303) {
            (self.method, self.body) = (Method::GET, None);
            self.headers.remove(CONTENT_TYPE);
        }
        if self.body.is_some() && !is_same_server {
            let hint = "if that server should have it, name its address in `url`";
            return Err(
                wrong(&format!("with the body to another server, {}, which is not followed", place(&to))).hint(hint)
            );
        }
        if !is_same_server {
            let own: Vec<_> = self.headers.keys().filter(|name| !HARMLESS.contains(name)).cloned().collect();
            own.into_iter().for_each(|name| drop(self.headers.remove(name)));
        }
        self.url = to;
        Ok(self)
    }
}

/// Looks whether an address is one that is asked at all.
///
/// # Errors
/// It is not of HTTP, or holds a password.
pub(crate) fn check(url: &Url) -> Result<(), NodeError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(
            NodeError::new(format!("`{}` is not asked here, only `http` and `https` are", url.scheme())).permanent()
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        let hint = "put it into `headers`: `Authorization: \"Basic {{ key }}\"`";
        return Err(NodeError::new("a name or password stands in the address").hint(hint).permanent());
    }
    host(url).map(|_| ())
}

fn host(url: &Url) -> Result<&str, NodeError> {
    url.host_str().ok_or_else(|| NodeError::new("the address names no host").permanent())
}

/// Returns the address that stands in place of a name; reading the URL has brought all its spellings into one.
pub(crate) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Returns the address for people, without what may be a secret in it.
pub(crate) fn place(url: &Url) -> String {
    format!("`{}{}`", url.origin().ascii_serialization(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: Method, url: &str) -> Ask {
        let mut headers = HeaderMap::new();
        for name in ["authorization", "x-api-key", "cookie", "accept", "content-type"] {
            headers.insert(HeaderName::from_static(name), "x".parse().unwrap());
        }
        let body = (method == Method::POST).then(|| Bytes::from_static(b"body"));
        Ask { method, url: url.parse().unwrap(), headers, body }
    }

    fn names(ask: &Ask) -> Vec<&str> {
        let mut names: Vec<_> = ask.headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn credentials_stay_with_the_server_that_the_graph_named() {
        let same = ask(Method::GET, "https://a.org/x?k=1").sent_on(302, "/y").unwrap();
        assert_eq!((same.url.as_str(), names(&same).len()), ("https://a.org/y", 5));
        for elsewhere in ["https://b.org/", "https://a.org:444/", "https://b.a.org/"] {
            let other = ask(Method::GET, "https://a.org/x").sent_on(302, elsewhere).unwrap();
            assert_eq!(names(&other), ["accept", "content-type"], "{elsewhere}");
        }
    }

    #[test]
    fn a_body_goes_nowhere_else() {
        let seen = ask(Method::POST, "https://a.org/x").sent_on(303, "https://b.org/y").unwrap();
        assert_eq!((seen.method, seen.body), (Method::GET, None));
        let again = ask(Method::POST, "https://a.org/x").sent_on(307, "/y").unwrap();
        assert_eq!((again.method, again.body.is_some()), (Method::POST, true));
        let error = ask(Method::POST, "https://a.org/x").sent_on(308, "https://b.org/y?k=1").unwrap_err();
        let said =
            "`https://a.org/x` sends us on with the body to another server, `https://b.org/y`, which is not followed";
        assert_eq!(error.to_string(), said);
    }

    #[test]
    fn nobody_is_sent_to_where_it_is_less_safe() {
        let cause = |to: &str| ask(Method::GET, "https://a.org/").sent_on(302, to).unwrap_err().to_string();
        assert_eq!(
            cause("http://a.org/"),
            "`https://a.org/` sends us on to `http://a.org/`, without TLS, which is not followed"
        );
        assert!(cause("file:///etc/passwd").ends_with("`file` is not asked here, only `http` and `https` are"));
        assert!(cause("https://u:p@b.org/").ends_with("a name or password stands in the address"));
        assert!(cause("https://[").ends_with("to something that is no address"));
    }

    #[test]
    fn an_address_in_any_spelling_is_one() {
        for spelled in [
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.01/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://１２７.0.0.1/",
        ] {
            let url: Url = spelled.parse().unwrap();
            assert_eq!(literal(url.host_str().unwrap()), Some("127.0.0.1".parse().unwrap()), "{spelled}");
        }
        let mapped: Url = "http://[::ffff:7f00:1]/".parse().unwrap();
        assert!(literal(mapped.host_str().unwrap()).is_some_and(|address| !is_public(address)));
    }
}
