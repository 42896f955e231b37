//! Public keys in messages: with a MAC under a variant LMK, or in a key block.

use super::IMPORT;
use super::generate::is_der;
use crate::ck::*;
use crate::payment::keyblock::rsa_key::PublicKey;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::key_usages;
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;

/// Length of a MAC in bytes.
const MAC_LEN: usize = 4;
/// Where the usage stands in a key block with its tag, and what stands there.
const USAGE_AT: std::ops::Range<usize> = 6..9;
const OF_PUBLIC_KEYS: &[u8] = b"02R";
/// The usage of public keys.
const USAGE: [u8; 2] = *b"02";
/// What ends authentication data, beside the end of the message.
const ENDS: &[u8] = b"%;~\x19";

/// A public key as a message has it.
#[derive(Clone, Copy)]
pub(super) enum Sealed<'a> {
    /// With its MAC.
    Mac {
        mac: &'a [u8],
        /// The key with the authentication data behind it.
        data: &'a [u8],
    },
    /// In a key block.
    Block(KeyField<'a>),
}

impl<'a> Sealed<'a> {
    /// Reads one with its authentication data.
    ///
    /// # Errors
    /// 04, 15.
    pub(super) fn read(call: &mut Call<'a>) -> Result<Self, Refusal> {
        // A MAC and the beginning of a public key never look like this.
        if call.fields.rest().get(USAGE_AT) == Some(OF_PUBLIC_KEYS) && call.fields.peek() == Some(b'S') {
            let field = KeyField::read(&mut call.fields, "public key", Untagged::Single)?;
            return Ok(Self::Block(field));
        }
        let mac = call.fields.bytes("MAC", MAC_LEN)?;
        let whole = call.fields.rest();
        let (key, rest) = PublicKey::parse(whole).ok_or_else(no_key)?;
        call.fields.bytes("public key", key.encoded.len())?;
        let length = authentication_len(rest);
        call.fields.bytes("authentication data", length)?;
        let data = whole.get(..key.encoded.len() + length).unwrap_or_default();
        Ok(Self::Mac { mac, data })
    }

    /// The key, once it is found to be one of this LMK, as it is encoded there.
    ///
    /// # Errors
    /// 01, A1 to A8.
    pub(super) fn open(self, call: &Call<'_>, lmk: &Lmk) -> Result<Vec<u8>, Refusal> {
        match (self, lmk.has_key_blocks()) {
            (Self::Mac { mac, data }, false) => {
                let right = call.verify(CKM_VHSM_LMK_RSA_PUBLIC_KEY, &[1], lmk.handle, data, mac)?;
                call.verified(right, "the MAC of the public key is wrong")?;
                let (key, _) = PublicKey::parse(data).ok_or_else(no_key)?;
                Ok(key.encoded.to_vec())
            }
            (Self::Block(field), true) => {
                let mut key = vec![0; field.text.len()];
                let opened = call.decrypt(
                    CKM_VHSM_LMK_RSA_PUBLIC_KEY,
                    &[1],
                    lmk.handle,
                    field.text,
                    &mut key,
                );
                let length = opened
                    .map_err(|refused| refused.recode(ErrorCode::DATA_LENGTH, ErrorCode::KEY_BLOCK_LENGTH))?;
                key.truncate(length);
                Ok(key)
            }
            _ => Err(Refusal::new(
                ErrorCode::LMK_SCHEME,
                "the public key is one of the other kind of LMK",
            )),
        }
    }

    /// The mode of use that a key block says.
    pub(super) fn mode(self) -> Option<u8> {
        match self {
            Self::Mac { .. } => None,
            Self::Block(field) => field.block().get(8).copied(),
        }
    }
}

/// The refusal of a public key that is none.
pub(super) fn no_key() -> Refusal {
    Refusal::new(
        ErrorCode::KEY_TYPE_CODE,
        "a public key is a SEQUENCE of two INTEGERs",
    )
}

fn authentication_len(rest: &[u8]) -> usize {
    let end = rest.iter().position(|byte| ENDS.contains(byte));
    end.unwrap_or(rest.len())
}

/// The parameter of a key block, from the fields behind `#`.
fn header(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    if !call.fields.take(b'#') {
        return Ok(vec![1]);
    }
    let mode = call.fields.byte("mode of use")?;
    if ModeOfUse::of(mode).is_none() {
        let reason = "there is no such mode of use";
        return Err(Refusal::new(ErrorCode::MODE_OF_USE, reason));
    }
    let version: [u8; 2] = call.fields.array("key version number")?;
    if !version.iter().all(u8::is_ascii_alphanumeric) || matches!(version, [b'c' | b'C', _]) {
        let reason = "a key version has two digits or letters, and is no component's";
        return Err(Refusal::new(ErrorCode::KEY_VERSION, reason));
    }
    let exportability = call.fields.byte("exportability")?;
    if !b"ENS".contains(&exportability) {
        let reason = "exportability is E, N or S";
        return Err(Refusal::new(ErrorCode::EXPORTABILITY, reason));
    }
    if call.fields.array::<2>("number of optional blocks")? != *b"00" {
        let reason = "blocks of public keys have no optional blocks";
        return Err(Refusal::new(ErrorCode::OPTIONAL_BLOCKS, reason));
    }
    let [tens, units] = version;
    Ok(vec![1, mode, tens, units, exportability])
}

/// EO
pub(super) fn import(call: &mut Call<'_>) -> Result<(), Refusal> {
    let is_der = is_der(call.fields.digits("public key encoding", 2)?)?;
    let whole = call.fields.rest();
    let (key, rest) = PublicKey::parse(whole).ok_or_else(no_key)?;
    if is_der && !key.is_der {
        return Err(no_key());
    }
    call.fields.bytes("public key", key.encoded.len())?;
    let length = match rest.first() {
        Some(b'#') => 0,
        _ => authentication_len(rest),
    };
    let authentication = call.fields.bytes("authentication data", length)?;
    call.fields.lmk_field()?;
    let parameter = header(call)?;
    call.end()?;
    call.authorised(IMPORT.name)?;
    let lmk = call.lmk()?;
    // What is no key of the module's is none to vouch for.
    let usable = call.public_key(key.modulus, key.exponent);
    drop(usable.map_err(|refused| refused.with_code(ErrorCode::KEY_TYPE_CODE))?);
    if lmk.has_key_blocks() {
        if !authentication.is_empty() {
            let reason = "a key block binds no authentication data";
            return Err(Refusal::new(ErrorCode::INPUT_DATA, reason));
        }
        if let [_, mode, ..] = parameter.as_slice() {
            key_usages::check(USAGE, b'R', *mode)?;
        }
        let block = enclose(call, lmk, key.encoded, &parameter)?;
        call.reply.field("public key", &block);
    } else {
        let data = whole.get(..key.encoded.len() + length).unwrap_or_default();
        let mac = call.sign(CKM_VHSM_LMK_RSA_PUBLIC_KEY, &[1], lmk.handle, data)?;
        call.reply.field("MAC", &mac);
        call.reply.field("public key", key.encoded);
    }
    Ok(())
}

/// A public key in its block, with the tag.
fn enclose(call: &Call<'_>, lmk: &Lmk, key: &[u8], parameter: &[u8]) -> Result<Vec<u8>, Refusal> {
    // Header, two digits a byte, and what fills the last block, with its length and the MAC.
    let mut block = vec![b'S'; 1 + 16 + 2 * (key.len() + 2 + 16 + 8)];
    let place = block.get_mut(1..).unwrap_or_default();
    let length = call.encrypt(CKM_VHSM_LMK_RSA_PUBLIC_KEY, parameter, lmk.handle, key, place)?;
    block.truncate(1 + length);
    Ok(block)
}

/// EQ
pub(super) fn validate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let sealed = Sealed::read(call)?;
    call.end()?;
    let lmk = call.lmk()?;
    sealed.open(call, lmk).map(drop)
}

/// EU
pub(super) fn translate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let sealed = Sealed::read(call)?;
    call.end()?;
    let new = call.lmk()?;
    let old = call.host.lmks().old(new.id)?;
    let key = sealed.open(call, old)?;
    match (sealed, new.has_key_blocks()) {
        (Sealed::Mac { data, .. }, false) => {
            let mac = call.sign(CKM_VHSM_LMK_RSA_PUBLIC_KEY, &[1], new.handle, data)?;
            call.reply.field("MAC", &mac);
        }
        (Sealed::Block(field), true) => {
            let parameter = match field.block().get(8..12) {
                Some([mode, a, b, exportability]) => vec![1, *mode, *a, *b, *exportability],
                _ => vec![1],
            };
            let block = enclose(call, new, &key, &parameter)?;
            call.reply.field("public key", &block);
        }
        _ => {
            let reason = "the new LMK is of another kind than the public key";
            return Err(Refusal::new(ErrorCode::LMK_SCHEME, reason));
        }
    }
    Ok(())
}
