//! Messages: many of them encrypted, decrypted, signed or verified with one key, and keys wrapped as messages.
//!
//! A message's parameter is read before the caller's buffer is touched, and written after it. Bad arguments end the
//! message that came in parts, and never the process.

use std::cell::Cell;

use super::buffer::{Buffer, Destination};
use super::guard::Call;
use super::params::{CParam, Mechanism, MessagePlaces, NonceUse, TagUse};
use super::read::{Input, Item, copied};
use super::template::Template;
use super::write::Out;
use crate::ck::{ObjectHandle, SessionHandle, sys};
use crate::error::{Error, Result};
use crate::mechanism::message::{MessageMade, MessageParams};
use crate::module::{AuthenticatedWrap, Module};
use crate::secret::SecretBytes;
use crate::session::message::MessagePart;
use crate::session::{Direction, OperationKind, Output};

/// Additional data and data in, data out.
pub(super) struct Transformed<'a> {
    /// The additional data.
    pub(super) aad: Input<'a>,
    /// The data.
    pub(super) data: Input<'a>,
    /// Where the result goes.
    pub(super) output: Buffer<'a>,
}

/// Input that no buffer overlaps: itself, or a copy of it.
struct Apart<'a>(&'a [u8], Option<SecretBytes>);

impl<'a> Apart<'a> {
    fn from(input: &'a [u8], output: &Destination<'_>) -> Result<Self> {
        let copy = match output.overlaps(input) {
            true => Some(SecretBytes::new(copied(input)?)),
            false => None,
        };
        Ok(Self(input, copy))
    }

    fn bytes(&self) -> &[u8] {
        self.1.as_deref().unwrap_or(self.0)
    }
}

/// C_EncryptMessage.
pub(super) fn encrypt(call: Call, param: CParam<'_>, message: Transformed<'_>) -> Result<()> {
    let kind = call.module.message_kind(call.session, Direction::Encrypt)?;
    let (aad, data) = (message.aad.slice()?, message.data.slice()?);
    let output = message.output.required()?;
    let (params, places) = param.message(kind, NonceUse::Generated, TagUse::Made)?;
    let (aad, data) = (Apart::from(aad, &output)?, Apart::from(data, &output)?);
    let made = Cell::default();
    output.deliver(data.0.len(), |output| {
        let (length, new) =
            call.module
                .encrypt_message(call.session, &params, aad.bytes(), data.bytes(), output)?;
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
    output.deliver(data.0.len(), |output| {
        call.module
            .decrypt_message(call.session, &params, aad.bytes(), data.bytes(), output)
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
    let (made, length) = (Cell::new(MessageMade::default()), next.data.0.len());
    next.output.deliver(length, |output| {
        let part = MessagePart {
            params: &next.params,
            data: next.data.bytes(),
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
    next.output.deliver(next.data.0.len(), |output| {
        let part = MessagePart {
            params: &next.params,
            data: next.data.bytes(),
            last: next.last,
        };
        call.module.decrypt_message_next(call.session, part, output)
    })
}

/// C_Message…Final.
pub(super) fn finish(call: Call, kind: OperationKind) -> Result<()> {
    call.module.message_final(call.session, kind)
}

/// C_SignMessage.
pub(super) fn sign(call: Call, param: CParam<'_>, data: Input<'_>, signature: Buffer<'_>) -> Result<()> {
    call.module
        .message_running(call.session, OperationKind::MessageSign)?;
    param.no_message()?;
    sign_into(call, Module::sign_message, data, signature)
}

/// C_SignMessageBegin and C_VerifyMessageBegin.
pub(super) fn begin(
    call: Call,
    kind: OperationKind,
    begin: impl FnOnce(&Module, SessionHandle) -> Result<()>,
    param: CParam<'_>,
) -> Result<()> {
    call.module.message_running(call.session, kind)?;
    param.no_message()?;
    begin(call.module, call.session)
}

/// C_SignMessageNext. A NULL length says that more is to come.
pub(super) fn sign_next(call: Call, param: CParam<'_>, data: Input<'_>, signature: Buffer<'_>) -> Result<()> {
    const SIGN: OperationKind = OperationKind::MessageSign;
    call.module.message_running(call.session, SIGN)?;
    or_end_message(call, SIGN, param.no_message())?;
    let part = or_end_message(call, SIGN, data.slice())?;
    match signature.has_length() {
        true => sign_into(call, Module::sign_message_last, data, signature),
        false => call.module.sign_message_next(call.session, part),
    }
}

fn sign_into(
    call: Call,
    step: impl Fn(&Module, SessionHandle, &[u8], Output<'_>) -> Result<usize>,
    data: Input<'_>,
    signature: Buffer<'_>,
) -> Result<()> {
    let (data, output) = (data.slice()?, signature.required()?);
    let data = Apart::from(data, &output)?;
    output.deliver(data.0.len(), |output| {
        step(call.module, call.session, data.bytes(), output)
    })
}

/// C_VerifyMessage.
pub(super) fn verify(call: Call, param: CParam<'_>, data: Input<'_>, signature: Input<'_>) -> Result<()> {
    call.module
        .message_running(call.session, OperationKind::MessageVerify)?;
    param.no_message()?;
    call.module
        .verify_message(call.session, data.slice()?, signature.slice()?)
}

/// C_VerifyMessageNext. A NULL signature says that more is to come.
pub(super) fn verify_next(
    call: Call,
    param: CParam<'_>,
    data: Input<'_>,
    signature: Input<'_>,
) -> Result<()> {
    const VERIFY: OperationKind = OperationKind::MessageVerify;
    call.module.message_running(call.session, VERIFY)?;
    let read = || {
        param.no_message()?;
        let more = signature.is_null();
        Ok((data.slice()?, if more { None } else { Some(signature.slice()?) }))
    };
    match or_end_message(call, VERIFY, read())? {
        (data, None) => call.module.verify_message_next(call.session, data),
        (data, Some(signature)) => call.module.verify_message_last(call.session, data, signature),
    }
}

/// Arguments that cannot be read end the message that comes in parts.
fn or_end_message<T>(call: Call, kind: OperationKind, arguments: Result<T>) -> Result<T> {
    if arguments.is_err() {
        call.module.end_message(call.session, kind)?;
    }
    arguments
}

/// C_WrapKeyAuthenticated. The parameter is read first, and learns its nonce and its tag last.
pub(super) fn wrap(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    (wrapping_key, key): (u64, u64),
    aad: Input<'_>,
    wrapped: Buffer<'_>,
) -> Result<()> {
    let mechanism = Mechanism::required(mechanism)?;
    let (aad, wrapped) = (aad.slice()?, wrapped.required()?);
    let kind = call.module.authenticated_kind(call.session, mechanism.id)?;
    let (params, places) = mechanism
        .params
        .message(kind, NonceUse::Generated, TagUse::Made)?;
    let aad = Apart::from(aad, &wrapped)?;
    let made = Cell::new(MessageMade::default());
    wrapped.deliver(0, |output| {
        let wrap = AuthenticatedWrap {
            mechanism: mechanism.id,
            params: &params,
            key: ObjectHandle(wrapping_key),
            aad: aad.bytes(),
        };
        let (length, new) =
            call.module
                .wrap_key_authenticated(call.session, wrap, ObjectHandle(key), output)?;
        made.set(new);
        Ok(length)
    })?;
    places.write(&made.take())
}

/// C_UnwrapKeyAuthenticated.
pub(super) fn unwrap(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    unwrapping_key: u64,
    (wrapped, aad): (Input<'_>, Input<'_>),
    template: Template<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let mechanism = Mechanism::required(mechanism)?;
    let (wrapped, aad, key) = (wrapped.slice()?, aad.slice()?, key.required()?);
    let template = template.attributes()?;
    let kind = call.module.authenticated_kind(call.session, mechanism.id)?;
    let (params, _) = mechanism.params.message(kind, NonceUse::Given, TagUse::Checked)?;
    let unwrap = AuthenticatedWrap {
        mechanism: mechanism.id,
        params: &params,
        key: ObjectHandle(unwrapping_key),
        aad,
    };
    let made = call
        .module
        .unwrap_key_authenticated(call.session, unwrap, wrapped, &template)?;
    key.write(made.0);
    Ok(())
}
