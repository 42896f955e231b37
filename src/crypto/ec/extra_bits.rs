//! Private scalars by extra random bits [FIPS 186-5, A.2.1]: a number of 64 bits more than the order, modulo the order
//! less one, plus one. The division takes a time that depends on lengths only.

use crypto_bigint::{BoxedUint, NonZero};
use zeroize::Zeroizing;

use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Bytes beyond those of the order.
const EXTRA_LEN: usize = 8;

/// A scalar between 1 and `order - 1`, as long as the order, which is big-endian without leading zeros.
pub(super) fn scalar(order: &[u8]) -> Result<SecretBytes> {
    let mut random = SecretBytes::zeros(order.len() + EXTRA_LEN);
    rng::system(random.as_mut())?;
    reduced(&random, order)
}

/// `random mod (order - 1) + 1`.
pub(super) fn reduced(random: &[u8], order: &[u8]) -> Result<SecretBytes> {
    const FAILED: Error = Error::Internal("a scalar by extra bits");
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    let one = BoxedUint::one();
    let limit = number(order).wrapping_sub(&one);
    let limit = Option::<NonZero<BoxedUint>>::from(NonZero::new(limit)).ok_or(FAILED)?;
    let random = Zeroizing::new(number(random));
    let scalar = Zeroizing::new(random.rem(&limit).wrapping_add(&one));
    let bytes = Zeroizing::new(scalar.to_be_bytes().into_vec());
    let start = bytes.len().checked_sub(order.len()).ok_or(FAILED)?;
    bytes.get(start..).map(SecretBytes::from).ok_or(FAILED)
}
