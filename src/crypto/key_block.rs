//! What protects the key in a key block: an encryption key and a MAC key that come of the block's protection key, and a
//! MAC over header and key [ANSI X9.143; ISO 20038 for counter mode; Thales' blocks after the same pattern].

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::aes::{AesKey, Counter};
use super::des::Des3Key;
use super::mac::{CmacCipher, CmacSubkeys};
use super::prf::cmac;
use crate::error::{Error, Result};

/// Length of the longest MAC in bytes.
const MAC_LEN_MAX: usize = 16;

/// How a block is bound together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// Triple DES by variants of the protection key; a CBC-MAC over what is encrypted. TR-31 A and C, Thales 0.
    Variant,
    /// Triple DES by keys derived with CMAC; a CMAC over the plaintext, which is the initialisation vector. TR-31 B.
    Des3,
    /// The same with AES. TR-31 D.
    Aes,
    /// AES in counter mode; otherwise as TR-31 D. TR-31 E.
    AesCtr,
    /// AES by the keys of TR-31 D; a CMAC over what is encrypted, the header as initialisation vector. Thales 1.
    AesHeader,
}

impl Binding {
    /// Every binding.
    pub const ALL: [Self; 5] = [
        Self::Variant,
        Self::Des3,
        Self::Aes,
        Self::AesCtr,
        Self::AesHeader,
    ];

    /// Length in bytes that what is encrypted is a multiple of.
    #[must_use]
    pub const fn unit_len(self) -> usize {
        match self {
            Self::Variant | Self::Des3 => 8,
            Self::Aes | Self::AesHeader => 16,
            Self::AesCtr => 1,
        }
    }

    /// Length in bytes that the header with its optional blocks is a multiple of.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::Variant | Self::Des3 => 8,
            Self::Aes | Self::AesHeader | Self::AesCtr => 16,
        }
    }

    /// Length of the MAC in bytes.
    #[must_use]
    pub const fn mac_len(self) -> usize {
        match self {
            Self::Variant => 4,
            Self::Des3 | Self::AesHeader => 8,
            Self::Aes | Self::AesCtr => MAC_LEN_MAX,
        }
    }

    /// Whether the protection key is one of AES.
    #[must_use]
    pub const fn is_aes(self) -> bool {
        matches!(self, Self::Aes | Self::AesCtr | Self::AesHeader)
    }

    /// Whether the MAC is over what is encrypted; else it is over the plaintext.
    const fn encrypts_first(self) -> bool {
        matches!(self, Self::Variant | Self::AesHeader)
    }
}

/// The two keys of a binding, prepared. Immutable; shared by threads.
pub struct KeyBlockKeys {
    binding: Binding,
    keys: Keys,
}

#[allow(
    clippy::large_enum_variant,
    reason = "each is allocated by itself, once for a protection key"
)]
enum Keys {
    Des3 {
        encrypt: Des3Key,
        mac: Des3Key,
        subkeys: CmacSubkeys<8>,
    },
    Aes {
        encrypt: AesKey,
        mac: AesKey,
        subkeys: CmacSubkeys<16>,
    },
}

/// What is exclusive-ored with every byte of the protection key: E for encryption, M for the MAC.
const VARIANTS: [u8; 2] = [b'E', b'M'];

/// What a derived key is for, in the input of the derivation.
const FOR_CBC: u8 = 0;
const FOR_MAC: u8 = 1;
const FOR_CTR: u8 = 2;

impl KeyBlockKeys {
    /// Makes them out of a protection key: of triple DES with two or three parts, or of AES.
    ///
    /// # Errors
    /// [`Error::Internal`] for a key of another length.
    pub fn new(binding: Binding, protection: &[u8]) -> Result<Self> {
        let keys = match binding {
            Binding::Variant => {
                let variant = |mask: u8| {
                    let bytes: Vec<u8> = protection.iter().map(|byte| byte ^ mask).collect();
                    Des3Key::new(&Zeroizing::new(bytes))
                };
                let [encrypt, mac] = VARIANTS;
                Keys::of_des3(variant(encrypt)?, variant(mac)?)
            }
            Binding::Des3 => {
                let kdf = Des3Key::new(protection)?;
                let algorithm = if protection.len() == 16 { 0 } else { 1 };
                let subkeys = CmacSubkeys::new(&kdf);
                let derived = |purpose| derive(&kdf, &subkeys, purpose, algorithm, protection.len());
                Keys::of_des3(
                    Des3Key::new(&derived(FOR_CBC)?)?,
                    Des3Key::new(&derived(FOR_MAC)?)?,
                )
            }
            Binding::Aes | Binding::AesCtr | Binding::AesHeader => {
                let kdf = AesKey::new(protection)?;
                let algorithm = match protection.len() {
                    16 => 2,
                    24 => 3,
                    _ => 4,
                };
                let subkeys = CmacSubkeys::new(&kdf);
                let derived = |purpose| derive(&kdf, &subkeys, purpose, algorithm, protection.len());
                let purpose = if binding == Binding::AesCtr {
                    FOR_CTR
                } else {
                    FOR_CBC
                };
                let mac = AesKey::new(&derived(FOR_MAC)?)?;
                Keys::Aes {
                    encrypt: AesKey::new(&derived(purpose)?)?,
                    subkeys: CmacSubkeys::new(&mac),
                    mac,
                }
            }
        };
        Ok(Self { binding, keys })
    }

    /// Encrypts a key field and adds the MAC over it and `head`. `out` has room for both.
    ///
    /// # Errors
    /// [`Error::Internal`] for lengths that are no multiples of the binding's.
    pub fn seal(&self, head: &[u8], plain: &[u8], out: &mut [u8]) -> Result<()> {
        let (body, tag) = out.split_at_mut_checked(plain.len()).ok_or(WRONG_LENGTH)?;
        if tag.len() != self.binding.mac_len() {
            return Err(WRONG_LENGTH);
        }
        let whole = if self.binding.encrypts_first() {
            self.crypt(true, &first(head), plain, body)?;
            self.mac(head, body)?
        } else {
            let whole = self.mac(head, plain)?;
            self.crypt(true, &whole, plain, body)?;
            whole
        };
        tag.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
        Ok(())
    }

    /// Decrypts a key field if the MAC behind it is right; `false` and zeros if it is not. `plain` is as long as what
    /// stands before the MAC. A wrong MAC takes the same time whatever is wrong.
    ///
    /// # Errors
    /// [`Error::Internal`] for lengths that are no multiples of the binding's.
    pub fn open(&self, head: &[u8], sealed: &[u8], plain: &mut [u8]) -> Result<bool> {
        let (body, tag) = sealed.split_at_checked(plain.len()).ok_or(WRONG_LENGTH)?;
        if tag.len() != self.binding.mac_len() {
            return Err(WRONG_LENGTH);
        }
        let is_right = |whole: [u8; MAC_LEN_MAX]| -> bool {
            let right = whole.get(..tag.len()).unwrap_or_default();
            right.ct_eq(tag).into()
        };
        if self.binding.encrypts_first() {
            let right = is_right(self.mac(head, body)?);
            if right {
                self.crypt(false, &first(head), body, plain)?;
            }
            return Ok(right);
        }
        self.crypt(false, &first(tag), body, plain)?;
        let right = is_right(self.mac(head, plain)?);
        if !right {
            plain.zeroize();
        }
        Ok(right)
    }

    fn crypt(&self, encrypts: bool, iv: &[u8; 16], from: &[u8], to: &mut [u8]) -> Result<()> {
        match &self.keys {
            Keys::Des3 { encrypt: key, .. } => {
                let [iv @ .., _, _, _, _, _, _, _, _] = iv;
                match encrypts {
                    true => key.cbc_encrypt(&mut iv.to_owned(), from, to),
                    false => key.cbc_decrypt(&mut iv.to_owned(), from, to),
                }
            }
            Keys::Aes { encrypt: key, .. } if self.binding == Binding::AesCtr => {
                key.ctr(&mut Counter::new(*iv, 128)?, from, to)
            }
            Keys::Aes { encrypt: key, .. } => match encrypts {
                true => key.cbc_encrypt(&mut iv.to_owned(), from, to),
                false => key.cbc_decrypt(&mut iv.to_owned(), from, to),
            },
        }
    }

    /// The MAC, in the first bytes of what is returned.
    fn mac(&self, head: &[u8], body: &[u8]) -> Result<[u8; MAC_LEN_MAX]> {
        let mut tag = [0; MAC_LEN_MAX];
        match &self.keys {
            Keys::Des3 { mac, .. } if self.binding == Binding::Variant => {
                let mut state = [0; 8];
                mac.chain(&mut state, head)?;
                mac.chain(&mut state, body)?;
                tag.iter_mut().zip(state).for_each(|(to, from)| *to = from);
            }
            Keys::Des3 { mac, subkeys, .. } => cmac(mac, subkeys, &[head, body], &mut tag)?,
            Keys::Aes { mac, subkeys, .. } => cmac(mac, subkeys, &[head, body], &mut tag)?,
        }
        Ok(tag)
    }
}

impl Keys {
    fn of_des3(encrypt: Des3Key, mac: Des3Key) -> Self {
        let subkeys = CmacSubkeys::new(&mac);
        Self::Des3 {
            encrypt,
            mac,
            subkeys,
        }
    }
}

const WRONG_LENGTH: Error = Error::Internal("a key block was given a wrong length");

/// The first bytes of a header or of a MAC, as an initialisation vector; zeros fill it up.
fn first(bytes: &[u8]) -> [u8; 16] {
    let mut block = [0; 16];
    block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    block
}

/// A derived key, of `length` bytes: the CMACs of a counter, the purpose, the algorithm and the length in bits
/// [ANSI X9.143, 7.2: the key derivation binding method].
fn derive<const N: usize, C: CmacCipher<N>>(
    key: &C,
    subkeys: &CmacSubkeys<N>,
    purpose: u8,
    algorithm: u8,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>> {
    let bits = u8::try_from(length / 8).map_err(|_| WRONG_LENGTH)?;
    let [high, low] = (u16::from(bits) * 64).to_be_bytes();
    let mut derived = Zeroizing::new(vec![0; length]);
    for (counter, part) in (1..).zip(derived.chunks_mut(N)) {
        let input = [counter, 0, purpose, 0, 0, algorithm, high, low];
        subkeys.mac(key, &input, part)?;
    }
    Ok(derived)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [ISO 20038:2017, B.2] has no random padding, so that the block comes out as published.
    #[test]
    fn a_block_in_counter_mode_is_that_of_iso_20038() {
        let protection = b"256-bit AES wrapping (ISO 20038)";
        let keys = KeyBlockKeys::new(Binding::AesCtr, protection).unwrap();
        let (head, plain) = (
            b"E0084B0TV16N0000",
            [&[0, 0x80], &b"wrapped 3DES key"[..]].concat(),
        );
        let sealed = hex("B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547");
        let mut out = vec![0; sealed.len()];
        keys.seal(head, &plain, &mut out).unwrap();
        assert_eq!(out, sealed);
        let mut back = vec![0; plain.len()];
        assert_eq!(keys.open(head, &sealed, &mut back), Ok(true));
        assert_eq!(back, plain);
    }

    /// [TR-31:2018, A.7.2.1, A.7.2.2 and A.7.4, with the padding that their keys show].
    #[test]
    fn blocks_with_known_padding_are_those_of_tr_31() {
        for (binding, protection, head, plain, sealed) in [
            (
                Binding::Variant,
                "89E88CF7931444F334BD7547FC3F380C",
                "A0072P0TE00E0000",
                "0080F039121BEC83D26B169BDCD5B22AAF8F720DF563BB07",
                "F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701",
            ),
            (
                Binding::Des3,
                "DD7515F2BFC17F85CE48F3CA25CB21F6",
                "B0080P0TE00E0000",
                "00803F419E1CB7079442AA37474C2EFBF8B81C2965473CE2",
                "94B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E",
            ),
            (
                Binding::Aes,
                "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
                "D0112P0AE00E0000",
                "00803F419E1CB7079442AA37474C2EFBF8B81C2965473CE206BB855B01533782",
                "B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A27E8E31DA05F7425509593D03A457DC34",
            ),
        ] {
            let keys = KeyBlockKeys::new(binding, &hex(protection)).unwrap();
            let mut out = vec![0; sealed.len() / 2];
            keys.seal(head.as_bytes(), &hex(plain), &mut out).unwrap();
            assert_eq!(out, hex(sealed), "{binding:?}");
        }
    }

    #[test]
    fn a_changed_bit_anywhere_is_found_and_nothing_is_shown() {
        for binding in Binding::ALL {
            let keys = KeyBlockKeys::new(binding, &[0x5b; 16]).unwrap();
            let (head, plain) = ([0x31; 16], [0x11; 32]);
            let mut sealed = vec![0; 32 + binding.mac_len()];
            keys.seal(&head, &plain, &mut sealed).unwrap();
            let mut back = [0; 32];
            assert_eq!(keys.open(&head, &sealed, &mut back), Ok(true));
            assert_eq!(back, plain);
            for at in 0..8 * (head.len() + sealed.len()) {
                let (mut head, mut sealed) = (head, sealed.clone());
                let byte = head.iter_mut().chain(&mut sealed).nth(at / 8).unwrap();
                *byte ^= 1 << (at % 8);
                let mut back = [0; 32];
                assert_eq!(
                    keys.open(&head, &sealed, &mut back),
                    Ok(false),
                    "{binding:?} {at}"
                );
                assert_eq!(back, [0; 32]);
            }
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        assert!(KeyBlockKeys::new(Binding::Aes, &[0; 15]).is_err());
        assert!(KeyBlockKeys::new(Binding::Des3, &[0; 17]).is_err());
        let keys = KeyBlockKeys::new(Binding::Aes, &[0; 16]).unwrap();
        assert!(keys.open(&[0; 16], &[0; 15], &mut [0; 16]).is_err());
        assert!(keys.open(&[0; 16], &[0; 31], &mut [0; 16]).is_err());
        assert!(keys.open(&[0; 16], &[0; 33], &mut [0; 17]).is_err());
        assert!(keys.seal(&[0; 16], &[0; 16], &mut [0; 31]).is_err());
    }
}
