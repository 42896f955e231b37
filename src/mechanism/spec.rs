//! [`MechanismSpec`]: the row. Flags, lists, headers and documentation derive from it.

use super::derivation::DeriveObjects;
use super::encapsulation::{DecapsulateMechanism, EncapsulateMechanism};
pub use super::key_rule::{FurtherKey, KeyRule, KeySizes, SizeUnit};
use super::library::Library;
use super::message::{self, MULTI, MessageMechanism};
use super::operation::*;
use super::params::ParamKind;
pub use super::standing::Standing;
use crate::ck::{MechanismId, sys};

/// One mechanism. Everything that is said about it anywhere is derived from this row.
#[derive(Clone, Copy)]
pub struct MechanismSpec {
    /// `CKM_…`; its name is `id.name()`.
    pub id: MechanismId,
    /// Where the standard describes it, such as `PKCS#11 3.2, 6.10`.
    pub section: &'static str,
    /// The libraries that do the arithmetic.
    pub libraries: &'static [Library],
    /// The parameter that the caller gives.
    pub params: ParamKind,
    /// The keys that it takes (or makes, for key generation).
    pub key: KeyRule,
    /// What it does.
    pub roles: Roles,
    /// What of it is offered under which policy.
    pub standing: Standing,
}

/// What a mechanism does. `None` is "cannot", and then the flag is not set.
#[derive(Clone, Copy)]
pub struct Roles {
    /// `CKF_ENCRYPT`.
    pub encrypt: Option<&'static dyn CipherMechanism>,
    /// `CKF_DECRYPT`.
    pub decrypt: Option<&'static dyn CipherMechanism>,
    /// `CKF_MESSAGE_ENCRYPT`.
    pub message_encrypt: Option<&'static dyn MessageMechanism>,
    /// `CKF_MESSAGE_DECRYPT`.
    pub message_decrypt: Option<&'static dyn MessageMechanism>,
    /// `CKF_DIGEST`.
    pub digest: Option<&'static dyn DigestMechanism>,
    /// `CKF_SIGN`.
    pub sign: Option<&'static dyn SignMechanism>,
    /// `CKF_SIGN_RECOVER`.
    pub sign_recover: Option<&'static dyn SignMechanism>,
    /// `CKF_VERIFY`.
    pub verify: Option<&'static dyn VerifyMechanism>,
    /// `CKF_VERIFY_RECOVER`.
    pub verify_recover: Option<&'static dyn RecoverMechanism>,
    /// `CKF_GENERATE`.
    pub generate: Option<&'static dyn GenerateKeyMechanism>,
    /// `CKF_GENERATE_KEY_PAIR`.
    pub generate_pair: Option<&'static dyn GenerateKeyPairMechanism>,
    /// `CKF_WRAP`.
    pub wrap: Option<&'static dyn WrapMechanism>,
    /// `CKF_UNWRAP`.
    pub unwrap: Option<&'static dyn UnwrapMechanism>,
    /// `CKF_DERIVE`.
    pub derive: Option<&'static dyn DeriveMechanism>,
    /// `CKF_DERIVE`, in the wide form.
    pub derive_objects: Option<&'static dyn DeriveObjects>,
    /// `CKF_ENCAPSULATE`.
    pub encapsulate: Option<&'static dyn EncapsulateMechanism>,
    /// `CKF_DECAPSULATE`.
    pub decapsulate: Option<&'static dyn DecapsulateMechanism>,
    /// What stands in the place of all these under `policy = "modern"`, where the number alone does not tell what is
    /// legacy.
    pub modern: Option<&'static Self>,
}

impl Roles {
    /// Nothing; rows name what they do and take the rest from here.
    pub const NONE: Self = Self {
        encrypt: None,
        decrypt: None,
        message_encrypt: None,
        message_decrypt: None,
        digest: None,
        sign: None,
        sign_recover: None,
        verify: None,
        verify_recover: None,
        generate: None,
        generate_pair: None,
        wrap: None,
        unwrap: None,
        derive: None,
        derive_objects: None,
        encapsulate: None,
        decapsulate: None,
        modern: None,
    };

    /// The same without those whose `CKF_…` is among the flags.
    fn without(self, flags: u64) -> Self {
        fn keep<T>(role: Option<T>, gone: u64) -> Option<T> {
            role.filter(|_| gone == 0)
        }
        Self {
            encrypt: keep(self.encrypt, flags & sys::CKF_ENCRYPT),
            decrypt: keep(self.decrypt, flags & sys::CKF_DECRYPT),
            message_encrypt: keep(self.message_encrypt, flags & message::ENCRYPT),
            message_decrypt: keep(self.message_decrypt, flags & message::DECRYPT),
            digest: keep(self.digest, flags & sys::CKF_DIGEST),
            sign: keep(self.sign, flags & sys::CKF_SIGN),
            sign_recover: keep(self.sign_recover, flags & sys::CKF_SIGN_RECOVER),
            verify: keep(self.verify, flags & sys::CKF_VERIFY),
            verify_recover: keep(self.verify_recover, flags & sys::CKF_VERIFY_RECOVER),
            generate: keep(self.generate, flags & sys::CKF_GENERATE),
            generate_pair: keep(self.generate_pair, flags & sys::CKF_GENERATE_KEY_PAIR),
            wrap: keep(self.wrap, flags & sys::CKF_WRAP),
            unwrap: keep(self.unwrap, flags & sys::CKF_UNWRAP),
            derive: keep(self.derive, flags & sys::CKF_DERIVE),
            derive_objects: keep(self.derive_objects, flags & sys::CKF_DERIVE),
            encapsulate: keep(self.encapsulate, flags & sys::CKF_ENCAPSULATE),
            decapsulate: keep(self.decapsulate, flags & sys::CKF_DECAPSULATE),
            modern: self.modern,
        }
    }
}

impl MechanismSpec {
    /// What of this mechanism `policy = "modern"` leaves; `None` if nothing.
    #[must_use]
    pub fn modern(&self) -> Option<Self> {
        let Standing {
            legacy, modern_min, ..
        } = self.standing;
        let mut row = *self;
        row.roles = row.roles.modern.copied().unwrap_or(row.roles).without(legacy);
        row.key.sizes.min = row.key.sizes.min.max(modern_min);
        (row.flags() & !row.key.flags != 0 && row.key.sizes.min <= row.key.sizes.max).then_some(row)
    }

    /// `CK_MECHANISM_INFO.flags`: what the roles are, and the rule's own. What signs does so for messages, too.
    #[must_use]
    pub fn flags(&self) -> u64 {
        let roles = &self.roles;
        let of = |present: bool, flag: u64| if present { flag } else { 0 };
        self.key.flags
            | of(roles.encrypt.is_some(), sys::CKF_ENCRYPT)
            | of(roles.decrypt.is_some(), sys::CKF_DECRYPT)
            | of(roles.message_encrypt.is_some(), sys::CKF_MESSAGE_ENCRYPT | MULTI)
            | of(roles.message_decrypt.is_some(), sys::CKF_MESSAGE_DECRYPT | MULTI)
            | of(roles.digest.is_some(), sys::CKF_DIGEST)
            | of(
                roles.sign.is_some(),
                sys::CKF_SIGN | sys::CKF_MESSAGE_SIGN | MULTI,
            )
            | of(roles.sign_recover.is_some(), sys::CKF_SIGN_RECOVER)
            | of(
                roles.verify.is_some(),
                sys::CKF_VERIFY | sys::CKF_MESSAGE_VERIFY | MULTI,
            )
            | of(roles.verify_recover.is_some(), sys::CKF_VERIFY_RECOVER)
            | of(roles.generate.is_some(), sys::CKF_GENERATE)
            | of(roles.generate_pair.is_some(), sys::CKF_GENERATE_KEY_PAIR)
            | of(roles.wrap.is_some(), sys::CKF_WRAP)
            | of(roles.unwrap.is_some(), sys::CKF_UNWRAP)
            | of(
                roles.derive.is_some() || roles.derive_objects.is_some(),
                sys::CKF_DERIVE,
            )
            | of(roles.encapsulate.is_some(), sys::CKF_ENCAPSULATE)
            | of(roles.decapsulate.is_some(), sys::CKF_DECAPSULATE)
    }

    /// The same mechanism as legacy: `policy = "modern"` does not offer it.
    #[must_use]
    pub const fn legacy(mut self) -> Self {
        self.standing.legacy = Standing::ALL;
        self
    }

    /// The name of the standard or of `include/vhsm.h`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.id.name().unwrap_or("CKM_?")
    }
}

impl std::fmt::Debug for MechanismSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
