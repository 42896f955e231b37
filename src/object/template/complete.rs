//! [`Draft::complete`]: from a checked template and what the mechanism made to the attributes of an object.

use super::draft::Draft;
use super::payment;
use super::provenance::Provenance;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::des;
use crate::error::{Error, Result};
use crate::mechanism::{Unwrapped, value_lengths};
use crate::object::{components, wrapping};
use crate::secret::SecretBytes;

/// The attributes of both keys of a generated pair, from what [`GenerateKeyPairMechanism::generate`] made. The
/// private key gets the public key's CKA_PUBLIC_KEY_INFO.
///
/// # Errors
/// As [`Draft::complete`].
///
/// [`GenerateKeyPairMechanism::generate`]: crate::mechanism::GenerateKeyPairMechanism::generate
pub fn complete_pair(
    public: Draft,
    private: Draft,
    contributed: (AttributeSet, AttributeSet),
) -> Result<(AttributeSet, AttributeSet)> {
    let (to_public, mut to_private) = contributed;
    let public = public.complete(to_public)?;
    if let Some(info) = public.value(CKA_PUBLIC_KEY_INFO) {
        to_private.set(CKA_PUBLIC_KEY_INFO, info.clone());
    }
    Ok((public, private.complete(to_private)?))
}

impl Draft {
    /// CKA_EXTRACTABLE where nobody gives it: TRUE for what is unwrapped and encapsulated [PKCS#11 3.2, 5.18.4, 5.18.8
    /// and 5.18.9], and for a secret key of the session that its owner brought along in the clear: SunPKCS11 imports
    /// keys to wrap them.
    pub(super) fn extractable(&self) -> bool {
        match self.provenance {
            Provenance::Unwrapped | Provenance::Encapsulated => true,
            Provenance::Created => {
                self.class == CKO_SECRET_KEY && !self.is_token() && self.key_type != Some(CKK_VHSM_LMK)
            }
            Provenance::Generated(_) | Provenance::Derived { .. } => false,
        }
    }
}

impl Draft {
    /// The attributes of the new object: the template's, the mechanism's, defaults, and what the token works out
    /// (CKA_LOCAL, CKA_CHECK_VALUE, CKA_PUBLIC_KEY_INFO, CKA_UNIQUE_ID, …). C_CreateObject contributes nothing.
    ///
    /// # Errors
    /// [`Error::TemplateInconsistent`] if template and contribution contradict each other;
    /// [`Error::AttributeValueInvalid`] if the components of an imported key do not make one, or if
    /// CKA_PUBLIC_KEY_INFO is that of another key.
    pub fn complete(mut self, contributed: AttributeSet) -> Result<AttributeSet> {
        for (attribute, value) in contributed {
            self.contribute(attribute, value)?;
        }
        let imported = matches!(self.provenance, Provenance::Created | Provenance::Unwrapped);
        // What depends on the value alone is put in while there are few attributes to move.
        let early = self.class == CKO_SECRET_KEY && self.key_type != Some(CKK_VHSM_LMK);
        if !early {
            self.fill_in()?;
        }
        components::finish(&mut self.attributes, imported).map_err(|error| self.as_import_error(error))?;
        if early {
            self.fill_in()?;
        }
        if imported {
            payment::check_attributes(&self.attributes, self.settings)?;
            payment::check_value(&self.attributes, self.settings)?;
        } else if !matches!(self.provenance, Provenance::Generated(_)) {
            payment::check_made_value(&self.attributes, self.settings)?;
        }
        Ok(self.attributes)
    }

    /// The attributes of a key that was unwrapped.
    ///
    /// # Errors
    /// [`Error::WrappedKeyInvalid`], [`Error::WrappedKeyLenRange`]; as [`Draft::complete`].
    pub fn complete_unwrapped(self, unwrapped: Unwrapped) -> Result<AttributeSet> {
        let key_type = self.key_type.ok_or(Error::WrappedKeyInvalid)?;
        let mut contributed = wrapping::components(self.class, key_type, &unwrapped.payload)?;
        for (attribute, value) in unwrapped.attributes {
            contributed.set(attribute, value);
        }
        self.complete(contributed)
    }

    /// The attributes of a key that was derived. DES keys get odd parity.
    ///
    /// # Errors
    /// [`Error::TemplateInconsistent`] if the value has not the length that was asked for; as [`Draft::complete`].
    pub fn complete_derived(self, value: SecretBytes) -> Result<AttributeSet> {
        self.complete_with_value(value, AttributeSet::new(), true)
    }

    /// The attributes of an object that was derived, of any class, from what the mechanism contributes to it.
    /// `parity`: DES keys get odd parity.
    ///
    /// # Errors
    /// As [`Draft::complete_derived`].
    pub fn complete_made(self, mut contributed: AttributeSet, parity: bool) -> Result<AttributeSet> {
        match (self.class, contributed.remove(CKA_VALUE)) {
            (CKO_SECRET_KEY, Some(Value::Bytes(value))) => {
                self.complete_with_value(value, contributed, parity)
            }
            (_, None) => self.complete(contributed),
            (_, Some(value)) => {
                contributed.set(CKA_VALUE, value);
                self.complete(contributed)
            }
        }
    }

    fn complete_with_value(
        self,
        value: SecretBytes,
        contributed: AttributeSet,
        parity: bool,
    ) -> Result<AttributeSet> {
        let wanted = self.value_len_wanted()?;
        if wanted.is_some_and(|wanted| wanted != value.len()) {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_VALUE_LEN,
                why: "the mechanism gives another length",
            });
        }
        self.complete_value(value, contributed, parity)
    }

    /// The attributes of a secret key with this value, and what else was contributed.
    fn complete_value(
        mut self,
        mut value: SecretBytes,
        contributed: AttributeSet,
        parity: bool,
    ) -> Result<AttributeSet> {
        if parity && matches!(self.key_type, Some(CKK_DES | CKK_DES2 | CKK_DES3)) {
            des::set_odd_parity(value.as_mut());
        }
        self.contribute(CKA_VALUE, Value::Bytes(value))?;
        self.complete(contributed)
    }

    /// The attributes of a key that was encapsulated or decapsulated, as of one that was derived. The length is the
    /// mechanism's if the template names none.
    ///
    /// # Errors
    /// [`Error::WrappedKeyLenRange`] if the ciphertext held a key of another length; as [`Draft::complete_derived`].
    pub fn complete_encapsulated(self, value: SecretBytes) -> Result<AttributeSet> {
        let wanted = self.encapsulated_len_wanted()?;
        let lengths = self.key_type.map(value_lengths).unwrap_or_default();
        let is_length = lengths.is_empty() || lengths.contains(&value.len());
        if value.is_empty() || !is_length || wanted.is_some_and(|wanted| wanted != value.len()) {
            return Err(Error::WrappedKeyLenRange);
        }
        self.complete_value(value, AttributeSet::new(), true)
    }

    /// How many bytes an encapsulated secret key is to have; `None` takes all that the mechanism gives.
    ///
    /// # Errors
    /// [`Error::AttributeValueInvalid`] if the key type does not come in this length.
    pub fn encapsulated_len_wanted(&self) -> Result<Option<usize>> {
        match self.value_len_wanted() {
            Err(Error::TemplateIncomplete { .. }) => Ok(None),
            wanted => wanted,
        }
    }

    /// How many bytes a derived secret key is to have; `None` takes all that the mechanism gives.
    ///
    /// # Errors
    /// [`Error::TemplateIncomplete`] if the key type comes in several lengths and the template names none;
    /// [`Error::AttributeValueInvalid`] if the key type does not come in this length.
    pub fn value_len_wanted(&self) -> Result<Option<usize>> {
        let Some(key_type) = self.key_type else {
            return Ok(None);
        };
        let lengths = value_lengths(key_type);
        match (self.attributes.ulong(CKA_VALUE_LEN).map(to_usize), lengths) {
            (Some(0), []) => Err(wrong_value_len()),
            (Some(length), []) => Ok(Some(length)),
            (Some(length), lengths) if lengths.contains(&length) => Ok(Some(length)),
            (Some(_), _) => Err(wrong_value_len()),
            (None, []) => Ok(None),
            (None, [length]) => Ok(Some(*length)),
            (None, _) => Err(Error::TemplateIncomplete {
                attribute: CKA_VALUE_LEN,
                why: "the key type comes in several lengths",
            }),
        }
    }

    /// Takes one attribute of the mechanism.
    fn contribute(&mut self, attribute: AttributeType, value: Value) -> Result<()> {
        if self.rules.rule(attribute).is_none() {
            return Err(Error::Internal(
                "a mechanism contributed an attribute that the class does not have",
            ));
        }
        match self.attributes.value(attribute) {
            Some(given) if *given != value && !may_be_filled(attribute, given) => Err(match attribute {
                CKA_PUBLIC_KEY_INFO => components::not_the_public_key(),
                _ => Error::TemplateInconsistent {
                    attribute,
                    why: "the mechanism makes it otherwise",
                },
            }),
            _ => {
                self.attributes.set(attribute, value);
                Ok(())
            }
        }
    }

    /// A wrapped key's components are nobody's attributes: the caller learns only that the key is not valid.
    fn as_import_error(&self, error: Error) -> Error {
        match (self.provenance, error) {
            (
                Provenance::Unwrapped,
                Error::AttributeValueInvalid {
                    attribute: CKA_VALUE_LEN,
                    ..
                },
            ) => Error::WrappedKeyLenRange,
            (Provenance::Unwrapped, Error::AttributeValueInvalid { attribute, .. })
                if attribute != CKA_CHECK_VALUE && attribute != CKA_PUBLIC_KEY_INFO =>
            {
                Error::WrappedKeyInvalid
            }
            (_, error) => error,
        }
    }
}

/// An empty CKA_PUBLIC_KEY_INFO asks the token to fill it in [PKCS#11 3.2, 4.10].
fn may_be_filled(attribute: AttributeType, given: &Value) -> bool {
    attribute == CKA_PUBLIC_KEY_INFO && *given == Value::bytes(&[])
}

fn wrong_value_len() -> Error {
    Error::AttributeValueInvalid {
        attribute: CKA_VALUE_LEN,
        why: "the key type does not come in this length",
    }
}
