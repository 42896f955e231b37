//! The functions that give bytes, in one table: what holds for one of them is tested for all.

use super::{Answer, Expect, Mech, Session, call, p, refusal};
use cryptoki_sys::*;
use std::ptr::null_mut;

/// A class of operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Encrypt,
    Decrypt,
    Digest,
    Sign,
    Verify,
    SignRecover,
    VerifyRecover,
}

/// A function that writes to a caller's buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Encrypt,
    EncryptUpdate,
    EncryptFinal,
    Decrypt,
    DecryptUpdate,
    DecryptFinal,
    Digest,
    DigestFinal,
    Sign,
    SignFinal,
    SignRecover,
    VerifyRecover,
    DigestEncrypt,
    DecryptDigest,
    SignEncrypt,
    DecryptVerify,
    /// C_GetOperationState.
    State,
}

impl Session {
    /// Starts an operation.
    pub fn begin(&self, class: Class, mechanism: Mech, key: CK_OBJECT_HANDLE) -> Answer {
        let (s, m) = (self.handle, mechanism.p());
        match class {
            Class::Encrypt => call!(C_EncryptInit(s, m, key)),
            Class::Decrypt => call!(C_DecryptInit(s, m, key)),
            Class::Digest => call!(C_DigestInit(s, m)),
            Class::Sign => call!(C_SignInit(s, m, key)),
            Class::Verify => call!(C_VerifyInit(s, m, key)),
            Class::SignRecover => call!(C_SignRecoverInit(s, m, key)),
            Class::VerifyRecover => call!(C_VerifyRecoverInit(s, m, key)),
        }
    }

    /// Init with a NULL mechanism, which cancels.
    pub fn cancel_by_init(&self, class: Class) -> Answer {
        let s = self.handle;
        match class {
            Class::Encrypt => call!(C_EncryptInit(s, null_mut(), 0)),
            Class::Decrypt => call!(C_DecryptInit(s, null_mut(), 0)),
            Class::Digest => call!(C_DigestInit(s, null_mut())),
            Class::Sign => call!(C_SignInit(s, null_mut(), 0)),
            Class::Verify => call!(C_VerifyInit(s, null_mut(), 0)),
            Class::SignRecover => call!(C_SignRecoverInit(s, null_mut(), 0)),
            Class::VerifyRecover => call!(C_VerifyRecoverInit(s, null_mut(), 0)),
        }
    }

    /// One call of a function that writes, exactly as given.
    pub fn step_raw(
        &self,
        step: Step,
        (input, input_length): (*mut u8, CK_ULONG),
        out: *mut u8,
        out_length: *mut CK_ULONG,
    ) -> Answer {
        let s = self.handle;
        match step {
            Step::Encrypt => call!(C_Encrypt(s, input, input_length, out, out_length)),
            Step::EncryptUpdate => call!(C_EncryptUpdate(s, input, input_length, out, out_length)),
            Step::EncryptFinal => call!(C_EncryptFinal(s, out, out_length)),
            Step::Decrypt => call!(C_Decrypt(s, input, input_length, out, out_length)),
            Step::DecryptUpdate => call!(C_DecryptUpdate(s, input, input_length, out, out_length)),
            Step::DecryptFinal => call!(C_DecryptFinal(s, out, out_length)),
            Step::Digest => call!(C_Digest(s, input, input_length, out, out_length)),
            Step::DigestFinal => call!(C_DigestFinal(s, out, out_length)),
            Step::Sign => call!(C_Sign(s, input, input_length, out, out_length)),
            Step::SignFinal => call!(C_SignFinal(s, out, out_length)),
            Step::SignRecover => call!(C_SignRecover(s, input, input_length, out, out_length)),
            Step::VerifyRecover => call!(C_VerifyRecover(s, input, input_length, out, out_length)),
            Step::DigestEncrypt => call!(C_DigestEncryptUpdate(s, input, input_length, out, out_length)),
            Step::DecryptDigest => call!(C_DecryptDigestUpdate(s, input, input_length, out, out_length)),
            Step::SignEncrypt => call!(C_SignEncryptUpdate(s, input, input_length, out, out_length)),
            Step::DecryptVerify => call!(C_DecryptVerifyUpdate(s, input, input_length, out, out_length)),
            Step::State => call!(C_GetOperationState(s, out, out_length)),
        }
    }

    /// The length query: what the function says it needs.
    pub fn query(&self, step: Step, input: &[u8]) -> Answer<usize> {
        let mut length = 0;
        self.step_raw(
            step,
            (p(input), input.len() as CK_ULONG),
            null_mut(),
            &raw mut length,
        )?;
        Ok(length as usize)
    }

    /// The call with a buffer of `capacity` bytes: the answer, the length that was written, the buffer.
    pub fn offer(&self, step: Step, input: &[u8], capacity: usize) -> (Answer, usize, Vec<u8>) {
        let mut out = vec![0xEE; capacity];
        let mut length = capacity as CK_ULONG;
        let input = (p(input), input.len() as CK_ULONG);
        let answer = self.step_raw(step, input, out.as_mut_ptr(), &raw mut length);
        (answer, length as usize, out)
    }

    /// The call with room enough: what it wrote.
    pub fn step(&self, step: Step, input: &[u8]) -> Answer<Vec<u8>> {
        let (answer, length, mut out) = self.offer(step, input, input.len() + (64 << 10));
        answer?;
        out.truncate(length);
        Ok(out)
    }

    /// `C_DigestUpdate`, `C_SignUpdate` or `C_VerifyUpdate`.
    pub fn feed(&self, class: Class, input: &[u8]) -> Answer {
        let (s, data, length) = (self.handle, p(input), input.len() as CK_ULONG);
        match class {
            Class::Digest => call!(C_DigestUpdate(s, data, length)),
            Class::Sign => call!(C_SignUpdate(s, data, length)),
            Class::Verify => call!(C_VerifyUpdate(s, data, length)),
            Class::Encrypt => self.step(Step::EncryptUpdate, input).map(|_| ()),
            Class::Decrypt => self.step(Step::DecryptUpdate, input).map(|_| ()),
            Class::SignRecover | Class::VerifyRecover => panic!("{class:?} has no parts"),
        }
    }

    /// `C_Verify`.
    pub fn check(&self, data: &[u8], signature: &[u8]) -> Answer {
        let (s, length, signature_length) =
            (self.handle, data.len() as CK_ULONG, signature.len() as CK_ULONG);
        call!(C_Verify(s, p(data), length, p(signature), signature_length))
    }

    /// `C_VerifyFinal`.
    pub fn check_final(&self, signature: &[u8]) -> Answer {
        call!(C_VerifyFinal(
            self.handle,
            p(signature),
            signature.len() as CK_ULONG
        ))
    }

    pub fn encrypt(&self, mechanism: Mech, key: CK_OBJECT_HANDLE, data: &[u8]) -> Answer<Vec<u8>> {
        self.begin(Class::Encrypt, mechanism, key)?;
        self.step(Step::Encrypt, data)
    }

    pub fn decrypt(&self, mechanism: Mech, key: CK_OBJECT_HANDLE, data: &[u8]) -> Answer<Vec<u8>> {
        self.begin(Class::Decrypt, mechanism, key)?;
        self.step(Step::Decrypt, data)
    }

    pub fn digest(&self, mechanism: Mech, data: &[u8]) -> Answer<Vec<u8>> {
        self.begin(Class::Digest, mechanism, 0)?;
        self.step(Step::Digest, data)
    }

    pub fn sign(&self, mechanism: Mech, key: CK_OBJECT_HANDLE, data: &[u8]) -> Answer<Vec<u8>> {
        self.begin(Class::Sign, mechanism, key)?;
        self.step(Step::Sign, data)
    }

    pub fn verify(&self, mechanism: Mech, key: CK_OBJECT_HANDLE, data: &[u8], signature: &[u8]) -> Answer {
        self.begin(Class::Verify, mechanism, key)?;
        self.check(data, signature)
    }

    /// The data in pieces of `piece` bytes: all that was written.
    pub fn in_pieces(
        &self,
        class: Class,
        mechanism: Mech,
        key: CK_OBJECT_HANDLE,
        data: &[u8],
        piece: usize,
    ) -> Answer<Vec<u8>> {
        self.begin(class, mechanism, key)?;
        let mut all = Vec::new();
        for some in data.chunks(piece) {
            match class {
                Class::Encrypt => all.extend(self.step(Step::EncryptUpdate, some)?),
                Class::Decrypt => all.extend(self.step(Step::DecryptUpdate, some)?),
                _ => self.feed(class, some)?,
            }
        }
        let last = match class {
            Class::Encrypt => Step::EncryptFinal,
            Class::Decrypt => Step::DecryptFinal,
            Class::Digest => Step::DigestFinal,
            Class::Sign => Step::SignFinal,
            Class::Verify | Class::SignRecover | Class::VerifyRecover => return refusal(CKR_FUNCTION_FAILED),
        };
        all.extend(self.step(last, &[])?);
        Ok(all)
    }

    /// Whether no operation of the class is active: its data functions say so.
    #[track_caller]
    pub fn is_idle(&self, class: Class) {
        let answer = match class {
            Class::Encrypt => self.step(Step::EncryptFinal, &[]).map(|_| ()),
            Class::Decrypt => self.step(Step::DecryptFinal, &[]).map(|_| ()),
            Class::Digest => self.step(Step::DigestFinal, &[]).map(|_| ()),
            Class::Sign => self.step(Step::SignFinal, &[]).map(|_| ()),
            Class::Verify => self.check_final(&[0; 32]),
            Class::SignRecover => self.step(Step::SignRecover, &[]).map(|_| ()),
            Class::VerifyRecover => self.step(Step::VerifyRecover, &[]).map(|_| ()),
        };
        answer.gives(CKR_OPERATION_NOT_INITIALIZED);
    }

    /// `C_VerifySignatureInit`.
    pub fn begin_signature(&self, mechanism: Mech, key: CK_OBJECT_HANDLE, signature: &[u8]) -> Answer {
        let length = signature.len() as CK_ULONG;
        call!(C_VerifySignatureInit(
            self.handle,
            mechanism.p(),
            key,
            p(signature),
            length
        ))
    }

    /// `C_VerifySignature`.
    pub fn check_signature(&self, data: &[u8]) -> Answer {
        call!(C_VerifySignature(self.handle, p(data), data.len() as CK_ULONG))
    }

    /// `C_VerifySignatureUpdate`.
    pub fn feed_signature(&self, data: &[u8]) -> Answer {
        call!(C_VerifySignatureUpdate(
            self.handle,
            p(data),
            data.len() as CK_ULONG
        ))
    }

    /// `C_VerifySignatureFinal`.
    pub fn end_signature(&self) -> Answer {
        call!(C_VerifySignatureFinal(self.handle))
    }

    /// `C_DigestKey`.
    pub fn digest_key(&self, key: CK_OBJECT_HANDLE) -> Answer {
        call!(C_DigestKey(self.handle, key))
    }
}
