//! Connections: to addresses that were looked at, over TLS that the system trusts, without proxies and without following
//! anybody anywhere.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use windlass_core::node::NodeError;

use super::private::is_public;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// What a request must keep to beside what it asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Manner {
    /// Whether addresses may be met that are not public.
    pub(crate) may_be_private: bool,
    /// Whether TLS is spoken.
    pub(crate) is_secure: bool,
}

/// The clients of one node, made when they are first needed; each keeps its connections for later requests.
#[derive(Default)]
pub(crate) struct Clients([OnceLock<Client>; 4]);

impl Clients {
    /// Returns the client for a manner.
    ///
    /// # Errors
    /// Says what the system lacks for TLS.
    pub(crate) fn of(&self, manner: Manner) -> Result<Client, NodeError> {
        let place = &self.0[usize::from(manner.may_be_private) * 2 + usize::from(manner.is_secure)];
        if let Some(client) = place.get() {
            return Ok(client.clone());
        }
        let made = make(manner)?;
        Ok(place.get_or_init(|| made).clone())
    }
}

fn make(manner: Manner) -> Result<Client, NodeError> {
    let no_tls = |error: rustls::Error| NodeError::because("TLS cannot be spoken here", &error);
    let client = Client::builder()
        .tls_backend_preconfigured(tls(manner.is_secure).map_err(no_tls)?)
        .dns_resolver(Arc::new(Looked { may_be_private: manner.may_be_private }))
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .http1_only()
        .no_proxy();
    client.build().map_err(|error| NodeError::because("no connections can be made here", &error))
}

/// Without TLS nothing is trusted, and nobody is asked what would be.
fn tls(is_secure: bool) -> Result<ClientConfig, rustls::Error> {
    let begun = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let begun = begun.with_safe_default_protocol_versions()?;
    let trusting = match is_secure {
        true => begun.with_platform_verifier()?,
        false => begun.with_root_certificates(RootCertStore::empty()),
    };
    Ok(trusting.with_no_client_auth())
}

/// Finds the addresses of a name, once for each connection, which goes to one of these and to no other: a name that leads
/// elsewhere a moment later leads nowhere.
struct Looked {
    may_be_private: bool,
}

/// A name leads to an address that is not public.
#[derive(Debug)]
pub(crate) struct NotPublic {
    host: String,
    address: IpAddr,
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` lies at {}, which is not a public address", self.host, self.address)
    }
}

impl Error for NotPublic {}

impl Resolve for Looked {
    fn resolve(&self, name: Name) -> Resolving {
        let may_be_private = self.may_be_private;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            // One that is not public among others says enough about all of them.
            match found.iter().find(|found| !may_be_private && !is_public(found.ip())) {
                Some(found) => Err(NotPublic { host, address: found.ip() }.into()),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(name: &str, may_be_private: bool) -> Result<Vec<SocketAddr>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(Looked { may_be_private }.resolve(name.parse().unwrap()));
        found.map(Iterator::collect).map_err(|error| error.to_string())
    }

    #[test]
    fn names_of_this_machine_are_refused_unless_granted() {
        let refused = resolve("localhost", false).unwrap_err();
        assert!(refused.contains("`localhost` lies at") && refused.ends_with("not a public address"), "{refused}");
        assert!(resolve("localhost", true).unwrap().iter().all(|found| found.ip().is_loopback()));
    }

    #[test]
    fn a_client_is_made_once_for_each_manner() {
        let clients = Clients::default();
        clients.of(Manner { may_be_private: true, is_secure: false }).unwrap();
        assert_eq!(
            clients.0.iter().map(|place| place.get().is_some()).collect::<Vec<_>>(),
            [false, false, true, false]
        );
    }
}
