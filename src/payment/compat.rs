//! Mechanisms of other makers under their own numbers, for software that was written for their products. They are off
//! unless `compat` in the configuration names the product. Keys are general keys: such software knows no payment usages.
//!
//! Thales Luna: its documentation, "Supported mechanisms". SafeNet ProtectToolkit-C: its documentation,
//! "ProtectToolkit-C mechanisms". What is not there is what no public document says the form of.

use super::dukpt::{Purpose, key_of_base};
use super::mac::ALG3;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    DeriveObjects, Derived, Heritage, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Planned, Roles,
    Sources, Standing, Wanted,
};

const LUNA: &str = "a number of Thales Luna: `compat = [\"luna\"]` switches it on";
const PROTECTTOOLKIT: &str =
    "a number of SafeNet ProtectToolkit-C: `compat = [\"protecttoolkit\"]` switches it on";

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
