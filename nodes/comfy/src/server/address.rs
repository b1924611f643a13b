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
        let secret = !base.username().is_empty() || base.password().is_some();
        if secret || base.query().is_some() || base.fragment().is_some() {
            let place = text.split_once("://").map_or(text, |(_, place)| place);
            let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
            let place = place.split(['?', '#']).next().unwrap_or_default();
            // What may be secret is not repeated.
            return Err(format!(
                "the address of the server at `{place}` holds more than protocol, host, port and path; a password is sent by \
                 `headers`, from the environment"
            ));
        }
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
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.base.as_str().trim_end_matches('/'))
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
        assert_eq!(Address::read("https://box").unwrap().socket("a").as_str(), "wss://box/ws?clientId=a");
        for wrong in ["", "ftp://box", "http://", "::"] {
            assert!(Address::read(wrong).is_err(), "{wrong}");
        }
        for secret in ["http://me:secret@box:8188", "box:8188/?token=secret", "https://box#secret"] {
            let told = Address::read(secret).unwrap_err();
            assert!(told.contains("`headers`") && told.contains("box") && !told.contains("secret"), "{told}");
        }
    }
}
