//! Operations with payment keys as inputs draw them: a parameter that is right, and data that go with it.

use arbitrary::{Result, Unstructured};
use vhsm::ck::*;

use super::operation::{HANDLE, Operation, other_side};
use super::{End, KEYS, Key, TABLE, digits, emv_form, end, is_of, key, keying, macing, pin};
use crate::module::Session;
use crate::operations::Class;

/// Bytes of what describes a PIN block.
pub const END: usize = 34;
/// Bytes of version and method of IBM 3624.
pub const METHOD: usize = 51;
/// Bytes of how a MAC is made.
pub const MACING: usize = 18;
/// Bytes of how data is encrypted.
pub const DATA_END: usize = 32;

/// A mechanism for each draw, and what is done with it.
pub const ROWS: [(MechanismId, Role); 27] = [
    (CKM_VHSM_PIN_BLOCK, Role::Bytes(Class::Encrypt)),
    (CKM_VHSM_PIN_REVEAL, Role::Bytes(Class::Decrypt)),
    (CKM_VHSM_PIN_GENERATE, Role::Bytes(Class::Encrypt)),
    (CKM_VHSM_PIN_TRANSLATE, Role::Bytes(Class::Decrypt)),
    (CKM_VHSM_PIN_TRANSLATE, Role::Bytes(Class::Decrypt)),
    (CKM_VHSM_PIN_TRANSLATE_ANY, Role::Bytes(Class::Decrypt)),
    (CKM_VHSM_PIN_COMPARE, Role::Verify),
    (CKM_VHSM_IBM3624_PIN, Role::Bytes(Class::Sign)),
    (CKM_VHSM_IBM3624_OFFSET, Role::Bytes(Class::Sign)),
    (CKM_VHSM_IBM3624_OFFSET, Role::Verify),
    (CKM_VHSM_IBM3624_CHANGE, Role::Bytes(Class::Sign)),
    (CKM_VHSM_DECIMALIZATION_TABLE, Role::Bytes(Class::Encrypt)),
    (
        CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE,
        Role::Bytes(Class::Decrypt),
    ),
    (CKM_VHSM_VISA_PVV_BLOCK, Role::Bytes(Class::Sign)),
    (CKM_VHSM_VISA_PVV_BLOCK, Role::Verify),
    (CKM_VHSM_VISA_PVV_CHANGE, Role::Bytes(Class::Sign)),
    (CKM_VHSM_EMV_PIN_CHANGE, Role::Bytes(Class::Encrypt)),
    (CKM_VHSM_EMV_SCRIPT_ENCRYPT, Role::Bytes(Class::Encrypt)),
    (CKM_VHSM_DUKPT_MAC, Role::Bytes(Class::Sign)),
    (CKM_VHSM_MAC_TRANSLATE, Role::Bytes(Class::Sign)),
    (CKM_VHSM_ISO9797_CHAINED_MAC, Role::Bytes(Class::Sign)),
    (CKM_VHSM_DATA_TRANSLATE, Role::Bytes(Class::Decrypt)),
    (CKM_VHSM_KEY_CHECK_VALUE, Role::Bytes(Class::Sign)),
    (CKM_VHSM_KEY_CHECK_VALUE_WHOLE, Role::Bytes(Class::Sign)),
    (CKM_VHSM_COMPONENTS_COMBINE, Role::Derive),
    (CKM_VHSM_COMPONENTS_SPLIT, Role::Derive),
    (CKM_VHSM_LMK_GEN, Role::Generate),
];

/// What is done with a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An operation that gives bytes.
    Bytes(Class),
    /// C_Verify.
    Verify,
    /// C_DeriveKey.
    Derive,
    /// C_GenerateKey.
    Generate,
}

/// An operation that is drawn, with what it gets.
pub struct Case {
    /// What is done.
    pub role: Role,
    /// With what.
    pub operation: Operation,
    /// The data.
    pub data: Vec<u8>,
    /// The value that is checked.
    pub signature: Vec<u8>,
}

impl Case {
    fn of(role: Role, operation: Operation, data: Vec<u8>) -> Self {
        Self {
            role,
            operation,
            data,
            signature: Vec::new(),
        }
    }
}

/// The block of a PIN, if the end takes it.
fn block(session: &Session, end: &End, pin: &[u8]) -> Option<Vec<u8>> {
    let enclose = Operation::new(CKM_VHSM_PIN_BLOCK, end.key, &[&[1], &end.bytes]);
    enclose.answer(session, Class::Encrypt, pin).ok()
}

/// What parameters of one input are made of.
pub struct Draw<'u, 'a> {
    /// The input.
    pub u: &'u mut Unstructured<'a>,
    /// Where blocks, tables and values that go in are made.
    pub session: &'u Session,
    /// The account of most blocks.
    pub account: Vec<u8>,
}

impl Draw<'_, '_> {
    fn end(&mut self, goes: bool) -> Result<End> {
        end(self.u, &self.account, goes)
    }

    /// Bytes of the input.
    fn bytes(&mut self) -> Result<Vec<u8>> {
        let length = self.u.int_in_range(0..=64)?.min(self.u.len());
        self.u.bytes(length).map(<[u8]>::to_vec)
    }

    /// The block of a PIN, or bytes.
    fn block(&mut self, end: &End) -> Result<Vec<u8>> {
        let pin = pin(self.u)?;
        match block(self.session, end, &pin) {
            Some(block) => Ok(block),
            None => self.bytes(),
        }
    }

    /// Nothing, or PINs of one length that are not to be.
    fn excluded(&mut self) -> Result<Vec<u8>> {
        if self.u.ratio(3, 4)? {
            return Ok(Vec::new());
        }
        let count = self.u.int_in_range(0..=3)?;
        let mut excluded = vec![count, 4];
        excluded.extend(digits(self.u, usize::from(count) * 4)?);
        Ok(excluded)
    }

    /// The table of a method, and the handle of the key that it is under, or 0.
    fn table(&mut self) -> Result<(Vec<u8>, u64)> {
        let table = match self.u.ratio(3, 4)? {
            true => TABLE.to_vec(),
            false => digits(self.u, 16)?,
        };
        if self.u.ratio(1, 2)? {
            return Ok(([&[0], &table[..]].concat(), 0));
        }
        let key = self.table_key()?;
        let encipher = Operation::new(CKM_VHSM_DECIMALIZATION_TABLE, key, &[]);
        let encrypted = encipher.answer(self.session, Class::Encrypt, &table);
        let mut bytes = [&[1], &encrypted.unwrap_or(table)[..]].concat();
        bytes.resize(17, 0);
        Ok((bytes, key.handle))
    }

    fn table_key(&mut self) -> Result<&'static Key> {
        key(self.u, |key| is_of(key, &[b"D2"]) || key.key_type == CKK_VHSM_LMK)
    }

    /// The method of IBM 3624 behind the version, with the end.
    fn method(&mut self) -> Result<(Vec<u8>, End)> {
        let (table, table_key) = self.table()?;
        let validation: [u8; 8] = self.u.arbitrary()?;
        let validation: String = validation.iter().map(|byte| format!("{byte:02X}")).collect();
        let length = match self.u.ratio(3, 4)? {
            true => 4,
            false => self.u.int_in_range(4..=12)?,
        };
        let end = self.end(false)?;
        let handles = [end.key.handle.to_be_bytes(), table_key.to_be_bytes()].concat();
        let method = [&table, validation.as_bytes(), &[length], &handles, &end.bytes].concat();
        Ok((method, end))
    }

    fn method_key(&mut self) -> Result<&'static Key> {
        key(self.u, |key| is_of(key, &[b"V1"]))
    }

    fn ibm(&mut self, id: MechanismId, role: Role) -> Result<Case> {
        let (method, end) = self.method()?;
        let key = self.method_key()?;
        let mut data = match id {
            CKM_VHSM_IBM3624_PIN => {
                let length = usize::from(method[METHOD - 18]) * usize::from(self.u.ratio(3, 4)?);
                digits(self.u, length)?
            }
            _ => self.block(&end)?,
        };
        if id == CKM_VHSM_IBM3624_CHANGE {
            let offset = Operation::new(CKM_VHSM_IBM3624_OFFSET, key, &[&[1], &method]);
            let mut old = offset
                .answer(self.session, Class::Sign, &data)
                .unwrap_or_default();
            old.resize(12, 0);
            data.extend(self.block(&end)?);
            let excluded = self.excluded()?;
            let operation = Operation::new(id, key, &[&[1], &method, &old, &excluded]);
            return Ok(Case::of(role, operation, data));
        }
        let excluded = match role {
            Role::Verify => Vec::new(),
            _ => self.excluded()?,
        };
        let operation = match self.u.ratio(1, 4)? {
            true => Operation::new(
                id,
                key,
                &[&[2], &method, &[self.u.int_in_range(4..=12)?], &excluded],
            ),
            false => Operation::new(id, key, &[&[1], &method, &excluded]),
        };
        self.with_value(Case::of(role, operation, data))
    }

    fn visa(&mut self, id: MechanismId, role: Role) -> Result<Case> {
        let end = self.end(false)?;
        let key = key(self.u, |key| is_of(key, &[b"V2"]))?;
        let index = self.u.int_in_range(b'0'..=b'9')?;
        let account = match self.u.ratio(1, 2)? {
            true => self.account.clone(),
            false => vec![0; 20],
        };
        let handle = end.key.handle.to_be_bytes();
        let value = [&[1, index], &handle[..], &end.bytes, &account].concat();
        let mut data = self.block(&end)?;
        let mut old = Vec::new();
        if id == CKM_VHSM_VISA_PVV_CHANGE {
            let value = Operation::new(CKM_VHSM_VISA_PVV_BLOCK, key, &[&value]);
            old = value
                .answer(self.session, Class::Sign, &data)
                .unwrap_or(vec![b'0'; 4]);
            data.extend(self.block(&end)?);
        }
        let excluded = match role {
            Role::Verify => Vec::new(),
            _ => self.excluded()?,
        };
        let operation = Operation::new(id, key, &[&value, &old, &excluded]);
        self.with_value(Case::of(role, operation, data))
    }

    /// The value that is right, where one is checked.
    fn with_value(&mut self, mut case: Case) -> Result<Case> {
        if case.role == Role::Verify {
            let value = case.operation.answer(self.session, Class::Sign, &case.data);
            case.signature = match value {
                Ok(value) => value,
                Err(_) => digits(self.u, 4)?,
            };
        }
        Ok(case)
    }

    fn two_ends(&mut self, id: MechanismId, role: Role) -> Result<Case> {
        let compares = id == CKM_VHSM_PIN_COMPARE;
        let (from, to) = (self.end(false)?, self.end(!compares)?);
        let most = match !compares && self.u.ratio(1, 4)? {
            true => vec![self.u.int_in_range(4..=12)?],
            false => Vec::new(),
        };
        let handle = to.key.handle.to_be_bytes();
        let operation = Operation::new(id, from.key, &[&[1], &from.bytes, &handle, &to.bytes, &most]);
        let pin = pin(self.u)?;
        let data = match block(self.session, &from, &pin) {
            Some(block) => block,
            None => self.bytes()?,
        };
        let mut case = Case::of(role, operation, data);
        if compares {
            case.signature = match block(self.session, &to, &pin) {
                Some(block) => block,
                None => self.bytes()?,
            };
        }
        Ok(case)
    }

    fn emv(&mut self, id: MechanismId, role: Role) -> Result<Case> {
        let option = self.u.int_in_range(1..=3)?;
        let (form, key) = emv_form(self.u, b"E1", option)?;
        if id == CKM_VHSM_EMV_SCRIPT_ENCRYPT {
            return Ok(Case::of(role, Operation::new(id, key, &[&form]), self.bytes()?));
        }
        let format = *self.u.choose(&[34, 41, 42])?;
        let end = self.end(false)?;
        let cryptograms = super::key(self.u, |key| is_of(key, &[b"E0"]))?;
        let cryptograms = match format {
            34 => 0,
            _ => cryptograms.handle,
        };
        let handles = [end.key.handle.to_be_bytes(), cryptograms.to_be_bytes()].concat();
        let mut data = self.block(&end)?;
        if format == 42 {
            data.extend(self.block(&end)?);
        }
        let operation = Operation::new(id, key, &[&[1, format], &handles, &end.bytes, &form]);
        Ok(Case::of(role, operation, data))
    }

    fn dukpt_mac(&mut self, role: Role) -> Result<Case> {
        let (macing, key) = macing(self.u)?;
        let data = self.bytes()?;
        let length = match macing[16] == 3 && self.u.ratio(3, 4)? {
            true => (data.len() as u64).to_be_bytes().to_vec(),
            false => Vec::new(),
        };
        let operation = Operation::new(CKM_VHSM_DUKPT_MAC, key, &[&[1], &macing, &length]);
        Ok(Case::of(role, operation, data))
    }

    fn mac_translate(&mut self, role: Role) -> Result<Case> {
        let ((from, key), (to, other)) = (macing(self.u)?, macing(self.u)?);
        let data = self.bytes()?;
        let mac = other_side(key, &from).answer(self.session, Class::Sign, &data);
        let mac = mac.unwrap_or(vec![0; usize::from(from[MACING - 1])]);
        let handle = other.handle.to_be_bytes();
        let operation = Operation::new(CKM_VHSM_MAC_TRANSLATE, key, &[&[1], &from, &handle, &to, &mac]);
        Ok(Case::of(role, operation, data))
    }

    fn data_translate(&mut self, role: Role) -> Result<Case> {
        let is_data = |key: &Key| is_of(key, &[b"D0"]);
        let ((from, key), (to, other)) = (keying(self.u, is_data)?, keying(self.u, is_data)?);
        let mut parameter = vec![1];
        for (keying, key) in [(&from, key), (&to, other)] {
            let is_aes = matches!(keying[0], 4..) || keying[0] == 0 && key.key_type == CKK_AES;
            let mode = self.u.int_in_range(0..=4)?;
            let mut iv = vec![self.u.arbitrary()?; if is_aes { 16 } else { 8 } * usize::from(mode != 0)];
            iv.resize(16, 0);
            parameter.extend([&[mode], &keying[..], &iv].concat());
            if parameter.len() < 1 + DATA_END + HANDLE {
                parameter.extend(other.handle.to_be_bytes());
            }
        }
        let mut data = self.bytes()?;
        if self.u.ratio(3, 4)? {
            data.truncate(data.len() / 16 * 16);
        }
        Ok(Case::of(
            role,
            Operation::new(CKM_VHSM_DATA_TRANSLATE, key, &[&parameter]),
            data,
        ))
    }

    fn chained(&mut self, role: Role) -> Result<Case> {
        let key = key(self.u, |key| is_of(key, &[b"M0", b"M1", b"M3"]))?;
        let algorithm = if is_of(key, &[b"M3"]) { 3 } else { 1 };
        let (padding, part) = (self.u.int_in_range(0..=3)?, self.u.int_in_range(0..=3)?);
        let length = if matches!(part, 1 | 2) {
            8
        } else {
            self.u.int_in_range(4..=8)?
        };
        let chained = if part < 2 { [0; 8] } else { self.u.arbitrary()? };
        let head = [1, algorithm, padding, part, length];
        let mut data = self.bytes()?;
        if self.u.ratio(3, 4)? {
            data.truncate(data.len() / 8 * 8);
        }
        let operation = Operation::new(CKM_VHSM_ISO9797_CHAINED_MAC, key, &[&head, &chained]);
        Ok(Case::of(role, operation, data))
    }

    fn components(&mut self, id: MechanismId, role: Role) -> Result<Case> {
        let first = key(self.u, |key| {
            (key.component != 0) == (id == CKM_VHSM_COMPONENTS_COMBINE)
        })?;
        let others: Vec<_> = KEYS
            .iter()
            .filter(|key| (key.usage, key.key_type, key.mode) == (first.usage, first.key_type, first.mode))
            .filter(|key| key.component != 0 && key.component != first.component)
            .collect();
        let count = self.u.int_in_range(1..=3)?.min(others.len().max(1));
        let mut parameter = vec![1, 0];
        for at in 0..count {
            let other = match others.get(at) {
                Some(other) if self.u.ratio(15, 16)? => other,
                _ => self.u.choose(&KEYS)?,
            };
            parameter.extend(other.handle.to_be_bytes());
        }
        if id == CKM_VHSM_COMPONENTS_SPLIT {
            parameter[1] = self.u.int_in_range(1..=9)?;
        }
        Ok(Case::of(
            role,
            Operation::new(id, first, &[&parameter]),
            Vec::new(),
        ))
    }

    /// A case of this row.
    pub fn case(&mut self, (id, role): (MechanismId, Role)) -> Result<Case> {
        Ok(match id {
            CKM_VHSM_PIN_BLOCK => {
                let end = self.end(false)?;
                let operation = Operation::new(id, end.key, &[&[1], &end.bytes]);
                Case::of(role, operation, pin(self.u)?)
            }
            CKM_VHSM_PIN_REVEAL => {
                let end = self.end(false)?;
                let operation = Operation::new(id, end.key, &[&[1], &end.bytes]);
                Case::of(role, operation, self.block(&end)?)
            }
            CKM_VHSM_PIN_GENERATE => {
                let (end, length) = (self.end(false)?, self.u.int_in_range(4..=12)?);
                let excluded = self.excluded()?;
                let operation = Operation::new(id, end.key, &[&[1], &end.bytes, &[length], &excluded]);
                Case::of(role, operation, Vec::new())
            }
            CKM_VHSM_PIN_TRANSLATE | CKM_VHSM_PIN_TRANSLATE_ANY | CKM_VHSM_PIN_COMPARE => {
                self.two_ends(id, role)?
            }
            CKM_VHSM_IBM3624_PIN | CKM_VHSM_IBM3624_OFFSET | CKM_VHSM_IBM3624_CHANGE => self.ibm(id, role)?,
            CKM_VHSM_DECIMALIZATION_TABLE => {
                let operation = Operation::new(id, self.table_key()?, &[]);
                Case::of(role, operation, self.table()?.0[1..].to_vec())
            }
            CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE => {
                let (table, handle) = self.table()?;
                let (from, to) = (KEYS.iter().find(|key| key.handle == handle), self.table_key()?);
                let from = from.unwrap_or(to);
                let length = if is_of_aes(from) { 16 } else { 8 };
                let operation = Operation::new(id, from, &[&[1], &to.handle.to_be_bytes()]);
                Case::of(role, operation, table[1..=length].to_vec())
            }
            CKM_VHSM_VISA_PVV_BLOCK | CKM_VHSM_VISA_PVV_CHANGE => self.visa(id, role)?,
            CKM_VHSM_EMV_PIN_CHANGE | CKM_VHSM_EMV_SCRIPT_ENCRYPT => self.emv(id, role)?,
            CKM_VHSM_DUKPT_MAC => self.dukpt_mac(role)?,
            CKM_VHSM_MAC_TRANSLATE => self.mac_translate(role)?,
            CKM_VHSM_DATA_TRANSLATE => self.data_translate(role)?,
            CKM_VHSM_ISO9797_CHAINED_MAC => self.chained(role)?,
            CKM_VHSM_KEY_CHECK_VALUE => {
                let form = [1, self.u.int_in_range(1..=3)?, self.u.int_in_range(2..=16)?];
                Case::of(
                    role,
                    Operation::new(id, self.u.choose(&KEYS)?, &[&form]),
                    Vec::new(),
                )
            }
            CKM_VHSM_KEY_CHECK_VALUE_WHOLE => {
                Case::of(role, Operation::new(id, self.u.choose(&KEYS)?, &[]), Vec::new())
            }
            CKM_VHSM_COMPONENTS_COMBINE | CKM_VHSM_COMPONENTS_SPLIT => self.components(id, role)?,
            _ => {
                let form = [1, *self.u.choose(b"VTA")?];
                Case::of(role, Operation::new(id, &KEYS[0], &[&form]), Vec::new())
            }
        })
    }

    /// Other bytes in a few places, and once in a while another length.
    pub fn change(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        if self.u.ratio(1, 16)? {
            bytes.resize(self.u.int_in_range(0..=bytes.len() + 20)?, 0);
        }
        for _ in 0..self.u.int_in_range(1..=3)? {
            if !bytes.is_empty() {
                let at = self.u.choose_index(bytes.len())?;
                bytes[at] = self.u.arbitrary()?;
            }
        }
        Ok(())
    }
}

fn is_of_aes(key: &Key) -> bool {
    let lmk_of_aes = || {
        KEYS.iter()
            .rposition(|lmk| lmk.key_type == CKK_VHSM_LMK && !lmk.is_old)
    };
    key.key_type == CKK_AES || key.is_old || lmk_of_aes().is_some_and(|at| KEYS[at].handle == key.handle)
}
