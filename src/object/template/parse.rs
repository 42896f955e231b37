//! From the bytes of a template to typed values. Knows the form of each attribute and no class.

use crate::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::object::rules::{Kind, kind_of};
use crate::os::clock;
use crate::payment::keyblock::are_optional_blocks;

/// Templates stand in templates at most so deep.
pub const MAX_TEMPLATE_DEPTH: usize = 4;

/// How many attributes mechanisms mostly add to a template: a value, its length and its check value.
const COMPONENTS: usize = 3;

/// Gives every attribute its type [PKCS#11 3.2, 4.1.1].
///
/// An attribute that stands there twice with one value counts once.
///
/// # Errors
/// [`Error::AttributeTypeInvalid`] for an attribute that no class has, [`Error::AttributeValueInvalid`] for a wrong
/// length or value, [`Error::TemplateInconsistent`] for one attribute with two values.
pub fn parse(template: &[RawAttribute]) -> Result<AttributeSet> {
    parse_nested(template, MAX_TEMPLATE_DEPTH)
}

fn parse_nested(template: &[RawAttribute], depth_left: usize) -> Result<AttributeSet> {
    let mut attributes = AttributeSet::with_capacity(template.len() + COMPONENTS);
    for raw in template {
        let attribute = raw.attribute;
        let value = parse_value(raw, depth_left)?;
        if !attributes.set_once(attribute, value) {
            return Err(Error::TemplateInconsistent {
                attribute,
                why: "it stands in the template twice with different values",
            });
        }
    }
    Ok(attributes)
}

fn parse_value(raw: &RawAttribute, depth_left: usize) -> Result<Value> {
    let attribute = raw.attribute;
    let invalid = |why| Error::AttributeValueInvalid { attribute, why };
    let kind = kind_of(attribute).ok_or(Error::AttributeTypeInvalid {
        attribute,
        why: "no class of this token has it",
    })?;
    match (&raw.value, kind) {
        (RawValue::Unreadable, _) => Err(invalid("its pointer is NULL or its length is impossible")),
        (RawValue::Template(inner), Kind::Template) => {
            let depth_left = depth_left
                .checked_sub(1)
                .ok_or_else(|| invalid("templates are nested too deep"))?;
            parse_nested(inner, depth_left).map(Value::Template)
        }
        (RawValue::Template(_), _) => Err(invalid("it is not a template")),
        (RawValue::Bytes(bytes), Kind::Bytes | Kind::Text) => Ok(Value::Bytes(bytes.clone())),
        (RawValue::Bytes(bytes), kind) => parse_bytes(kind, bytes).map_err(invalid),
    }
}

/// A value, or why the bytes are none.
type Read = std::result::Result<Value, &'static str>;

/// The value in these bytes.
pub(in crate::object) fn parse_bytes(kind: Kind, bytes: &[u8]) -> Read {
    match kind {
        Kind::Bool => match bytes {
            [0] => Ok(Value::Bool(false)),
            [1] => Ok(Value::Bool(true)),
            _ => Err("a CK_BBOOL is one byte, 0 or 1"),
        },
        Kind::Ulong => match <[u8; 8]>::try_from(bytes) {
            Ok(word) => Ok(Value::Ulong(u64::from_ne_bytes(word))),
            Err(_) => Err("a CK_ULONG is 8 bytes"),
        },
        Kind::Bytes | Kind::Text => Ok(Value::bytes(bytes)),
        Kind::BigInteger => Ok(Value::bytes(without_leading_zeros(bytes))),
        Kind::Date => match is_date(bytes) {
            true => Ok(Value::bytes(bytes)),
            false => Err("a CK_DATE is empty or YYYYMMDD, a day that there is"),
        },
        Kind::Mechanisms => parse_mechanisms(bytes),
        Kind::Template => match bytes.is_empty() {
            true => Ok(Value::Template(AttributeSet::new())),
            false => Err("it has to be an array of CK_ATTRIBUTE"),
        },
        Kind::Code(length) => match bytes.len() == length && bytes.iter().all(u8::is_ascii_alphanumeric) {
            true => Ok(Value::bytes(bytes)),
            false => Err("a code of a key block has its length, in ASCII letters and digits"),
        },
        Kind::KeyUsage => match <[u8; 2]>::try_from(bytes) {
            Ok(code) if KeyUsage(code).is_known() => Ok(Value::bytes(bytes)),
            _ => Err("a usage is a code of ANSI X9.143, or two digits"),
        },
        Kind::OptionalBlocks => match are_optional_blocks(bytes) {
            true => Ok(Value::bytes(bytes)),
            false => Err("it has to be optional blocks of ANSI X9.143, whole and of their forms"),
        },
        Kind::ModeOfUse => match bytes {
            [code] if ModeOfUse::of(*code).is_some() => Ok(Value::bytes(bytes)),
            _ => Err("a mode of use is one of B, C, D, E, G, N, S, T, V, X, Y"),
        },
        Kind::Exportability => match bytes {
            [b'E' | b'N' | b'S'] => Ok(Value::bytes(bytes)),
            _ => Err("an exportability is E, N or S"),
        },
    }
}

fn parse_mechanisms(bytes: &[u8]) -> Read {
    let (words, rest) = bytes.as_chunks::<8>();
    match rest {
        [] => Ok(Value::Mechanisms(
            words
                .iter()
                .map(|word| MechanismId(u64::from_ne_bytes(*word)))
                .collect(),
        )),
        _ => Err("it has to be an array of CK_MECHANISM_TYPE"),
    }
}

/// A big integer in its shortest form; 0 is the empty string.
fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// `CK_DATE`: four digits of the year, two of the month, two of the day, of a day that there is; or nothing. 00000000
/// is taken as a date that is not set, because clients write it.
fn is_date(bytes: &[u8]) -> bool {
    let [y1, y2, y3, y4, m1, m2, d1, d2] = bytes else {
        return bytes.is_empty();
    };
    let number = |digits: &[&u8]| {
        let mut digits = digits.iter();
        digits.try_fold(0, |number, digit| {
            Some(number * 10 + u64::from(char::from(**digit).to_digit(10)?))
        })
    };
    match (number(&[y1, y2, y3, y4]), number(&[m1, m2]), number(&[d1, d2])) {
        (Some(0), Some(0), Some(0)) => true,
        (Some(year), Some(month), Some(day)) => clock::is_day((year, month, day)),
        _ => false,
    }
}
