//! CKA_CHECK_VALUE [PKCS#11 3.2, 4.11]: three bytes that tell two keys apart and nothing about either.

use zeroize::Zeroizing;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::blocks::{AriaKey, BlowfishKey, CamelliaKey, TwofishKey};
use crate::crypto::des::{Des3Key, DesKey};
use crate::crypto::hash::Hash;
use crate::crypto::mac::{CmacCipher, CmacSubkeys};
use crate::error::{Error, Result};
use crate::os::stack;

/// Three bytes.
pub(super) type CheckValue = [u8; 3];

/// The check value of a secret key: of block ciphers the start of an encrypted zero block, of other keys the start of
/// the SHA-1 of the value. Ciphers leave parts of the key on the stack, and what is moved into a set of attributes takes
/// along what stood in its place: the stack is wiped.
pub(super) fn of_key(key_type: KeyType, value: &[u8]) -> Result<CheckValue> {
    let check_value = computed(key_type, value);
    stack::wipe_little();
    check_value
}

/// Not inlined, so that what it leaves is below its caller.
#[inline(never)]
fn computed(key_type: KeyType, value: &[u8]) -> Result<CheckValue> {
    match key_type {
        CKK_AES => {
            let mut block = [0; 16];
            AesKey::new(value)?.encrypt_block(&mut block);
            Ok(start(&block))
        }
        CKK_DES => {
            let key = value
                .try_into()
                .map_err(|_| Error::Internal("a DES key has 8 bytes"))?;
            Ok(start(&DesKey::new(key).encrypt([0; 8])))
        }
        CKK_DES2 | CKK_DES3 => Ok(start(&Des3Key::new(value)?.encrypt([0; 8]))),
        CKK_VHSM_LMK => of_lmk(value),
        CKK_CAMELLIA => Ok(of_cipher(&CamelliaKey::new(value)?)),
        CKK_ARIA => Ok(of_cipher(&AriaKey::new(value)?)),
        CKK_TWOFISH => Ok(of_cipher(&TwofishKey::new(value)?)),
        CKK_BLOWFISH => Ok(of_cipher(&BlowfishKey::new(value)?)),
        _ => Ok(of_bytes(value)),
    }
}

/// The check value of a local master key [include/vhsm.h]: AES, the start of the CMAC of no message; triple DES, the start
/// of an encrypted zero block; of 20 pairs, what is left of their exclusive or as a double key, encrypting zeros.
fn of_lmk(value: &[u8]) -> Result<CheckValue> {
    match value.len() {
        LMK_AES_LEN => {
            let key = AesKey::new(value)?;
            let mut mac = CheckValue::default();
            CmacSubkeys::new(&key).mac(&key, &[], &mut mac)?;
            Ok(mac)
        }
        LMK_DES3_LEN => Ok(start(&Des3Key::new(value)?.encrypt([0; 8]))),
        _ => {
            let mut sum = Zeroizing::new([0; 16]);
            for pair in value.chunks_exact(16) {
                sum.iter_mut().zip(pair).for_each(|(sum, byte)| *sum ^= byte);
            }
            Ok(start(&Des3Key::new(&*sum)?.encrypt([0; 8])))
        }
    }
}

/// The start of the SHA-1: the check value of certificates and of keys that encrypt no blocks.
pub(super) fn of_bytes(bytes: &[u8]) -> CheckValue {
    let mut digest = CheckValue::default();
    Hash::Sha1.digest(bytes, &mut digest);
    digest
}

fn of_cipher<const N: usize>(cipher: &impl CmacCipher<N>) -> CheckValue {
    let mut block = [0; N];
    cipher.encrypt_block(&mut block);
    start(&block)
}

fn start(block: &[u8]) -> CheckValue {
    block.first_chunk().copied().unwrap_or_default()
}

/// Sets the attribute. What a template says of it must be true; an empty value means that there shall be none.
pub(super) fn set(attributes: &mut AttributeSet, right: CheckValue) -> Result<()> {
    match attributes.bytes(CKA_CHECK_VALUE) {
        Some([]) => {
            attributes.remove(CKA_CHECK_VALUE);
            Ok(())
        }
        Some(told) if *told != right => Err(Error::AttributeValueInvalid {
            attribute: CKA_CHECK_VALUE,
            why: "it is not the check value of the object",
        }),
        _ => {
            attributes.set(CKA_CHECK_VALUE, Value::public(&right));
            Ok(())
        }
    }
}
