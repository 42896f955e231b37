//! The AES mechanisms but for CMAC [PKCS#11 3.2, 6.10 to 6.13 and 6.15 to 6.17].

mod ccm;
mod ctr;
mod cts;
mod gcm;
mod keywrap;
mod mac;
mod xts;

use ccm::Ccm;
use ctr::Ctr;
use cts::Cts;
use gcm::{DecryptGcm, EncryptGcm};
use keywrap::{UnwrapAes, WrapAes};
use mac::{GmacAes, Xcbc};
use xts::Xts;

use super::aead::{Open, Seal};
use super::block::derive::EncryptData;
use super::block::feedback::{Cfb, Counting, Ofb, StreamModes};
use super::block::mac::{CbcMacs, MacRow};
use super::block::tailed::TailedMode;
use super::block::{BlockModes, DataModes, Direction, block_cipher};
use super::library::{self, AWS_LC, Library};
use super::mac::Mac;
use super::message::{CcmMessages, GcmMessages};
use super::params::ParamKind;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use super::wrap::{CipherWrap, ZeroPaddedWrap};
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
type Streams<F> = StreamModes<AesKey, F, BLOCK_LEN>;
type Macs = CbcMacs<AesKey, BLOCK_LEN>;

/// [RFC 3566] knows keys of 16 bytes only.
const AES_128: KeyRule = KeyRule {
    sizes: KeySizes::bytes(16, 16),
    ..AES
};

const AES_XTS: KeyRule = KeyRule {
    types: &[CKK_AES_XTS],
    sizes: KeySizes::bytes(32, 64),
    ..KeyRule::NONE
};

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

const IV: ParamKind = ParamKind::Iv(BLOCK_LEN);

const CTR: CipherWrap = CipherWrap {
    encrypt: &Ctr(Error::DataLenRange),
    decrypt: &Ctr(Error::EncryptedDataLenRange),
};
const GCM: CipherWrap = CipherWrap {
    encrypt: &EncryptGcm,
    decrypt: &DecryptGcm,
};
const CTS: CipherWrap = CipherWrap {
    encrypt: &TailedMode {
        mode: Cts,
        direction: Direction::Encrypt,
    },
    decrypt: &TailedMode {
        mode: Cts,
        direction: Direction::Decrypt,
    },
};
const XTS: CipherWrap = CipherWrap {
    encrypt: &TailedMode {
        mode: Xts,
        direction: Direction::Encrypt,
    },
    decrypt: &TailedMode {
        mode: Xts,
        direction: Direction::Decrypt,
    },
};
const CCM_WRAP: CipherWrap = CipherWrap {
    encrypt: &Seal(Ccm {
        length_is_told: false,
    }),
    decrypt: &Open(Ccm {
        length_is_told: false,
    }),
};
const CCM: Roles = Roles {
    encrypt: Some(&Seal(Ccm { length_is_told: true })),
    decrypt: Some(&Open(Ccm { length_is_told: true })),
    ..CCM_WRAP.roles()
};
const GMAC: Roles = Roles {
    sign: Some(&GmacAes),
    verify: Some(&GmacAes),
    ..Roles::NONE
};

/// The roles of an AES-XCBC-MAC.
const fn xcbc<const LEN: usize>() -> Roles {
    Roles {
        sign: Some(&Mac(Xcbc::<LEN>)),
        verify: Some(&Mac(Xcbc::<LEN>)),
        ..Roles::NONE
    }
}

const fn mac_row(id: MechanismId, section: &'static str, (params, roles): MacRow) -> MechanismSpec {
    row(id, section, &[AWS_LC], params, roles)
}

/// The same row for other keys.
const fn with_keys(mut row: MechanismSpec, key: KeyRule) -> MechanismSpec {
    row.key = key;
    row
}

const KEY_WRAP: ZeroPaddedWrap = ZeroPaddedWrap {
    cipher: CipherWrap {
        encrypt: &WrapAes(KeyWrap::Plain),
        decrypt: &UnwrapAes(KeyWrap::Plain),
    },
    block_len: 8,
    private_keys: true,
    is_authentic: true,
};
const KEY_WRAP_KWP: CipherWrap = CipherWrap {
    encrypt: &WrapAes(KeyWrap::Padded),
    decrypt: &UnwrapAes(KeyWrap::Padded),
};
const KEY_WRAP_PAD: CipherWrap = CipherWrap {
    encrypt: &WrapAes(KeyWrap::Pkcs7),
    decrypt: &UnwrapAes(KeyWrap::Pkcs7),
};

/// The roles of key wrap under other makers' numbers: of secret keys, and of keys and data of any length.
pub(crate) const SECRET_KEY_WRAP: Roles = ZeroPaddedWrap::roles(&ZeroPaddedWrap {
    private_keys: false,
    ..KEY_WRAP
});
/// As [`SECRET_KEY_WRAP`], with padding.
pub(crate) const PADDED_KEY_WRAP: Roles = KEY_WRAP_KWP.roles();
/// Their keys.
pub(crate) const KEYS: KeyRule = AES;

/// The modes of data under payment keys.
pub(crate) static DATA_MODES: DataModes = DataModes {
    ecb: Modes::ECB,
    cbc: Modes::CBC,
    cfb8: Streams::<Cfb<1>>::ROLES,
    cfb64: Streams::<Cfb<8>>::ROLES,
    ctr: Streams::<Counting>::ROLES,
};

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_AES_ECB, "PKCS#11 3.2, 6.10.4", &[library::AES], ParamKind::None, Modes::ECB),
    row(CKM_AES_CBC, "PKCS#11 3.2, 6.10.5", &[AWS_LC], ParamKind::Iv(BLOCK_LEN), Modes::CBC),
    row(CKM_AES_CBC_PAD, "PKCS#11 3.2, 6.10.6", &[AWS_LC], ParamKind::Iv(BLOCK_LEN), Modes::CBC_PAD),
    row(CKM_AES_OFB, "PKCS#11 3.2, 6.10.7", &[library::AES], IV, Streams::<Ofb<16>>::WRAPPING),
    row(CKM_AES_CFB128, "PKCS#11 3.2, 6.10.8", &[library::AES], IV, Streams::<Cfb<16>>::WRAPPING),
    row(CKM_AES_CFB64, "PKCS#11 3.2, 6.10.8", &[library::AES], IV, Streams::<Cfb<8>>::WRAPPING),
    row(CKM_AES_CFB8, "PKCS#11 3.2, 6.10.8", &[library::AES], IV, Streams::<Cfb<1>>::WRAPPING),
    row(CKM_AES_CFB1, "PKCS#11 3.2, 6.10.8", &[library::AES], IV, Streams::<Cfb<0>>::WRAPPING),
    mac_row(CKM_AES_MAC_GENERAL, "PKCS#11 3.2, 6.10.9", Macs::GENERAL),
    mac_row(CKM_AES_MAC, "PKCS#11 3.2, 6.10.10", Macs::HALF),
    with_keys(row(CKM_AES_XCBC_MAC, "PKCS#11 3.2, 6.10.11", &[AWS_LC, library::AES], ParamKind::None, xcbc::<16>()), AES_128),
    with_keys(row(CKM_AES_XCBC_MAC_96, "PKCS#11 3.2, 6.10.12", &[AWS_LC, library::AES], ParamKind::None, xcbc::<12>()), AES_128),
    row(CKM_AES_CTR, "PKCS#11 3.2, 6.11.3", &[AWS_LC], ParamKind::AesCtr, CTR.roles()),
    row(CKM_AES_CTS, "PKCS#11 3.2, 6.12.2", &[AWS_LC], IV, CTS.roles()),
    row(CKM_AES_GCM, "PKCS#11 3.2, 6.13.1", &[AWS_LC], ParamKind::Gcm, GCM.roles().with_messages(&GcmMessages)),
    row(CKM_AES_CCM, "PKCS#11 3.2, 6.13.4", &[AWS_LC, library::AES], ParamKind::Ccm, CCM.with_messages(&CcmMessages)),
    row(CKM_AES_GMAC, "PKCS#11 3.2, 6.13.6", &[AWS_LC], ParamKind::Gcm, GMAC),
    with_keys(row(CKM_AES_XTS, "PKCS#11 3.2, 6.15.5", &[library::AES], IV, XTS.roles()), AES_XTS),
    row(CKM_AES_KEY_WRAP, "PKCS#11 3.2, 6.16.2", &[AWS_LC], ParamKind::OptionalIv(8), KEY_WRAP.roles()),
    row(CKM_AES_KEY_WRAP_KWP, "PKCS#11 3.2, 6.16.2", &[AWS_LC], ParamKind::OptionalIv(4), KEY_WRAP_KWP.roles()),
    row(CKM_AES_KEY_WRAP_PAD, "PKCS#11 3.2, 6.16.2", &[AWS_LC], ParamKind::OptionalIv(8), KEY_WRAP_PAD.roles()),
    row(CKM_AES_KEY_WRAP_PKCS7, "PKCS#11 3.2, 6.16.3", &[AWS_LC], ParamKind::OptionalIv(8), KEY_WRAP_PAD.roles()),
    row(CKM_AES_ECB_ENCRYPT_DATA, "PKCS#11 3.2, 6.17.2", &[library::AES], ParamKind::EncryptData, EncryptData::<AesKey, BLOCK_LEN>::ROLES),
    row(CKM_AES_CBC_ENCRYPT_DATA, "PKCS#11 3.2, 6.17.2", &[AWS_LC], ParamKind::CbcEncryptData16, EncryptData::<AesKey, BLOCK_LEN>::ROLES),
];

#[cfg(test)]
mod tests;
