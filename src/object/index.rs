//! Search terms: which attributes can be looked up without opening a record, and how.
//!
//! A [`Term`] is the canonical bytes of an attribute and its value; the token makes a keyed tag of it. Only terms
//! of attributes that may be read by everybody who sees the object exist, so a tag tells nothing that a search
//! could not ask for. Empty values have no term: they would be long lists that nobody looks for.

use super::search::SearchTemplate;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;

/// The indexed attributes, the most selective first. CKA_MODULUS and CKA_EC_POINT find the other half of a pair
/// where a client knows only the public key; CKA_CHECK_VALUE is how payment operators name a key.
const INDEXED: &[AttributeType] = &[
    CKA_UNIQUE_ID,
    CKA_MODULUS,
    CKA_EC_POINT,
    CKA_SERIAL_NUMBER,
    CKA_ID,
    CKA_LABEL,
    CKA_CHECK_VALUE,
    CKA_SUBJECT,
    CKA_ISSUER,
    CKA_OBJECT_ID,
    CKA_APPLICATION,
    CKA_KEY_TYPE,
    CKA_CERTIFICATE_TYPE,
    CKA_CLASS,
];

/// The canonical bytes of one attribute with its value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Term(Box<[u8]>);

impl Term {
    /// The term of an attribute; `None` if it is not indexed or empty.
    fn new(attribute: AttributeType, value: &Value) -> Option<Self> {
        if !INDEXED.contains(&attribute) {
            return None;
        }
        let value_bytes: &[u8] = match value {
            Value::Bytes(bytes) if !bytes.is_empty() => bytes,
            Value::Ulong(number) => &number.to_le_bytes(),
            Value::Bytes(_) | Value::Bool(_) | Value::Mechanisms(_) | Value::Template(_) => return None,
        };
        Some(Self([&attribute.0.to_le_bytes(), value_bytes].concat().into()))
    }

    /// The bytes: 8 of the attribute type, little endian, then the value.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The number of the attribute type, and the value.
    #[must_use]
    pub fn parts(&self) -> (u64, &[u8]) {
        self.0
            .split_first_chunk()
            .map_or((0, &[]), |(kind, value)| (u64::from_le_bytes(*kind), value))
    }
}

/// All terms of an object.
#[must_use]
pub fn terms(object: &AttributeSet) -> Vec<Term> {
    INDEXED
        .iter()
        .filter_map(|attribute| Term::new(*attribute, object.value(*attribute)?))
        .collect()
}

/// How to find the objects that fit a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lookup {
    /// Terms that every fitting object has, the most selective first. With none, every object is a candidate.
    pub terms: Vec<Term>,
    /// CKA_TOKEN, if the template names it.
    pub token: Option<bool>,
    /// CKA_PRIVATE, if the template names it.
    pub private: Option<bool>,
    /// Terms, `token` and `private` say all that the template says; otherwise candidates need
    /// [`SearchTemplate::matches`].
    pub decides: bool,
    /// No object fits, whatever there is.
    pub nothing: bool,
}

impl SearchTemplate {
    /// What of the template can be looked up.
    #[must_use]
    pub fn lookup(&self) -> Lookup {
        let mut lookup = Lookup {
            terms: Vec::new(),
            token: None,
            private: None,
            decides: true,
            nothing: self.matches_nothing(),
        };
        let mut ranked = Vec::new();
        for (attribute, value) in self.wanted() {
            match (attribute, value, Term::new(attribute, value)) {
                (CKA_TOKEN, Value::Bool(token), _) => {
                    lookup.nothing |= lookup.token.replace(*token) == Some(!token)
                }
                (CKA_PRIVATE, Value::Bool(private), _) => {
                    lookup.nothing |= lookup.private.replace(*private) == Some(!private);
                }
                (_, _, Some(term)) => ranked.push((rank(attribute), term)),
                (_, _, None) => lookup.decides = false,
            }
        }
        ranked.sort();
        lookup.terms = ranked.into_iter().map(|(_, term)| term).collect();
        lookup
    }
}

/// The place in [`INDEXED`].
fn rank(attribute: AttributeType) -> usize {
    INDEXED
        .iter()
        .take_while(|indexed| **indexed != attribute)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::testing::*;

    fn lookup(template: &[crate::attribute::RawAttribute]) -> Lookup {
        SearchTemplate::parse(template).lookup()
    }

    fn key() -> AttributeSet {
        created(with(&aes(), [(CKA_LABEL, Value::bytes(b"k"))])).unwrap()
    }

    #[test]
    fn a_term_is_the_type_and_the_value() {
        let term = Term::new(CKA_LABEL, &Value::bytes(b"k")).unwrap();
        assert_eq!(term.as_bytes(), b"\x03\0\0\0\0\0\0\0k");
    }

    #[test]
    fn no_term_tells_of_key_material_or_of_nothing() {
        let all = terms(&key());
        assert!(
            all.iter()
                .all(|term| !term.as_bytes().windows(16).any(|part| part == [7; 16]))
        );
        assert!(
            INDEXED
                .iter()
                .all(|attribute| !crate::object::rules::is_sensitive_somewhere(*attribute))
        );
        assert_eq!(Term::new(CKA_ID, &Value::bytes(&[])), None);
    }

    #[test]
    fn the_terms_of_a_search_are_those_of_the_object_and_the_most_selective_comes_first() {
        let class = CKO_SECRET_KEY.0.to_ne_bytes();
        let lookup = lookup(&[raw(CKA_CLASS, &class), raw(CKA_LABEL, b"k")]);
        let all = terms(&key());
        assert_eq!(lookup.terms.len(), 2);
        assert!(lookup.terms.iter().all(|term| all.contains(term)));
        assert!(lookup.terms[0].as_bytes().starts_with(&CKA_LABEL.0.to_le_bytes()));
        assert!(lookup.decides);
    }

    #[test]
    fn token_and_private_are_the_tokens_to_decide() {
        let lookup = lookup(&[raw(CKA_TOKEN, &[1]), raw(CKA_PRIVATE, &[0])]);
        assert_eq!(
            (lookup.token, lookup.private, lookup.decides),
            (Some(true), Some(false), true)
        );
    }

    #[test]
    fn what_is_not_indexed_leaves_the_decision_to_the_record() {
        assert!(!lookup(&[raw(CKA_SIGN, &[1])]).decides);
        assert!(!lookup(&[raw(CKA_LABEL, b"")]).decides);
    }

    #[test]
    fn contradictions_and_unknown_attributes_find_nothing() {
        assert!(lookup(&[raw(CKA_TOKEN, &[1]), raw(CKA_TOKEN, &[0])]).nothing);
        assert!(lookup(&[raw(AttributeType(0x7777), b"x")]).nothing);
        assert!(!lookup(&[]).nothing);
    }
}
