//! Key derivation.

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Costs of Argon2id [RFC 9106, 3.1].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Argon2Costs {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

/// 32 bytes of Argon2id, version 0x13 [RFC 9106]. `pepper` is the secret value K of the RFC.
///
/// # Errors
/// [`Error::Crypto`] if costs, salt or pepper are outside the RFC's ranges.
pub fn argon2id(pin: &[u8], salt: &[u8], pepper: &[u8], costs: Argon2Costs) -> Result<Zeroizing<[u8; 32]>> {
    let failed = |_| Error::Crypto("Argon2id refused its parameters");
    let params = argon2::Params::new(costs.memory_kib, costs.iterations, costs.parallelism, Some(32))
        .map_err(failed)?;
    let function = argon2::Argon2::new_with_secret(
        pepper,
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        params,
    )
    .map_err(failed)?;
    let mut key = Zeroizing::new([0; 32]);
    function
        .hash_password_into(pin, salt, key.as_mut())
        .map_err(failed)?;
    Ok(key)
}
