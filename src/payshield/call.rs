//! [`Call`]: a command that is being answered: its fields, its reply, and what it may do with keys.

use std::net::SocketAddr;
use std::sync::Arc;

use super::code::ErrorCode;
use super::command::LmkKinds;
use super::fields::Fields;
use super::held::{Held, Name};
use super::host::Host;
use super::key_field::KeyField;
use super::lmks::Lmk;
use super::refusal::Refusal;
use super::reply::Reply;
use super::roles::KeyRole;
use crate::attribute::{RawAttribute, RawValue};
use crate::ck::*;
use crate::secret::SecretBytes;

/// A command that is being answered.
pub struct Call<'a> {
    /// The server.
    pub host: &'a Host,
    /// A session that nobody else uses meanwhile.
    pub session: SessionHandle,
    /// The fields that are still to be read.
    pub fields: Fields<'a>,
    /// What is answered.
    pub reply: Reply,
    /// The LMK of the port, for messages without `%nn`.
    pub port_lmk: Option<u8>,
    /// Under which local master keys the command works.
    pub lmks: LmkKinds,
    /// Who asks, if it is somebody outside.
    pub peer: Option<SocketAddr>,
}

/// An attribute of bytes.
#[must_use]
pub fn attribute(attribute: AttributeType, value: &[u8]) -> RawAttribute {
    RawAttribute {
        attribute,
        value: RawValue::Bytes(value.into()),
    }
}

/// A Boolean attribute.
#[must_use]
pub fn flag(kind: AttributeType, value: bool) -> RawAttribute {
    RawAttribute {
        attribute: kind,
        value: RawValue::Bytes(SecretBytes::flag(value)),
    }
}

impl<'a> Call<'a> {
    /// The local master key that the message means: that of `%nn`, of the port, or the server's default.
    ///
    /// # Errors
    /// 13; A1 for one of a kind that the command does not work under.
    pub fn lmk(&self) -> Result<&'a Lmk, Refusal> {
        let lmks = self.host.lmks();
        let id = self
            .fields
            .lmk()
            .or(self.port_lmk)
            .unwrap_or_else(|| lmks.default_id());
        let lmk = lmks.get(id)?;
        match self.lmks.has(lmk) {
            true => Ok(lmk),
            false => {
                let kinds = self.lmks.name();
                let reason = format!("the command works under other LMKs than this one: {kinds}");
                Err(Refusal::new(ErrorCode::LMK_SCHEME, reason))
            }
        }
    }
}

impl Call<'_> {
    /// The end of the fields, which every command reads: `%nn` and the message trailer; the LMK is one that the command
    /// works under, and one that there is.
    ///
    /// # Errors
    /// 15 if anything else is left; as [`Call::check_lmk`].
    pub fn end(&mut self) -> Result<(), Refusal> {
        self.fields.end_before_lmk()?;
        self.check_lmk()
    }

    /// That the LMK of the message is there. A command that uses none may name none.
    ///
    /// # Errors
    /// As [`Call::lmk`].
    pub fn check_lmk(&self) -> Result<(), Refusal> {
        match (self.lmks, self.fields.lmk()) {
            (LmkKinds::None, None) => Ok(()),
            (LmkKinds::None, Some(id)) => self.host.lmks().get(id).map(drop),
            _ => self.lmk().map(drop),
        }
    }

    /// That an activity is authorised.
    ///
    /// # Errors
    /// 17.
    pub fn authorised(&self, activity: &str) -> Result<(), Refusal> {
        match self.host.authorised().allows(activity) {
            true => Ok(()),
            false => {
                let reason =
                    format!("{activity} is not authorised; `vhsm payshield authorise {activity}` does it");
                Err(Refusal::new(ErrorCode::NOT_AUTHORISED, reason))
            }
        }
    }

    /// A key of the message, ready for use. Keys that come again are found in the cache.
    ///
    /// # Errors
    /// 10 for parity, A1 for a scheme of the other kind of LMK, A2 to A8 for key blocks, and the like.
    pub fn key(&self, field: &KeyField<'_>, role: &KeyRole) -> Result<Arc<Held>, Refusal> {
        let lmk = self.lmk()?;
        self.key_under(lmk, field, role)
    }

    /// As [`Call::key`], of the second key of a command.
    ///
    /// # Errors
    /// 11 for parity; else as [`Call::key`].
    pub fn second_key(&self, field: &KeyField<'_>, role: &KeyRole) -> Result<Arc<Held>, Refusal> {
        self.key(field, role).map_err(Refusal::of_second_key)
    }

    /// As [`Call::key`], under this LMK.
    ///
    /// # Errors
    /// As [`Call::key`].
    pub fn key_under(&self, lmk: &Lmk, field: &KeyField<'_>, role: &KeyRole) -> Result<Arc<Held>, Refusal> {
        let key_type = match role.separated {
            Some(code) if lmk.separates_002 => code,
            _ => role.key_type,
        };
        let name = Name::new(lmk, field, key_type, role.usage);
        let held = match self.host.cache().get(name.get()) {
            Some(held) => held,
            None => {
                let held = Arc::new(self.import(lmk, field, key_type, role.usage)?);
                self.host.cache().put(name.get(), &held);
                held
            }
        };
        if field.is_block() && !role.takes(held.usage) {
            let reason = format!(
                "a key block of usage {} is no {}",
                String::from_utf8_lossy(&held.usage),
                role.name
            );
            return Err(Refusal::new(ErrorCode::KEY_USAGE, reason));
        }
        if field.is_block_of_component() {
            let reason = "the key is a component (the key version in its header)";
            return Err(Refusal::new(ErrorCode::KEY_VERSION, reason));
        }
        Ok(held)
    }

    fn import(
        &self,
        lmk: &Lmk,
        field: &KeyField<'_>,
        key_type: [u8; 3],
        usage: [u8; 2],
    ) -> Result<Held, Refusal> {
        match (lmk.has_key_blocks(), field.scheme) {
            (true, b'S') => self.unwrap(
                CKM_VHSM_THALES_KEY_BLOCK,
                &[1, 0, 2],
                lmk.handle,
                field.block(),
                &[flag(CKA_EXTRACTABLE, true)],
            ),
            (false, b'Z' | b'U' | b'T' | b'X' | b'Y') => {
                let [a, b, c] = key_type;
                let template = [attribute(CKA_VHSM_KEY_USAGE, &usage), flag(CKA_EXTRACTABLE, true)];
                let parameter = [1, a, b, c, field.scheme, 0];
                let made = self.unwrap(
                    CKM_VHSM_VARIANT_LMK,
                    &parameter,
                    lmk.handle,
                    untagged(field),
                    &template,
                );
                made.map_err(|refused| {
                    let refused = refused.recode(ErrorCode::KEY_BLOCK_LENGTH, ErrorCode::KEY_LENGTH);
                    of_another_type(refused, lmk, key_type)
                })
            }
            _ => Err(Refusal::new(
                ErrorCode::LMK_SCHEME,
                "the key's scheme is one of the other kind of LMK",
            )),
        }
    }
}

impl Call<'_> {
    /// Whether a check is answered as one that has gone well: it has, or the server approves everything.
    #[must_use]
    pub fn approves(&self, right: bool) -> bool {
        right || self.host.settings().approve_all
    }

    /// The end of a command that checks something.
    ///
    /// # Errors
    /// 01 if it is not right, unless the server approves everything.
    pub fn verified(&self, right: bool, reason: &'static str) -> Result<(), Refusal> {
        match self.approves(right) {
            true => Ok(()),
            false => Err(Refusal::new(ErrorCode::VERIFICATION_FAILED, reason)),
        }
    }
}

/// What even parity means: under another variant or another LMK a key comes out as other bytes.
fn of_another_type(refused: Refusal, lmk: &Lmk, key_type: [u8; 3]) -> Refusal {
    if refused.code != ErrorCode::SOURCE_PARITY {
        return refused;
    }
    let separation = match (lmk.separates_002, &key_type) {
        (true, b"002" | b"70D" | b"80D" | b"90D") => {
            "; the LMK separates key type 002 (`vhsm lmk list`): terminals' keys are 70D, 80D and 90D"
        }
        (false, b"002") => "; the LMK does not separate key type 002 (`vhsm lmk list`)",
        _ => "",
    };
    let reason = format!(
        "the key is not of key type {} under LMK {:02} (another type, variant or LMK), or not of odd parity{separation}",
        String::from_utf8_lossy(&key_type),
        lmk.id
    );
    Refusal::new(refused.code, reason)
}

/// The text as the wrapping mechanism reads it: a single key has no tag there.
fn untagged<'a>(field: &KeyField<'a>) -> &'a [u8] {
    match field.text {
        [b'Z', digits @ ..] => digits,
        text => text,
    }
}
