//! [`Call`]: a command that is being answered: its fields, its reply, and what it may do with keys.

use std::net::SocketAddr;
use std::sync::Arc;

use super::activities::Activity;
use super::code::ErrorCode;
use super::command::LmkKinds;
use super::expected::Expected;
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
    /// The activities of the command's row.
    pub activities: &'static [Activity],
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
    /// 17; 41 for one that the command's row does not name.
    pub fn authorised(&self, activity: &str) -> Result<(), Refusal> {
        if !self.activities.iter().any(|named| named.has_name(activity)) {
            let reason = format!("the command's row does not name the activity {activity}");
            return Err(Refusal::new(ErrorCode::INTERNAL, reason));
        }
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
        let expected = Expected::of_role(lmk, role);
        let name = Name::new(lmk, field, expected.key_type, role.usage);
        let held = match self.host.cache().get(name.get()) {
            Some(held) => {
                expected.hold(field, &held)?;
                held
            }
            None => {
                let held = Arc::new(self.open(lmk, field, &expected)?);
                self.host.cache().put(name.get(), &held);
                held
            }
        };
        Ok(held)
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
