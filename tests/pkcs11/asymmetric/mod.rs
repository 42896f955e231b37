//! The asymmetric families against answers that others computed.

pub mod dh;
mod dsa;
mod ecdh;
mod ecdsa;
mod eddsa;
mod keys;
mod rsa;
mod wrapping;

use crate::harness::*;
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::SubjectPublicKeyInfoRef;

fn user() -> Session {
    Token::fresh().user()
}

/// A DER value of this tag with these parts as content.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let header = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [header, content].concat()
}

/// What a `SubjectPublicKeyInfo` says: identifier and parameters of the algorithm in DER, and the key's bits.
struct KeyInfo {
    oid: Vec<u8>,
    params: Vec<u8>,
    key: Vec<u8>,
}

/// Reads one as a client has to, strictly.
fn key_info(bytes: &[u8]) -> Option<KeyInfo> {
    let info = SubjectPublicKeyInfoRef::from_der(bytes).ok()?;
    Some(KeyInfo {
        oid: info.algorithm.oid.to_der().ok()?,
        params: info
            .algorithm
            .parameters
            .map_or(Some(vec![]), |any| any.to_der().ok())?,
        key: info.subject_public_key.as_bytes()?.to_vec(),
    })
}

/// The blocks of a NIST file, each with the latest line in brackets and the latest group's numbers before its own.
struct Vectors(Vec<Vec<(String, String)>>);

impl Vectors {
    /// Blocks that begin with `P` hold a group for those that follow, unless they hold `alone` as well.
    fn read(text: &str, alone: &str) -> Self {
        let (mut all, mut title, mut group) = (Vec::new(), String::new(), Vec::new());
        for block in text.split("\n\n") {
            let mut lines = Vec::new();
            for line in block.lines().filter(|line| !line.starts_with('#')) {
                match line.split_once(" = ") {
                    Some((name, value)) if !line.starts_with('[') => {
                        lines.push((name.trim().to_owned(), value.trim().to_owned()));
                    }
                    _ if line.starts_with('[') => title = line.to_owned(),
                    _ => {}
                }
            }
            let has = |name: &str| lines.iter().any(|(known, _)| known == name);
            if has("P") && !has(alone) {
                group = lines;
            } else if !lines.is_empty() {
                let mut vector = vec![("title".to_owned(), title.clone())];
                vector.extend(group.iter().cloned());
                vector.extend(lines);
                all.push(vector);
            }
        }
        Self(all)
    }
}

/// One line's value.
fn text<'a>(vector: &'a [(String, String)], name: &str) -> &'a str {
    let found = vector.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("no {name} in {vector:?}")).1
}

/// One line's number.
fn number(vector: &[(String, String)], name: &str) -> Vec<u8> {
    let digits = text(vector, name);
    match digits.len() % 2 {
        0 => hex(digits),
        _ => hex(&format!("0{digits}")),
    }
}

/// What a secret key's value is derived into, to be seen.
fn open_generic() -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
    ]
}

/// The value of a new key, which is destroyed.
fn taken(s: &Session, key: CK_OBJECT_HANDLE) -> Vec<u8> {
    let value = s.get(key, CKA_VALUE).works();
    s.destroy(key).works();
    value
}
