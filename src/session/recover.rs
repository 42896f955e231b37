//! Verification with data recovery under way, and verification of a signature that was given first.

use super::key::OperationKey;
use super::output::{Output, Step, deliver_bounded};
use super::sign::Verify;
use crate::error::{Error, Result};
use crate::mechanism::{Params, RecoverMechanism};

/// A signature whose data is recovered.
pub struct VerifyRecover {
    mechanism: &'static dyn RecoverMechanism,
    key: OperationKey,
    params: Params,
}

impl From<VerifyRecover> for OperationKey {
    fn from(verify: VerifyRecover) -> Self {
        verify.key
    }
}

impl VerifyRecover {
    /// Begins.
    ///
    /// # Errors
    /// What the mechanism finds wrong with key and parameter.
    pub fn begin(
        mechanism: &'static dyn RecoverMechanism,
        key: OperationKey,
        params: Params,
    ) -> Result<Self> {
        mechanism.check(key.material()?, &params)?;
        Ok(Self {
            mechanism,
            key,
            params,
        })
    }

    /// The key, to ask for its state.
    #[must_use]
    pub fn key(&self) -> &OperationKey {
        &self.key
    }

    /// The signature. A wrong one outranks a short buffer.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], [`Error::SignatureLenRange`]; the output's own.
    pub fn oneshot(&mut self, signature: &[u8], output: Output<'_>) -> Result<Step> {
        let key = self.key.material()?;
        let bound = self.mechanism.data_len(key, &self.params)?;
        deliver_bounded(output, bound, |out| {
            self.mechanism.recover(key, &self.params, signature, out)
        })
    }
}

/// A verification whose signature came at Init [PKCS#11 3.2, 5.15: C_VerifySignatureInit].
pub struct VerifySignature {
    verify: Verify,
    signature: Box<[u8]>,
    begun: bool,
}

impl From<VerifySignature> for OperationKey {
    fn from(verify: VerifySignature) -> Self {
        verify.verify.key
    }
}

impl VerifySignature {
    /// Begins with the signature that the data is to fit.
    #[must_use]
    pub fn begin(verify: Verify, signature: Box<[u8]>) -> Self {
        Self {
            verify,
            signature,
            begun: false,
        }
    }

    /// The key, to ask for its state.
    #[must_use]
    pub fn key(&self) -> &OperationKey {
        &self.verify.key
    }

    /// The whole message; the operation is over either way.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] after a part; [`Error::SignatureInvalid`], [`Error::SignatureLenRange`].
    pub fn oneshot(&mut self, data: &[u8]) -> Result<Step> {
        if self.begun {
            // The standard does not list CKR_OPERATION_ACTIVE for this function.
            return Err(Error::OperationNotInitialized);
        }
        self.verify.oneshot(data, &self.signature)
    }

    /// A part.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only; what is wrong with the data.
    pub fn update(&mut self, data: &[u8]) -> Result<Step> {
        self.begun = true;
        self.verify.update(data)
    }

    /// The end of the message; the operation is over either way.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], [`Error::SignatureLenRange`].
    pub fn finish(&mut self) -> Result<Step> {
        self.verify.finish(&self.signature)
    }
}
