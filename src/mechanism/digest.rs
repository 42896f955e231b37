//! Message digests [PKCS#11 3.2, 6.20], and of the historical mechanisms MD5 and RIPEMD-160.

use std::sync::LazyLock;

use super::library::{AWS_LC, BLAKE2, Library, SHA3};
use super::operation::{DigestMechanism, DigestStream};
use super::params::{ParamKind, Params};
use super::spec::{KeyRule, MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::*;
use crate::crypto::hash::{Hash, Hasher, Truncation};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

const fn row(id: MechanismId, digest: &'static Digest) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "PKCS#11 3.2, 6.20.2",
        libraries: library(digest.0),
        params: ParamKind::None,
        key: KeyRule::NONE,
        roles: Roles {
            digest: Some(digest),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// A row of a hash that is broken or forgotten.
const fn historical(id: MechanismId, section: &'static str, digest: &'static Digest) -> MechanismSpec {
    let mut row = row(id, digest).legacy();
    row.section = section;
    row
}

/// The libraries behind a hash.
pub(super) const fn library(hash: Hash) -> &'static [Library] {
    match hash {
        Hash::Blake2b160 | Hash::Blake2b256 | Hash::Blake2b384 | Hash::Blake2b512 => &[BLAKE2, AWS_LC],
        Hash::Sha3_224 | Hash::Sha3_256 | Hash::Sha3_384 | Hash::Sha3_512 => &[AWS_LC, SHA3],
        _ => &[AWS_LC],
    }
}

/// The section of MD5.
pub(super) const SECTION_MD5: &str = "PKCS#11 Historical 3.1, MD5";
/// The section of RIPEMD-160.
pub(super) const SECTION_RIPEMD: &str = "PKCS#11 Historical 3.1, RIPEMD-160";

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_SHA_1, &Digest(Hash::Sha1)),
    row(CKM_SHA224, &Digest(Hash::Sha224)),
    row(CKM_SHA256, &Digest(Hash::Sha256)),
    row(CKM_SHA384, &Digest(Hash::Sha384)),
    row(CKM_SHA512, &Digest(Hash::Sha512)),
    row(CKM_SHA512_224, &Digest(Hash::Sha512_224)),
    row(CKM_SHA512_256, &Digest(Hash::Sha512_256)),
    MechanismSpec {
        params: ParamKind::MacGeneral,
        roles: Roles {
            digest: Some(&AnyTruncation),
            ..Roles::NONE
        },
        ..row(CKM_SHA512_T, &Digest(Hash::Sha512))
    },
    row(CKM_SHA3_224, &Digest(Hash::Sha3_224)),
    row(CKM_SHA3_256, &Digest(Hash::Sha3_256)),
    row(CKM_SHA3_384, &Digest(Hash::Sha3_384)),
    row(CKM_SHA3_512, &Digest(Hash::Sha3_512)),
    row(CKM_BLAKE2B_160, &Digest(Hash::Blake2b160)),
    row(CKM_BLAKE2B_256, &Digest(Hash::Blake2b256)),
    row(CKM_BLAKE2B_384, &Digest(Hash::Blake2b384)),
    row(CKM_BLAKE2B_512, &Digest(Hash::Blake2b512)),
    historical(CKM_MD5, SECTION_MD5, &Digest(Hash::Md5)),
    historical(CKM_RIPEMD160, SECTION_RIPEMD, &Digest(Hash::Ripemd160)),
];

/// A hash function as a mechanism.
struct Digest(Hash);

impl DigestMechanism for Digest {
    fn with(&'static self, _params: &Params) -> Result<&'static dyn DigestMechanism> {
        Ok(self)
    }

    fn digest_len(&self) -> usize {
        self.0.output_len()
    }

    fn digest(&self, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.digest(data, out);
        Ok(())
    }

    fn stream(&self) -> Box<dyn DigestStream> {
        Box::new(self.0.hasher())
    }

    fn restore(&self, saved: &[u8]) -> Result<Box<dyn DigestStream>> {
        let hasher = self.0.restore(saved).ok_or(Error::SavedStateInvalid)?;
        Ok(Box::new(hasher))
    }
}

/// The t that a parameter names: `CK_MAC_GENERAL_PARAMS`, which holds it in bits.
pub(super) fn truncation(params: &Params) -> Result<Truncation> {
    match params {
        Params::MacGeneral(bits) => Truncation::new(*bits).ok_or(WRONG_TRUNCATION),
        _ => Err(Error::Internal("SHA-512/t without its parameter")),
    }
}

/// The answer to a t that FIPS 180-4 does not have.
pub(super) const WRONG_TRUNCATION: Error =
    Error::MechanismParamInvalid("the t of SHA-512/t is 1 to 511 bits, and not 384");

/// SHA-512/t for every t, by t.
static TRUNCATED: LazyLock<Vec<Option<Digest>>> = LazyLock::new(|| {
    (0..512)
        .map(|bits| Truncation::new(bits).map(|bits| Digest(Hash::Sha512T(bits))))
        .collect()
});

/// SHA-512/t before its t is known. Once it is, the digest is one of [`TRUNCATED`].
struct AnyTruncation;

impl DigestMechanism for AnyTruncation {
    fn with(&'static self, params: &Params) -> Result<&'static dyn DigestMechanism> {
        let at = usize::from(truncation(params)?.bits());
        match TRUNCATED.get(at) {
            Some(Some(digest)) => Ok(digest),
            _ => Err(WRONG_TRUNCATION),
        }
    }

    fn digest_len(&self) -> usize {
        Hash::Sha512.output_len()
    }

    fn digest(&self, _data: &[u8], _out: &mut [u8]) -> Result<()> {
        Err(Error::Internal("SHA-512/t without its t"))
    }

    fn stream(&self) -> Box<dyn DigestStream> {
        Box::new(Hash::Sha512.hasher())
    }
}

impl DigestStream for Hasher {
    fn update(&mut self, data: &[u8]) {
        Self::update(self, data);
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<()> {
        Self::finish(&mut self, out);
        Ok(())
    }

    fn save(&self) -> Result<SecretBytes> {
        Ok(Self::save(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;
    use crate::mechanism::testing;

    fn digest(id: MechanismId) -> &'static dyn DigestMechanism {
        let params = match id {
            CKM_SHA512_T => Params::MacGeneral(100),
            _ => Params::None,
        };
        let digest = testing::row(ROWS, id).roles.digest.unwrap();
        digest.with(&params).unwrap()
    }

    fn whole(id: MechanismId, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; digest(id).digest_len()];
        digest(id).digest(data, &mut out).unwrap();
        out
    }

    fn in_pieces(id: MechanismId, data: &[u8], piece: usize) -> Vec<u8> {
        let (mut stream, mut out) = (digest(id).stream(), vec![0; digest(id).digest_len()]);
        data.chunks(piece).for_each(|part| stream.update(part));
        stream.finish(&mut out).unwrap();
        out
    }

    fn check(id: MechanismId, data: &[u8], expected: &str) {
        assert_eq!(whole(id, data), hex(expected), "{id}");
        for piece in [1, 63, 64, 100, 4096] {
            assert_eq!(
                in_pieces(id, data, piece),
                hex(expected),
                "{id} in pieces of {piece}"
            );
        }
    }

    /// [NIST CAVP, SHA test vectors for byte-oriented messages: SHA…ShortMsg.rsp, Len = 0].
    #[test]
    fn the_empty_message_has_the_digests_of_cavp() {
        for (id, expected) in [
            (CKM_SHA_1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (
                CKM_SHA224,
                "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
            ),
            (
                CKM_SHA256,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                CKM_SHA384,
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
            ),
            (
                CKM_SHA512,
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
                 47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            ),
        ] {
            check(id, b"", expected);
        }
    }

    /// [NIST CSRC, "Examples with Intermediate Values" for FIPS 180-4]: the messages of two blocks.
    #[test]
    fn two_blocks_have_the_digests_of_the_standards_examples() {
        let short = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let long = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn\
                     hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
        check(CKM_SHA_1, short, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        check(
            CKM_SHA224,
            short,
            "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525",
        );
        check(
            CKM_SHA256,
            short,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        );
        check(
            CKM_SHA384,
            long,
            "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
        );
        check(
            CKM_SHA512,
            long,
            "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018\
             501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
        );
    }

    #[test]
    fn a_message_in_pieces_has_the_digest_of_the_whole() {
        let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for row in ROWS {
            for length in [1, 55, 56, 64, 111, 112, 128, 129, 1000] {
                let expected = whole(row.id, &data[..length]);
                for piece in [1, 64, 127, 128, 999] {
                    assert_eq!(in_pieces(row.id, &data[..length], piece), expected, "{row:?}");
                }
            }
        }
    }

    #[test]
    fn a_digest_takes_no_key_and_does_nothing_else() {
        for row in ROWS {
            assert_eq!(row.flags(), sys::CKF_DIGEST);
            assert!(row.key.types.is_empty());
            assert_eq!((row.key.sizes.min, row.key.sizes.max), (0, 0));
        }
    }
}
