//! The decrypting half of [`MessageCipher`]. Parts are gathered, and nothing of them leaves before the tag has been checked.

use super::{Lengths, MessageCipher, MessagePart, OTHER_LENGTH, Opening, Stage, check_length, place};
use crate::ck::to_ulong;
use crate::error::{Error, Result};
use crate::mechanism::message::{Message, MessageParams, Tag};
use crate::session::Output;

impl MessageCipher {
    /// Decrypts a whole message: gives the length of the plaintext in bytes.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while a message comes in parts; [`Error::MechanismParamInvalid`],
    /// [`Error::EncryptedDataLenRange`], [`Error::AeadDecryptFailed`]; [`Error::BufferTooSmall`].
    pub fn open(
        &mut self,
        params: &MessageParams,
        aad: &[u8],
        data: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        self.idle()?;
        self.check(params, to_ulong(data.len()))?;
        check_length(params, data, Error::EncryptedDataLenRange)?;
        let tag = given_tag(params)?;
        let Some(out) = place(output, data.len())? else {
            return Ok(data.len());
        };
        let message = Message {
            nonce: &params.nonce,
            aad,
        };
        let key = self.key.material()?;
        self.mechanism.open(key, message, data, tag.as_ref(), out)?;
        self.key.used();
        Ok(data.len())
    }

    /// Begins a message that comes in parts.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while another one does; [`Error::MechanismParamInvalid`].
    pub fn begin_opening(&mut self, params: &MessageParams, aad: Box<[u8]>) -> Result<()> {
        self.idle()?;
        self.check(params, params.data_len.unwrap_or(0))?;
        let opening = Opening {
            nonce: params.nonce.clone(),
            aad,
            data_len: params.data_len,
            ciphertext: Vec::new(),
        };
        self.stage = Stage::Opening(Lengths::of(params), opening);
        Ok(())
    }

    /// Takes a part. All of the plaintext comes with the last one, whose parameter has the tag.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] between messages; [`Error::BufferTooSmall`]. Others end the message:
    /// [`Error::AeadDecryptFailed`], [`Error::EncryptedDataLenRange`], [`Error::HostMemory`].
    pub fn open_part(&mut self, part: MessagePart<'_>, output: Output<'_>) -> Result<usize> {
        let Stage::Opening(lengths, opening) = &mut self.stage else {
            return Err(Error::OperationNotInitialized);
        };
        let needed = match part.last {
            true => opening.ciphertext.len().saturating_add(part.data.len()),
            false => 0,
        };
        let taken = lengths.again(part.params).and_then(|()| {
            let Some(out) = place(output, needed)? else {
                return Ok(None);
            };
            opening
                .ciphertext
                .try_reserve(part.data.len())
                .map_err(|_| Error::HostMemory)?;
            opening.ciphertext.extend_from_slice(part.data);
            Ok(Some(out))
        });
        match self.part_done(taken)? {
            Some(out) if part.last => self.open_end(part.params, out).map(|()| needed),
            _ => Ok(needed),
        }
    }

    fn open_end(&mut self, params: &MessageParams, out: &mut [u8]) -> Result<()> {
        let Stage::Opening(_, opening) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return Err(Error::Internal("a message that was just complete is not there"));
        };
        let tag = given_tag(params)?;
        let length = to_ulong(opening.ciphertext.len());
        if opening.data_len.is_some_and(|data_len| data_len != length) {
            return Err(Error::EncryptedDataLenRange(OTHER_LENGTH));
        }
        let message = Message {
            nonce: &opening.nonce,
            aad: &opening.aad,
        };
        let key = self.key.material()?;
        self.mechanism
            .open(key, message, &opening.ciphertext, tag.as_ref(), out)?;
        self.key.used();
        Ok(())
    }
}

fn given_tag(params: &MessageParams) -> Result<Tag> {
    params
        .tag
        .ok_or(Error::MechanismParamInvalid("the pointer to the tag is NULL"))
}
