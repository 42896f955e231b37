//! The AES mechanisms that encrypt and wrap [PKCS#11 3.2, 6.10, 6.11, 6.13 and 6.16].

mod ctr;
mod gcm;
mod keywrap;

use ctr::Ctr;
use gcm::{DecryptGcm, EncryptGcm};
use keywrap::{UnwrapAes, WrapAes};

use super::block::{BlockModes, block_cipher};
use super::library::{self, AWS_LC, Library};
use super::message::{GcmMessages, MessageMechanism};
use super::params::ParamKind;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles, Standing};
use super::wrap::CipherWrap;
use crate::ck::*;
use crate::crypto::aes::{AesKey, BLOCK_LEN};
use crate::crypto::keywrap::KeyWrap;
use crate::error::Error;

const AES: KeyRule = KeyRule {
    types: &[CKK_AES],
    sizes: KeySizes::bytes(16, 32),
    ..KeyRule::NONE
};

block_cipher!(AesKey, BLOCK_LEN, aes);

type Modes = BlockModes<AesKey, BLOCK_LEN>;

const fn row(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    params: ParamKind,
    roles: Roles,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params,
        key: AES,
        roles,
        standing: Standing::CURRENT,
    }
}

const CTR: CipherWrap = CipherWrap {
    encrypt: &Ctr(Error::DataLenRange),
    decrypt: &Ctr(Error::EncryptedDataLenRange),
};
const GCM: CipherWrap = CipherWrap {
    encrypt: &EncryptGcm,
    decrypt: &DecryptGcm,
};
/// The same roles, and encryption and decryption of many messages.
const fn of_messages(roles: Roles, messages: &'static dyn MessageMechanism) -> Roles {
    Roles {
        message_encrypt: Some(messages),
        message_decrypt: Some(messages),
        ..roles
    }
}

const KEY_WRAP: CipherWrap = CipherWrap {
    encrypt: &WrapAes(KeyWrap::Plain),
    decrypt: &UnwrapAes(KeyWrap::Plain),
};
const KEY_WRAP_KWP: CipherWrap = CipherWrap {
    encrypt: &WrapAes(KeyWrap::Padded),
    decrypt: &UnwrapAes(KeyWrap::Padded),
};
const KEY_WRAP_PAD: CipherWrap = CipherWrap {
    encrypt: &WrapAes(KeyWrap::Pkcs7),
    decrypt: &UnwrapAes(KeyWrap::Pkcs7),
};

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_AES_ECB, "PKCS#11 3.2, 6.10.4", &[library::AES], ParamKind::None, Modes::ECB),
    row(CKM_AES_CBC, "PKCS#11 3.2, 6.10.5", &[AWS_LC], ParamKind::Iv(BLOCK_LEN), Modes::CBC),
    row(CKM_AES_CBC_PAD, "PKCS#11 3.2, 6.10.6", &[AWS_LC], ParamKind::Iv(BLOCK_LEN), Modes::CBC_PAD),
    row(CKM_AES_CTR, "PKCS#11 3.2, 6.11.3", &[AWS_LC], ParamKind::AesCtr, CTR.roles()),
    row(CKM_AES_GCM, "PKCS#11 3.2, 6.13.1", &[AWS_LC], ParamKind::Gcm, of_messages(GCM.roles(), &GcmMessages)),
    row(CKM_AES_KEY_WRAP, "PKCS#11 3.2, 6.16.2", &[AWS_LC], ParamKind::OptionalIv(8), KEY_WRAP.roles()),
    row(CKM_AES_KEY_WRAP_KWP, "PKCS#11 3.2, 6.16.2", &[AWS_LC], ParamKind::OptionalIv(4), KEY_WRAP_KWP.roles()),
    row(CKM_AES_KEY_WRAP_PAD, "PKCS#11 3.2, 6.16.2", &[AWS_LC], ParamKind::OptionalIv(8), KEY_WRAP_PAD.roles()),
];

#[cfg(test)]
mod tests;
