//! Owns the test run's certificate authority: made once with openssl, one certificate for every host
//! under `localhost`. Leaves serving it to the proxies.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;

use super::process::bare;

/// Files of the certificate that the proxies present, and what a client trusts.
pub(crate) struct Authority {
    dir: TempDir,
    client: Arc<ClientConfig>,
}

/// The authority of this run.
pub(crate) fn authority() -> &'static Authority {
    static MADE: OnceLock<Authority> = OnceLock::new();
    MADE.get_or_init(Authority::make)
}

impl Authority {
    /// The server's certificate, PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.dir.path().join("server.crt")
    }

    /// The server's private key, PEM.
    pub(crate) fn key(&self) -> PathBuf {
        self.dir.path().join("server.key")
    }

    /// A client configuration that trusts this authority and no other.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.client)
    }

    /// A server configuration that presents the certificate.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain = CertificateDer::pem_file_iter(self.certificate()).expect("PEM");
        let chain = chain.map(|one| one.expect("a certificate")).collect();
        let key = PrivateKeyDer::from_pem_file(self.key()).expect("PEM");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, key);
        Arc::new(config.expect("they fit"))
    }

    /// The authority's own certificate, PEM.
    pub(crate) fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.crt")
    }

    fn make() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("doorward-tls-")
            .tempdir()
            .expect("a directory");
        let script = super::process::work_tree().join("scripts/make-certificate.sh");
        let made = bare(script)
            .arg(dir.path())
            .output()
            .expect("scripts/make-certificate.sh");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let client = trusting(&dir.path().join("ca.crt"));
        Self { dir, client }
    }
}

fn trusting(ca: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).expect("PEM"))
        .expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}
