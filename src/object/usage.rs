//! May this key do this now? [`Object::key_for`] asks once per operation, without a search or an allocation.

use std::sync::Arc;

use super::facts::Object;
use super::function::Function;
use crate::attribute::Value;
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{FurtherKey, KeyMaterial, MechanismSpec};

/// Whether objects of this class are keys.
pub(super) const fn is_key(class: ObjectClass) -> bool {
    matches!(
        class,
        CKO_PUBLIC_KEY | CKO_PRIVATE_KEY | CKO_SECRET_KEY | CKO_OTP_KEY
    )
}

const NO_MOMENT_FOR_THE_PIN: Error =
    Error::UserNotLoggedIn("CKA_ALWAYS_AUTHENTICATE is TRUE, and this function leaves no moment for the PIN");

impl Object {
    /// The key made ready for a mechanism, if it may be used so. `role` says which key of the call it is, for the
    /// error code. The first call prepares the key; later ones share it.
    ///
    /// # Errors
    /// In this order: [`Error::KeyHandleInvalid`], [`Error::KeyTypeInconsistent`],
    /// [`Error::KeyFunctionNotPermitted`], [`Error::MechanismInvalid`] (CKA_ALLOWED_MECHANISMS),
    /// [`Error::UserNotLoggedIn`] (CKA_ALWAYS_AUTHENTICATE, and no moment for the PIN),
    /// [`Error::PaymentKey`] (CKA_VHSM_KEY_USAGE), [`Error::KeySizeRange`].
    pub fn key_for(
        &self,
        function: Function,
        spec: &MechanismSpec,
        role: KeyRole,
    ) -> Result<&Arc<KeyMaterial>> {
        let key_type = self.type_for(spec, role, |class| function.fits(class))?;
        if spec.key.tells_check_value {
            self.check_allowed(spec)?;
            return self.of_fitting_size(key_type, spec, role);
        }
        let function = spec.key.acts_as.and_then(Function::of_flag).unwrap_or(function);
        let function = function.of_type(key_type);
        let is_flagged = self.uses.permit(function);
        if !is_flagged && !self.mode_excludes(function) {
            return Err(Error::KeyFunctionNotPermitted(function.flag()));
        }
        self.check_allowed(spec)?;
        if self.always_authenticates() && !function.waits_for_a_pin() {
            return Err(NO_MOMENT_FOR_THE_PIN);
        }
        let material = self.of_fitting_size(key_type, spec, role)?;
        if let Some(payment) = &material.payment {
            payment.check(function.flag(), &spec.key)?;
        }
        match is_flagged {
            true => Ok(material),
            false => Err(Error::KeyFunctionNotPermitted(function.flag())),
        }
    }

    /// Whether a flag is FALSE by the mode of use, which is then what the caller learns, after the usage.
    fn mode_excludes(&self, function: Function) -> bool {
        let mode = self.attributes.mode_of_use();
        mode.is_some_and(|mode| mode.excludes(function.flag()))
    }

    /// A key that a parameter names, made ready, if it may be used so.
    ///
    /// # Errors
    /// As [`Object::key_for`]; a key that wants its PIN for each use has no moment for it here.
    pub fn further_key_for(&self, further: &FurtherKey, spec: &MechanismSpec) -> Result<&Arc<KeyMaterial>> {
        let function = Function::of_flag(further.function).ok_or(Error::Internal("no usage flag"))?;
        if self.always_authenticates() {
            return Err(NO_MOMENT_FOR_THE_PIN);
        }
        let as_if_alone = MechanismSpec {
            key: *further.rule,
            ..*spec
        };
        self.key_for(function, &as_if_alone, KeyRole::FurtherKey)
    }

    /// A private key made ready for a mechanism that makes nothing but its public half, which it may "regardless of its
    /// CKA_DERIVE attribute value" [PKCS#11 3.2, 6.29.8].
    ///
    /// # Errors
    /// As [`Object::key_for`], but for the flag and for CKA_ALWAYS_AUTHENTICATE.
    pub fn key_for_public_half(&self, spec: &MechanismSpec, role: KeyRole) -> Result<&Arc<KeyMaterial>> {
        let key_type = self.type_for(spec, role, |class| class == CKO_PRIVATE_KEY)?;
        self.check_allowed(spec)?;
        self.of_fitting_size(key_type, spec, role)
    }

    /// The key type, if class and type are the mechanism's.
    fn type_for(
        &self,
        spec: &MechanismSpec,
        role: KeyRole,
        fits: impl FnOnce(ObjectClass) -> bool,
    ) -> Result<KeyType> {
        let key_type = match self.key_type {
            Some(key_type) if is_key(self.class) => key_type,
            _ => return Err(Error::KeyHandleInvalid(role)),
        };
        match spec.key.types.contains(&key_type) && fits(self.class) {
            true => Ok(key_type),
            false => Err(Error::KeyTypeInconsistent {
                role,
                key_type,
                mechanism: spec.id,
            }),
        }
    }

    fn check_allowed(&self, spec: &MechanismSpec) -> Result<()> {
        match self.allows(spec.id) {
            true => Ok(()),
            false => Err(Error::MechanismInvalid {
                mechanism: spec.id,
                why: "CKA_ALLOWED_MECHANISMS of the key does not list it",
            }),
        }
    }

    fn of_fitting_size(
        &self,
        key_type: KeyType,
        spec: &MechanismSpec,
        role: KeyRole,
    ) -> Result<&Arc<KeyMaterial>> {
        let material = self.material()?;
        spec.key
            .check_usage(material.payment.map(|payment| payment.usage))?;
        match spec.key.allow(key_type, material.bits()) {
            true => Ok(material),
            false => Err(Error::KeySizeRange(role)),
        }
    }

    /// The key made ready for use, whatever it is to be used for.
    ///
    /// # Errors
    /// [`Error::KeyHandleInvalid`] if the object is no key; what [`KeyMaterial::prepare`] says.
    pub fn material(&self) -> Result<&Arc<KeyMaterial>> {
        if let Some(material) = self.material.get() {
            return Ok(material);
        }
        let prepared = Arc::new(KeyMaterial::prepare(&self.attributes)?);
        Ok(self.material.get_or_init(|| prepared))
    }

    /// CKA_ALLOWED_MECHANISMS: without it everything is allowed, an empty list allows nothing.
    fn allows(&self, mechanism: MechanismId) -> bool {
        if !self.restricted {
            return true;
        }
        match self.attributes.value(CKA_ALLOWED_MECHANISMS) {
            Some(Value::Mechanisms(allowed)) => allowed.contains(&mechanism),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{KeyRule, KeySizes, ParamKind, Roles, Standing};
    use crate::object::Revealed;
    use crate::object::testing::*;

    const AES_CBC: MechanismSpec = MechanismSpec {
        id: CKM_AES_CBC,
        section: "",
        libraries: &[],
        params: ParamKind::Iv(16),
        key: KeyRule {
            types: &[CKK_AES],
            sizes: KeySizes::bytes(16, 32),
            ..KeyRule::NONE
        },
        roles: Roles::NONE,
        standing: Standing::CURRENT,
    };

    fn key<const N: usize>(more: [(AttributeType, Value); N]) -> Object {
        Object::new(created(with(&aes(), more)).unwrap())
    }

    fn encrypt(key: &Object) -> Rv {
        let result = key.key_for(Function::Encrypt, &AES_CBC, KeyRole::Key);
        result.map_or_else(|error| error.rv(), |_| CKR_OK)
    }

    #[test]
    fn a_key_is_prepared_once_and_shared() {
        let key = key([]);
        let first = key.key_for(Function::Encrypt, &AES_CBC, KeyRole::Key).unwrap();
        let second = key.key_for(Function::Decrypt, &AES_CBC, KeyRole::Key).unwrap();
        assert!(Arc::ptr_eq(first, second));
    }

    #[test]
    fn what_is_no_key_has_no_key_handle() {
        let data = Object::new(created(set([(CKA_CLASS, number(CKO_DATA.0))])).unwrap());
        assert_eq!(encrypt(&data), CKR_KEY_HANDLE_INVALID);
        let error = data
            .key_for(Function::Wrap, &AES_CBC, KeyRole::WrappingKey)
            .unwrap_err();
        assert_eq!(error.rv(), CKR_WRAPPING_KEY_HANDLE_INVALID);
    }

    #[test]
    fn the_key_type_outranks_the_usage_flag() {
        let generic = key([(CKA_KEY_TYPE, number(CKK_GENERIC_SECRET.0)), (CKA_ENCRYPT, NO)]);
        assert_eq!(encrypt(&generic), CKR_KEY_TYPE_INCONSISTENT);
    }

    #[test]
    fn the_usage_flag_outranks_the_allowed_mechanisms() {
        let nothing = Value::Mechanisms([].into());
        assert_eq!(
            encrypt(&key([
                (CKA_ENCRYPT, NO),
                (CKA_ALLOWED_MECHANISMS, nothing.clone())
            ])),
            CKR_KEY_FUNCTION_NOT_PERMITTED
        );
        assert_eq!(
            encrypt(&key([(CKA_ALLOWED_MECHANISMS, nothing)])),
            CKR_MECHANISM_INVALID
        );
        let cbc = Value::Mechanisms([CKM_AES_CBC].into());
        assert_eq!(encrypt(&key([(CKA_ALLOWED_MECHANISMS, cbc)])), CKR_OK);
    }

    #[test]
    fn the_key_size_comes_last() {
        let spec = MechanismSpec {
            key: KeyRule {
                types: &[CKK_AES],
                sizes: KeySizes::bytes(24, 32),
                ..KeyRule::NONE
            },
            ..AES_CBC
        };
        let key = key([]);
        let error = key.key_for(Function::Encrypt, &spec, KeyRole::Key).unwrap_err();
        assert_eq!(error.rv(), CKR_KEY_SIZE_RANGE);
    }

    /// Whether a mechanism that names `usages` takes a key of this usage, in every function alike.
    fn takes(usages: &'static [KeyUsage], usage: Option<KeyUsage>) -> bool {
        let mut template = aes();
        if let Some(KeyUsage(usage)) = usage {
            template.set(CKA_VHSM_KEY_USAGE, Value::bytes(&usage));
        }
        let key = Object::new(created(template).unwrap());
        let rule = KeyRule {
            usages,
            ..AES_CBC.key
        };
        let spec = MechanismSpec { key: rule, ..AES_CBC };
        let functions = [
            Function::Encrypt,
            Function::Sign,
            Function::Wrap,
            Function::Derive,
        ];
        let answers = functions.map(|function| {
            let answer = key.key_for(function, &spec, KeyRole::Key);
            answer.map_or_else(|error| error.rv(), |_| CKR_OK)
        });
        assert!(answers == [CKR_OK; 4] || answers == [CKR_VHSM_KEY_USAGE; 4]);
        answers == [CKR_OK; 4]
    }

    #[test]
    fn payment_keys_and_general_keys_never_change_places() {
        const C0: KeyUsage = KeyUsage::CARD_VERIFICATION;
        const V2: KeyUsage = KeyUsage::VISA_PIN_VERIFICATION;
        let keys = [None, Some(C0), Some(V2)];
        assert_eq!(keys.map(|key| takes(&[], key)), [true, false, false]);
        assert_eq!(keys.map(|key| takes(&[C0], key)), [false, true, false]);
        assert_eq!(keys.map(|key| takes(&[C0, V2], key)), [false, true, true]);
        let beside = KeyRule {
            usages_beside: &[C0],
            ..KeyRule::NONE
        };
        assert_eq!(
            keys.map(|usage| beside.check_usage(usage).is_ok()),
            [true, true, false]
        );
    }

    #[test]
    fn a_payment_usage_that_cannot_be_read_is_not_taken_for_none() {
        let mut attributes = created(aes()).unwrap();
        attributes.set(CKA_VHSM_KEY_USAGE, Value::bytes(b"C"));
        assert_eq!(encrypt(&Object::new(attributes)), CKR_GENERAL_ERROR);
    }

    #[test]
    fn each_half_of_a_pair_has_its_part() {
        for (function, public) in [
            (Function::Encrypt, true),
            (Function::Decrypt, false),
            (Function::Sign, false),
            (Function::Verify, true),
            (Function::Wrap, true),
            (Function::Unwrap, false),
            (Function::Derive, false),
        ] {
            assert_eq!(function.fits(CKO_PUBLIC_KEY), public);
            assert_eq!(function.fits(CKO_PRIVATE_KEY), !public);
            assert!(function.fits(CKO_SECRET_KEY));
        }
    }

    #[test]
    fn every_flag_permits_its_function_alone() {
        let all = [
            Function::Encrypt,
            Function::Decrypt,
            Function::Sign,
            Function::SignRecover,
            Function::Verify,
            Function::VerifyRecover,
            Function::Wrap,
            Function::Unwrap,
            Function::Derive,
            Function::Encapsulate,
            Function::Decapsulate,
        ];
        for function in all {
            let uses = Object::new(set([(function.flag(), YES)])).uses();
            for other in all {
                assert_eq!(uses.permit(other), other == function);
            }
        }
    }

    #[test]
    fn key_material_is_revealed_only_by_keys_that_are_neither_sensitive_nor_kept() {
        for (sensitive, extractable, open) in [(NO, YES, true), (YES, YES, false), (NO, NO, false)] {
            let key = key([(CKA_SENSITIVE, sensitive), (CKA_EXTRACTABLE, extractable)]);
            assert_eq!(
                key.reveal(CKA_VALUE) == Revealed::Value(&Value::bytes(&[7; 16])),
                open
            );
            assert_eq!(key.reveal(CKA_VALUE) == Revealed::Sensitive, !open);
            assert_eq!(key.reveal(CKA_VALUE_LEN), Revealed::Value(&number(16)));
            assert_eq!(key.reveal(CKA_MODULUS), Revealed::Absent);
        }
    }

    #[test]
    fn an_empty_attribute_is_revealed_as_empty() {
        assert_eq!(key([]).reveal(CKA_LABEL), Revealed::Value(&Value::bytes(&[])));
    }
}
