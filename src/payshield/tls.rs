//! [`Tls`]: the server's certificate and key, which may be in a file or in the token, and whom it lets in.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{InconsistentKeys, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// Where the private key is.
#[derive(Clone, Debug)]
pub enum TlsKey {
    /// A file, PEM.
    File(PathBuf),
    /// The token, which signs and keeps it.
    Token(Arc<dyn SigningKey>),
}

/// What a server of TLS shows and wants to see.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate chain, PEM.
    pub certificates: PathBuf,
    /// The private key.
    pub key: TlsKey,
    /// Who signs the certificates that clients must have; clients need none if it is none.
    pub clients: Option<PathBuf>,
}

/// The configuration of TLS, which may change while the server runs.
pub struct Tls(RwLock<Arc<ServerConfig>>);

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn new(identity: &Identity) -> Result<Self, String> {
        Ok(Self(RwLock::new(configuration(identity)?)))
    }

    /// Reads the files again, for connections from now on.
    ///
    /// # Errors
    /// What is wrong with which file; everything stays as it was.
    pub fn reload(&self, identity: &Identity) -> Result<(), String> {
        let configuration = configuration(identity)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = configuration;
        Ok(())
    }

    /// What the next connection is accepted with.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        let configuration = self.0.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&configuration))
    }
}

fn certificates(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let read = CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))?;
    let read = read
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(&error))?;
    match read.is_empty() {
        true => Err(wrong(&"it holds no certificate")),
        false => Ok(read),
    }
}

fn configuration(identity: &Identity) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let chain = certificates(&identity.certificates)?;
    let key = signing_key(&provider, &identity.key)?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // A key of the token may not know its public half.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(error) => {
            let path = identity.certificates.display();
            return Err(format!(
                "{path}: the private key is not that of the certificate: {error}"
            ));
        }
    }
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match &identity.clients {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = rustls::RootCertStore::empty();
            for certificate in certificates(path)? {
                let added = roots.add(certificate);
                added.map_err(|error| format!("{}: {error}", path.display()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| error.to_string())?)
        }
    };
    let resolver = Arc::new(SingleCertAndKey::from(certified));
    Ok(Arc::new(builder.with_cert_resolver(resolver)))
}

fn signing_key(provider: &CryptoProvider, key: &TlsKey) -> Result<Arc<dyn SigningKey>, String> {
    match key {
        TlsKey::Token(key) => Ok(Arc::clone(key)),
        TlsKey::File(path) => {
            let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let key = PrivateKeyDer::from_pem_file(path).map_err(|error| wrong(&error))?;
            let loaded = provider.key_provider.load_private_key(key);
            loaded.map_err(|error| wrong(&error))
        }
    }
}
