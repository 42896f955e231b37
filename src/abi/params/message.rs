//! The parameters of messages: C structures that are read before a message and learn its nonce and its tag after it
//! [PKCS#11 3.2, 6.13, 6.47].

use super::{AAD_BYTES_MAX, CParam, inner, invalid};
use crate::abi::write::Fill;
use crate::ck::{sys, to_ulong, to_usize};
use crate::crypto::gcm;
use crate::error::Result;
use crate::mechanism::ShortBytes;
use crate::mechanism::message::{MessageKind, MessageMade, MessageParams, NonceGenerator, TAG_LEN_MAX, Tag};
use crate::mechanism::params::Params;

/// Nonces longer than this are refused; no real one comes near.
const NONCE_BYTES_MAX: u64 = 1 << 20;

/// What a call does with the tag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::abi) enum TagUse {
    /// It is written.
    Made,
    /// It is read.
    Checked,
    /// Nothing: the message is not at its end.
    None,
}

/// Which parts of the structure a call heeds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::abi) enum NonceUse {
    /// The generator says where the nonce comes from.
    Generated,
    /// The caller's nonce is taken, and the generator is not looked at.
    Given,
}

/// Where the caller has the nonce and the tag.
pub(in crate::abi) struct MessagePlaces<'a> {
    nonce: Fill<'a>,
    tag: Fill<'a>,
}

impl MessagePlaces<'_> {
    /// Writes what was made.
    ///
    /// # Errors
    /// None: the places were looked at when they were read.
    pub(in crate::abi) fn write(self, made: &MessageMade) -> Result<()> {
        if let Some(nonce) = &made.nonce {
            self.nonce.slice()?.copy_from_slice(nonce);
        }
        if let Some(tag) = &made.tag {
            self.tag.slice()?.copy_from_slice(tag.as_ref());
        }
        Ok(())
    }
}

/// The fields that the structures have in common.
struct Fields {
    nonce: *mut u8,
    nonce_len: u64,
    fixed_bits: u64,
    generator: u64,
    data_len: Option<u64>,
    tag: *mut u8,
    tag_len: usize,
}

impl<'a> CParam<'a> {
    /// A message's parameter, and the places that learn from it.
    ///
    /// # Errors
    /// [`crate::error::Error::MechanismParamInvalid`].
    pub(in crate::abi) fn message(
        &self,
        kind: MessageKind,
        nonces: NonceUse,
        tags: TagUse,
    ) -> Result<(MessageParams, MessagePlaces<'a>)> {
        Self::read(&self.fields(kind)?, kind, nonces, tags)
    }

    fn read(
        fields: &Fields,
        kind: MessageKind,
        nonces: NonceUse,
        tags: TagUse,
    ) -> Result<(MessageParams, MessagePlaces<'a>)> {
        let nonce = inner(fields.nonce, fields.nonce_len, NONCE_BYTES_MAX)?;
        let tag_len = to_ulong(fields.tag_len);
        let tag = match tags {
            TagUse::None => None,
            TagUse::Made => inner(fields.tag, tag_len, tag_len).map(|_| None)?,
            TagUse::Checked => Some(Tag::new(inner(fields.tag, tag_len, tag_len)?)?),
        };
        let params = MessageParams {
            kind,
            nonce: ShortBytes::new(nonce),
            fixed_bits: fields.fixed_bits,
            generator: match nonces {
                NonceUse::Generated => generator(fields.generator)?,
                NonceUse::Given => NonceGenerator::Caller,
            },
            data_len: fields.data_len,
            tag_len: fields.tag_len,
            tag,
        };
        let places = MessagePlaces {
            // SAFETY: the standard makes what the structure points at part of it: the nonce was read there, and a tag
            // is only written if it was asked for above.
            nonce: unsafe { Fill::new(fields.nonce, fields.nonce_len) },
            // SAFETY: as above.
            tag: unsafe { Fill::new(fields.tag, tag_len) },
        };
        Ok((params, places))
    }

    /// Whether this is the structure of C_WrapKey with a generator of nonces [PKCS#11 3.2, 6.13]: no other structure of
    /// the same mechanism is as long.
    pub(in crate::abi) fn is_wrap(&self, kind: MessageKind) -> bool {
        let length = match kind {
            MessageKind::Gcm => size_of::<sys::CK_GCM_WRAP_PARAMS>(),
            MessageKind::Ccm => size_of::<sys::CK_CCM_WRAP_PARAMS>(),
            MessageKind::StreamPoly1305 => return false,
        };
        self.length == to_ulong(length)
    }

    /// The parameter of C_WrapKey or C_UnwrapKey, its additional data, and the place of its nonce. The tag stands behind
    /// the wrapped key.
    ///
    /// # Errors
    /// [`crate::error::Error::MechanismParamInvalid`].
    pub(in crate::abi) fn wrap(
        &self,
        kind: MessageKind,
        nonces: NonceUse,
    ) -> Result<(MessageParams, &'a [u8], MessagePlaces<'a>)> {
        let (fields, aad, aad_len) = match kind {
            MessageKind::Ccm => {
                let params: sys::CK_CCM_WRAP_PARAMS =
                    self.structure("CK_CCM_WRAP_PARAMS has a wrong length")?;
                let fields = Fields {
                    nonce: params.pNonce,
                    nonce_len: params.ulNonceLen,
                    fixed_bits: params.ulNonceFixedBits,
                    generator: params.nonceGenerator,
                    data_len: None,
                    tag: std::ptr::null_mut(),
                    tag_len: tag_bytes(params.ulMACLen)?,
                };
                (fields, params.pAAD, params.ulAADLen)
            }
            _ => {
                let params: sys::CK_GCM_WRAP_PARAMS =
                    self.structure("CK_GCM_WRAP_PARAMS has a wrong length")?;
                let fields = Fields {
                    nonce: params.pIv,
                    nonce_len: params.ulIvLen,
                    fixed_bits: params.ulIvFixedBits,
                    generator: params.ivGenerator,
                    data_len: None,
                    tag: std::ptr::null_mut(),
                    tag_len: gcm::tag_len(params.ulTagBits)?,
                };
                (fields, params.pAAD, params.ulAADLen)
            }
        };
        let (params, places) = Self::read(&fields, kind, nonces, TagUse::None)?;
        Ok((params, inner(aad, aad_len, AAD_BYTES_MAX)?, places))
    }

    /// The parameter of C_MessageEncryptInit or C_MessageDecryptInit: none, or that of a message, of which nothing is
    /// needed yet.
    pub(super) fn optional_message(&self, kind: MessageKind) -> Result<Params> {
        if self.length > 0 {
            self.fields(kind)?;
        }
        Ok(Params::None)
    }

    /// The parameter of a message that has none.
    ///
    /// # Errors
    /// [`crate::error::Error::MechanismParamInvalid`].
    pub(in crate::abi) fn no_message(&self) -> Result<()> {
        match self.length == 0 {
            true => Ok(()),
            false => invalid("messages that are signed have no parameter of their own"),
        }
    }

    fn fields(&self, kind: MessageKind) -> Result<Fields> {
        match kind {
            MessageKind::Gcm => {
                let params: sys::CK_GCM_MESSAGE_PARAMS =
                    self.structure("CK_GCM_MESSAGE_PARAMS has a wrong length")?;
                Ok(Fields {
                    nonce: params.pIv,
                    nonce_len: params.ulIvLen,
                    fixed_bits: params.ulIvFixedBits,
                    generator: params.ivGenerator,
                    data_len: None,
                    tag: params.pTag,
                    tag_len: gcm::tag_len(params.ulTagBits)?,
                })
            }
            MessageKind::Ccm => {
                let params: sys::CK_CCM_MESSAGE_PARAMS =
                    self.structure("CK_CCM_MESSAGE_PARAMS has a wrong length")?;
                Ok(Fields {
                    nonce: params.pNonce,
                    nonce_len: params.ulNonceLen,
                    fixed_bits: params.ulNonceFixedBits,
                    generator: params.nonceGenerator,
                    data_len: Some(params.ulDataLen),
                    tag: params.pMAC,
                    tag_len: tag_bytes(params.ulMACLen)?,
                })
            }
            MessageKind::StreamPoly1305 => {
                let params: sys::CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS =
                    self.structure("CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS has a wrong length")?;
                Ok(Fields {
                    nonce: params.pNonce,
                    nonce_len: in_bytes(params.ulNonceLen),
                    fixed_bits: 0,
                    generator: sys::CKG_NO_GENERATE,
                    data_len: None,
                    tag: params.pTag,
                    tag_len: TAG_LEN_MAX,
                })
            }
        }
    }
}

fn generator(number: u64) -> Result<NonceGenerator> {
    match number {
        sys::CKG_NO_GENERATE => Ok(NonceGenerator::Caller),
        sys::CKG_GENERATE => Ok(NonceGenerator::Module),
        sys::CKG_GENERATE_COUNTER => Ok(NonceGenerator::Counter),
        sys::CKG_GENERATE_RANDOM => Ok(NonceGenerator::Random),
        sys::CKG_GENERATE_COUNTER_XOR => Ok(NonceGenerator::CounterXor),
        _ => invalid("there is no such generator of nonces"),
    }
}

fn tag_bytes(length: u64) -> Result<usize> {
    match to_usize(length) {
        length @ 1..=TAG_LEN_MAX => Ok(length),
        _ => invalid("the tag has a wrong length"),
    }
}

/// The length of a nonce that is told in bits, as the standard says, or in bytes, as NSS and its clients do; no length
/// is both.
fn in_bytes(length: u64) -> u64 {
    match length {
        64 | 96 | 192 => length / 8,
        other => other,
    }
}
