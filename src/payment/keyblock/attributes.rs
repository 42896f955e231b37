//! Between what a header says and the attributes of a key. Neither way widens what the key may do.

use super::hash;
use super::header::Header;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};

/// The key type of an algorithm, of a key of so many bytes, and of the hash that an optional block names.
///
/// # Errors
/// [`Error::WrappedKeyLenRange`]; [`Error::PaymentKey`] for an algorithm or a hash whose keys cannot be kept here.
pub(super) fn key_type(algorithm: u8, length: usize, hash: Option<&[u8]>) -> Result<KeyType> {
    let wrong = |why| Err(Error::PaymentKey(PaymentFault::Algorithm, why));
    match (algorithm, length, hash) {
        (b'H', 1.., None) => Ok(CKK_GENERIC_SECRET),
        (b'H', 1.., Some(code)) => match hash::key_type(code) {
            Some(key_type) => Ok(key_type),
            None => wrong("there is no HMAC with this hash (optional block HM)"),
        },
        (_, _, Some(_)) => wrong("only HMAC keys have a hash (optional block HM)"),
        (b'A', 16 | 24 | 32, _) => Ok(CKK_AES),
        (b'T' | b'D', 8, _) => Ok(CKK_DES),
        (b'T' | b'D', 16, _) => Ok(CKK_DES2),
        (b'T' | b'D', 24, _) => Ok(CKK_DES3),
        (b'A' | b'T' | b'D' | b'H', _, _) => Err(Error::WrappedKeyLenRange),
        _ => wrong("keys of this algorithm do not come in key blocks here"),
    }
}

/// The algorithm of keys of this type whose attributes do not tell it.
fn default_algorithm(key_type: KeyType) -> u8 {
    match key_type {
        CKK_AES => b'A',
        CKK_DES => b'D',
        CKK_DES2 | CKK_DES3 => b'T',
        CKK_RSA => b'R',
        _ => b'H',
    }
}

/// A mode of a header and those within it, of a key of this usage; none for a character that is no mode.
fn modes_of(code: u8, usage: [u8; 2]) -> &'static [u8] {
    ModeOfUse::of(code).map_or(&[], |mode| mode.narrowed(KeyUsage(usage)))
}

const INCONSISTENT: &str = "the key block says otherwise";

fn inconsistent<T>(attribute: AttributeType) -> Result<T> {
    Err(Error::TemplateInconsistent {
        attribute,
        why: INCONSISTENT,
    })
}

/// What an attribute will be: as the block says, or one of the narrower values if the template chooses it.
fn choose(
    made: &mut AttributeSet,
    template: &AttributeSet,
    attribute: AttributeType,
    possible: &[u8],
) -> Result<u8> {
    let chosen = match (template.bytes(attribute), possible) {
        (Some([told]), possible) if possible.contains(told) => *told,
        (None, [first, ..]) if !template.contains(attribute) => *first,
        _ => return inconsistent(attribute),
    };
    made.set(attribute, Value::bytes(&[chosen]));
    Ok(chosen)
}

/// The attribute is this.
fn fix(
    made: &mut AttributeSet,
    template: &AttributeSet,
    attribute: AttributeType,
    value: Value,
) -> Result<()> {
    if template.value(attribute).is_some_and(|told| *told != value) {
        return inconsistent(attribute);
    }
    made.set(attribute, value);
    Ok(())
}

/// The attributes of a key that came in a block. The template may repeat them, choose a narrower mode of use or
/// exportability, and nothing else of it. A key that may not be exported is not extractable, but where it is kept (`keeps`):
/// then it can be wrapped under a local master key, and no other.
///
/// # Errors
/// [`Error::TemplateInconsistent`].
pub(super) fn of_block(
    header: &Header,
    key_type: KeyType,
    (optional, keeps): (&[u8], bool),
    template: &AttributeSet,
) -> Result<AttributeSet> {
    let mut made = AttributeSet::with_capacity(10);
    let mut fixed = |attribute, value| fix(&mut made, template, attribute, value);
    let class = match key_type {
        CKK_RSA => CKO_PRIVATE_KEY,
        _ => CKO_SECRET_KEY,
    };
    fixed(CKA_CLASS, Value::Ulong(class.0))?;
    fixed(CKA_KEY_TYPE, Value::Ulong(key_type.0))?;
    fixed(CKA_SENSITIVE, Value::Bool(true))?;
    fixed(CKA_VHSM_KEY_USAGE, Value::bytes(&header.usage.0))?;
    fixed(CKA_VHSM_KEY_VERSION, Value::bytes(&header.key_version))?;
    fixed(CKA_VHSM_KEY_ALGORITHM, Value::bytes(&[header.algorithm]))?;
    match optional {
        [] if template.contains(CKA_VHSM_OPTIONAL_BLOCKS) => return inconsistent(CKA_VHSM_OPTIONAL_BLOCKS),
        [] => {}
        optional => fixed(CKA_VHSM_OPTIONAL_BLOCKS, Value::bytes(optional))?,
    }
    let modes = modes_of(header.mode, header.usage.0);
    let mode = choose(&mut made, template, CKA_VHSM_MODE_OF_USE, modes)?;
    let mode = ModeOfUse::of(mode).ok_or(Error::WrappedKeyInvalid)?;
    let exportabilities = exportability_within(header.exportability);
    let exportability = choose(&mut made, template, CKA_VHSM_EXPORTABILITY, exportabilities)?;
    let is_kept = keeps && template.bool(CKA_EXTRACTABLE) == Some(true);
    if exportability == b'N' && !is_kept {
        fix(&mut made, template, CKA_EXTRACTABLE, Value::Bool(false))?;
    }
    // Mechanisms that derive the key that they sign with take keys for derivation.
    let signs_by_derivation = |flag| mode == ModeOfUse::Derive && matches!(flag, CKA_SIGN | CKA_VERIFY);
    let wider = |flag: &AttributeType| {
        template.bool(*flag) == Some(true) && !mode.permits(*flag) && !signs_by_derivation(*flag)
    };
    match ModeOfUse::USES.into_iter().find(wider) {
        Some(flag) => inconsistent(flag),
        None => Ok(made),
    }
}

/// What a caller wants of a header in a parameter; 0 leaves a field to the key's attributes.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) usage: [u8; 2],
    pub(super) algorithm: u8,
    pub(super) mode: u8,
    pub(super) key_version: [u8; 2],
    pub(super) exportability: u8,
}

impl Wanted {
    /// All that the key's attributes say.
    pub(super) const NOTHING: Self = Self {
        usage: [0; 2],
        algorithm: 0,
        mode: 0,
        key_version: [0; 2],
        exportability: 0,
    };

    /// Whether each field is of its alphabet.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |why| Err(Error::MechanismParamInvalid(why));
        for code in [self.usage, self.key_version] {
            if code != [0; 2] && !code.iter().all(u8::is_ascii_alphanumeric) {
                return wrong("usage and version of a key are two letters or digits");
            }
        }
        if self.algorithm != 0 && !self.algorithm.is_ascii_alphanumeric() {
            return wrong("an algorithm is a letter or a digit");
        }
        if self.mode != 0 && ModeOfUse::of(self.mode).is_none() {
            return wrong("there is no such mode of use");
        }
        match self.exportability {
            0 | b'E' | b'N' | b'S' => Ok(()),
            _ => wrong("exportability is E, N or S"),
        }
    }
}

/// The header of a block for a key: what the parameter says where that is no wider than what the key's attributes say,
/// and else these. Exportability that nobody tells is N.
///
/// # Errors
/// [`Error::PaymentKey`] for what the key may not be.
pub(super) fn header(version: u8, last: [u8; 2], key: &AttributeSet, wanted: &Wanted) -> Result<Header> {
    let fault = |fault, why| Err(Error::PaymentKey(fault, why));
    let Some(KeyUsage(own)) = key.key_usage() else {
        return fault(
            PaymentFault::Usage,
            "a key in a key block needs CKA_VHSM_KEY_USAGE",
        );
    };
    let Some(usage) = usage_within(own, wanted.usage, version) else {
        return fault(
            PaymentFault::Usage,
            "CKA_VHSM_KEY_USAGE of the key is another one",
        );
    };
    let key_type = key.key_type().unwrap_or(CKK_GENERIC_SECRET);
    let algorithm = key
        .code(CKA_VHSM_KEY_ALGORITHM)
        .unwrap_or_else(|| default_algorithm(key_type));
    if wanted.algorithm != 0 && wanted.algorithm != algorithm {
        return fault(
            PaymentFault::Algorithm,
            "CKA_VHSM_KEY_ALGORITHM of the key is another one",
        );
    }
    let narrowed = |wanted: u8, own: u8, within: &[u8]| match wanted {
        0 => Some(own),
        wanted => Some(wanted).filter(|wanted| within.contains(wanted)),
    };
    let own = key.code(CKA_VHSM_MODE_OF_USE).unwrap_or(b'N');
    let Some(mode) = narrowed(wanted.mode, own, modes_of(own, usage)) else {
        return fault(
            PaymentFault::ModeOfUse,
            "CKA_VHSM_MODE_OF_USE of the key is narrower, or the key is a master key of chip cards, which only derives",
        );
    };
    let own = key.code(CKA_VHSM_EXPORTABILITY);
    let within = exportability_within(own.unwrap_or(b'S'));
    let Some(exportability) = narrowed(wanted.exportability, own.unwrap_or(b'N'), within) else {
        return fault(
            PaymentFault::NotExportable,
            "CKA_VHSM_EXPORTABILITY of the key is narrower",
        );
    };
    let key_version = key_version(key, wanted.key_version)?;
    Ok(Header {
        version,
        usage: KeyUsage(usage),
        algorithm,
        mode,
        key_version,
        exportability,
        last,
    })
}

/// The usage of a key in a block: its own, or, where either is one of Thales' codes, the other that mechanisms take it as.
/// Blocks of the standard tell no zone's master key from a terminal's.
fn usage_within(own: [u8; 2], wanted: [u8; 2], version: u8) -> Option<[u8; 2]> {
    let standard = |usage: [u8; 2]| KeyUsage(usage).standard().0;
    let is_master = matches!(KeyUsage(own), KeyUsage::ZONE_MASTER | KeyUsage::TERMINAL_MASTER);
    let is_of_standard = version.is_ascii_uppercase();
    match wanted {
        [0, 0] => Some(own),
        wanted if wanted == own || wanted == standard(own) => Some(wanted),
        wanted if is_master && is_of_standard && KeyUsage(wanted) == KeyUsage::KEY_ENCRYPTION => Some(wanted),
        // Of HMAC keys Thales' code says the hash.
        wanted if standard(wanted) == own && own != KeyUsage::HMAC.0 => Some(wanted),
        _ => None,
    }
}

/// The version of a key: what is wanted, if the key has none or the same. A key never leaves as a component: with one of
/// its own, whoever brings it back would make a related key of it.
fn key_version(key: &AttributeSet, wanted: [u8; 2]) -> Result<[u8; 2]> {
    let own = match key.bytes(CKA_VHSM_KEY_VERSION) {
        Some([a, b]) => [*a, *b],
        _ => *b"00",
    };
    match wanted {
        [0, 0] => Ok(own),
        wanted if own == wanted => Ok(wanted),
        wanted if own == *b"00" && !matches!(wanted, [b'c' | b'C', _]) => Ok(wanted),
        _ => Err(Error::KeyNotWrappable(
            "CKA_VHSM_KEY_VERSION of the key is another one",
        )),
    }
}
