//! Mechanisms of other makers under their own numbers, for software that was written for their products. They are off
//! unless `compat` in the configuration names the product. Keys are general keys: such software knows no payment usages.
//!
//! Thales Luna: the pages "CKM_..." of its documentation. SafeNet ProtectToolkit-C: the same. `include/vhsm.h` names what
//! is not there, and why.

mod encryption;

use self::encryption::Encryption;
use super::dukpt::{Purpose, key_of_base};
use super::keyblock::protecttoolkit;
use super::mac::ALG3;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::aes;
use crate::mechanism::derive::simple::Combination;
use crate::mechanism::derive::sp800_108;
use crate::mechanism::library::{self, AWS_LC};
use crate::mechanism::params::derivation::DerivationKind;
use crate::mechanism::{
    DeriveObjects, Derived, Heritage, KeyRule, KeySizes, Library, MechanismSpec, ParamKind, Params, Planned,
    Roles, SECRETS, SECRETS_OR_ARIA, Sources, Standing, Wanted,
};

const LUNA: &str = "a number of Thales Luna: `compat = [\"luna\"]` switches it on";
const PROTECTTOOLKIT: &str =
    "a number of SafeNet ProtectToolkit-C: `compat = [\"protecttoolkit\"]` switches it on";
const BOTH: &str = "a number of Thales Luna and of SafeNet ProtectToolkit-C: `compat` with `\"luna\"` or \
                    `\"protecttoolkit\"` switches it on";

const fn row(id: MechanismId, params: ParamKind, roles: Roles, off: &'static str) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params,
        key: KeyRule {
            types: &[CKK_DES2, CKK_DES3],
            sizes: KeySizes::bytes(16, 24),
            ..KeyRule::NONE
        },
        roles,
        standing: Standing {
            off: Some(off),
            ..Standing::LEGACY
        },
    }
}

const fn mac(id: MechanismId, params: ParamKind, off: &'static str) -> MechanismSpec {
    row(
        id,
        params,
        Roles {
            sign: Some(&ALG3),
            verify: Some(&ALG3),
            ..Roles::NONE
        },
        off,
    )
}

const fn dukpt(id: MechanismId, role: &'static Dukpt) -> MechanismSpec {
    let mut row = row(
        id,
        ParamKind::EncryptData,
        Roles {
            derive_objects: Some(role),
            ..Roles::NONE
        },
        LUNA,
    );
    row.key.types = &[CKK_DES2];
    row.key.sizes = KeySizes::bytes(16, 16);
    row
}

const fn key_wrap(id: MechanismId, iv_len: usize, roles: Roles) -> MechanismSpec {
    MechanismSpec {
        key: aes::KEYS,
        standing: Standing {
            off: Some(BOTH),
            ..Standing::CURRENT
        },
        ..row(id, ParamKind::OptionalIv(iv_len), roles, BOTH)
    }
}

const fn unwraps(role: &'static protecttoolkit::Unwrap) -> Roles {
    Roles {
        unwrap: Some(role),
        ..Roles::NONE
    }
}

const fn key_block(id: MechanismId, params: ParamKind, roles: Roles) -> MechanismSpec {
    MechanismSpec {
        key: protecttoolkit::KEYS,
        standing: Standing {
            off: Some(PROTECTTOOLKIT),
            ..Standing::CURRENT
        },
        ..row(id, params, roles, PROTECTTOOLKIT)
    }
}

const fn derives(role: &'static dyn DeriveObjects) -> Roles {
    Roles {
        derive_objects: Some(role),
        ..Roles::NONE
    }
}

const SINGLE: (&[KeyType], KeySizes) = (&[CKK_DES], KeySizes::bytes(8, 8));
const TRIPLE: (&[KeyType], KeySizes) = (&[CKK_DES2, CKK_DES3], KeySizes::bytes(16, 24));

const fn encryption(
    id: MechanismId,
    (types, sizes): (&'static [KeyType], KeySizes),
    role: &'static Encryption,
) -> MechanismSpec {
    let mut row = row(id, role.params(), derives(role), PROTECTTOOLKIT);
    row.key.types = types;
    row.key.sizes = sizes;
    row
}

/// A row over keys of any type.
const fn general(id: MechanismId, params: ParamKind, roles: Roles, off: &'static str) -> MechanismSpec {
    MechanismSpec {
        libraries: &[],
        key: KeyRule {
            types: SECRETS,
            sizes: sp800_108::SIZES,
            ..KeyRule::NONE
        },
        standing: Standing {
            off: Some(off),
            ..Standing::CURRENT
        },
        ..row(id, params, roles, off)
    }
}

const fn kdf(
    id: MechanismId,
    nist: bool,
    (types, cipher): (&'static [KeyType], &'static [Library]),
    derive: &'static sp800_108::Derive,
) -> MechanismSpec {
    let params = ParamKind::Derivation(DerivationKind::PrfKdf { nist });
    let mut row = general(id, params, derives(derive), BOTH);
    row.libraries = cipher;
    row.key.types = types;
    row
}

/// The rows of Thales Luna.
pub static LUNA_ROWS: &[MechanismSpec] = &[
    mac(CKM_LUNA_DES3_X919_MAC, ParamKind::None, LUNA),
    dukpt(CKM_LUNA_DES2_DUKPT_IPEK, &Dukpt(None)),
    dukpt(CKM_LUNA_DES2_DUKPT_PIN, &Dukpt(Some(Purpose::Pin))),
    dukpt(CKM_LUNA_DES2_DUKPT_MAC, &Dukpt(Some(Purpose::MacRequest))),
    dukpt(CKM_LUNA_DES2_DUKPT_MAC_RESP, &Dukpt(Some(Purpose::MacResponse))),
    dukpt(CKM_LUNA_DES2_DUKPT_DATA, &Dukpt(Some(Purpose::DataRequest))),
    dukpt(CKM_LUNA_DES2_DUKPT_DATA_RESP, &Dukpt(Some(Purpose::DataResponse))),
];

/// The rows of SafeNet ProtectToolkit-C.
pub static PROTECTTOOLKIT_ROWS: &[MechanismSpec] = &[
    mac(CKM_PTK_DES3_X919_MAC, ParamKind::None, PROTECTTOOLKIT),
    mac(
        CKM_PTK_DES3_X919_MAC_GENERAL,
        ParamKind::MacGeneral,
        PROTECTTOOLKIT,
    ),
    mac(CKM_PTK_DES3_RETAIL_CFB_MAC, ParamKind::Iv(8), PROTECTTOOLKIT),
    key_block(
        CKM_PTK_UNWRAP_TR31,
        ParamKind::None,
        unwraps(&protecttoolkit::Unwrap),
    ),
    key_block(
        CKM_PTK_UNWRAP_TR31_DISCARD,
        ParamKind::None,
        unwraps(&protecttoolkit::Unwrap),
    ),
    key_block(
        CKM_PTK_WRAP_TR31_DERIVE,
        protecttoolkit::HEADER,
        Roles {
            wrap: Some(&protecttoolkit::Wrap),
            ..Roles::NONE
        },
    ),
    encryption(CKM_PTK_DES_DERIVE_ECB, SINGLE, &Encryption::Ecb),
    encryption(CKM_PTK_DES_DERIVE_CBC, SINGLE, &Encryption::Cbc),
    encryption(CKM_PTK_DES3_DERIVE_ECB, TRIPLE, &Encryption::Ecb),
    encryption(CKM_PTK_DES3_DERIVE_CBC, TRIPLE, &Encryption::Cbc),
    general(
        CKM_PTK_XOR_BASE_AND_KEY,
        ParamKind::Derivation(DerivationKind::Key),
        derives(&Combination::Xor),
        PROTECTTOOLKIT,
    ),
];

/// The rows that both have under the same numbers.
pub static SHARED_ROWS: &[MechanismSpec] = &[
    key_wrap(CKM_LUNA_AES_KW, 8, aes::SECRET_KEY_WRAP),
    key_wrap(CKM_LUNA_AES_KWP, 4, aes::PADDED_KEY_WRAP),
    kdf(
        CKM_LUNA_NIST_PRF_KDF,
        true,
        (SECRETS, &[AWS_LC, library::AES]),
        &sp800_108::Derive(CKM_LUNA_NIST_PRF_KDF),
    ),
    // RIPEMD-160 is legacy.
    MechanismSpec {
        standing: Standing {
            off: Some(BOTH),
            ..Standing::LEGACY
        },
        ..kdf(
            CKM_LUNA_PRF_KDF,
            false,
            (SECRETS_OR_ARIA, &[AWS_LC, library::ARIA]),
            &sp800_108::Derive(CKM_LUNA_PRF_KDF),
        )
    },
];

/// A key of DUKPT from the base derivation key: the initial key, or a working key of the transaction.
struct Dukpt(Option<Purpose>);

impl Dukpt {
    fn serial(params: &Params) -> Result<&[u8; 10]> {
        match params {
            Params::EncryptData { data, .. } => (&**data)
                .try_into()
                .map_err(|_| Error::MechanismParamInvalid("the data of the parameter are a KSN of 10 bytes")),
            _ => Err(Error::Internal("a derivation without its parameter")),
        }
    }
}

impl DeriveObjects for Dukpt {
    fn sets_parity(&self) -> bool {
        false
    }

    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        Self::serial(from.params)?;
        Ok(vec![Planned {
            key_types: vec![CKK_DES2],
            ..Planned::secret_key(template, Heritage::AtLeast)
        }])
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        key_of_base(from.key.secret()?, self.0, Self::serial(from.params)?).map(Derived::value)
    }
}
