//! The making of secret keys: generic secrets, AES and DES [PKCS#11 3.2, 6.8, 6.10, 6.15 and 6.18]; other families
//! name what makes theirs.

use super::key_types::GENERIC_SECRETS;
use super::library::GETRANDOM;
use super::operation::GenerateKeyMechanism;
use super::params::{ParamKind, Params};
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::{des, rng, xts};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Longest generic secret or HMAC key that is made, in bytes.
pub(super) const SECRET_LEN_MAX: u64 = 1 << 16;

pub(super) const fn row(
    id: MechanismId,
    section: &'static str,
    types: &'static [KeyType],
    sizes: KeySizes,
    generate: &'static dyn GenerateKeyMechanism,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: &[GETRANDOM],
        params: ParamKind::None,
        key: KeyRule {
            types,
            sizes,
            ..KeyRule::NONE
        },
        roles: Roles {
            generate: Some(generate),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// A row that makes keys for a MAC, of any length up to `max` bytes.
pub(super) const fn mac_key(
    id: MechanismId,
    types: &'static [KeyType],
    max: u64,
    generate: &'static RandomValue,
) -> MechanismSpec {
    row(id, "PKCS#11 3.2, 6.22", types, KeySizes::bytes(1, max), generate)
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_GENERIC_SECRET_KEY_GEN,
        "PKCS#11 3.2, 6.8.3",
        // HMAC keys are made so by clients.
        GENERIC_SECRETS,
        // [PKCS#11 3.2, 6.8.3] in bits, where AES keys and HMAC keys are counted in bytes.
        KeySizes::bits(8, 8 * SECRET_LEN_MAX),
        &SECRET,
    ),
    row(
        CKM_AES_KEY_GEN,
        "PKCS#11 3.2, 6.10.3",
        &[CKK_AES],
        KeySizes::bytes(16, 32),
        &RandomValue {
            fits: |length| matches!(length, 16 | 24 | 32),
            why: "an AES key has 16, 24 or 32 bytes",
        },
    ),
    row(
        CKM_AES_XTS_KEY_GEN,
        "PKCS#11 3.2, 6.15.4",
        &[CKK_AES_XTS],
        KeySizes::bytes(32, 64),
        &XtsValue(RandomValue {
            fits: |length| matches!(length, 32 | 64),
            why: "an AES-XTS key has 32 or 64 bytes",
        }),
    ),
    row(
        CKM_DES_KEY_GEN,
        "PKCS#11 Historical 3.1, 2.7",
        &[CKK_DES],
        KeySizes::bytes(8, 8),
        &DesKey::<1>,
    )
    .legacy(),
    row(
        CKM_DES2_KEY_GEN,
        "PKCS#11 3.2, 6.18.4",
        &[CKK_DES2],
        KeySizes::bytes(16, 16),
        &DesKey::<2>,
    )
    .legacy(),
    // The standard's chapter names this mechanism and describes that of two keys only.
    row(
        CKM_DES3_KEY_GEN,
        "PKCS#11 3.2, 6.18",
        &[CKK_DES3],
        KeySizes::bytes(24, 24),
        &DesKey::<3>,
    )
    .legacy(),
];

/// A secret of any length.
pub(super) static SECRET: RandomValue = RandomValue {
    fits: |length| (1..=SECRET_LEN_MAX).contains(&length),
    why: "a secret has 1 to 65536 bytes",
};

/// What a mechanism contributes: CKA_VALUE. The token works CKA_VALUE_LEN out.
pub(super) fn contribution(value: SecretBytes) -> AttributeSet {
    AttributeSet::from_iter([(CKA_VALUE, Value::Bytes(value))])
}

fn wrong_length(why: &'static str) -> Error {
    Error::AttributeValueInvalid {
        attribute: CKA_VALUE_LEN,
        why,
    }
}

/// Makes a value of as many random bytes as the template asks for. The system's source takes half a microsecond for a
/// key, which is little beside what a new object costs: no generator stands between.
pub(super) struct RandomValue {
    /// Whether there are keys of this length in bytes.
    pub(super) fits: fn(u64) -> bool,
    /// What is said of others.
    pub(super) why: &'static str,
}

impl RandomValue {
    fn length(&self, template: &AttributeSet) -> Result<usize> {
        match template.ulong(CKA_VALUE_LEN) {
            Some(length) if (self.fits)(length) => Ok(to_usize(length)),
            Some(_) => Err(wrong_length(self.why)),
            None => Err(Error::TemplateIncomplete {
                attribute: CKA_VALUE_LEN,
                why: "the length of the key is the caller's to choose",
            }),
        }
    }
}

impl GenerateKeyMechanism for RandomValue {
    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        self.length(template).map(|_| ())
    }

    fn generate(&self, _params: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        let mut value = SecretBytes::zeros(self.length(template)?);
        rng::system(value.as_mut())?;
        Ok(contribution(value))
    }
}

/// Makes a value of a length that the key type fixes. It needs no CKA_VALUE_LEN, and takes the right one.
pub(super) struct FixedValue(pub(super) usize);

impl GenerateKeyMechanism for FixedValue {
    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        match template.ulong(CKA_VALUE_LEN) {
            Some(length) if length != to_ulong(self.0) => {
                Err(wrong_length("keys of this type have another length"))
            }
            _ => Ok(()),
        }
    }

    fn generate(&self, _params: &Params, _template: &AttributeSet) -> Result<AttributeSet> {
        let mut value = SecretBytes::zeros(self.0);
        rng::system(value.as_mut())?;
        Ok(contribution(value))
    }
}

/// Makes the two AES keys of XTS.
struct XtsValue(RandomValue);

impl GenerateKeyMechanism for XtsValue {
    fn check(&self, params: &Params, template: &AttributeSet) -> Result<()> {
        self.0.check(params, template)
    }

    fn generate(&self, params: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        let made = self.0.generate(params, template)?;
        match made.bytes(CKA_VALUE).is_some_and(xts::has_two_keys) {
            true => Ok(made),
            false => Err(Error::Crypto("the random source repeats itself")),
        }
    }
}

/// Makes a DES key of `PARTS` single keys. It needs no CKA_VALUE_LEN, and takes the right one.
struct DesKey<const PARTS: usize>;

/// So often is a key drawn before the random source is taken to be broken: about one in 2^48 is not usable.
const DRAWS_MAX: usize = 4;

impl<const PARTS: usize> DesKey<PARTS> {
    /// Length of the key in bytes.
    const LEN: usize = PARTS * des::BLOCK_LEN;

    /// Draws parts with odd parity until they make a sound key.
    fn draw(mut fill: impl FnMut(&mut [u8]) -> Result<()>) -> Result<SecretBytes> {
        let mut value = SecretBytes::zeros(Self::LEN);
        for _ in 0..DRAWS_MAX {
            fill(value.as_mut())?;
            des::set_odd_parity(value.as_mut());
            if is_sound(&value) {
                return Ok(value);
            }
        }
        Err(Error::Crypto("the random source gives weak DES keys only"))
    }
}

/// Whether no part is weak and no two are alike: such keys are weaker than their length says.
fn is_sound(value: &[u8]) -> bool {
    let (parts, _) = value.as_chunks::<{ des::BLOCK_LEN }>();
    let is_repeated = |(at, part)| parts.iter().skip(at + 1).any(|later| later == part);
    !parts.iter().any(des::is_weak) && !parts.iter().enumerate().any(is_repeated)
}

impl<const PARTS: usize> GenerateKeyMechanism for DesKey<PARTS> {
    fn check(&self, params: &Params, template: &AttributeSet) -> Result<()> {
        FixedValue(Self::LEN).check(params, template)
    }

    fn generate(&self, _params: &Params, _template: &AttributeSet) -> Result<AttributeSet> {
        Self::draw(rng::system).map(contribution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::testing::{row, secret_key};

    fn of_length(length: u64) -> AttributeSet {
        AttributeSet::from_iter([(CKA_VALUE_LEN, Value::Ulong(length))])
    }

    fn check(id: MechanismId, template: &AttributeSet) -> Result<()> {
        row(ROWS, id)
            .roles
            .generate
            .unwrap()
            .check(&Params::None, template)
    }

    fn value(id: MechanismId, template: &AttributeSet) -> Vec<u8> {
        check(id, template).unwrap();
        let role = row(ROWS, id).roles.generate.unwrap();
        let made = role.generate(&Params::None, template).unwrap();
        assert_eq!(made.len(), 1, "a mechanism contributes CKA_VALUE only");
        made.bytes(CKA_VALUE).unwrap().to_vec()
    }

    #[track_caller]
    fn assert_wrong_length(answer: Result<()>) {
        assert!(matches!(
            answer,
            Err(Error::AttributeValueInvalid {
                attribute: CKA_VALUE_LEN,
                ..
            })
        ));
    }

    #[test]
    fn aes_keys_have_the_three_lengths() {
        for length in [16, 24, 32] {
            let made = value(CKM_AES_KEY_GEN, &of_length(length));
            assert_eq!(to_ulong(made.len()), length);
        }
        for wrong in [0, 8, 15, 17, 33, 128, 1 << 40, u64::MAX] {
            assert_wrong_length(check(CKM_AES_KEY_GEN, &of_length(wrong)));
        }
    }

    #[test]
    fn secrets_have_every_length_within_the_limit() {
        for length in [1, 20, 131, 4096, SECRET_LEN_MAX] {
            let made = value(CKM_GENERIC_SECRET_KEY_GEN, &of_length(length));
            assert_eq!(to_ulong(made.len()), length);
        }
        for wrong in [0, SECRET_LEN_MAX + 1, u64::MAX] {
            assert_wrong_length(check(CKM_GENERIC_SECRET_KEY_GEN, &of_length(wrong)));
        }
    }

    #[test]
    fn a_length_that_is_the_callers_to_choose_must_be_there() {
        for id in [CKM_AES_KEY_GEN, CKM_GENERIC_SECRET_KEY_GEN] {
            assert!(matches!(
                check(id, &AttributeSet::new()),
                Err(Error::TemplateIncomplete {
                    attribute: CKA_VALUE_LEN,
                    ..
                })
            ));
        }
    }

    #[test]
    fn des_keys_have_odd_parity_and_the_length_of_their_type() {
        for (id, length) in [
            (CKM_DES_KEY_GEN, 8),
            (CKM_DES2_KEY_GEN, 16),
            (CKM_DES3_KEY_GEN, 24),
        ] {
            for template in [AttributeSet::new(), of_length(length)] {
                let made = value(id, &template);
                assert_eq!(to_ulong(made.len()), length);
                assert!(des::has_odd_parity(&made));
            }
            for wrong in [0, 7, length + 8, u64::MAX] {
                assert_wrong_length(check(id, &of_length(wrong)));
            }
        }
    }

    #[test]
    fn no_key_is_made_twice() {
        let made: std::collections::HashSet<_> =
            (0..100).map(|_| value(CKM_AES_KEY_GEN, &of_length(16))).collect();
        assert_eq!(made.len(), 100);
    }

    const GOOD: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
    const OTHER: [u8; 8] = [0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01];
    const THIRD: [u8; 8] = [0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23];
    const WEAK: [u8; 8] = [0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e, 0x0e, 0x0e];
    const SEMI_WEAK: [u8; 8] = [0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe];

    #[test]
    fn a_des_key_with_weak_or_equal_parts_is_drawn_again() {
        let unsound = [
            [GOOD, GOOD, THIRD],
            [GOOD, OTHER, OTHER],
            [GOOD, OTHER, GOOD],
            [WEAK, OTHER, THIRD],
            [GOOD, SEMI_WEAK, THIRD],
            [GOOD, OTHER, WEAK],
            // Alike but for parity bits.
            [GOOD, GOOD.map(|byte| byte ^ 1), THIRD],
        ];
        for wrong in unsound {
            let mut draws = [wrong, [GOOD, OTHER, THIRD]].into_iter();
            let made = DesKey::<3>::draw(|out| {
                out.copy_from_slice(draws.next().unwrap().as_flattened());
                Ok(())
            });
            assert_eq!(made.unwrap()[..], *[GOOD, OTHER, THIRD].as_flattened());
            assert_eq!(draws.len(), 0);
        }
    }

    #[test]
    fn a_random_source_that_gives_weak_keys_only_is_broken() {
        let mut draws = 0;
        let made = DesKey::<2>::draw(|out| {
            draws += 1;
            out.fill(0x01);
            Ok(())
        });
        assert!(matches!(made, Err(Error::Crypto(_))));
        assert_eq!(draws, DRAWS_MAX);
    }

    #[test]
    fn what_is_made_can_be_prepared_as_a_key_of_every_type_of_the_row() {
        for row in ROWS {
            for key_type in row.key.types {
                let template = match row.id {
                    CKM_DES_KEY_GEN | CKM_DES2_KEY_GEN | CKM_DES3_KEY_GEN => AttributeSet::new(),
                    _ => of_length(32),
                };
                let key = secret_key(*key_type, &value(row.id, &template));
                assert!(row.key.sizes.allow_bits(key.bits()), "{row:?}");
            }
        }
    }
}
