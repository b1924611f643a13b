//! What a person decides about a server.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use windlass_core::node::NodeError;

use crate::server::{Address, Server};

/// A server that prompts may be given to.
#[derive(Clone, Debug)]
pub struct ServerSetting {
    /// Where it is, as it was written.
    pub address: String,
    /// What is sent with each request.
    pub headers: Vec<Header>,
    /// Words by which work is sent to it.
    pub tags: Vec<String>,
    /// How much of the work it gets where several are free, beside the others.
    pub weight: u32,
}

/// Something that is sent with each request, such as a password.
#[derive(Clone)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// The environment variable that has its value.
    pub variable: String,
    /// The value; `None` where the variable is not set.
    pub value: Option<String>,
}

impl std::fmt::Debug for Header {
    /// Writes it without its value.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Header").field("name", &self.name).field("variable", &self.variable).finish_non_exhaustive()
    }
}

impl ServerSetting {
    /// Names a server by its address alone.
    pub fn at(address: &str) -> Self {
        Self { address: address.to_owned(), headers: Vec::new(), tags: Vec::new(), weight: 1 }
    }

    /// Prepares to talk to the server.
    ///
    /// # Errors
    /// Says what is wrong with its settings.
    pub fn server(&self) -> Result<Server, NodeError> {
        let wrong = |why: String| NodeError::new(why).hint("`docs/settings.md` says how servers are named").permanent();
        let address = Address::read(&self.address).map_err(wrong)?;
        let headers = self.headers.iter().map(|header| header.read(&address).map_err(wrong));
        let headers = headers.collect::<Result<HeaderMap, NodeError>>()?;
        Server::with_headers(address, headers).map_err(|error| wrong(error.to_string()))
    }
}

impl Header {
    fn read(&self, server: &Address) -> Result<(HeaderName, HeaderValue), String> {
        let Self { name, variable, value } = self;
        let named = HeaderName::try_from(name.as_str());
        let named = named.map_err(|_| format!("{server} cannot be sent a header `{name}`: this is no name of one"))?;
        let value = value.as_deref().filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| {
            format!("{server} is sent the header `{name}`, and the environment variable `{variable}`, which has its value, is not set")
        })?;
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| format!("{server} cannot be sent what the environment variable `{variable}` holds"))?;
        value.set_sensitive(true);
        Ok((named, value))
    }
}
