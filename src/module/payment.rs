//! What is asked of payment keys, components and local master keys that leave, enter and come into being, beside what is
//! asked of every key.

use super::Module;
use crate::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use crate::ck::*;
use crate::config::{HeaderlessKeys, LocalMasterKeys, ReadableKeys, WeakKeys};
use crate::error::{Error, KeyRole, PaymentFault, Result};
use crate::mechanism::payment_key::{check_days_of_leaving, check_told_mode, component_of};
use crate::mechanism::{MechanismSpec, UnwrapMechanism, WrapMechanism};
use crate::object::Object;
use crate::object::search::SearchTemplate;
use crate::object::wrapping::{Leaving, UNKNOWN_LMK, Under};
use crate::session::Session;

/// What a form in which keys are wrapped says of them.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// What CKA_VHSM_KEY_USAGE and its like say, or enough to tell keys of one use from those of another.
    tells_usage: bool,
    /// The number of a component.
    tells_component: bool,
    /// Its mechanism is one of general keys.
    is_general: bool,
    /// Keys that stay come back without a word of it.
    forgets_exportability: bool,
}

impl Form {
    /// That of mechanisms which know nothing of payments.
    pub(super) const GENERAL: Self = Self {
        tells_usage: false,
        tells_component: false,
        is_general: true,
        forgets_exportability: false,
    };

    pub(super) fn made_by(role: &dyn WrapMechanism, spec: &MechanismSpec) -> Self {
        Self {
            tells_usage: role.carries_attributes(),
            tells_component: role.carries_components(),
            is_general: !role.carries_attributes() && spec.key.usages.is_empty(),
            forgets_exportability: false,
        }
    }

    pub(super) fn read_by(role: &dyn UnwrapMechanism) -> Self {
        Self {
            tells_usage: role.tells_usage(),
            tells_component: role.tells_usage(),
            is_general: !role.describes_key(),
            forgets_exportability: role.forgets_exportability(),
        }
    }
}

impl Module {
    /// What a local master key is to the keys that it wraps.
    fn under(&self, wrapping: &Object) -> Under {
        Under::of(
            wrapping,
            self.config.payment.local_master_keys == LocalMasterKeys::Any,
        )
    }

    /// How a key leaves by a mechanism under a key.
    pub(super) fn leaving(&self, role: &dyn WrapMechanism, wrapping: &Object) -> Leaving {
        Leaving {
            carries_attributes: role.carries_attributes(),
            forgets_attributes: role.forgets_attributes(),
            under: self.under(wrapping),
        }
    }

    /// Whether a payment key may leave in this form under a key, today. That it may leave at all has been asked.
    ///
    /// # Errors
    /// [`Error::PaymentKey`]; [`Error::KeySizeRange`] if the wrapping key is single DES.
    pub(super) fn check_leaving(&self, key: &Object, wrapping: &Object, form: Form) -> Result<()> {
        let key = key.attributes();
        if !key.contains(CKA_VHSM_KEY_USAGE) {
            return Ok(());
        }
        let refused = |why| Err(Error::PaymentKey(PaymentFault::NotExportable, why));
        check_days_of_leaving(key)?;
        if component_of(key).is_some() && !form.tells_component {
            return refused("a component leaves with its number only: in key blocks, or under a variant LMK");
        }
        let payment = &self.config.payment;
        if payment.weak_keys != WeakKeys::Accept && is_under_single_des(key, wrapping.attributes()) {
            return Err(Error::KeySizeRange(KeyRole::WrappingKey));
        }
        let exportability = key.bytes(CKA_VHSM_EXPORTABILITY);
        let is_forced = payment.headerless_keys == HeaderlessKeys::Forced;
        if !form.is_general {
            // Devices let keys under a variant LMK leave so, which tell no exportability.
            let leaves_silently = is_forced && exportability.is_none() && !form.tells_usage;
            return match self.under(wrapping) {
                Under::UnknownLmk if leaves_silently => refused(UNKNOWN_LMK),
                Under::Another if leaves_silently => {
                    refused("without a header a payment key leaves with exportability S only")
                }
                _ => Ok(()),
            };
        }
        // Whoever wraps a key so can unwrap it as one without a usage, and read it.
        if is_forced {
            return refused(
                "payment keys leave by the mechanisms of payments only (`payment.headerless_keys`)",
            );
        }
        match exportability == Some(b"S") || payment.readable_keys == ReadableKeys::Accept {
            true => Ok(()),
            false => {
                refused("by mechanisms that know no usage a payment key leaves with exportability S only")
            }
        }
    }

    /// Whether a payment key may leave in a header with the exportability that is asked for. As S a key that tells none could
    /// come back and leave without a header.
    ///
    /// # Errors
    /// [`Error::PaymentKey`].
    pub(super) fn check_asked(&self, key: &Object, asked: Option<u8>) -> Result<()> {
        let key = key.attributes();
        let is_silent = key.contains(CKA_VHSM_KEY_USAGE) && !key.contains(CKA_VHSM_EXPORTABILITY);
        let is_forced = self.config.payment.headerless_keys == HeaderlessKeys::Forced;
        match is_silent && is_forced && asked == Some(b'S') {
            true => Err(Error::PaymentKey(
                PaymentFault::NotExportable,
                "a key that tells no exportability leaves with E or N (`payment.headerless_keys`)",
            )),
            false => Ok(()),
        }
    }

    /// Whether a payment key may come in with this template, which has the unwrapping key's in it already: that of its
    /// attribute `forced_by`.
    ///
    /// # Errors
    /// [`Error::TemplateInconsistent`]; [`Error::PaymentKey`] if the unwrapping key has to say what comes in.
    pub(super) fn check_entering(
        &self,
        template: &AttributeSet,
        (unwrapping, forced_by): (&Object, AttributeType),
        form: Form,
    ) -> Result<()> {
        let is_configured = self.config.payment.headerless_keys == HeaderlessKeys::Forced;
        if form.forgets_exportability && is_configured && template.bytes(CKA_VHSM_EXPORTABILITY) == Some(b"S")
        {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_VHSM_EXPORTABILITY,
                why: "a key that stayed under a variant LMK leaves as E at most (`payment.headerless_keys`)",
            });
        }
        if form.tells_usage || !template.contains(CKA_VHSM_KEY_USAGE) {
            return Ok(());
        }
        if component_of(template).is_some() && !form.tells_component {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_VHSM_KEY_VERSION,
                why: "components come in in key blocks or under a variant LMK, which say that they are some",
            });
        }
        let forced = match unwrapping.attributes().value(forced_by) {
            Some(Value::Template(forced)) => Some(forced),
            _ => None,
        };
        let forces = |attribute| forced.is_some_and(|forced| forced.contains(attribute));
        let is_forced = forces(CKA_VHSM_KEY_USAGE);
        if !forces(CKA_VHSM_MODE_OF_USE) {
            check_told_mode(template)?;
        }
        match self.config.payment.headerless_keys {
            HeaderlessKeys::Forced if !is_forced => Err(Error::PaymentKey(
                PaymentFault::Usage,
                "what has no header is of the usage in CKA_UNWRAP_TEMPLATE of its unwrapping key, or in \
                 CKA_DECAPSULATE_TEMPLATE (`payment.headerless_keys`)",
            )),
            _ => Ok(()),
        }
    }
}

/// The local master keys among new objects: one that still wraps is the only one of its number and kind, so that none is
/// taken for another.
pub(super) struct NewLmks(Vec<SearchTemplate>);

impl NewLmks {
    pub(super) fn among(objects: &[AttributeSet]) -> Self {
        Self(objects.iter().filter_map(same_lmk).collect())
    }

    /// Puts the objects into the token or the session as `create` does, if they stay the only ones. Of two that come at
    /// once, none stays.
    ///
    /// # Errors
    /// [`Error::AttributeValueInvalid`] for CKA_VHSM_LMK_ID; as `create`.
    pub(super) fn insert<T: AsRef<[ObjectHandle]>>(
        &self,
        session: &Session,
        create: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if self.most(session)? > 0 {
            return Err(TAKEN);
        }
        let handles = create()?;
        match self.most(session) {
            Ok(0 | 1) => Ok(handles),
            other => {
                session.token.take_back(handles.as_ref());
                Err(other.err().unwrap_or(TAKEN))
            }
        }
    }

    /// The most of one number and kind.
    fn most(&self, session: &Session) -> Result<usize> {
        let mut most = 0;
        for search in &self.0 {
            most = most.max(session.token.find(search)?.len());
        }
        Ok(most)
    }
}

const TAKEN: Error = Error::AttributeValueInvalid {
    attribute: CKA_VHSM_LMK_ID,
    why: "there is a local master key of this number and kind; make that an old one first (CKA_VHSM_LMK_OLD)",
};

/// Whether a key stands under one of DES that is shorter than itself. Under a double key a triple one leaves, as ANSI X9.17 and
/// TR-31 have it.
fn is_under_single_des(key: &AttributeSet, wrapping: &AttributeSet) -> bool {
    let is_longer = key.bytes(CKA_VALUE).is_none_or(|value| value.len() > 8);
    wrapping.key_type() == Some(CKK_DES) && is_longer
}

/// Whether a template of a derived key makes a component of it: the exclusive or with another one would be a related key.
///
/// # Errors
/// [`Error::TemplateInconsistent`].
pub(super) fn check_derived(template: &AttributeSet, spec: &MechanismSpec) -> Result<()> {
    match component_of(template) {
        Some(_) if !spec.key.components => Err(Error::TemplateInconsistent {
            attribute: CKA_VHSM_KEY_VERSION,
            why: "what is derived is no component",
        }),
        _ => Ok(()),
    }
}

/// The search for local master keys that wrap, of the number and the kind of this one; `None` if it is no such key.
fn same_lmk(attributes: &AttributeSet) -> Option<SearchTemplate> {
    if attributes.key_type() != Some(CKK_VHSM_LMK) || attributes.bool(CKA_VHSM_LMK_OLD) == Some(true) {
        return None;
    }
    let bytes = |attribute, value: &[u8]| RawAttribute {
        attribute,
        value: RawValue::Bytes(value.into()),
    };
    let number = |attribute, value: u64| bytes(attribute, &value.to_ne_bytes());
    let length = attributes.bytes(CKA_VALUE).map_or(0, <[u8]>::len);
    Some(SearchTemplate::parse(&[
        number(CKA_CLASS, CKO_SECRET_KEY.0),
        number(CKA_KEY_TYPE, CKK_VHSM_LMK.0),
        number(CKA_VALUE_LEN, to_ulong(length)),
        bytes(CKA_VHSM_LMK_ID, attributes.bytes(CKA_VHSM_LMK_ID)?),
        bytes(CKA_VHSM_LMK_OLD, &[0]),
    ]))
}
