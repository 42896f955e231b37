//! Initial keys of DUKPT, which A0 derives of base keys.

use crate::ck::*;
use crate::payshield::call::{Call, attribute, flag};
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::hex::unhex;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{BDK_5, BDKS, IKEY, KeyRole};

use super::trailers::Header;
use super::under_lmk::OF_BLOCKS;

/// Where a key block's header has the mode of use.
const MODE_AT: usize = 8;

/// A base key that a key is derived from.
pub(super) struct Base<'a> {
    key: KeyField<'a>,
    role: &'static KeyRole,
    serial: Serial,
}

/// What tells devices apart.
#[derive(Clone, Copy)]
enum Serial {
    /// The key serial number of triple DES: the counter does not matter.
    Des([u8; 10]),
    /// The identifiers of base key and device that a key serial number of AES begins with.
    Aes([u8; 8]),
}

impl<'a> Base<'a> {
    /// Reads derivation, type, key and serial number.
    ///
    /// # Errors
    /// 15, 26.
    pub(super) fn read(call: &mut Call<'a>) -> Result<Self, Refusal> {
        call.fields.expect("derivation", b'0')?;
        let number = call.fields.number("master key type", 1)?;
        let role = match number.checked_sub(1) {
            Some(4) => Some(&BDK_5),
            at => at.and_then(|at| BDKS.get(at)),
        };
        let role = role.ok_or_else(|| Fields::wrong("master key type"))?;
        let key = KeyField::read(&mut call.fields, "BDK", Untagged::Double)?;
        if number == 5 && !key.is_block() {
            return Err(Refusal::new(
                ErrorCode::INPUT_DATA,
                "no BDK-5 is under a variant LMK",
            ));
        }
        let serial = match key.is_aes() {
            true => Serial::Aes(call.fields.hex_array("KSN")?),
            false => Serial::Des(read_des(call)?),
        };
        Ok(Self { key, role, serial })
    }

    /// The initial key. It may be without restriction where the base key is.
    ///
    /// # Errors
    /// 28 for another key type or usage, A7 for another algorithm than that of the base key.
    pub(super) fn derive(
        &self,
        call: &Call<'_>,
        lmk: &Lmk,
        (code, usage): ([u8; 3], [u8; 2]),
        header: &Header<'_>,
    ) -> Result<Held, Refusal> {
        let is_initial = code == IKEY.key_type || code == OF_BLOCKS && matches!(&usage, b"B1" | [0, 0]);
        if !is_initial {
            return Err(Refusal::new(
                ErrorCode::KEY_TYPE,
                "what is derived from a BDK is an IKEY: key type 302, key usage B1",
            ));
        }
        let key = call.key(&self.key, self.role)?;
        let (mechanism, parameter, algorithm) = match (&self.serial, key.length) {
            (Serial::Des(ksn), _) => (CKM_VHSM_DUKPT_TDES_INITIAL_KEY, &ksn[..], b"T2"),
            (Serial::Aes(id), 16) => (CKM_VHSM_DUKPT_AES_INITIAL_KEY, &id[..], b"A1"),
            (Serial::Aes(id), 24) => (CKM_VHSM_DUKPT_AES_INITIAL_KEY, &id[..], b"A2"),
            (Serial::Aes(id), _) => (CKM_VHSM_DUKPT_AES_INITIAL_KEY, &id[..], b"A3"),
        };
        let is_told = lmk.has_key_blocks() && header.algorithm != [0; 2];
        if is_told && header.algorithm != *algorithm {
            let algorithm = String::from_utf8_lossy(algorithm);
            return Err(Refusal::new(
                ErrorCode::ALGORITHM,
                format!("the initial key of this base key is of algorithm {algorithm}"),
            ));
        }
        let mut template = vec![flag(CKA_EXTRACTABLE, true)];
        let is_free = self.key.is_block() && self.key.block().get(MODE_AT) == Some(&b'N');
        if is_free && header.mode == b'N' {
            template.push(attribute(CKA_VHSM_MODE_OF_USE, b"N"));
        }
        let parameter = [&[1][..], parameter].concat();
        call.derive(mechanism, &parameter, &key, &template)
    }
}

/// The first digits of a number of 20; behind them is the counter.
fn read_des(call: &mut Call<'_>) -> Result<[u8; 10], Refusal> {
    let rest = call.fields.rest().iter().take(16);
    let count = rest.take_while(|digit| digit.is_ascii_hexdigit()).count();
    let digits = call.fields.hex("KSN", count.max(15))?;
    let mut text = [b'0'; 20];
    text.iter_mut()
        .zip(digits)
        .for_each(|(place, digit)| *place = *digit);
    let mut ksn = [0; 10];
    match unhex(&text, &mut ksn) {
        true => Ok(ksn),
        false => Err(Fields::wrong("KSN")),
    }
}
