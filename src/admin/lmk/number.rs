//! Numbers of local master keys, and the LMKs that have them.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::Kind;
use crate::admin::attribute_text;
use crate::admin::ceremony::{Opened, Template, upper_hexadecimal};
use crate::admin::failure::{Failure, Outcome};
use crate::ck::*;

/// Two decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) struct Number([u8; 2]);

impl Number {
    /// Reads the number, of one or two digits.
    pub(in crate::admin) fn parse(text: &str) -> Result<Self, String> {
        match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Ok(Self([b'0', *digit])),
            [ten @ b'0'..=b'9', digit @ b'0'..=b'9'] => Ok(Self([*ten, *digit])),
            _ => Err("the number of an LMK is 00 to 99".to_owned()),
        }
    }

    /// As an attribute.
    pub(in crate::admin) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.0))
    }
}

/// An LMK of the token.
pub(in crate::admin) struct Lmk {
    /// The object.
    pub(in crate::admin) handle: ObjectHandle,
    /// What it is.
    pub(in crate::admin) kind: Kind,
    pub(super) number: String,
    pub(super) label: String,
    pub(super) check_value: String,
    /// Whether it only unwraps.
    pub(in crate::admin) old: bool,
    /// Whether key type 002 is for PIN verification only; `None` of key-block LMKs, which have no key types.
    pub(super) separates_002: Option<bool>,
}

impl Lmk {
    /// Whether it is the published TEST key, by its check value.
    pub(super) fn is_test(&self) -> bool {
        self.check_value == self.kind.test_check_value()
    }

    /// What is to be said of it beside number, kind and label.
    pub(super) fn remarks(&self) -> String {
        let remarks = [
            (self.old, "old: unwraps only"),
            (self.is_test(), "TEST: public"),
            (self.separates_002 == Some(true), "002 separated"),
            (self.separates_002 == Some(false), "002 not separated"),
        ];
        let said = remarks.iter().filter(|(is, _)| *is).map(|(_, what)| *what);
        said.collect::<Vec<_>>().join(", ")
    }

    /// The same for machines.
    pub(super) fn as_json(&self) -> Value {
        json!({
            "id": self.number,
            "kind": self.kind.name(),
            "label": self.label,
            "old": self.old,
            "test": self.is_test(),
            "separate_002": self.separates_002,
            "check_value": self.check_value,
        })
    }

    /// An LMK by its handle.
    pub(super) fn of(opened: &Opened, handle: ObjectHandle) -> Result<Self, Failure> {
        let wanted = [
            CKA_VALUE_LEN,
            CKA_VHSM_LMK_ID,
            CKA_LABEL,
            CKA_CHECK_VALUE,
            CKA_VHSM_LMK_OLD,
            CKA_VHSM_LMK_SEPARATE_002,
        ];
        let told = opened.told(handle, &wanted)?;
        let text = |attribute| attribute_text::text(told.bytes(attribute).unwrap_or_default());
        let kind = told.ulong(CKA_VALUE_LEN).and_then(Kind::of_length);
        let kind = kind.ok_or_else(|| {
            Failure::new(
                "the token has an LMK of an unknown kind",
                "a newer version made it: use that",
            )
        })?;
        Ok(Self {
            handle,
            kind,
            number: text(CKA_VHSM_LMK_ID),
            label: text(CKA_LABEL),
            check_value: upper_hexadecimal(told.bytes(CKA_CHECK_VALUE).unwrap_or_default()),
            old: told.bool(CKA_VHSM_LMK_OLD) == Some(true),
            separates_002: (kind == Kind::Variant)
                .then(|| told.bool(CKA_VHSM_LMK_SEPARATE_002) != Some(false)),
        })
    }

    /// All LMKs of the token, by number.
    pub(super) fn all(opened: &Opened) -> Result<Vec<Self>, Failure> {
        let template = Template::default()
            .flag(CKA_TOKEN, true)
            .number(CKA_KEY_TYPE, CKK_VHSM_LMK.0);
        let handles = opened.find(&template)?;
        let all = handles.into_iter().map(|handle| Self::of(opened, handle));
        let mut all: Vec<_> = all.collect::<Result<_, _>>()?;
        all.sort_by(|one, other| (&one.number, one.old).cmp(&(&other.number, other.old)));
        Ok(all)
    }

    /// The LMK with this number, the old one if that is wanted.
    pub(in crate::admin) fn named(opened: &Opened, number: Number, old: bool) -> Result<Self, Failure> {
        let fits = |lmk: &Self| lmk.number.as_bytes() == number.bytes() && lmk.old == old;
        let (mut fitting, others): (Vec<_>, Vec<_>) = Self::all(opened)?.into_iter().partition(fits);
        let has_old = others.iter().any(|lmk| lmk.number.as_bytes() == number.bytes());
        let (which, remedy) = match old {
            false if has_old => (
                "current ",
                "there is an old one, which unwraps only: `vhsm key import --old` takes keys under it, and `vhsm lmk load` loads its successor",
            ),
            true => (
                "old ",
                "`vhsm lmk list` shows all; without --old it is the current one",
            ),
            false => (
                "",
                "`vhsm lmk list` shows all; `vhsm lmk load-test` loads the TEST ones, `vhsm lmk load` yours",
            ),
        };
        match (fitting.pop(), fitting.is_empty()) {
            (Some(lmk), true) => Ok(lmk),
            (None, _) => Err(Failure::absent(
                format!("there is no {which}LMK {number}"),
                remedy,
            )),
            (Some(_), false) => Err(Failure::absent(
                format!("there is more than one {which}LMK {number}"),
                "give each its own number; `vhsm lmk list` shows them, `vhsm object delete` deletes one by its label",
            )),
        }
    }

    /// Whether a number is free, beside an old LMK where a current one comes, or the other way round.
    pub(super) fn check_free(opened: &Opened, number: Number, old: bool) -> Outcome {
        let all = Self::all(opened)?;
        let taken = |lmk: &&Self| lmk.number.as_bytes() == number.bytes() && lmk.old == old;
        match all.iter().find(taken) {
            None => Ok(()),
            Some(lmk) => Err(Failure::new(
                format!(
                    "LMK {number} is there already: {}, check value {}",
                    lmk.kind.name(),
                    lmk.check_value
                ),
                format!(
                    "take another --id, or delete {:?} with `vhsm object delete`; nothing was changed",
                    lmk.label
                ),
            )),
        }
    }
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Separation {
    /// Key type 002 is for PIN verification; terminals' keys are 70D, 80D and 90D, as PCI HSM wants it
    Yes,
    /// Key type 002 is for terminals' keys, too, as in older devices and with published test keys
    No,
}

/// What every LMK of the token is.
pub(super) fn template(number: Number, label: Option<&str>, old: bool, separate: Separation) -> Template {
    let default = match old {
        true => format!("LMK {number} old"),
        false => format!("LMK {number}"),
    };
    Template::default()
        .flag(CKA_TOKEN, true)
        .bytes(CKA_LABEL, label.unwrap_or(&default).as_bytes())
        .bytes(CKA_VHSM_LMK_ID, number.bytes())
        .flag(CKA_VHSM_LMK_OLD, old)
        .flag(CKA_VHSM_LMK_SEPARATE_002, separate == Separation::Yes)
}
