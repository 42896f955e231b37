//! CKM_RSA_PKCS_KEY_PAIR_GEN and CKM_RSA_X9_31_KEY_PAIR_GEN.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::rsa::{
    MODULUS_BITS_MAX, MODULUS_BITS_MIN, PrivateKey, X931_STEP_BITS, exponent_is_allowed,
};
use crate::error::{Error, Result};
use crate::mechanism::operation::GenerateKeyPairMechanism;
use crate::mechanism::params::Params;

/// CKA_PUBLIC_EXPONENT where the template has none [PKCS#11 3.2, 6.1.2 leaves it to the token]: 65537.
const DEFAULT_EXPONENT: &[u8] = &[1, 0, 1];

pub(super) struct GeneratePair;

/// The same with the primes of ANSI X9.31.
pub(super) struct GenerateX931Pair;

/// CKA_MODULUS_BITS and CKA_PUBLIC_EXPONENT of the public template.
fn wishes(public: &AttributeSet) -> Result<(usize, &[u8])> {
    let bits = public.ulong(CKA_MODULUS_BITS).ok_or(Error::TemplateIncomplete {
        attribute: CKA_MODULUS_BITS,
        why: "the length of the modulus is the caller's to choose",
    })?;
    let bits = to_usize(bits);
    if !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&bits) {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_MODULUS_BITS,
            why: "an RSA modulus has 512 to 16384 bits",
        });
    }
    let exponent = public.bytes(CKA_PUBLIC_EXPONENT).unwrap_or(DEFAULT_EXPONENT);
    if !exponent_is_allowed(exponent) {
        // The code is that of PKCS#11 3.2, 6.1.4.
        return Err(Error::TemplateInconsistent {
            attribute: CKA_PUBLIC_EXPONENT,
            why: "an RSA public exponent is odd, above 1 and below 2^256",
        });
    }
    Ok((bits, exponent))
}

impl GenerateKeyPairMechanism for GeneratePair {
    fn check(&self, _params: &Params, public: &AttributeSet, _private: &AttributeSet) -> Result<()> {
        wishes(public).map(|_| ())
    }

    fn generate(&self, _params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        let (bits, exponent) = wishes(public)?;
        pair(&PrivateKey::generate(bits, exponent)?)
    }
}

impl GenerateKeyPairMechanism for GenerateX931Pair {
    fn check(&self, _params: &Params, public: &AttributeSet, _private: &AttributeSet) -> Result<()> {
        match wishes(public)? {
            (bits, _) if bits >= 4 * X931_STEP_BITS && bits.is_multiple_of(X931_STEP_BITS) => Ok(()),
            _ => Err(Error::AttributeValueInvalid {
                attribute: CKA_MODULUS_BITS,
                why: "a modulus of ANSI X9.31 has 1024 bits or more, in steps of 256",
            }),
        }
    }

    fn generate(&self, _params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        let (bits, exponent) = wishes(public)?;
        pair(&PrivateKey::generate_x931(bits, exponent)?)
    }
}

/// The attributes of both keys.
fn pair(key: &PrivateKey) -> Result<(AttributeSet, AttributeSet)> {
    let numbers = key.components()?;
    let to_public = [
        (CKA_MODULUS, Value::bytes(&numbers.modulus)),
        (CKA_PUBLIC_EXPONENT, Value::bytes(&numbers.public_exponent)),
    ];
    let to_private = [
        (CKA_MODULUS, numbers.modulus),
        (CKA_PUBLIC_EXPONENT, numbers.public_exponent),
        (CKA_PRIVATE_EXPONENT, numbers.private_exponent),
        (CKA_PRIME_1, numbers.prime_1),
        (CKA_PRIME_2, numbers.prime_2),
        (CKA_EXPONENT_1, numbers.exponent_1),
        (CKA_EXPONENT_2, numbers.exponent_2),
        (CKA_COEFFICIENT, numbers.coefficient),
    ];
    let to_private = to_private.map(|(attribute, number)| (attribute, Value::Bytes(number)));
    Ok((to_public.into_iter().collect(), to_private.into_iter().collect()))
}
