//! [`Form`]: how a MAC is made, and the mechanism that makes it.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::functions::Short;
use crate::payshield::held::Held;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{CMAC_KEY, KeyRole, TAK_ALG1, TAK_ALG3, ZAK_ALG1, ZAK_ALG3};

/// Error codes of M6, M8 and MY.
pub(super) const MODE: ErrorCode = ErrorCode(*b"02");
pub(super) const ALGORITHM: ErrorCode = ErrorCode(*b"04");
const PADDING: ErrorCode = ErrorCode(*b"09");

const IV_LEN: usize = 8;
/// Version, algorithm, padding, part, length, IV.
const PARAMETER_MAX: usize = 5 + IV_LEN;

/// How a MAC is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// Algorithm 1 of ISO 9797-1.
    Alg1,
    /// Algorithm 3 of ISO 9797-1.
    Alg3,
    /// CMAC.
    Cmac,
}

/// Which part of a message comes, by its number in messages and in the mechanism's parameter.
pub(super) const WHOLE: u8 = 0;
const FIRST: u8 = 1;
const MIDDLE: u8 = 2;
pub(super) const LAST: u8 = 3;

/// Whether further parts come.
pub(super) fn continues(part: u8) -> bool {
    matches!(part, FIRST | MIDDLE)
}

/// A MAC's form.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) algorithm: Algorithm,
    /// 0 none, 1 to 3 those of ISO 9797-1.
    pub(super) padding: u8,
    /// Bytes.
    pub(super) mac_len: u8,
    pub(super) part: u8,
    pub(super) iv: [u8; IV_LEN],
}

/// The role of a key for this algorithm.
pub(super) fn role(algorithm: Algorithm, is_zak: bool) -> &'static KeyRole {
    match (algorithm, is_zak) {
        (Algorithm::Alg1, false) => &TAK_ALG1,
        (Algorithm::Alg1, true) => &ZAK_ALG1,
        (Algorithm::Alg3, false) => &TAK_ALG3,
        (Algorithm::Alg3, true) => &ZAK_ALG3,
        (Algorithm::Cmac, _) => &CMAC_KEY,
    }
}

/// A part's number.
pub(super) fn read_part(fields: &mut Fields<'_>, name: &'static str, code: ErrorCode) -> Result<u8, Refusal> {
    match fields.byte(name)? {
        digit @ b'0'..=b'3' => Ok(digit - b'0'),
        _ => Err(Refusal::new(code, "parts of messages are 0 to 3")),
    }
}

/// The IV of a part that others go before.
pub(super) fn read_iv(fields: &mut Fields<'_>, part: u8) -> Result<[u8; IV_LEN], Refusal> {
    match part {
        MIDDLE | LAST => fields.hex_array("IV"),
        _ => Ok([0; IV_LEN]),
    }
}

impl Form {
    /// Size, algorithm and padding, for whole messages.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        let mac_len = match fields.byte("MAC size")? {
            b'0' => 4,
            b'1' => 8,
            _ => return Err(Fields::wrong("MAC size")),
        };
        let algorithm = match fields.byte("MAC algorithm")? {
            b'1' => Algorithm::Alg1,
            b'3' => Algorithm::Alg3,
            b'6' => Algorithm::Cmac,
            _ => return Err(Refusal::new(ALGORITHM, "MAC algorithms are 1, 3 and 6")),
        };
        let padding = match fields.byte("padding method")? {
            digit @ b'0'..=b'3' => digit - b'0',
            _ => return Err(Refusal::new(PADDING, "padding methods are 0 to 3")),
        };
        Ok(Self {
            algorithm,
            padding,
            mac_len,
            part: WHOLE,
            iv: [0; IV_LEN],
        })
    }

    /// That what goes with whole messages only is not asked for of parts.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match (self.part, self.algorithm, self.padding) {
            (WHOLE, _, _) => Ok(()),
            (_, Algorithm::Cmac, _) => Err(Refusal::new(MODE, "CMAC takes whole messages")),
            (_, _, 3) => Err(Refusal::new(
                PADDING,
                "padding method 3 puts the length before a whole message",
            )),
            _ => Ok(()),
        }
    }

    /// The mechanism with its parameter. That of parts also does what the device does with keys that are not of the
    /// algorithm, and without padding.
    fn mechanism(&self, key: &Held) -> (MechanismId, [u8; PARAMETER_MAX], usize) {
        let mut parameter = [0; PARAMETER_MAX];
        let mut put = |bytes: &[u8]| {
            parameter
                .iter_mut()
                .zip(bytes)
                .for_each(|(place, byte)| *place = *byte);
            bytes.len()
        };
        let number = match self.algorithm {
            Algorithm::Cmac => {
                let length = put(&u64::from(self.mac_len).to_be_bytes());
                let id = match key.key_type {
                    CKK_AES => CKM_AES_CMAC_GENERAL,
                    _ => CKM_DES3_CMAC_GENERAL,
                };
                return (id, parameter, length);
            }
            Algorithm::Alg1 => 1,
            Algorithm::Alg3 => 3,
        };
        let plain = self.part == WHOLE && self.padding != 0;
        match self.algorithm {
            Algorithm::Alg1 if plain => {
                let length = put(&[1, self.padding, self.mac_len]);
                (CKM_VHSM_ISO9797_ALG1_MAC, parameter, length)
            }
            Algorithm::Alg3 if plain && key.usage == *b"M3" => {
                let length = put(&[1, self.padding, self.mac_len]);
                (CKM_VHSM_ISO9797_ALG3_MAC, parameter, length)
            }
            _ => {
                let [a, b, c, d, e, f, g, h] = self.iv;
                let length = if continues(self.part) { 8 } else { self.mac_len };
                let head = [1, number, self.padding, self.part, length];
                let [v, n, p, t, l] = head;
                let length = put(&[v, n, p, t, l, a, b, c, d, e, f, g, h]);
                (CKM_VHSM_ISO9797_CHAINED_MAC, parameter, length)
            }
        }
    }

    /// The MAC, or the IV of the next part.
    pub(super) fn make(&self, call: &Call<'_>, key: &Held, data: &[u8]) -> Result<Short, Refusal> {
        let (mechanism, parameter, length) = self.mechanism(key);
        let parameter = parameter.get(..length).unwrap_or_default();
        call.sign(mechanism, parameter, key, data)
    }

    /// Whether a MAC is right.
    pub(super) fn is_right(
        &self,
        call: &Call<'_>,
        key: &Held,
        data: &[u8],
        mac: &[u8],
    ) -> Result<bool, Refusal> {
        let (mechanism, parameter, length) = self.mechanism(key);
        let parameter = parameter.get(..length).unwrap_or_default();
        call.verify(mechanism, parameter, key, data, mac)
    }
}
