//! Where a server is.

use std::fmt;

use reqwest::Url;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    base: Url,
}

impl Address {
    /// Reads an address: `http://127.0.0.1:8188`, or just `127.0.0.1:8188`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let base = Url::parse(&full).map_err(|error| format!("`{text}` is no address of a server: {error}"))?;
        match base.scheme() {
            "http" | "https" if base.host_str().is_some_and(|host| !host.is_empty()) => Ok(Self { base }),
            other => {
                Err(format!("`{text}` is no address of a server: it begins with `{other}`; write `http://HOST:8188`"))
            }
        }
    }

    /// Returns whether the connection is to be secret.
    pub fn is_secure(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Returns the address of a route.
    pub fn route(&self, route: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{route}", self.base.path().trim_end_matches('/')));
        url
    }

    /// Returns the address of the socket for a session.
    pub fn socket(&self, session: &str) -> Url {
        let mut url = self.route("/ws");
        // A scheme of the same sort can always be set.
        let _ = url.set_scheme(if self.is_secure() { "wss" } else { "ws" });
        url.query_pairs_mut().append_pair("clientId", session);
        url
    }
}

impl fmt::Display for Address {
    /// Writes the address without who asks there and with which password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.base.clone();
        // An address of this scheme can always be without them.
        let _ = shown.set_password(None);
        let _ = shown.set_username("");
        out.write_str(shown.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused_in_words() {
        let address = Address::read("127.0.0.1:8188").unwrap();
        assert_eq!(address.to_string(), "http://127.0.0.1:8188");
        assert_eq!(address.route("/queue").as_str(), "http://127.0.0.1:8188/queue");
        let below = Address::read("http://box:80/comfy/").unwrap();
        assert_eq!(below.socket("a b").as_str(), "ws://box/comfy/ws?clientId=a+b");
        assert_eq!(Address::read("http://me:secret@box:8188").unwrap().to_string(), "http://box:8188");
        assert_eq!(Address::read("https://box").unwrap().socket("a").as_str(), "wss://box/ws?clientId=a");
        for wrong in ["", "ftp://box", "http://", "::"] {
            assert!(Address::read(wrong).is_err(), "{wrong}");
        }
    }
}
