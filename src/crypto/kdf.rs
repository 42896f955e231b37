//! Key derivation: ANSI X9.63, ANSI X9.42 and NIST SP 800-56C for Diffie-Hellman results, Argon2id for PINs.

use ::der::asn1::AnyRef;
use ::der::{Decode, Encode, Tag, Tagged};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

use super::hash::{DIGEST_LEN_MAX, Hash};
use crate::error::{Error, Result};

/// Derives `out.len()` bytes from a shared secret by `hash(secret || counter || info)` [ANSI X9.63, 5.6.3; SEC 1, 3.6.1;
/// ANSI X9.42, 7.7.2].
///
/// # Errors
/// [`Error::Internal`] for more than 2^32 - 1 blocks of the hash.
pub fn x963(hash: Hash, secret: &[u8], shared_info: &[u8], out: &mut [u8]) -> Result<()> {
    let mut start = hash.hasher();
    start.update(secret);
    blocks(hash, out, |counter, digest| {
        let mut hasher = start.clone();
        hasher.update(&counter);
        hasher.update(shared_info);
        hasher.finish(digest);
    })
}

/// Derives `out.len()` bytes from a shared secret by `hash(counter || secret || info)` [NIST SP 800-56A (2007), 5.8.1; SP 800-56C, 4.1].
///
/// # Errors
/// [`Error::Internal`] for more than 2^32 - 1 blocks of the hash.
pub fn concatenation(hash: Hash, secret: &[u8], fixed_info: &[u8], out: &mut [u8]) -> Result<()> {
    blocks(hash, out, |counter, digest| {
        let mut hasher = hash.hasher();
        hasher.update(&counter);
        hasher.update(secret);
        hasher.update(fixed_info);
        hasher.finish(digest);
    })
}

/// Derives `out.len()` bytes from a shared secret by `hash(secret || info)`, where the DER structure `OtherInfo` has the
/// counter in it: whatever stands there is replaced [ANSI X9.42, 7.7.1; RFC 2631, 2.1.2].
///
/// # Errors
/// [`Error::DataInvalid`] if it is no such structure; [`Error::Internal`] for more than 2^32 - 1 blocks of the hash.
pub fn x942(hash: Hash, secret: &[u8], other_info: &[u8], out: &mut [u8]) -> Result<()> {
    let (before, after) = around_counter(other_info).ok_or(Error::DataInvalid(
        "the other information has no algorithm and counter where X9.42 has them",
    ))?;
    let mut start = hash.hasher();
    start.update(secret);
    start.update(before);
    blocks(hash, out, |counter, digest| {
        let mut hasher = start.clone();
        hasher.update(&counter);
        hasher.update(after);
        hasher.finish(digest);
    })
}

/// What stands before and behind the four bytes of the counter in `OtherInfo`:
/// `SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, OCTET STRING }, … }`.
fn around_counter(other_info: &[u8]) -> Option<(&[u8], &[u8])> {
    let outer = AnyRef::from_der(other_info).ok()?;
    let (key_info, _) = AnyRef::from_der_partial(outer.value()).ok()?;
    let (algorithm, counter) = AnyRef::from_der_partial(key_info.value()).ok()?;
    let counter = AnyRef::from_der(counter).ok()?;
    let tags = [outer.tag(), key_info.tag(), algorithm.tag(), counter.tag()];
    if tags
        != [
            Tag::Sequence,
            Tag::Sequence,
            Tag::ObjectIdentifier,
            Tag::OctetString,
        ]
        || counter.value().len() != 4
    {
        return None;
    }
    // The counter ends the inner structure, which starts the outer one.
    let header_len = other_info.len().checked_sub(outer.value().len())?;
    let inner_header_len = key_info
        .encoded_len()
        .ok()
        .and_then(|length| usize::try_from(length).ok()?.checked_sub(key_info.value().len()))?;
    let end = header_len + inner_header_len + key_info.value().len();
    Some((other_info.get(..end.checked_sub(4)?)?, other_info.get(end..)?))
}

/// Fills `out` with blocks of the hash, each with its counter from 1 on.
fn blocks(hash: Hash, out: &mut [u8], block: impl Fn([u8; 4], &mut [u8])) -> Result<()> {
    let mut digest = Zeroizing::new([0; DIGEST_LEN_MAX]);
    for (at, piece) in out.chunks_mut(hash.output_len()).enumerate() {
        let counter = at.checked_add(1).and_then(|counter| u32::try_from(counter).ok());
        let counter = counter.ok_or(Error::Internal("no derivation gives so much"))?;
        block(counter.to_be_bytes(), digest.as_mut());
        for (to, from) in piece.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
    }
    Ok(())
}

/// What an Argon2id derivation costs [RFC 9106].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Argon2Costs {
    /// Memory in KiB, at least 8 per lane.
    pub memory_kib: u32,
    /// Passes over the memory, at least 1.
    pub iterations: u32,
    /// Lanes, at least 1.
    pub parallelism: u32,
}

impl Argon2Costs {
    /// The most that can be configured. A PIN record with more was not written by this module.
    pub const MAX: Self = Self {
        memory_kib: 4 * 1024 * 1024,
        iterations: 1000,
        parallelism: 64,
    };

    fn params(self) -> Result<Params> {
        let Self {
            memory_kib,
            iterations,
            parallelism,
        } = self;
        let max = Self::MAX;
        if memory_kib > max.memory_kib || iterations > max.iterations || parallelism > max.parallelism {
            return Err(Error::Configuration(
                format!(
                    "{memory_kib} KiB, {iterations} passes and {parallelism} lanes of Argon2id are more than can be \
                     configured"
                )
                .into(),
            ));
        }
        Params::new(memory_kib, iterations, parallelism, Some(32))
            .map_err(|error| Error::Configuration(format!("the costs of Argon2id: {error}").into()))
    }
}

/// Derives a key from a PIN with Argon2id, version 0x13 [RFC 9106]. `pepper` is the secret input; `salt` has at least
/// 8 bytes. The working memory is wiped.
///
/// # Errors
/// [`Error::Configuration`] for costs that cannot be configured, [`Error::HostMemory`] if there is not so much memory,
/// [`Error::Crypto`] for a salt that is too short.
pub fn argon2id(pin: &[u8], salt: &[u8], pepper: &[u8], costs: Argon2Costs) -> Result<Zeroizing<[u8; 32]>> {
    let params = costs.params()?;
    let mut memory = Vec::new();
    memory
        .try_reserve_exact(params.block_count())
        .map_err(|_| Error::HostMemory)?;
    memory.resize(params.block_count(), Block::new());
    let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
        .map_err(|_| Error::Crypto("Argon2id: the pepper is too long"))?;
    let mut key = Zeroizing::new([0; 32]);
    let result = argon2.hash_password_into_with_memory(pin, salt, key.as_mut(), &mut memory);
    memory.iter_mut().for_each(Zeroize::zeroize);
    result.map_err(|_| Error::Crypto("Argon2id: a salt that is too short or a PIN that is too long"))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// Hash, shared secret, shared information, key data [NIST CAVP, ANSI X9.63-2001 KDF vectors (ansx963_2001.rsp),
    /// COUNT = 0 of each section].
    #[test]
    fn x963_gives_the_answers_of_cavp() {
        for (hash, secret, info, expected) in X963_CAVP {
            let expected = hex(expected);
            let mut out = vec![0; expected.len()];
            x963(*hash, &hex(secret), &hex(info), &mut out).unwrap();
            assert_eq!(out, expected, "{hash:?}");
        }
    }

    /// [RFC 2631, 2.1.6] the key-encryption key for triple DES.
    #[test]
    fn x942_gives_the_key_of_rfc_2631() {
        let secret: Vec<u8> = (0..20).collect();
        let other_info = hex("301d3013060b2a864886f70d0109100306040400000001a2060404000000c0");
        let expected = hex("a09661392376f7044d9052a397883246b67f5f1ef63eb5fb");
        let mut out = [0; 24];
        x942(Hash::Sha1, &secret, &other_info, &mut out).unwrap();
        assert_eq!(out[..], expected);
        for length in 0..other_info.len() {
            let refused = x942(Hash::Sha1, &secret, &other_info[..length], &mut out);
            assert!(matches!(refused, Err(Error::DataInvalid(_))), "{length}");
        }
        // A counter of another length, or no counter.
        for wrong in [
            "300f300d06032a0304040303000001a200",
            "30073005060328030405",
            "3000",
        ] {
            assert!(x942(Hash::Sha1, &secret, &hex(wrong), &mut out).is_err());
        }
    }

    const X963_CAVP: &[(Hash, &str, &str, &str)] = &[
        (
            Hash::Sha256,
            "96c05619d56c328ab95fe84b18264b08725b85e33fd34f08",
            "",
            "443024c3dae66b95e6f5670601558f71",
        ),
        (
            Hash::Sha256,
            "22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d",
            "75eef81aa3041e33b80971203d2c0c52",
            "c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e\
             52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485\
             500c90c3af8b487872d04685d14c8d1dc8d7fa08beb0ce0ababc11f0bd496269\
             142d43525a78e5bc79a17f59676a5706dc54d54d4d1f0bd7e386128ec26afc21",
        ),
    ];

    /// [RFC 9106, 5.3] has associated data, which vhsm does not use; this is the reference program's answer
    /// (argon2 test suite, "password", "somesalt", t=2, m=2^8, p=1).
    #[test]
    fn argon2id_gives_the_reference_answer() {
        let costs = Argon2Costs {
            memory_kib: 256,
            iterations: 2,
            parallelism: 1,
        };
        let key = argon2id(b"password", b"somesalt", b"", costs).unwrap();
        assert_eq!(
            key[..],
            hex("9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe")
        );
        assert_ne!(key, argon2id(b"password", b"somesalt", b"pepper", costs).unwrap());
    }

    #[test]
    fn costs_that_nobody_can_configure_are_refused() {
        let cheap = Argon2Costs {
            memory_kib: 8,
            iterations: 1,
            parallelism: 1,
        };
        let refused = |costs| {
            let answer = argon2id(b"1", b"12345678", b"", costs);
            assert!(matches!(answer, Err(Error::Configuration(_))), "{costs:?}");
        };
        refused(Argon2Costs {
            memory_kib: 1,
            ..cheap
        });
        refused(Argon2Costs {
            iterations: 0,
            ..cheap
        });
        refused(Argon2Costs {
            memory_kib: Argon2Costs::MAX.memory_kib + 1,
            ..cheap
        });
        refused(Argon2Costs {
            iterations: Argon2Costs::MAX.iterations + 1,
            ..cheap
        });
        refused(Argon2Costs {
            memory_kib: 4096,
            parallelism: Argon2Costs::MAX.parallelism + 1,
            ..cheap
        });
        assert!(argon2id(b"1", b"12345678", b"", cheap).is_ok());
    }
}
