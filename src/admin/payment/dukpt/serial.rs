//! Key serial numbers of DUKPT: read, and told in parts.

use crate::admin::failure::Failure;

/// Hexadecimal digits of whole serial numbers.
const TDES_DIGITS: usize = 20;
const AES_DIGITS: usize = 24;
/// Fewest digits with triple DES; what is missing on the left is F.
const TDES_DIGITS_MIN: usize = 15;
/// Digits of the counter and of what it shares its first digit with, as descriptors count them.
const COUNTER_DIGITS: usize = 5;

/// A key serial number.
pub(super) enum Serial {
    /// Of triple DES: 10 bytes.
    Tdes([u8; 10]),
    /// Of AES: 12 bytes.
    Aes([u8; 12]),
}

const REMEDY: &str = "give 15 to 20 hexadecimal digits of triple DES, or 24 of AES";

impl Serial {
    /// Reads what the user wrote, blanks and colons between the digits left out.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let digits = text.replace(|c: char| c.is_whitespace() || c == ':', "");
        if !digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
            let what = "the KSN has other characters than hexadecimal digits";
            return Err(Failure::new(what, REMEDY));
        }
        let wrong = || Failure::new(format!("the KSN has {} digits", digits.len()), REMEDY);
        match digits.len() {
            // Digits F before it are there already, and one is missing somewhere else.
            length @ TDES_DIGITS_MIN..TDES_DIGITS if digits.starts_with(['F', 'f']) => Err(Failure::new(
                format!("the KSN begins with F and has {length} digits"),
                "give all 20 digits, or those behind the first digits F",
            )),
            TDES_DIGITS_MIN..=TDES_DIGITS => Ok(Self::Tdes(bytes(&digits).ok_or_else(wrong)?)),
            AES_DIGITS => Ok(Self::Aes(bytes(&digits).ok_or_else(wrong)?)),
            _ => Err(wrong()),
        }
    }

    /// All of it.
    pub(super) fn digits(&self) -> String {
        match self {
            Self::Tdes(bytes) => super::upper_hexadecimal(bytes),
            Self::Aes(bytes) => super::upper_hexadecimal(bytes),
        }
    }

    /// Which transaction it is.
    pub(super) fn counter(&self) -> u32 {
        match self {
            Self::Tdes([.., a, b, c]) => u32::from_be_bytes([0, *a & 0x1f, *b, *c]),
            Self::Aes([.., a, b, c, d]) => u32::from_be_bytes([*a, *b, *c, *d]),
        }
    }

    /// Names and digits of what it consists of; a descriptor tells how many digits each part of triple DES has.
    pub(super) fn parts(&self, descriptor: Option<&str>) -> Result<Vec<(String, String)>, Failure> {
        let digits = self.digits();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
        let mut parts = match (self, descriptor) {
            (Self::Aes(_), None) => vec![("BDK identifier", part(0, 8)), ("device identifier", part(8, 16))],
            (Self::Aes(_), Some(_)) => {
                let remedy = "leave it out: with AES every part has 8 digits";
                return Err(Failure::new("--descriptor goes with triple DES", remedy));
            }
            (Self::Tdes(_), None) => vec![],
            (Self::Tdes(_), Some(text)) => {
                let [key_set, sub_key, device] = lengths(text)?;
                let start = TDES_DIGITS.saturating_sub(key_set + sub_key + device + COUNTER_DIGITS);
                if part(0, start).chars().any(|digit| digit != 'F') {
                    let what = format!("the KSN has more digits than --descriptor {text} tells");
                    return Err(Failure::new(what, "digits before its parts are F"));
                }
                let sub_start = start + key_set;
                let device_start = sub_start + sub_key;
                vec![
                    ("key set", part(start, sub_start)),
                    ("sub-key", part(sub_start, device_start)),
                    ("device", part(device_start, device_start + device)),
                ]
            }
        };
        parts.retain(|(_, digits)| !digits.is_empty());
        parts.push(("counter", self.counter().to_string()));
        let named = |(name, digits): (&str, String)| (name.to_owned(), digits);
        Ok(parts.into_iter().map(named).collect())
    }
}

/// The bytes of digits, digits F before them.
fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let filled = format!("{digits:F>width$}", width = 2 * N);
    let bytes = super::bytes_of(&filled).ok()?;
    bytes.try_into().ok()
}

/// How many digits the identifiers of key set, sub-key and device have, by a descriptor of three digits.
fn lengths(descriptor: &str) -> Result<[usize; 3], Failure> {
    let wrong = || {
        let what = format!("--descriptor {descriptor:?} is no descriptor of a KSN");
        let remedy = "give three hexadecimal digits: how many digits key set, sub-key and device have, 15 at most together, as in A05";
        Failure::new(what, remedy)
    };
    let digit = |c: char| c.to_digit(16).and_then(|digit| usize::try_from(digit).ok());
    let digits: Option<Vec<usize>> = descriptor.chars().map(digit).collect();
    let digits: [usize; 3] = digits
        .and_then(|digits| digits.try_into().ok())
        .ok_or_else(wrong)?;
    let sum: usize = digits.iter().sum();
    match sum + COUNTER_DIGITS <= TDES_DIGITS && digits.first() != Some(&0) {
        true => Ok(digits),
        false => Err(wrong()),
    }
}
