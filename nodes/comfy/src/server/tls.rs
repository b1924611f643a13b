//! TLS by rustls: what a server shows is judged by the certificates that the system trusts.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use super::Address;

/// Returns what connections to a server are made with. Without TLS nothing is trusted, and nobody is asked what would be.
///
/// # Errors
/// Says what the system lacks.
pub fn config(address: &Address) -> Result<Arc<ClientConfig>, rustls::Error> {
    let begun = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let begun = begun.with_safe_default_protocol_versions()?;
    let trusting = match address.is_secure() {
        true => begun.with_platform_verifier()?,
        false => begun.with_root_certificates(RootCertStore::empty()),
    };
    Ok(Arc::new(trusting.with_no_client_auth()))
}
