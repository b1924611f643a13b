//! A certificate of its own, for tests of secret connections.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Makes a certificate for this machine; returns what accepts connections with it, and the certificate as PEM.
#[expect(clippy::unwrap_used, reason = "a test without a certificate cannot go on")]
pub fn acceptor() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let begun = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let begun = begun.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = begun.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}
