//! A token's header: what is known of it before anybody has logged in. Sealed in the store under the root key, so
//! that a changed byte is an error and never a wrong key.

use crate::crypto::kdf::Argon2Costs;
use crate::error::{Error, Reason, Result};
use crate::store::FROM_BACKUP;

/// The format of the encoded header.
const FORMAT: u8 = 1;
/// Bytes of a PIN's salt.
pub(super) const SALT_LEN: usize = 16;

/// The header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// CK_TOKEN_INFO.label: 32 bytes, blank padded.
    pub label: [u8; 32],
    /// CK_TOKEN_INFO.serialNumber: 16 ASCII characters; a token keeps it when it is initialised anew.
    pub serial: [u8; 16],
    /// The SO's PIN.
    pub so: PinRecord,
    /// The user's PIN, once it is set.
    pub user: Option<PinRecord>,
}

/// A PIN: not the PIN itself, but the token's key wrapped under what is derived from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PinRecord {
    /// Salt of the derivation.
    pub salt: [u8; SALT_LEN],
    /// Cost of the derivation, as it was when the PIN was set.
    pub costs: Argon2Costs,
    /// The token's key, sealed under the derived key.
    pub wrapped_key: Vec<u8>,
    /// Wrong PINs since the last right one.
    pub failures: u32,
}

impl Header {
    /// The bytes that are sealed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        out.extend_from_slice(&self.label);
        out.extend_from_slice(&self.serial);
        self.so.encode(&mut out);
        match &self.user {
            None => out.push(0),
            Some(user) => {
                out.push(1);
                user.encode(&mut out);
            }
        }
        out
    }

    /// Reads what [`Header::encode`] wrote.
    ///
    /// # Errors
    /// [`Error::StoreDamaged`] if it is not that.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes).ok_or_else(|| {
            Error::StoreDamaged(Reason::new(
                "the header of a token has an unknown form",
                FROM_BACKUP,
            ))
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let [FORMAT] = reader.array()? else { return None };
        let label = reader.array()?;
        let serial = reader.array()?;
        let so = PinRecord::parse(&mut reader)?;
        let user = match reader.array()? {
            [0] => None,
            [1] => Some(PinRecord::parse(&mut reader)?),
            [_] => return None,
        };
        reader.0.is_empty().then_some(Self {
            label,
            serial,
            so,
            user,
        })
    }
}

impl PinRecord {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.salt);
        for number in [
            self.costs.memory_kib,
            self.costs.iterations,
            self.costs.parallelism,
            self.failures,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let length = u16::try_from(self.wrapped_key.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&self.wrapped_key);
    }

    fn parse(reader: &mut Reader<'_>) -> Option<Self> {
        let salt = reader.array()?;
        let costs = Argon2Costs {
            memory_kib: reader.u32()?,
            iterations: reader.u32()?,
            parallelism: reader.u32()?,
        };
        let failures = reader.u32()?;
        let length = u16::from_le_bytes(reader.array()?);
        let wrapped_key = reader.take(usize::from(length))?.to_vec();
        Some(Self {
            salt,
            costs,
            wrapped_key,
            failures,
        })
    }
}

/// Reads from the front of a byte string.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(failures: u32) -> PinRecord {
        let costs = Argon2Costs {
            memory_kib: 64,
            iterations: 1,
            parallelism: 1,
        };
        PinRecord {
            salt: [7; SALT_LEN],
            costs,
            wrapped_key: vec![9; 61],
            failures,
        }
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for user in [None, Some(pin(3))] {
            let header = Header {
                label: [b'l'; 32],
                serial: [b's'; 16],
                so: pin(0),
                user,
            };
            assert_eq!(Header::decode(&header.encode()), Ok(header));
        }
    }

    #[test]
    fn a_header_cut_short_or_with_more_behind_it_is_damaged() {
        let header = Header {
            label: [b'l'; 32],
            serial: [b's'; 16],
            so: pin(0),
            user: Some(pin(1)),
        };
        let bytes = header.encode();
        for length in 0..bytes.len() {
            assert!(Header::decode(&bytes[..length]).is_err(), "{length}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(Header::decode(&longer).is_err());
    }
}
