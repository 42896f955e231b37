//! The keys of cards and sessions as objects [EMV Book 2, A1.3 and A1.4].

use std::slice;

use super::form::{Form, Session, Source};
use super::{BOTH, PARAM_LEN_MAX, keys, row};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{
    DeriveObjects, Derived, Heritage, MechanismSpec, Planned, PlannedTemplate, Roles, Sources, Wanted,
};
use crate::os::stack;
use crate::payment::template::{choose, dates, exportability, fix};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_EMV_CARD_KEY,
        BOTH,
        &[
            KeyUsage::EMV_APPLICATION_CRYPTOGRAMS,
            KeyUsage::EMV_CONFIDENTIALITY,
            KeyUsage::EMV_INTEGRITY,
            KeyUsage::EMV_DATA_AUTHENTICATION,
            KeyUsage::EMV_DYNAMIC_NUMBERS,
            KeyUsage::EMV_CARD_PERSONALISATION,
            KeyUsage::EMV_OTHER,
        ],
        PARAM_LEN_MAX,
        Roles {
            derive_objects: Some(&Derivation::Card),
            ..Roles::NONE
        },
    ),
    row(
        CKM_VHSM_EMV_SESSION_KEY,
        BOTH,
        &[
            KeyUsage::EMV_APPLICATION_CRYPTOGRAMS,
            KeyUsage::EMV_CONFIDENTIALITY,
            KeyUsage::EMV_INTEGRITY,
        ],
        PARAM_LEN_MAX,
        Roles {
            derive_objects: Some(&Derivation::Session),
            ..Roles::NONE
        },
    ),
];

/// What is derived.
enum Derivation {
    Card,
    Session,
}

impl Derivation {
    fn form<'a>(&self, from: &Sources<'a>) -> Result<Form<'a>> {
        let form = Form::whole(from.params)?;
        form.check(from.key)?;
        let wrong = |why| Err(Error::MechanismParamInvalid(why));
        match (self, &form.source, form.session) {
            (_, Source::Itself, _) => return wrong("a session's key derives nothing"),
            (Self::Card, Source::Issuer(..), Session::None) => {}
            (Self::Card, ..) => return wrong("a card's key is derived of an issuer's, without a session"),
            (Self::Session, _, Session::None) => return wrong("a derivation of session keys is named"),
            (Self::Session, ..) => {}
        }
        match (form.option, form.length) {
            (0, 0) => Ok(form),
            _ => wrong("a derivation has neither padding nor length to choose"),
        }
    }

    /// The modes of use that the template can choose from, the first by default. Some cards make cryptograms without
    /// sessions. No scheme protects scripts so: what a card's key for them made of chosen data would be the keys of its
    /// sessions. Cards' keys for what has no mechanism of its own derive, or leave for the card.
    fn modes(&self, usage: KeyUsage) -> &'static [u8] {
        match (self, usage) {
            (Self::Card, KeyUsage::EMV_APPLICATION_CRYPTOGRAMS) => b"XCGV",
            (Self::Card, _) => b"X",
            (Self::Session, KeyUsage::EMV_CONFIDENTIALITY) => b"E",
            (Self::Session, _) => b"CGV",
        }
    }
}

impl DeriveObjects for Derivation {
    fn plan(&self, from: &Sources<'_>, mut template: AttributeSet) -> Result<Vec<Planned>> {
        self.form(from)?;
        let usage = from.key.payment.map(|payment| payment.usage);
        let usage = usage.ok_or(Error::Internal("an issuer's key without a payment usage"))?;
        let algorithm = if from.key.key_type == CKK_AES { b"A" } else { b"T" };
        fix(&mut template, CKA_VHSM_KEY_USAGE, Value::bytes(&usage.0))?;
        choose(
            &mut template,
            CKA_VHSM_MODE_OF_USE,
            self.modes(usage),
            slice::from_ref,
        )?;
        fix(&mut template, CKA_VHSM_KEY_ALGORITHM, Value::bytes(algorithm))?;
        exportability(from, &mut template)?;
        dates(from.key.payment.as_slice(), &mut template)?;
        fix(&mut template, CKA_SENSITIVE, Value::Bool(true))?;
        let length = to_ulong(from.value()?.len());
        fix(&mut template, CKA_VALUE_LEN, Value::Ulong(length))?;
        Ok(vec![Planned {
            template: PlannedTemplate::Parsed(template),
            class: CKO_SECRET_KEY,
            key_types: vec![from.key.key_type],
            length: None,
            heritage: Heritage::AtLeast,
        }])
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let value = keys::value(from.key, &self.form(from)?);
        stack::wipe_little();
        Ok(Derived::value(value?))
    }
}
