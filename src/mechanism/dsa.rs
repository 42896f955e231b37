//! DSA: parameters, key pairs, signatures [PKCS#11 3.2, 6.2]. FIPS 186-5 leaves the verification of old signatures only.

use super::asymmetric::group;
use super::key::KeyMaterial;
use super::library::AWS_LC;
use super::operation::{GenerateKeyMechanism, GenerateKeyPairMechanism};
use super::params::{ParamKind, Params};
use super::signature::{Scheme, Signature};
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles, Standing};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::dsa;
use crate::crypto::ffc::Subgroup;
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};

/// Longest prime in bits: FIPS 186-4 has none above 3072.
const PRIME_BITS_MAX: u64 = 3072;

const DSA: KeyRule = KeyRule {
    types: &[CKK_DSA],
    sizes: KeySizes::bits(512, PRIME_BITS_MAX),
    ..KeyRule::NONE
};

/// New keys and signatures are legacy; primes below 2048 bits are, whatever is done with them [NIST SP 800-131A, 3].
const STANDING: Standing = Standing {
    legacy: sys::CKF_SIGN | sys::CKF_GENERATE | sys::CKF_GENERATE_KEY_PAIR,
    modern_min: 2048,
    ..Standing::CURRENT
};

const fn row(id: MechanismId, section: &'static str, roles: Roles) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: &[AWS_LC],
        params: ParamKind::None,
        key: DSA,
        roles,
        standing: STANDING,
    }
}

/// DSA with a hash of its own, or over what the caller gives.
const fn signing(
    id: MechanismId,
    section: &'static str,
    signature: &'static Signature<Dsa>,
) -> MechanismSpec {
    let roles = Roles {
        sign: Some(signature),
        verify: Some(signature),
        ..Roles::NONE
    };
    row(id, section, roles)
}

const fn dsa_of(hash: Option<Hash>) -> Signature<Dsa> {
    Signature { scheme: Dsa, hash }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_DSA_PARAMETER_GEN,
        "PKCS#11 3.2, 6.2.6",
        Roles {
            generate: Some(&GenerateParameters),
            ..Roles::NONE
        },
    ),
    row(
        CKM_DSA_KEY_PAIR_GEN,
        "PKCS#11 3.2, 6.2.5",
        Roles {
            generate_pair: Some(&GeneratePair),
            ..Roles::NONE
        },
    ),
    signing(CKM_DSA, "PKCS#11 3.2, 6.2.10", const { &dsa_of(None) }),
    signing(
        CKM_DSA_SHA1,
        "PKCS#11 3.2, 6.2.11",
        const { &dsa_of(Some(Hash::Sha1)) },
    )
    .legacy(),
    signing(
        CKM_DSA_SHA224,
        "PKCS#11 3.2, 6.2.13",
        const { &dsa_of(Some(Hash::Sha224)) },
    ),
    signing(
        CKM_DSA_SHA256,
        "PKCS#11 3.2, 6.2.14",
        const { &dsa_of(Some(Hash::Sha256)) },
    ),
    signing(
        CKM_DSA_SHA384,
        "PKCS#11 3.2, 6.2.15",
        const { &dsa_of(Some(Hash::Sha384)) },
    ),
    signing(
        CKM_DSA_SHA512,
        "PKCS#11 3.2, 6.2.16",
        const { &dsa_of(Some(Hash::Sha512)) },
    ),
    signing(
        CKM_DSA_SHA3_224,
        "PKCS#11 3.2, 6.2.17",
        const { &dsa_of(Some(Hash::Sha3_224)) },
    ),
    signing(
        CKM_DSA_SHA3_256,
        "PKCS#11 3.2, 6.2.18",
        const { &dsa_of(Some(Hash::Sha3_256)) },
    ),
    signing(
        CKM_DSA_SHA3_384,
        "PKCS#11 3.2, 6.2.19",
        const { &dsa_of(Some(Hash::Sha3_384)) },
    ),
    signing(
        CKM_DSA_SHA3_512,
        "PKCS#11 3.2, 6.2.20",
        const { &dsa_of(Some(Hash::Sha3_512)) },
    ),
];

/// DSA over a digest; longer ones are truncated to the length of q [FIPS 186-4, 4.6].
#[derive(Clone, Copy)]
struct Dsa;

/// Lengths in bytes of the digests that CKM_DSA takes, those of SHA-1, SHA-2 and SHA-3 [PKCS#11 3.2, 6.2.10].
const DIGEST_LENS: [usize; 5] = [20, 28, 32, 48, 64];

/// Checks the length of what is signed where the caller made the digest.
fn check_digest(hash: Option<Hash>, digest: &[u8]) -> Result<()> {
    match hash.is_some() || DIGEST_LENS.contains(&digest.len()) {
        true => Ok(()),
        false => Err(Error::DataLenRange(
            "a digest for DSA has 20, 28, 32, 48 or 64 bytes",
        )),
    }
}

impl Scheme for Dsa {
    fn check(self, _key: &KeyMaterial, _params: &Params, _hash: Option<Hash>) -> Result<()> {
        Ok(())
    }

    fn signature_len(self, key: &KeyMaterial) -> Result<usize> {
        Ok(2 * key.dsa_private()?.group().order_len())
    }

    fn sign(
        self,
        key: &KeyMaterial,
        _params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        check_digest(hash, digest)?;
        key.dsa_private()?.sign(digest, out)
    }

    fn verify(
        self,
        key: &KeyMaterial,
        _params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        check_digest(hash, digest)?;
        key.dsa_public()?.verify(digest, signature)
    }
}

/// CKM_DSA_PARAMETER_GEN: the domain parameters of FIPS 186-4, A.1.1.2 and A.2.1.
struct GenerateParameters;

/// The lengths that the template asks for: those of FIPS 186-4, and shorter primes in steps of 64 bits as PKCS#11 has
/// always had them. Without a wish, q has 160 bits beside a short prime and 256 beside others.
fn lengths(template: &AttributeSet) -> Result<Subgroup> {
    let prime_bits = template.ulong(CKA_PRIME_BITS).ok_or(Error::TemplateIncomplete {
        attribute: CKA_PRIME_BITS,
        why: "the length of the prime is the caller's to choose",
    })?;
    if !DSA.sizes.allow_bits(prime_bits) || !prime_bits.is_multiple_of(64) {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_PRIME_BITS,
            why: "a DSA prime has 512 to 3072 bits, in steps of 64",
        });
    }
    let usual = if prime_bits < 2048 { 160 } else { 256 };
    let order_bits = to_usize(template.ulong(CKA_SUBPRIME_BITS).unwrap_or(usual));
    dsa::ORDER_LENS
        .contains(&(order_bits / 8))
        .then(|| Subgroup::of(to_usize(prime_bits), order_bits))
        .flatten()
        .ok_or(Error::AttributeValueInvalid {
            attribute: CKA_SUBPRIME_BITS,
            why: "a DSA subprime has 160, 224 or 256 bits",
        })
}

impl GenerateKeyMechanism for GenerateParameters {
    fn class(&self) -> ObjectClass {
        CKO_DOMAIN_PARAMETERS
    }

    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        lengths(template).map(|_| ())
    }

    fn generate(&self, _params: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        lengths(template)?
            .generate()
            .map(|group| group_attributes(&group))
    }
}

/// The attributes of a group.
pub(super) fn group_attributes(group: &crate::crypto::ffc::Group) -> AttributeSet {
    let numbers = [
        (CKA_PRIME, Some(group.prime())),
        (CKA_SUBPRIME, group.order()),
        (CKA_BASE, Some(group.base())),
    ];
    numbers
        .into_iter()
        .filter_map(|(attribute, number)| Some((attribute, Value::bytes(number?))))
        .collect()
}

/// CKM_DSA_KEY_PAIR_GEN.
struct GeneratePair;

impl GenerateKeyPairMechanism for GeneratePair {
    fn check(&self, _params: &Params, public: &AttributeSet, _private: &AttributeSet) -> Result<()> {
        super::dh::check_group(public, &DSA.sizes)?;
        match public.bytes(CKA_SUBPRIME) {
            Some(q) if dsa::ORDER_LENS.contains(&q.len()) => Ok(()),
            _ => Err(Error::AttributeValueInvalid {
                attribute: CKA_SUBPRIME,
                why: "a DSA subprime has 160, 224 or 256 bits",
            }),
        }
    }

    fn generate(&self, _params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        let group = group(public)?;
        let (public, private) = dsa::generate(&group)?;
        Ok(super::dh::pair(&group, public, private))
    }
}
