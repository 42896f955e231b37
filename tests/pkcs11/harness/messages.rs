//! Messages and their parameters.

use super::{Answer, Mech, Session, call, p};
use cryptoki_sys::*;
use std::ptr::null_mut;

/// The structure of a message's parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Gcm,
    Ccm,
    Chacha,
}

/// The parameter of a message, with the memory that its pointers name.
#[derive(Clone, Debug)]
pub struct Param {
    pub kind: Kind,
    pub nonce: Vec<u8>,
    pub fixed_bits: CK_ULONG,
    pub generator: CK_GENERATOR_FUNCTION,
    pub tag: Vec<u8>,
    pub tag_bits: CK_ULONG,
    pub data_len: CK_ULONG,
    /// The pointers are NULL.
    pub null_nonce: bool,
    pub null_tag: bool,
    /// Another length of the structure than its own.
    pub length: Option<CK_ULONG>,
}

impl Param {
    /// With the caller's nonce and a tag of so many bytes.
    pub fn new(kind: Kind, nonce: &[u8], tag_len: usize) -> Self {
        Self {
            kind,
            nonce: nonce.to_vec(),
            fixed_bits: 0,
            generator: CKG_NO_GENERATE,
            tag: vec![0; tag_len],
            tag_bits: tag_len as CK_ULONG * 8,
            data_len: 0,
            null_nonce: false,
            null_tag: false,
            length: None,
        }
    }

    /// AES-GCM with a tag of 16 bytes.
    pub fn gcm(nonce: &[u8]) -> Self {
        Self::new(Kind::Gcm, nonce, 16)
    }

    /// AES-GCM with a generator behind so many fixed bits.
    pub fn generated(nonce: &[u8], generator: CK_GENERATOR_FUNCTION, fixed_bits: CK_ULONG) -> Self {
        Self {
            generator,
            fixed_bits,
            ..Self::gcm(nonce)
        }
    }

    /// For a message of this length in bytes.
    pub fn of(mut self, data_len: usize) -> Self {
        self.data_len = data_len as CK_ULONG;
        self
    }

    /// With this tag. ChaCha20-Poly1305 always reads 16 bytes.
    pub fn tagged(mut self, tag: &[u8]) -> Self {
        self.tag = tag.to_vec();
        if self.kind == Kind::Chacha {
            self.tag.resize(16, 0);
        }
        self
    }

    /// Lends the structure to a call.
    pub fn lend<T>(&mut self, call: impl FnOnce(*mut std::ffi::c_void, CK_ULONG) -> T) -> T {
        let nonce = if self.null_nonce {
            null_mut()
        } else {
            self.nonce.as_mut_ptr()
        };
        let tag = if self.null_tag {
            null_mut()
        } else {
            self.tag.as_mut_ptr()
        };
        let nonce_len = self.nonce.len() as CK_ULONG;
        match self.kind {
            Kind::Gcm => {
                let mut params = CK_GCM_MESSAGE_PARAMS {
                    pIv: nonce,
                    ulIvLen: nonce_len,
                    ulIvFixedBits: self.fixed_bits,
                    ivGenerator: self.generator,
                    pTag: tag,
                    ulTagBits: self.tag_bits,
                };
                call((&raw mut params).cast(), self.length.unwrap_or(48))
            }
            Kind::Ccm => {
                let mut params = CK_CCM_MESSAGE_PARAMS {
                    ulDataLen: self.data_len,
                    pNonce: nonce,
                    ulNonceLen: nonce_len,
                    ulNonceFixedBits: self.fixed_bits,
                    nonceGenerator: self.generator,
                    pMAC: tag,
                    ulMACLen: self.tag_bits / 8,
                };
                call((&raw mut params).cast(), self.length.unwrap_or(56))
            }
            Kind::Chacha => {
                let mut params = CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS {
                    pNonce: nonce,
                    // In bits, where that is a length; others are refused in either unit.
                    ulNonceLen: match nonce_len {
                        8 | 12 | 24 => nonce_len * 8,
                        other => other,
                    },
                    pTag: tag,
                };
                call((&raw mut params).cast(), self.length.unwrap_or(24))
            }
        }
    }
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Encrypt,
    Decrypt,
}

impl Session {
    /// `C_MessageEncryptInit` or `C_MessageDecryptInit`.
    pub fn begin_messages(&self, way: Way, mechanism: Mech, key: CK_OBJECT_HANDLE) -> Answer {
        match way {
            Way::Encrypt => call!(C_MessageEncryptInit(self.handle, mechanism.p(), key)),
            Way::Decrypt => call!(C_MessageDecryptInit(self.handle, mechanism.p(), key)),
        }
    }

    /// The same with a NULL mechanism.
    pub fn cancel_messages(&self, way: Way) -> Answer {
        match way {
            Way::Encrypt => call!(C_MessageEncryptInit(self.handle, null_mut(), 0)),
            Way::Decrypt => call!(C_MessageDecryptInit(self.handle, null_mut(), 0)),
        }
    }

    /// `C_MessageEncryptFinal` or `C_MessageDecryptFinal`.
    pub fn end_messages(&self, way: Way) -> Answer {
        match way {
            Way::Encrypt => call!(C_MessageEncryptFinal(self.handle)),
            Way::Decrypt => call!(C_MessageDecryptFinal(self.handle)),
        }
    }

    /// `C_EncryptMessage` or `C_DecryptMessage`, exactly as given.
    pub fn message_raw(
        &self,
        way: Way,
        param: &mut Param,
        aad: &[u8],
        (data, data_length): (*mut u8, CK_ULONG),
        out: *mut u8,
        out_length: *mut CK_ULONG,
    ) -> Answer {
        let (s, aad_length) = (self.handle, aad.len() as CK_ULONG);
        param.lend(|param, length| match way {
            Way::Encrypt => call!(C_EncryptMessage(
                s,
                param,
                length,
                p(aad),
                aad_length,
                data,
                data_length,
                out,
                out_length
            )),
            Way::Decrypt => call!(C_DecryptMessage(
                s,
                param,
                length,
                p(aad),
                aad_length,
                data,
                data_length,
                out,
                out_length
            )),
        })
    }

    /// A whole message, with a buffer of `capacity` bytes: the answer, the length that was written, the buffer.
    pub fn offer_message(
        &self,
        way: Way,
        param: &mut Param,
        aad: &[u8],
        data: &[u8],
        capacity: usize,
    ) -> (Answer, usize, Vec<u8>) {
        let mut out = vec![0xEE; capacity];
        let mut length = capacity as CK_ULONG;
        let data = (p(data), data.len() as CK_ULONG);
        let answer = self.message_raw(way, param, aad, data, out.as_mut_ptr(), &raw mut length);
        (answer, length as usize, out)
    }

    /// A whole message: what comes out.
    pub fn message(&self, way: Way, param: &mut Param, aad: &[u8], data: &[u8]) -> Answer<Vec<u8>> {
        let (answer, length, mut out) = self.offer_message(way, param, aad, data, data.len() + 32);
        answer?;
        out.truncate(length);
        Ok(out)
    }

    /// `C_EncryptMessageBegin` or `C_DecryptMessageBegin`.
    pub fn begin_message(&self, way: Way, param: &mut Param, aad: &[u8]) -> Answer {
        let (s, aad_length) = (self.handle, aad.len() as CK_ULONG);
        param.lend(|param, length| match way {
            Way::Encrypt => call!(C_EncryptMessageBegin(s, param, length, p(aad), aad_length)),
            Way::Decrypt => call!(C_DecryptMessageBegin(s, param, length, p(aad), aad_length)),
        })
    }

    /// `C_EncryptMessageNext` or `C_DecryptMessageNext`, exactly as given.
    pub fn part_raw(
        &self,
        way: Way,
        param: &mut Param,
        (data, data_length): (*mut u8, CK_ULONG),
        out: *mut u8,
        out_length: *mut CK_ULONG,
        flags: CK_FLAGS,
    ) -> Answer {
        let s = self.handle;
        param.lend(|param, length| match way {
            Way::Encrypt => call!(C_EncryptMessageNext(
                s,
                param,
                length,
                data,
                data_length,
                out,
                out_length,
                flags
            )),
            Way::Decrypt => call!(C_DecryptMessageNext(
                s,
                param,
                length,
                data,
                data_length,
                out,
                out_length,
                flags
            )),
        })
    }

    /// A part with a buffer of `capacity` bytes.
    pub fn offer_part(
        &self,
        way: Way,
        param: &mut Param,
        data: &[u8],
        capacity: usize,
        flags: CK_FLAGS,
    ) -> (Answer, usize, Vec<u8>) {
        let mut out = vec![0xEE; capacity];
        let mut length = capacity as CK_ULONG;
        let data = (p(data), data.len() as CK_ULONG);
        let answer = self.part_raw(way, param, data, out.as_mut_ptr(), &raw mut length, flags);
        (answer, length as usize, out)
    }

    /// A part: what comes out.
    pub fn part(&self, way: Way, param: &mut Param, data: &[u8], flags: CK_FLAGS) -> Answer<Vec<u8>> {
        let (answer, length, mut out) = self.offer_part(way, param, data, data.len() + 70_000, flags);
        answer?;
        out.truncate(length);
        Ok(out)
    }

    /// A whole message in pieces of `piece` bytes.
    pub fn message_in_pieces(
        &self,
        way: Way,
        param: &mut Param,
        aad: &[u8],
        data: &[u8],
        piece: usize,
    ) -> Answer<Vec<u8>> {
        self.begin_message(way, param, aad)?;
        let mut all = Vec::new();
        for some in data.chunks(piece) {
            all.extend(self.part(way, param, some, 0)?);
        }
        all.extend(self.part(way, param, b"", CKF_END_OF_MESSAGE)?);
        Ok(all)
    }
}
