//! [`Lmks`]: the local master keys that the server works under, found on the token by their identifiers.

use std::sync::{PoisonError, RwLock};

use super::code::ErrorCode;
use super::refusal::Refusal;
use crate::attribute::{RawAttribute, RawValue};
use crate::ck::*;
use crate::error::Result;
use crate::module::Module;

/// What a local master key protects keys with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LmkKind {
    /// 20 pairs of double DES keys; keys are told apart by pair and variant.
    Variant,
    /// Key blocks of version 0.
    KeyBlockDes,
    /// Key blocks of version 1.
    KeyBlockAes,
}

/// A local master key.
#[derive(Clone, Debug)]
pub struct Lmk {
    /// 0 to 99.
    pub id: u8,
    /// Its kind.
    pub kind: LmkKind,
    /// The object.
    pub handle: ObjectHandle,
    /// CKA_LABEL.
    pub label: String,
    /// CKA_CHECK_VALUE.
    pub check_value: Vec<u8>,
    /// Whether keys of type 002 are for PIN verification only, and terminals' keys have types of their own.
    pub separates_002: bool,
    /// CKA_VHSM_LMK_OLD: for migration only.
    pub old: bool,
}

impl Lmk {
    /// Whether keys under it stand in key blocks.
    #[must_use]
    pub fn has_key_blocks(&self) -> bool {
        self.kind != LmkKind::Variant
    }

    /// The version of its key blocks.
    #[must_use]
    pub fn block_version(&self) -> u8 {
        match self.kind {
            LmkKind::KeyBlockAes => b'1',
            LmkKind::KeyBlockDes | LmkKind::Variant => b'0',
        }
    }
}

/// The local master keys by identifier.
#[derive(Debug, Default)]
pub struct Lmks {
    current: Vec<Lmk>,
    old: Vec<Lmk>,
    /// The lowest identifier.
    default: u8,
    /// Identifiers of old ones that keys are not migrated from any more.
    forgotten: RwLock<Vec<u8>>,
}

const VARIANT_LEN: usize = 320;
const DES_LEN: usize = 24;

impl Lmks {
    /// Finds those of the session's token. `named` limits them to these labels, each under the identifier that it names.
    ///
    /// # Errors
    /// The module's; 13 for a label that no local master key has, and for an identifier that two have.
    pub fn load(
        module: &Module,
        session: SessionHandle,
        named: &[(u8, String)],
    ) -> std::result::Result<Self, Refusal> {
        let all = find(module, session)?;
        let mut lmks = Self::default();
        let chosen = match named {
            [] => all,
            named => named
                .iter()
                .map(|one| choose(&all, one))
                .collect::<std::result::Result<_, _>>()?,
        };
        for lmk in chosen {
            let list = if lmk.old { &mut lmks.old } else { &mut lmks.current };
            if list.iter().any(|other| other.id == lmk.id) {
                let reason = format!(
                    "two local master keys have the identifier {:02}; name one with --lmk",
                    lmk.id
                );
                return Err(Refusal::new(ErrorCode::LMK, reason));
            }
            list.push(lmk);
        }
        lmks.default = lmks.current.iter().map(|lmk| lmk.id).min().unwrap_or(0);
        Ok(lmks)
    }

    /// The one with this identifier.
    ///
    /// # Errors
    /// 13.
    pub fn get(&self, id: u8) -> std::result::Result<&Lmk, Refusal> {
        by_id(&self.current, id)
    }

    /// The old one with this identifier, which keys are migrated from.
    ///
    /// # Errors
    /// 33: there is none in the key change storage.
    pub fn old(&self, id: u8) -> std::result::Result<&Lmk, Refusal> {
        match self.old_ones().find(|lmk| lmk.id == id) {
            Some(lmk) => Ok(lmk),
            None => Err(Refusal::new(
                ErrorCode::KEY_CHANGE_STORAGE,
                format!("there is no old local master key {id:02}"),
            )),
        }
    }

    /// Those that keys are used under, by identifier.
    pub fn current(&self) -> impl Iterator<Item = &Lmk> {
        self.current.iter()
    }

    /// Forgets the old one with this identifier, as long as the server runs. The token keeps it.
    pub fn forget_old(&self, id: u8) {
        let mut forgotten = self.forgotten.write().unwrap_or_else(PoisonError::into_inner);
        if !forgotten.contains(&id) {
            forgotten.push(id);
        }
    }

    /// Those that keys are migrated from.
    pub fn old_ones(&self) -> impl Iterator<Item = &Lmk> {
        let is_kept = |id: u8| {
            let forgotten = self.forgotten.read().unwrap_or_else(PoisonError::into_inner);
            !forgotten.contains(&id)
        };
        self.old.iter().filter(move |lmk| is_kept(lmk.id))
    }

    /// The identifier that messages without `%nn` mean: the lowest.
    #[must_use]
    pub fn default_id(&self) -> u8 {
        self.default
    }
}

fn by_id(list: &[Lmk], id: u8) -> std::result::Result<&Lmk, Refusal> {
    let found = list.iter().find(|lmk| lmk.id == id);
    found.ok_or_else(|| Refusal::new(ErrorCode::LMK, format!("there is no local master key {id:02}")))
}

fn choose(all: &[Lmk], (id, label): &(u8, String)) -> std::result::Result<Lmk, Refusal> {
    let found = all.iter().find(|lmk| lmk.label == *label);
    let found = found.ok_or_else(|| {
        let reason = format!(
            "no local master key has the label {label:?}; `vhsm lmk list` shows those that there are"
        );
        Refusal::new(ErrorCode::LMK, reason)
    })?;
    Ok(Lmk {
        id: *id,
        ..found.clone()
    })
}

fn find(module: &Module, session: SessionHandle) -> Result<Vec<Lmk>> {
    let key_type = RawAttribute {
        attribute: CKA_KEY_TYPE,
        value: RawValue::Bytes(CKK_VHSM_LMK.0.to_ne_bytes()[..].into()),
    };
    module.find_init(session, &[key_type])?;
    let mut found = Vec::new();
    let mut handles = [ObjectHandle(0); 32];
    loop {
        let count = module.find(session, &mut handles)?;
        found.extend(handles.iter().take(count).copied());
        if count < handles.len() {
            break;
        }
    }
    module.find_final(session)?;
    found
        .into_iter()
        .map(|handle| describe(module, session, handle))
        .collect()
}

fn describe(module: &Module, session: SessionHandle, handle: ObjectHandle) -> Result<Lmk> {
    let object = module.object(session, handle)?;
    let attributes = object.attributes();
    let text =
        |attribute| String::from_utf8_lossy(attributes.bytes(attribute).unwrap_or_default()).into_owned();
    let kind = match attributes.bytes(CKA_VALUE).map_or(0, <[u8]>::len) {
        VARIANT_LEN => LmkKind::Variant,
        DES_LEN => LmkKind::KeyBlockDes,
        _ => LmkKind::KeyBlockAes,
    };
    Ok(Lmk {
        id: text(CKA_VHSM_LMK_ID).parse().unwrap_or(0),
        kind,
        handle,
        label: text(CKA_LABEL),
        check_value: attributes.bytes(CKA_CHECK_VALUE).unwrap_or_default().to_vec(),
        separates_002: attributes.bool(CKA_VHSM_LMK_SEPARATE_002) != Some(false),
        old: attributes.bool(CKA_VHSM_LMK_OLD) == Some(true),
    })
}
