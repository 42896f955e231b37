//! The rows of payment keys that come in: in key blocks, under local master keys, under a public key.

use std::hint::black_box;

use super::job::{Job, cleared};
use super::keys::{Keys, common, pair};
use super::rows::Place;
use crate::ck::*;
use crate::client::{Mechanism, Result, Session, Template};

/// What a key comes in; each becomes a session object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// A key block of version D.
    Tr31D,
    /// A text under a variant local master key.
    VariantLmk,
    /// A key block of version 1 under a local master key of AES.
    LmkBlock,
    /// A key block behind its protection key under RSA-OAEP with 2048 bits.
    Rsa,
    /// A key block under what Diffie-Hellman on P-256 gives, with a pair that was made for it.
    Ecdh,
}

/// The number of local master keys of the benchmark: one that a token hardly has.
const LMK_ID: &[u8] = b"99";
/// The version of a parameter, the hash SHA-256, a protection key of AES-256, a block of version D.
const RSA: &[u8] = &[1, 0x21, 6, b'D'];
/// The same behind the derivation of SP 800-56C, with no own pair and no shared information.
const ECDH: &[u8] = &[1, 2, 0x21, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'D'];

impl Form {
    /// The mechanism, with one parameter for both ways.
    fn mechanism(self) -> Mechanism {
        match self {
            Self::Tr31D => Mechanism::with_bytes(CKM_VHSM_TR31, &[1, b'D']),
            Self::VariantLmk => Mechanism::with_bytes(CKM_VHSM_VARIANT_LMK, &[1, b'0', b'0', b'1', b'U', 0]),
            Self::LmkBlock => Mechanism::with_bytes(CKM_VHSM_THALES_KEY_BLOCK, &[1, b'1']),
            Self::Rsa => Mechanism::with_bytes(CKM_VHSM_RSA_KEY_TRANSPORT, RSA),
            Self::Ecdh => Mechanism::with_bytes(CKM_VHSM_ECDH_KEY_TRANSPORT, ECDH),
        }
    }

    /// The key or pair that wraps and unwraps.
    ///
    /// # Errors
    /// The module's.
    pub(super) fn keys(self, session: &Session, place: Place) -> Result<Keys> {
        let secret = |mechanism: &Mechanism, template: Template| {
            let template = template
                .bool(CKA_PRIVATE, true)
                .bool(CKA_SENSITIVE, true)
                .bool(CKA_WRAP, true)
                .bool(CKA_UNWRAP, true);
            let key = session.generate_key(mechanism, &template)?;
            Ok(Keys {
                private: key,
                public: key,
            })
        };
        let template = || common(Template::new(), place);
        let lmk = |kind| {
            let generate = Mechanism::with_bytes(CKM_VHSM_LMK_GEN, &[1, kind]);
            secret(&generate, template().bytes(CKA_VHSM_LMK_ID, LMK_ID))
        };
        let uses = (Some(CKA_WRAP), CKA_UNWRAP);
        match self {
            Self::Tr31D => {
                let template = template().ulong(CKA_VALUE_LEN, 32);
                let template = template.bytes(CKA_VHSM_KEY_USAGE, &KeyUsage::KEY_BLOCK_PROTECTION.0);
                secret(&Mechanism::plain(CKM_AES_KEY_GEN), template)
            }
            Self::VariantLmk => lmk(b'V'),
            Self::LmkBlock => lmk(b'A'),
            Self::Rsa => {
                let public = Template::new().ulong(CKA_MODULUS_BITS, 2048);
                let public = public.bytes(CKA_PUBLIC_EXPONENT, &[1, 0, 1]);
                pair(session, CKM_RSA_PKCS_KEY_PAIR_GEN, public, place, uses)
            }
            Self::Ecdh => {
                let public = Template::new().bytes(CKA_EC_PARAMS, super::keys::P256);
                pair(session, CKM_EC_KEY_PAIR_GEN, public, place, uses)
            }
        }
    }

    /// The job: a key of PINs that was wrapped once comes in again and again.
    ///
    /// # Errors
    /// The module's, if it does not have the mechanism.
    pub(super) fn job(self, session: Session, keys: Keys) -> Result<Job> {
        let (mechanism, template) = (self.mechanism(), Template::new());
        let target = common(Template::new(), Place::Session)
            .bool(CKA_EXTRACTABLE, true)
            .bytes(CKA_VHSM_KEY_USAGE, &KeyUsage::PIN_ENCRYPTION.0);
        let target = match self {
            // Under a variant LMK a key has no exportability.
            Self::VariantLmk => target,
            _ => target.bytes(CKA_VHSM_EXPORTABILITY, b"E"),
        };
        let target = session.generate_key(&Mechanism::plain(CKM_DES2_KEY_GEN), &target)?;
        let wrapped = session.wrap_key(&mechanism, keys.public, target)?;
        session.destroy_object(target)?;
        Ok(cleared(session, move |session, _| {
            Ok([session.unwrap_key(&mechanism, keys.private, black_box(&wrapped), &template)?])
        }))
    }
}
