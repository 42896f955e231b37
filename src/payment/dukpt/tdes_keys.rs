//! The keys of DUKPT with triple DES, computed [ANSI X9.24-1:2009, annex A].

use zeroize::Zeroizing;

use crate::crypto::des::{Block, Des3Key, DesKey};
use crate::error::{Error, Result};
use crate::mechanism::SecretKey;
use crate::os::stack;
use crate::secret::SecretBytes;

/// Length of a key serial number in bytes.
const KSN_LEN: usize = 10;
/// Bits of it that count transactions, the last ones.
const COUNTER_BITS: u32 = 21;
/// Most ones that a counter has: devices leave out the other values, so that they need not derive further.
pub(super) const ONES_MAX: u32 = 10;
/// What makes the second key of a pair out of the first, in each half.
const SECOND: u64 = 0xC0C0_C0C0_0000_0000;

/// A key of two parts, as numbers.
pub(super) type Halves = Zeroizing<[u64; 2]>;

pub(super) fn halves(key: &[u8]) -> Result<Halves> {
    match key.as_chunks::<8>() {
        ([left, right], []) => Ok(Zeroizing::new([*left, *right].map(u64::from_be_bytes))),
        _ => Err(Error::Internal("a key of DUKPT has two parts")),
    }
}

/// The bytes of a key, each half with the bits of a mask inverted.
pub(super) fn masked(key: &Halves, mask: u64) -> Zeroizing<[u8; 16]> {
    let mut bytes = Zeroizing::new([0; 16]);
    for (to, half) in bytes.chunks_exact_mut(8).zip(&**key) {
        to.copy_from_slice(&(half ^ mask).to_be_bytes());
    }
    bytes
}

/// A key serial number: the key set's and the device's identifiers, and the counter.
#[derive(Clone, Copy)]
pub(super) struct Ksn([u8; KSN_LEN]);

impl Ksn {
    /// Reads 8 to 10 bytes. What is missing on the left is all ones [X9.24-1, "Key Serial Number"].
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let mut ksn = [0xff; KSN_LEN];
        let missing = KSN_LEN.checked_sub(bytes.len()).filter(|missing| *missing <= 2);
        let place = missing.and_then(|missing| ksn.get_mut(missing..));
        let place = place.ok_or(Error::MechanismParamInvalid("a KSN has 8 to 10 bytes"))?;
        place.copy_from_slice(bytes);
        Ok(Self(ksn))
    }

    /// The last eight bytes as a number.
    fn last(&self) -> u64 {
        self.0.last_chunk().copied().map_or(0, u64::from_be_bytes)
    }

    const COUNTER: u64 = (1 << COUNTER_BITS) - 1;

    /// How many transactions there have been.
    pub(super) fn counter(&self) -> u64 {
        self.last() & Self::COUNTER
    }

    /// The first eight bytes without the counter: what initial keys are derived from.
    fn device(&self) -> Block {
        let [first @ .., _, _] = self.0;
        (u64::from_be_bytes(first) & !(Self::COUNTER >> 16)).to_be_bytes()
    }
}

/// The initial key: the device's identifier, encrypted under the base derivation key and under its second form.
pub(super) fn initial_key(base: &SecretKey, ksn: Ksn) -> Result<Halves> {
    let second = Des3Key::new(&masked(&halves(base.value())?, SECOND)[..])?;
    let device = ksn.device();
    let left = u64::from_be_bytes(base.des3()?.encrypt(device));
    Ok(Zeroizing::new([left, u64::from_be_bytes(second.encrypt(device))]))
}

/// One half of the next key [X9.24-1, annex A, "Non-reversible Key Generation Process"].
fn next_half(left: u64, right: u64, register: u64) -> u64 {
    let key = Zeroizing::new(left.to_be_bytes());
    let result = DesKey::new(&key).encrypt((register ^ right).to_be_bytes());
    u64::from_be_bytes(result) ^ right
}

/// The key of a transaction: for every one of the counter, from the first on, the key goes through a one-way function
/// of the serial number with the ones so far.
pub(super) fn transaction_key(mut key: Halves, ksn: Ksn) -> Halves {
    let counter = ksn.counter();
    let mut register = ksn.last() & !Ksn::COUNTER;
    for bit in (0..COUNTER_BITS).rev().map(|place| 1 << place) {
        if counter & bit != 0 {
            register |= bit;
            let [left, right] = *key;
            *key = [
                next_half(left ^ SECOND, right ^ SECOND, register),
                next_half(left, right, register),
            ];
        }
    }
    key
}

/// What a working key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::payment) enum Purpose {
    Pin,
    MacRequest,
    MacResponse,
    DataRequest,
    DataResponse,
}

impl Purpose {
    /// What tells the purposes' keys apart, in each half [X9.24-1, annex A].
    const fn variant(self) -> u64 {
        match self {
            Self::Pin => 0xff,
            Self::MacRequest => 0xff00,
            Self::MacResponse => 0xff00_0000,
            Self::DataRequest => 0xff_0000,
            Self::DataResponse => 0xff_0000_0000,
        }
    }
}

/// The working key of a transaction's key. Keys for data go through themselves, so that they tell nothing of the
/// others.
pub(super) fn working_key(purpose: Purpose, transaction: &Halves) -> Result<SecretBytes> {
    let variant = masked(transaction, purpose.variant());
    let mut key = SecretBytes::from(&variant[..]);
    if matches!(purpose, Purpose::DataRequest | Purpose::DataResponse) {
        Des3Key::new(&variant[..])?.ecb_encrypt(&variant[..], key.as_mut())?;
    }
    Ok(key)
}

/// The bytes of a key from a base derivation key: the initial key, or a working key.
///
/// # Errors
/// [`Error::Internal`]; [`Error::MechanismParamInvalid`] for a counter that no transaction has.
pub(in crate::payment) fn key_of_base(
    base: &SecretKey,
    purpose: Option<Purpose>,
    serial: &[u8; KSN_LEN],
) -> Result<SecretBytes> {
    let ksn = Ksn::parse(serial)?;
    let initial = initial_key(base, ksn)?;
    let key = match purpose {
        None => SecretBytes::from(&masked(&initial, 0)[..]),
        Some(purpose) if (1..=ONES_MAX).contains(&ksn.counter().count_ones()) => {
            working_key(purpose, &transaction_key(initial, ksn))?
        }
        Some(_) => {
            let why = "the counter of a KSN has 1 to 10 ones";
            return Err(Error::MechanismParamInvalid(why));
        }
    };
    stack::wipe_little();
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;
    use crate::payment::testing::run_vectors;

    #[test]
    fn the_keys_of_transactions_are_the_published_ones() {
        run_vectors(include_str!("../vectors/dukpt_tdes.json"), |vector| {
            let Some(expected) = vector.optional("txn_key") else {
                return;
            };
            let base = SecretKey::new(SecretBytes::from(&hex(vector.input("bdk"))[..]));
            let ksn = Ksn::parse(&hex(vector.input("ksn"))).unwrap();
            let key = transaction_key(initial_key(&base, ksn).unwrap(), ksn);
            assert_eq!(masked(&key, 0)[..], hex(expected));
        });
    }

    #[test]
    fn a_serial_number_has_8_to_10_bytes() {
        for length in 0..20 {
            assert_eq!(Ksn::parse(&vec![1; length]).is_ok(), (8..=10).contains(&length));
        }
        assert_eq!(Ksn::parse(&[0x12; 8]).unwrap().0[..3], [0xff, 0xff, 0x12]);
    }
}
