//! Format-preserving encryption of account numbers and other text: FF1 and FF3-1 [NIST SP 800-38G rev. 1].

use crate::ck::*;
use crate::crypto::aes::Block;
use crate::crypto::fpe::{Direction, FF3_TWEAK_LEN, Ff1, Ff3, LEN_MAX, Radix};
use crate::error::{Error, Result};
use crate::mechanism::library::AES;
use crate::mechanism::{
    CipherMechanism, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing,
};
use crate::os::stack;

/// Version, alphabet and radix.
const HEAD_LEN: usize = 1 + 1 + 4;
/// Most bytes of a tweak of FF1.
const TWEAK_MAX: usize = 256;
const VERSION: u8 = 1;

const fn row(
    id: MechanismId,
    (min, max): (usize, usize),
    (encrypt, decrypt): (&'static Fpe, &'static Fpe),
    standing: Standing,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AES],
        params: ParamKind::Flat {
            min: HEAD_LEN + min,
            max: HEAD_LEN + max,
        },
        key: KeyRule {
            types: &[CKK_AES],
            sizes: KeySizes::bytes(16, 32),
            usages_beside: &[KeyUsage::DATA_ENCRYPTION],
            ..KeyRule::NONE
        },
        roles: Roles {
            encrypt: Some(encrypt),
            decrypt: Some(decrypt),
            ..Roles::NONE
        },
        standing,
    }
}

/// The rows. FF3-1 is legacy: the second draft of revision 1 [NIST, February 2025] withdraws it.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_FF1,
        (0, TWEAK_MAX),
        (
            &Fpe(Network::Ff1, Direction::Encrypt),
            &Fpe(Network::Ff1, Direction::Decrypt),
        ),
        Standing::CURRENT,
    ),
    row(
        CKM_VHSM_FF3_1,
        (FF3_TWEAK_LEN, FF3_TWEAK_LEN),
        (
            &Fpe(Network::Ff3, Direction::Encrypt),
            &Fpe(Network::Ff3, Direction::Decrypt),
        ),
        Standing::LEGACY,
    ),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    Ff1,
    Ff3,
}

struct Fpe(Network, Direction);

/// How numerals are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    /// A digit, or a letter from this one on.
    Ascii(u8),
    /// Two bytes, big-endian.
    Words,
}

impl Alphabet {
    /// The numeral that begins the bytes; `None` if it is none.
    fn numeral(self, bytes: &[u8]) -> Option<u16> {
        match (self, bytes) {
            (Self::Ascii(_), [digit @ b'0'..=b'9']) => digit.checked_sub(b'0').map(u16::from),
            (Self::Ascii(first), [letter]) => {
                let place = letter.checked_sub(first).filter(|place| *place < 26)?;
                Some(u16::from(place) + 10)
            }
            (Self::Words, [high, low]) => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        }
    }

    fn write(self, numeral: u16, out: &mut [u8]) {
        let [high, low] = numeral.to_be_bytes();
        match (self, out) {
            (Self::Ascii(_), [place]) if low < 10 => *place = b'0'.wrapping_add(low),
            (Self::Ascii(first), [place]) => *place = first.wrapping_add(low).wrapping_sub(10),
            (Self::Words, [first, second]) => (*first, *second) = (high, low),
            _ => (),
        }
    }

    /// Bytes of a numeral.
    const fn width(self) -> usize {
        match self {
            Self::Ascii(_) => 1,
            Self::Words => 2,
        }
    }
}

/// What the parameter says.
struct Asked<'a> {
    alphabet: Alphabet,
    radix: Radix,
    tweak: &'a [u8],
}

impl Asked<'_> {
    fn parse(params: &Params) -> Result<Asked<'_>> {
        let [version, alphabet, r0, r1, r2, r3, tweak @ ..] = params.flat()? else {
            return Err(Error::Internal("a parameter that is too short"));
        };
        if *version != VERSION {
            return Err(Error::MechanismParamInvalid("the parameter's version is 1"));
        }
        let (alphabet, largest) = match alphabet {
            1 => (Alphabet::Ascii(b'a'), 36),
            2 => (Alphabet::Ascii(b'A'), 36),
            3 => (Alphabet::Words, 1 << 16),
            _ => return Err(Error::MechanismParamInvalid("alphabets are 1, 2 and 3")),
        };
        let radix = u32::from_be_bytes([*r0, *r1, *r2, *r3]);
        let radix = Radix::new(radix).filter(|_| radix <= largest);
        let why = "the radix is 2 to 36, with alphabet 3 to 65536";
        Ok(Asked {
            alphabet,
            radix: radix.ok_or(Error::MechanismParamInvalid(why))?,
            tweak,
        })
    }
}

impl Fpe {
    fn wrong_length(&self, why: &'static str) -> Error {
        match self.1 {
            Direction::Encrypt => Error::DataLenRange(why),
            Direction::Decrypt => Error::EncryptedDataLenRange(why),
        }
    }

    /// Checks the length of a text.
    fn check_len(&self, asked: &Asked, input_len: usize) -> Result<()> {
        if !input_len.is_multiple_of(asked.alphabet.width()) {
            return Err(self.wrong_length("a numeral of this alphabet has two bytes"));
        }
        let length = input_len / asked.alphabet.width();
        if length < asked.radix.len_min() {
            let why =
                "there are fewer than a million texts of this length, so that one could be found by trying";
            return Err(self.wrong_length(why));
        }
        let longest = match self.0 {
            Network::Ff1 => LEN_MAX,
            Network::Ff3 => Ff3::len_max(asked.radix),
        };
        match length <= longest {
            true => Ok(()),
            false => Err(self.wrong_length("the text has more numerals than the mechanism takes")),
        }
    }

    fn check_numerals(&self, asked: &Asked, input: &[u8]) -> Result<()> {
        let is_numeral = |bytes| {
            let numeral = asked.alphabet.numeral(bytes);
            numeral.is_some_and(|numeral| u32::from(numeral) < asked.radix.get())
        };
        match (input.chunks_exact(asked.alphabet.width()).all(is_numeral), self.1) {
            (true, _) => Ok(()),
            (false, Direction::Encrypt) => Err(Error::DataInvalid("a character is no numeral of the radix")),
            (false, Direction::Decrypt) => Err(Error::EncryptedDataInvalid),
        }
    }
}

impl CipherMechanism for Fpe {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        Asked::parse(params).map(|_| ())
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        self.check_len(&Asked::parse(params)?, input_len)?;
        Ok(input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let asked = Asked::parse(params)?;
        self.check_len(&asked, input.len())?;
        self.check_numerals(&asked, input)?;
        let width = asked.alphabet.width();
        let read = |bytes| asked.alphabet.numeral(bytes).unwrap_or(0);
        let numerals = input.chunks_exact(width).map(read);
        let mut places = out.chunks_exact_mut(width);
        let put = |numeral| {
            if let Some(place) = places.next() {
                asked.alphabet.write(numeral, place);
            }
        };
        let secret = key.secret()?;
        match (self.0, asked.tweak.first_chunk()) {
            (Network::Ff3, Some(tweak)) => {
                let cipher = secret.reversed_aes()?;
                let encrypt = |block: &mut Block| cipher.encrypt_block(block);
                Ff3::new(asked.radix, tweak).apply(self.1, numerals, put, &encrypt)?;
            }
            _ => {
                let cipher = secret.aes()?;
                let encrypt = |block: &mut Block| cipher.encrypt_block(block);
                Ff1::new(asked.radix, asked.tweak, numerals.len(), &encrypt)?
                    .apply(self.1, numerals, put, &encrypt)?;
            }
        }
        stack::wipe_little();
        Ok(input.len())
    }
}
