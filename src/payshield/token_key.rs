//! [`TokenKey`]: a private key of the token, with which a server of TLS signs.

use std::sync::Arc;

use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

use crate::ck::{sys, *};
use crate::crypto::der::{Tag, element, integer};
use crate::crypto::hash::Hash;
use crate::error::Result;
use crate::mechanism::{ParamKind, ParamSource, Params, Reply};
use crate::module::Module;
use crate::session::output;

/// A private key of the token.
#[derive(Clone)]
pub struct TokenKey {
    module: Arc<Module>,
    slot: SlotId,
    handle: ObjectHandle,
    kind: Kind,
    /// SubjectPublicKeyInfo; empty if it is not known.
    public_key: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    /// The scheme of the curve.
    Ec(SignatureScheme),
    Ed25519,
}

const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";
const P521: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x23";

impl TokenKey {
    /// Takes a key for TLS; `None` if it is of a kind that TLS does not sign with.
    ///
    /// # Errors
    /// The module's.
    pub fn new(module: &Arc<Module>, slot: SlotId, handle: ObjectHandle) -> Result<Option<Self>> {
        let session = module.open_session(slot, sys::CKF_SERIAL_SESSION)?;
        let object = module.object(session, handle);
        module.close_session(session)?;
        let object = object?;
        let attributes = object.attributes();
        let kind = match (attributes.key_type(), attributes.bytes(CKA_EC_PARAMS)) {
            (Some(CKK_RSA), _) => Kind::Rsa,
            (Some(CKK_EC), Some(P256)) => Kind::Ec(SignatureScheme::ECDSA_NISTP256_SHA256),
            (Some(CKK_EC), Some(P384)) => Kind::Ec(SignatureScheme::ECDSA_NISTP384_SHA384),
            (Some(CKK_EC), Some(P521)) => Kind::Ec(SignatureScheme::ECDSA_NISTP521_SHA512),
            (Some(CKK_EC_EDWARDS), _) => Kind::Ed25519,
            _ => return Ok(None),
        };
        Ok(Some(Self {
            module: Arc::clone(module),
            slot,
            handle,
            kind,
            public_key: attributes.bytes(CKA_PUBLIC_KEY_INFO).unwrap_or_default().to_vec(),
        }))
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        match self.kind {
            Kind::Ec(scheme) => vec![scheme],
            Kind::Ed25519 => vec![SignatureScheme::ED25519],
            Kind::Rsa => vec![
                SignatureScheme::RSA_PSS_SHA256,
                SignatureScheme::RSA_PSS_SHA384,
                SignatureScheme::RSA_PSS_SHA512,
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
            ],
        }
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenKey({:?} in slot {})", self.kind, self.slot)
    }
}

impl SigningKey for TokenKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = self
            .schemes()
            .into_iter()
            .find(|scheme| offered.contains(scheme))?;
        Some(Box::new(TokenSigner {
            key: self.clone(),
            scheme,
        }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        (!self.public_key.is_empty()).then(|| SubjectPublicKeyInfoDer::from(self.public_key.as_slice()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.kind {
            Kind::Rsa => SignatureAlgorithm::RSA,
            Kind::Ec(_) => SignatureAlgorithm::ECDSA,
            Kind::Ed25519 => SignatureAlgorithm::ED25519,
        }
    }
}

#[derive(Debug)]
struct TokenSigner {
    key: TokenKey,
    scheme: SignatureScheme,
}

/// A parameter that is known already.
struct Known(Params);

impl ParamSource for Known {
    fn read(&self, _kind: ParamKind) -> Result<Params> {
        Ok(self.0.clone())
    }

    fn answer(&self, _kind: ParamKind, _reply: &Reply, _handles: &[ObjectHandle]) -> Result<()> {
        Ok(())
    }
}

/// The mechanism of a scheme with its parameter [RFC 8446, 4.2.3].
fn mechanism(scheme: SignatureScheme) -> Option<(MechanismId, Params)> {
    let pss = |hash, salt_len| Params::RsaPss {
        hash,
        mgf: hash,
        salt_len,
    };
    Some(match scheme {
        SignatureScheme::RSA_PSS_SHA256 => (CKM_SHA256_RSA_PKCS_PSS, pss(Hash::Sha256, 32)),
        SignatureScheme::RSA_PSS_SHA384 => (CKM_SHA384_RSA_PKCS_PSS, pss(Hash::Sha384, 48)),
        SignatureScheme::RSA_PSS_SHA512 => (CKM_SHA512_RSA_PKCS_PSS, pss(Hash::Sha512, 64)),
        SignatureScheme::RSA_PKCS1_SHA256 => (CKM_SHA256_RSA_PKCS, Params::None),
        SignatureScheme::RSA_PKCS1_SHA384 => (CKM_SHA384_RSA_PKCS, Params::None),
        SignatureScheme::RSA_PKCS1_SHA512 => (CKM_SHA512_RSA_PKCS, Params::None),
        SignatureScheme::ECDSA_NISTP256_SHA256 => (CKM_ECDSA_SHA256, Params::None),
        SignatureScheme::ECDSA_NISTP384_SHA384 => (CKM_ECDSA_SHA384, Params::None),
        SignatureScheme::ECDSA_NISTP521_SHA512 => (CKM_ECDSA_SHA512, Params::None),
        SignatureScheme::ED25519 => (CKM_EDDSA, Params::None),
        _ => return None,
    })
}

impl TokenSigner {
    fn raw(&self, message: &[u8]) -> Result<Vec<u8>> {
        let module = &self.key.module;
        let (mechanism, params) = mechanism(self.scheme).unwrap_or((CKM_EDDSA, Params::None));
        let session = module.open_session(self.key.slot, sys::CKF_SERIAL_SESSION)?;
        let signed = || {
            module.sign_init(session, mechanism, &Known(params), self.key.handle)?;
            output::whole(|out| module.sign(session, message, out))
        };
        let signature = signed();
        module.close_session(session)?;
        signature
    }
}

impl Signer for TokenSigner {
    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        let signature = self
            .raw(message)
            .map_err(|error| Error::General(format!("the token did not sign: {error}")))?;
        Ok(match self.key.kind {
            Kind::Ec(_) => in_der(&signature),
            Kind::Rsa | Kind::Ed25519 => signature,
        })
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

/// A signature of ECDSA as TLS has it: `Ecdsa-Sig-Value` [RFC 5480, appendix A].
fn in_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    element(Tag::Sequence, &[&integer(r), &integer(s)]).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecdsa_signatures_are_two_der_integers() {
        assert_eq!(in_der(&[0, 1, 0x80, 0]), [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0]);
        let long = in_der(&[0xff; 132]);
        assert_eq!(long[..5], [0x30, 0x81, 138, 2, 67]);
        assert_eq!(long.len(), 3 + 2 * 69);
    }
}
