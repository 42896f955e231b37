//! Messages: many of them encrypted or decrypted with one key.
//!
//! A message's parameter is read before the caller's buffer is touched, and written after it. Bad arguments end the
//! message that came in parts, and never the process.

use std::cell::Cell;

use super::buffer::{Apart, Buffer, Destination};
use super::guard::Call;
use super::params::{CParam, MessagePlaces, NonceUse, TagUse};
use super::read::{Input, copied};
use crate::ck::sys;
use crate::error::{Error, Result};
use crate::mechanism::message::{MessageMade, MessageParams};
use crate::session::message::MessagePart;
use crate::session::{Direction, OperationKind};

/// Additional data and data in, data out.
pub(super) struct Transformed<'a> {
    /// The additional data.
    pub(super) aad: Input<'a>,
    /// The data.
    pub(super) data: Input<'a>,
    /// Where the result goes.
    pub(super) output: Buffer<'a>,
}

/// C_EncryptMessage.
pub(super) fn encrypt(call: Call, param: CParam<'_>, message: Transformed<'_>) -> Result<()> {
    let kind = call.module.message_kind(call.session, Direction::Encrypt)?;
    let (aad, data) = (message.aad.slice()?, message.data.slice()?);
    let output = message.output.required()?;
    let (params, places) = param.message(kind, NonceUse::Generated, TagUse::Made)?;
    let (aad, data) = (Apart::from(aad, &output)?, Apart::from(data, &output)?);
    let made = Cell::default();
    output.deliver(data.len(), |output| {
        let (length, new) = call
            .module
            .encrypt_message(call.session, &params, &aad, &data, output)?;
        made.set(new);
        Ok(length)
    })?;
    places.write(&made.take())
}

/// C_DecryptMessage.
pub(super) fn decrypt(call: Call, param: CParam<'_>, message: Transformed<'_>) -> Result<()> {
    let kind = call.module.message_kind(call.session, Direction::Decrypt)?;
    let (aad, data) = (message.aad.slice()?, message.data.slice()?);
    let output = message.output.required()?;
    let (params, _) = param.message(kind, NonceUse::Given, TagUse::Checked)?;
    let (aad, data) = (Apart::from(aad, &output)?, Apart::from(data, &output)?);
    output.deliver(data.len(), |output| {
        call.module
            .decrypt_message(call.session, &params, &aad, &data, output)
    })
}

/// C_EncryptMessageBegin.
pub(super) fn encrypt_begin(call: Call, param: CParam<'_>, aad: Input<'_>) -> Result<()> {
    let kind = call.module.message_kind(call.session, Direction::Encrypt)?;
    let aad = aad.slice()?;
    let (params, places) = param.message(kind, NonceUse::Generated, TagUse::None)?;
    let made = call.module.encrypt_message_begin(call.session, &params, aad)?;
    places.write(&made)
}

/// C_DecryptMessageBegin.
pub(super) fn decrypt_begin(call: Call, param: CParam<'_>, aad: Input<'_>) -> Result<()> {
    let kind = call.module.message_kind(call.session, Direction::Decrypt)?;
    let aad = copied(aad.slice()?)?.into_boxed_slice();
    let (params, _) = param.message(kind, NonceUse::Given, TagUse::None)?;
    call.module.decrypt_message_begin(call.session, &params, aad)
}

/// A part of a message in, data out.
pub(super) struct NextPart<'a> {
    /// The part.
    pub(super) data: Input<'a>,
    /// Where the result goes.
    pub(super) output: Buffer<'a>,
    /// `CKF_END_OF_MESSAGE`, or nothing.
    pub(super) flags: u64,
}

impl<'a> NextPart<'a> {
    /// Whether it is the last one.
    fn last(&self) -> Result<bool> {
        match self.flags {
            0 => Ok(false),
            sys::CKF_END_OF_MESSAGE => Ok(true),
            _ => Err(Error::ArgumentsBad("flags are CKF_END_OF_MESSAGE or none")),
        }
    }

    /// Everything that the caller's pointers name.
    fn read(&self, call: Call, direction: Direction, param: &CParam<'a>) -> Result<ReadPart<'a>> {
        let kind = call.module.message_kind(call.session, direction)?;
        let (data, output, last) = (self.data.slice()?, self.output.required()?, self.last()?);
        let (nonces, tags) = match (direction, last) {
            (Direction::Encrypt, true) => (NonceUse::Given, TagUse::Made),
            (Direction::Decrypt, true) => (NonceUse::Given, TagUse::Checked),
            (_, false) => (NonceUse::Given, TagUse::None),
        };
        let (params, places) = param.message(kind, nonces, tags)?;
        let data = Apart::from(data, &output)?;
        Ok(ReadPart {
            params,
            places,
            data,
            output,
            last,
        })
    }
}

struct ReadPart<'a> {
    params: MessageParams,
    places: MessagePlaces<'a>,
    data: Apart<'a>,
    output: Destination<'a>,
    last: bool,
}

/// C_EncryptMessageNext.
pub(super) fn encrypt_next(call: Call, param: CParam<'_>, next: NextPart<'_>) -> Result<()> {
    let read = next.read(call, Direction::Encrypt, &param);
    let next = or_end_message(call, OperationKind::MessageEncrypt, read)?;
    let (made, length) = (Cell::new(MessageMade::default()), next.data.len());
    next.output.deliver(length, |output| {
        let part = MessagePart {
            params: &next.params,
            data: &next.data,
            last: next.last,
        };
        let (length, new) = call.module.encrypt_message_next(call.session, part, output)?;
        made.set(new);
        Ok(length)
    })?;
    next.places.write(&made.take())
}

/// C_DecryptMessageNext.
pub(super) fn decrypt_next(call: Call, param: CParam<'_>, next: NextPart<'_>) -> Result<()> {
    let read = next.read(call, Direction::Decrypt, &param);
    let next = or_end_message(call, OperationKind::MessageDecrypt, read)?;
    next.output.deliver(next.data.len(), |output| {
        let part = MessagePart {
            params: &next.params,
            data: &next.data,
            last: next.last,
        };
        call.module.decrypt_message_next(call.session, part, output)
    })
}

/// C_Message…Final.
pub(super) fn finish(call: Call, kind: OperationKind) -> Result<()> {
    call.module.message_final(call.session, kind)
}

/// Arguments that cannot be read end the message that comes in parts.
pub(super) fn or_end_message<T>(call: Call, kind: OperationKind, arguments: Result<T>) -> Result<T> {
    if arguments.is_err() {
        call.module.end_message(call.session, kind)?;
    }
    arguments
}
