//! A message digest under way.

use super::output::{Output, Step, deliver};
use crate::error::{Error, Result};
use crate::mechanism::{DigestMechanism, DigestStream};

/// A digest.
pub struct Digest {
    mechanism: &'static dyn DigestMechanism,
    stream: Option<Box<dyn DigestStream>>,
}

impl Digest {
    /// Begins.
    #[must_use]
    pub fn begin(mechanism: &'static dyn DigestMechanism) -> Self {
        Self {
            mechanism,
            stream: None,
        }
    }

    /// The whole message.
    ///
    /// # Errors
    /// [`Error::OperationActive`] after a part; the output's own.
    pub fn oneshot(&mut self, data: &[u8], output: Output<'_>) -> Result<Step> {
        if self.stream.is_some() {
            return Err(Error::OperationActive);
        }
        let length = self.mechanism.digest_len();
        deliver(output, length, |out| {
            self.mechanism.digest(data, out).map(|()| length)
        })
    }

    /// A part.
    pub fn update(&mut self, data: &[u8]) {
        self.stream
            .get_or_insert_with(|| self.mechanism.stream())
            .update(data);
    }

    /// The end of the message.
    ///
    /// # Errors
    /// The output's own.
    pub fn finish(&mut self, output: Output<'_>) -> Result<Step> {
        let length = self.mechanism.digest_len();
        deliver(output, length, |out| {
            let stream = self.stream.take().unwrap_or_else(|| self.mechanism.stream());
            stream.finish(out).map(|()| length)
        })
    }
}
