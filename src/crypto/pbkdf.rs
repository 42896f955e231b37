//! Keys from passwords: PBKDF2 [RFC 8018] and the derivation of PKCS #12 [RFC 7292, appendix B].

use zeroize::{Zeroize, Zeroizing};

use super::aws_lc;
use super::hash::{BLOCK_LEN_MAX, DIGEST_LEN_MAX, Hash};
use crate::error::{Error, Result};

/// PBKDF2 with HMAC. `iterations` is at least 1.
///
/// # Errors
/// [`Error::Internal`] for hashes that no PBKDF2 of the standard names, which are all but SHA-1 and SHA-2;
/// [`Error::Crypto`] if the library fails.
pub fn pbkdf2(hash: Hash, password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) -> Result<()> {
    match hash.aws_lc() {
        Some(function) => aws_lc::pbkdf2::pbkdf2(function, password, salt, iterations, out),
        None => Err(Error::Internal("PBKDF2 with a hash that it is not offered with")),
    }
}

/// What bytes of PKCS #12 are for: the identifier byte [RFC 7292, B.3].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// An encryption key.
    Key,
    /// An initialisation vector.
    Iv,
    /// A MAC key.
    Mac,
}

impl Purpose {
    const fn id(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Iv => 2,
            Self::Mac => 3,
        }
    }
}

/// The derivation of PKCS #12 [RFC 7292, B.2]. The password is taken as it is: PKCS #12 itself wants a BMPString that
/// ends with two zero bytes.
pub fn pkcs12(hash: Hash, purpose: Purpose, password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
    let (length, block_len) = (hash.output_len(), hash.block_len());
    let diversifier = [purpose.id(); BLOCK_LEN_MAX];
    let diversifier = diversifier.get(..block_len).unwrap_or_default();
    let filled = |bytes: &[u8]| {
        let length = bytes.len().div_ceil(block_len).saturating_mul(block_len);
        bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>()
    };
    let mut input = Zeroizing::new(filled(salt));
    let mut of_password = filled(password);
    input.reserve_exact(of_password.len());
    input.extend_from_slice(&of_password);
    of_password.zeroize();
    let mut digest = Zeroizing::new([0; DIGEST_LEN_MAX]);
    for piece in out.chunks_mut(length) {
        let mut first = hash.hasher();
        first.update(diversifier);
        first.update(&input);
        first.finish(digest.as_mut());
        for _ in 1..iterations {
            let last = digest.clone();
            hash.digest(last.get(..length).unwrap_or_default(), digest.as_mut());
        }
        let digest = digest.get(..length).unwrap_or_default();
        for block in input.chunks_mut(block_len) {
            add_with_one(block, digest);
        }
        piece.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    }
}

/// Adds the digest, repeated to the block's length, and 1 to a block, modulo the block.
fn add_with_one(block: &mut [u8], digest: &[u8]) {
    let length = block.len();
    let repeated: Zeroizing<Vec<u8>> = Zeroizing::new(digest.iter().copied().cycle().take(length).collect());
    let mut carry = 1_u16;
    for (to, from) in block.iter_mut().zip(repeated.iter()).rev() {
        let [high, low] = (u16::from(*to) + u16::from(*from) + carry).to_be_bytes();
        *to = low;
        carry = u16::from(high);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [RFC 6070, 2].
    #[test]
    fn pbkdf2_gives_the_answers_of_the_rfc() {
        let check = |password: &[u8], salt: &[u8], iterations, expected: &str| {
            let expected = hex(expected);
            let mut out = vec![0; expected.len()];
            pbkdf2(Hash::Sha1, password, salt, iterations, &mut out).unwrap();
            assert_eq!(out, expected);
        };
        check(
            b"password",
            b"salt",
            1,
            "0c60c80f961f0e71f3a9b524af6012062fe037a6",
        );
        check(
            b"password",
            b"salt",
            2,
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        );
        check(
            b"password",
            b"salt",
            4096,
            "4b007901b765489abead49d926f721d065a429c1",
        );
        check(
            b"passwordPASSWORDpassword",
            b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
            4096,
            "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
        );
        check(b"pass\0word", b"sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3");
    }
}
