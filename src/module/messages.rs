//! `C_MessageEncrypt…`, `C_EncryptMessage…`, and the same for decryption.

use super::Module;
use super::operations::operation_key;
use crate::ck::{MechanismId, ObjectHandle, SessionHandle};
use crate::error::{Error, Result};
use crate::mechanism::message::{MessageKind, MessageMade, MessageParams};
use crate::mechanism::{ParamKind, ParamSource};
use crate::object::Function;
use crate::session::message::MessagePart;
use crate::session::{Direction, MessageCipher, OperationKind, Output, SessionState, Slot};

fn slot(direction: Direction, state: &mut SessionState) -> &mut Slot<MessageCipher> {
    match direction {
        Direction::Encrypt => &mut state.message_encrypt,
        Direction::Decrypt => &mut state.message_decrypt,
    }
}

impl Module {
    fn message_init(
        &self,
        direction: Direction,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        slot(direction, &mut state).free()?;
        let spec = self.mechanisms.find(mechanism)?;
        let (role, function) = match direction {
            Direction::Encrypt => (spec.roles.message_encrypt, Function::Encrypt),
            Direction::Decrypt => (spec.roles.message_decrypt, Function::Decrypt),
        };
        let role = role.ok_or(Error::MechanismInvalid {
            mechanism: spec.id,
            why: "it does not encrypt or decrypt messages",
        })?;
        params.read(ParamKind::OptionalMessage(role.kind()))?;
        let key = operation_key(&session, &mut state, key, function, spec)?;
        if direction == Direction::Encrypt {
            key.nonces()?; // a key that is destroyed later still has them
        }
        let cipher = MessageCipher::begin(role, key)?;
        slot(direction, &mut state).begin(cipher);
        Ok(())
    }

    fn message_step<T>(
        &self,
        direction: Direction,
        session: SessionHandle,
        step: impl FnOnce(&mut MessageCipher) -> Result<T>,
    ) -> Result<T> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        step(slot(direction, &mut state).running()?)
    }

    /// The structure that messages of the session's process have as their parameter.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn message_kind(&self, session: SessionHandle, direction: Direction) -> Result<MessageKind> {
        self.message_step(direction, session, |cipher| Ok(cipher.kind()))
    }

    /// `C_MessageEncryptInit`. Its parameter is none or that of a message, which says nothing yet.
    ///
    /// # Errors
    /// As [`Module::encrypt_init`].
    pub fn message_encrypt_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        self.message_init(Direction::Encrypt, session, mechanism, params, key)
    }

    /// `C_EncryptMessage`: gives the length of the ciphertext in bytes, and what the parameter learns.
    ///
    /// # Errors
    /// As [`MessageCipher::seal`].
    pub fn encrypt_message(
        &self,
        session: SessionHandle,
        params: &MessageParams,
        aad: &[u8],
        data: &[u8],
        output: Output<'_>,
    ) -> Result<(usize, MessageMade)> {
        let step = |cipher: &mut MessageCipher| cipher.seal(params, aad, data, output);
        self.message_step(Direction::Encrypt, session, step)
    }

    /// `C_EncryptMessageBegin`: gives what the parameter learns.
    ///
    /// # Errors
    /// As [`MessageCipher::begin_sealing`].
    pub fn encrypt_message_begin(
        &self,
        session: SessionHandle,
        params: &MessageParams,
        aad: &[u8],
    ) -> Result<MessageMade> {
        let step = |cipher: &mut MessageCipher| cipher.begin_sealing(params, aad);
        self.message_step(Direction::Encrypt, session, step)
    }

    /// `C_EncryptMessageNext`: gives the length of the part of the ciphertext in bytes, and what the parameter learns.
    ///
    /// # Errors
    /// As [`MessageCipher::seal_part`].
    pub fn encrypt_message_next(
        &self,
        session: SessionHandle,
        part: MessagePart<'_>,
        output: Output<'_>,
    ) -> Result<(usize, MessageMade)> {
        let step = |cipher: &mut MessageCipher| cipher.seal_part(part, output);
        self.message_step(Direction::Encrypt, session, step)
    }

    /// `C_MessageDecryptInit`.
    ///
    /// # Errors
    /// As [`Module::message_encrypt_init`].
    pub fn message_decrypt_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        self.message_init(Direction::Decrypt, session, mechanism, params, key)
    }

    /// `C_DecryptMessage`: gives the length of the plaintext in bytes.
    ///
    /// # Errors
    /// As [`MessageCipher::open`].
    pub fn decrypt_message(
        &self,
        session: SessionHandle,
        params: &MessageParams,
        aad: &[u8],
        data: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        let step = |cipher: &mut MessageCipher| cipher.open(params, aad, data, output);
        self.message_step(Direction::Decrypt, session, step)
    }

    /// `C_DecryptMessageBegin`.
    ///
    /// # Errors
    /// As [`MessageCipher::begin_opening`].
    pub fn decrypt_message_begin(
        &self,
        session: SessionHandle,
        params: &MessageParams,
        aad: Box<[u8]>,
    ) -> Result<()> {
        let step = |cipher: &mut MessageCipher| cipher.begin_opening(params, aad);
        self.message_step(Direction::Decrypt, session, step)
    }

    /// `C_DecryptMessageNext`: gives the length of the plaintext in bytes, which is 0 but for the last part.
    ///
    /// # Errors
    /// As [`MessageCipher::open_part`].
    pub fn decrypt_message_next(
        &self,
        session: SessionHandle,
        part: MessagePart<'_>,
        output: Output<'_>,
    ) -> Result<usize> {
        let step = |cipher: &mut MessageCipher| cipher.open_part(part, output);
        self.message_step(Direction::Decrypt, session, step)
    }

    /// `C_Message…Final`.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`]; [`Error::OperationActive`] while a message comes in parts, which is as it
    /// was then.
    pub fn message_final(&self, session: SessionHandle, kind: OperationKind) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        match kind {
            OperationKind::MessageEncrypt => state.message_encrypt.running()?.idle()?,
            OperationKind::MessageDecrypt => state.message_decrypt.running()?.idle()?,
            OperationKind::MessageSign => state.message_sign.running()?.idle()?,
            OperationKind::MessageVerify => state.message_verify.running()?.idle()?,
            _ => return Err(Error::Internal("this kind of operation has no messages")),
        }
        state.cancel(kind);
        Ok(())
    }

    /// Ends the message that comes in parts, because a part came with bad arguments; the process goes on.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] if there is no process.
    pub fn end_message(&self, session: SessionHandle, kind: OperationKind) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        match kind {
            OperationKind::MessageEncrypt => state.message_encrypt.running()?.end_message(),
            OperationKind::MessageDecrypt => state.message_decrypt.running()?.end_message(),
            OperationKind::MessageSign => state.message_sign.running()?.end_message(),
            OperationKind::MessageVerify => state.message_verify.running()?.end_message(),
            _ => return Err(Error::Internal("this kind of operation has no messages")),
        }
        Ok(())
    }

    /// Asks whether a process of this kind runs.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn message_running(&self, session: SessionHandle, kind: OperationKind) -> Result<()> {
        let session = self.session(session)?;
        let state = session.state.lock();
        let running = match kind {
            OperationKind::MessageSign => state.message_sign.is_active(),
            _ => state.message_verify.is_active(),
        };
        running.then_some(()).ok_or(Error::OperationNotInitialized)
    }
}
