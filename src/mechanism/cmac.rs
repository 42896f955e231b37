//! CMAC with AES and triple DES [PKCS#11 3.2, 6.14 and 6.19].

use super::library::{self, AWS_LC};
use super::mac::{self, Algorithm, Mac};
use super::operation::{SignMechanism, VerifyMechanism};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec};
use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::des::Des3Key;
use crate::crypto::mac::{CmacCipher, CmacState, CmacSubkeys};
use crate::error::Result;
use crate::secret::SecretBytes;

const AES: KeyRule = KeyRule {
    types: &[CKK_AES],
    sizes: KeySizes::bytes(16, 32),
    usages_beside: &[KeyUsage::CMAC],
    ..KeyRule::NONE
};

/// [PKCS#11 3.2, 6.19.3] leaves the sizes unused; they are those of the two key types.
const DES3: KeyRule = KeyRule {
    types: &[CKK_DES3, CKK_DES2],
    sizes: KeySizes::bytes(16, 24),
    usages_beside: &[KeyUsage::CMAC],
    ..KeyRule::NONE
};

const fn aes(id: MechanismId, section: &'static str, params: ParamKind) -> MechanismSpec {
    mac::row(id, section, &[AWS_LC, library::AES], params, AES, &Mac(Cmac(Aes)))
}

/// Blocks of 64 bits are legacy [NIST SP 800-131A, 9].
const fn des3(id: MechanismId, section: &'static str, params: ParamKind) -> MechanismSpec {
    mac::row(id, section, &[AWS_LC], params, DES3, &Mac(Cmac(Des3))).legacy()
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    aes(CKM_AES_CMAC, "PKCS#11 3.2, 6.14.4", ParamKind::None),
    aes(CKM_AES_CMAC_GENERAL, "PKCS#11 3.2, 6.14.3", ParamKind::MacGeneral),
    des3(CKM_DES3_CMAC, "PKCS#11 3.2, 6.19.4", ParamKind::None),
    des3(
        CKM_DES3_CMAC_GENERAL,
        "PKCS#11 3.2, 6.19.3",
        ParamKind::MacGeneral,
    ),
];

/// CMAC with a length of the caller's, under AES or under triple DES.
pub(crate) fn general(is_aes: bool) -> (&'static dyn SignMechanism, &'static dyn VerifyMechanism) {
    match is_aes {
        true => (&Mac(Cmac(Aes)), &Mac(Cmac(Aes))),
        false => (&Mac(Cmac(Des3)), &Mac(Cmac(Des3))),
    }
}

/// Where a secret key keeps what CMAC with one cipher wants.
trait Keyed<const N: usize>: Copy + Send + Sync + 'static {
    /// The cipher.
    type Cipher: CmacCipher<N>;

    /// The cipher's key and the subkeys beside it.
    fn of(key: &SecretKey) -> Result<(&Self::Cipher, &CmacSubkeys<N>)>;
}

#[derive(Clone, Copy)]
struct Aes;

impl Keyed<16> for Aes {
    type Cipher = AesKey;

    fn of(key: &SecretKey) -> Result<(&AesKey, &CmacSubkeys<16>)> {
        Ok((key.aes()?, key.aes_cmac()?))
    }
}

#[derive(Clone, Copy)]
struct Des3;

impl Keyed<8> for Des3 {
    type Cipher = Des3Key;

    fn of(key: &SecretKey) -> Result<(&Des3Key, &CmacSubkeys<8>)> {
        Ok((key.des3()?, key.des3_cmac()?))
    }
}

/// CMAC [NIST SP 800-38B] with blocks of `N` bytes.
#[derive(Clone, Copy)]
struct Cmac<const N: usize, K>(K);

impl<const N: usize, K: Keyed<N>> Algorithm for Cmac<N, K> {
    type State = CmacState<N>;

    fn mac_len(self) -> usize {
        N
    }

    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (cipher, subkeys) = K::of(key)?;
        subkeys.mac(cipher, data, out)
    }

    fn begin(self, _key: &SecretKey) -> Result<CmacState<N>> {
        Ok(CmacState::new())
    }

    fn update(self, key: &SecretKey, state: &mut CmacState<N>, data: &[u8]) -> Result<()> {
        state.update(K::of(key)?.0, data)
    }

    fn finish(self, key: &SecretKey, state: &mut CmacState<N>, out: &mut [u8]) -> Result<()> {
        let (cipher, subkeys) = K::of(key)?;
        state.finish(cipher, subkeys, out);
        Ok(())
    }

    fn save(self, state: &CmacState<N>) -> Result<SecretBytes> {
        Ok(state.save())
    }

    fn restore(self, _key: &SecretKey, saved: &[u8]) -> Option<CmacState<N>> {
        CmacState::restore(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::mac::testing::{known_answer, lengths, sign};
    use super::*;
    use crate::crypto::testing::hex;
    use crate::mechanism::Params;
    use crate::mechanism::testing::{row, secret_key};

    /// The message of all examples [NIST SP 800-38B, appendix D].
    const MESSAGE: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                           30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

    fn examples(id: MechanismId, key_type: KeyType, value: &str, answers: &[(usize, &str)]) {
        let (key, message) = (secret_key(key_type, &hex(value)), hex(MESSAGE));
        for (length, expected) in answers {
            known_answer(
                row(ROWS, id),
                &key,
                &Params::None,
                &message[..*length],
                &hex(expected),
            );
        }
    }

    /// [NIST SP 800-38B, appendix D.1 to D.3; the first also RFC 4493, 4].
    #[test]
    fn aes_cmac_gives_the_examples_of_sp_800_38b() {
        examples(
            CKM_AES_CMAC,
            CKK_AES,
            "2b7e151628aed2a6abf7158809cf4f3c",
            &[
                (0, "bb1d6929e95937287fa37d129b756746"),
                (16, "070a16b46b4d4144f79bdd9dd04a287c"),
                (40, "dfa66747de9ae63030ca32611497c827"),
                (64, "51f0bebf7e3b9d92fc49741779363cfe"),
            ],
        );
        examples(
            CKM_AES_CMAC,
            CKK_AES,
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            &[
                (0, "d17ddf46adaacde531cac483de7a9367"),
                (16, "9e99a7bf31e710900662f65e617c5184"),
                (40, "8a1de5be2eb31aad089a82e6ee908b0e"),
                (64, "a1d5df0eed790f794d77589659f39a11"),
            ],
        );
        examples(
            CKM_AES_CMAC,
            CKK_AES,
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            &[
                (0, "028962f61b7bf89efc6b551f4667d983"),
                (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
                (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
                (64, "e1992190549f6ed5696a2c056c315410"),
            ],
        );
    }

    /// [NIST SP 800-38B (2005), appendix D.4 and D.5].
    #[test]
    fn triple_des_cmac_gives_the_examples_of_sp_800_38b() {
        examples(
            CKM_DES3_CMAC,
            CKK_DES3,
            "8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5",
            &[
                (0, "b7a688e122ffaf95"),
                (8, "8e8f293136283797"),
                (20, "743ddbe0ce2dc2ed"),
                (32, "33e6b1092400eae5"),
            ],
        );
        examples(
            CKM_DES3_CMAC,
            CKK_DES2,
            "4cf15134a2850dd58a3d10ba80570d38",
            &[
                (0, "bd2ebf9a3ba00361"),
                (8, "4ff2ab813c53ce83"),
                (20, "62dd1b471902bd4e"),
                (32, "31b1e431dabc4eb8"),
            ],
        );
    }

    #[test]
    fn a_chosen_length_is_the_beginning_of_the_whole_and_others_are_refused() {
        lengths(
            row(ROWS, CKM_AES_CMAC),
            row(ROWS, CKM_AES_CMAC_GENERAL),
            &secret_key(CKK_AES, &[3; 32]),
        );
        for (key_type, length) in [(CKK_DES2, 16), (CKK_DES3, 24)] {
            let value: Vec<u8> = (1..=length).collect();
            lengths(
                row(ROWS, CKM_DES3_CMAC),
                row(ROWS, CKM_DES3_CMAC_GENERAL),
                &secret_key(key_type, &value),
            );
        }
    }

    #[test]
    fn messages_around_the_block_have_one_mac_however_they_come() {
        let data: Vec<u8> = (0..=255).cycle().take(1100).collect();
        let (aes, des) = (secret_key(CKK_AES, &[3; 16]), secret_key(CKK_DES2, &[5; 16]));
        for length in [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 511, 512, 513, 1100] {
            sign(row(ROWS, CKM_AES_CMAC), &aes, &Params::None, &data[..length]);
            sign(row(ROWS, CKM_DES3_CMAC), &des, &Params::None, &data[..length]);
        }
    }
}
