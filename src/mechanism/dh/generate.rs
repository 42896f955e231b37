//! Domain parameters and key pairs.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::dh;
use crate::crypto::ffc::{Group, SafePrimes, Subgroup, Wrong};
use crate::error::{Error, Result};
use crate::mechanism::asymmetric::group;
use crate::mechanism::dsa::group_attributes;
use crate::mechanism::operation::{GenerateKeyMechanism, GenerateKeyPairMechanism};
use crate::mechanism::params::Params;
use crate::mechanism::spec::KeySizes;
use crate::secret::SecretBytes;

const fn invalid(attribute: AttributeType, why: &'static str) -> Error {
    Error::AttributeValueInvalid { attribute, why }
}

/// A length that the template tells.
fn bits(template: &AttributeSet, attribute: AttributeType) -> Result<usize> {
    let bits = template.ulong(attribute).ok_or(Error::TemplateIncomplete {
        attribute,
        why: "the length is the caller's to choose",
    })?;
    Ok(to_usize(bits))
}

/// CKM_DH_PKCS_PARAMETER_GEN.
pub(super) struct GeneratePkcsParameters;

fn safe_primes(template: &AttributeSet) -> Result<SafePrimes> {
    SafePrimes::of(bits(template, CKA_PRIME_BITS)?).ok_or(invalid(
        CKA_PRIME_BITS,
        "a safe prime has 512 to 2048, 3072, 4096, 6144 or 8192 bits",
    ))
}

impl GenerateKeyMechanism for GeneratePkcsParameters {
    fn class(&self) -> ObjectClass {
        CKO_DOMAIN_PARAMETERS
    }

    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        safe_primes(template).map(|_| ())
    }

    fn generate(&self, _params: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        safe_primes(template)?
            .group()
            .map(|group| group_attributes(&group))
    }
}

/// CKM_X9_42_DH_PARAMETER_GEN.
pub(super) struct GenerateX942Parameters;

/// Longest prime that is searched for: longer ones take minutes.
const SEARCHED_BITS_MAX: usize = 4096;

fn subgroup(template: &AttributeSet) -> Result<Subgroup> {
    let (prime_bits, order_bits) = (
        bits(template, CKA_PRIME_BITS)?,
        bits(template, CKA_SUBPRIME_BITS)?,
    );
    if !(512..=SEARCHED_BITS_MAX).contains(&prime_bits) || !prime_bits.is_multiple_of(64) {
        return Err(invalid(
            CKA_PRIME_BITS,
            "a prime is made of 512 to 4096 bits, in steps of 64",
        ));
    }
    Subgroup::of(prime_bits, order_bits).ok_or(invalid(
        CKA_SUBPRIME_BITS,
        "a subprime has 160 to 512 bits in whole bytes, and fewer than the prime",
    ))
}

impl GenerateKeyMechanism for GenerateX942Parameters {
    fn class(&self) -> ObjectClass {
        CKO_DOMAIN_PARAMETERS
    }

    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        subgroup(template).map(|_| ())
    }

    fn generate(&self, _params: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        subgroup(template)?
            .generate()
            .map(|group| group_attributes(&group))
    }
}

/// Refuses a public template whose numbers are no group of these sizes.
pub(in crate::mechanism) fn check_group(public: &AttributeSet, sizes: &KeySizes) -> Result<()> {
    let number = |attribute| {
        public.bytes(attribute).ok_or(Error::TemplateIncomplete {
            attribute,
            why: "the group is the caller's to choose",
        })
    };
    let (p, q, g) = (number(CKA_PRIME)?, public.bytes(CKA_SUBPRIME), number(CKA_BASE)?);
    let wrong = Group::check(p, q, g)?;
    let too_long = wrong.is_none() && !sizes.allow_bits(to_ulong(Group::new(p, q, g)?.bits()));
    match wrong {
        None if too_long => Err(invalid(CKA_PRIME, "its length is not one of the mechanism's")),
        None => Ok(()),
        Some(wrong) => Err(wrong_number(wrong)),
    }
}

/// Which attribute of a group is wrong, and why.
pub(crate) const fn wrong_number(wrong: Wrong) -> Error {
    match wrong {
        Wrong::Prime => invalid(CKA_PRIME, "it has to be odd and of 512 to 8192 bits"),
        Wrong::Order => invalid(
            CKA_SUBPRIME,
            "it divides the prime less one and has 160 bits or more",
        ),
        Wrong::Base => invalid(
            CKA_BASE,
            "it has to be above 1, below the prime, and of the order of the subprime",
        ),
    }
}

/// The attributes of both keys.
pub(in crate::mechanism) fn pair(
    group: &Group,
    public: SecretBytes,
    private: SecretBytes,
) -> (AttributeSet, AttributeSet) {
    let of = |value| {
        let mut key = group_attributes(group);
        key.set(CKA_VALUE, Value::Bytes(value));
        key
    };
    (of(public), of(private))
}

/// CKM_DH_PKCS_KEY_PAIR_GEN and CKM_X9_42_DH_KEY_PAIR_GEN; the class of key says whether there is a CKA_SUBPRIME.
pub(super) struct GeneratePair;

/// CKA_VALUE_BITS of the private template, which PKCS#3 keys have.
fn private_bits(private: &AttributeSet) -> Option<usize> {
    private.ulong(CKA_VALUE_BITS).map(to_usize)
}

impl GenerateKeyPairMechanism for GeneratePair {
    fn check(&self, _params: &Params, public: &AttributeSet, private: &AttributeSet) -> Result<()> {
        check_group(public, &super::PKCS.sizes)?;
        match private_bits(private) {
            Some(bits) if !dh::private_bits_fit(&group(public)?, bits) => Err(invalid(
                CKA_VALUE_BITS,
                "a private number has 160 bits or more, and two fewer than the prime",
            )),
            _ => Ok(()),
        }
    }

    fn generate(&self, params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        self.generate_with(params, public, &AttributeSet::new())
    }

    fn generate_with(
        &self,
        _params: &Params,
        public: &AttributeSet,
        private: &AttributeSet,
    ) -> Result<(AttributeSet, AttributeSet)> {
        let group = group(public)?;
        let (public, private) = dh::generate(&group, private_bits(private))?;
        Ok(pair(&group, public, private))
    }
}
