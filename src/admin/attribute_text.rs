//! Attributes as people and machines read them. Sensitive values are named and never shown.

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::object::{Object, Revealed};

/// Attributes that hold text.
const TEXTS: [AttributeType; 14] = [
    CKA_LABEL,
    CKA_APPLICATION,
    CKA_UNIQUE_ID,
    CKA_URL,
    CKA_START_DATE,
    CKA_END_DATE,
    CKA_VHSM_KEY_USAGE,
    CKA_VHSM_MODE_OF_USE,
    CKA_VHSM_EXPORTABILITY,
    CKA_VHSM_KEY_VERSION,
    CKA_VHSM_OPTIONAL_BLOCKS,
    CKA_VHSM_KEY_ALGORITHM,
    CKA_VHSM_DECIMALIZATION_TABLE,
    CKA_VHSM_LMK_ID,
];

/// Class, key type, label and identifier.
pub(super) fn summary(object: &Object) -> Vec<String> {
    let kind = |attribute| {
        object
            .attributes()
            .value(attribute)
            .map(|value| shown(attribute, value))
    };
    let class = object.class().to_string();
    let class = class.strip_prefix("CKO_").unwrap_or(&class);
    let kind = kind(CKA_KEY_TYPE)
        .or_else(|| kind(CKA_CERTIFICATE_TYPE))
        .unwrap_or_default();
    let prefixes = ["CKK_", "CKC_"];
    let kind = prefixes
        .iter()
        .find_map(|prefix| kind.strip_prefix(prefix))
        .unwrap_or(&kind);
    vec![
        class.to_lowercase().replace('_', " "),
        kind.replace('_', " "),
        object
            .attributes()
            .bytes(CKA_LABEL)
            .map_or_else(String::new, text),
        object.attributes().bytes(CKA_ID).map_or_else(String::new, hex),
    ]
}

/// The same for machines, with the URI.
pub(super) fn summary_json(object: &Object, uri: &str) -> Json {
    let mut members = Map::new();
    members.insert("uri".into(), uri.into());
    for attribute in [
        CKA_CLASS,
        CKA_KEY_TYPE,
        CKA_CERTIFICATE_TYPE,
        CKA_LABEL,
        CKA_ID,
        CKA_PRIVATE,
    ] {
        if let Some(value) = object.attributes().value(attribute) {
            add(&mut members, attribute, value);
        }
    }
    Json::Object(members)
}

/// All attributes with their values.
pub(super) fn full(object: &Object) -> Vec<(String, String)> {
    let value = |attribute| match object.reveal(attribute) {
        Revealed::Value(value) => shown(attribute, value),
        Revealed::Sensitive => "(sensitive)".into(),
        Revealed::Absent => String::new(),
    };
    object
        .attributes()
        .iter()
        .map(|(attribute, _)| (attribute.to_string(), value(attribute)))
        .collect()
}

/// All attributes for machines, with the URI; those that are sensitive are listed by name.
pub(super) fn full_json(object: &Object, uri: &str) -> Json {
    let (mut members, mut sensitive) = (Map::new(), Vec::new());
    for (attribute, _) in object.attributes().iter() {
        match object.reveal(attribute) {
            Revealed::Value(value) => {
                add(&mut members, attribute, value);
            }
            Revealed::Sensitive => sensitive.push(attribute.to_string()),
            Revealed::Absent => {}
        }
    }
    json!({ "uri": uri, "attributes": members, "sensitive": sensitive })
}

fn shown(attribute: AttributeType, value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Ulong(value) => number(attribute, *value),
        Value::Bytes(bytes) if TEXTS.contains(&attribute) => text(bytes),
        Value::Bytes(bytes) => hex(bytes),
        Value::Mechanisms(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Value::Template(set) => template(set),
    }
}

fn template(set: &AttributeSet) -> String {
    let members: Vec<_> = set
        .iter()
        .map(|(attribute, value)| format!("{attribute}={}", shown(attribute, value)))
        .collect();
    format!("{{{}}}", members.join(", "))
}

/// Adds an attribute to a JSON object. Text is exact; beside one that is not UTF-8 stand its bytes.
fn add(members: &mut Map<String, Json>, attribute: AttributeType, value: &Value) {
    members.insert(attribute.to_string(), as_json(attribute, value));
    if let Value::Bytes(bytes) = value
        && TEXTS.contains(&attribute)
        && std::str::from_utf8(bytes).is_err()
    {
        members.insert(format!("{attribute}_hex"), json!(hex(bytes)));
    }
}

fn as_json(attribute: AttributeType, value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::Ulong(value) if named(attribute, *value).is_none() => json!(value),
        Value::Mechanisms(list) => list.iter().map(ToString::to_string).collect(),
        Value::Template(set) => {
            let mut members = Map::new();
            set.iter()
                .for_each(|(kind, value)| add(&mut members, kind, value));
            Json::Object(members)
        }
        Value::Bytes(bytes) if TEXTS.contains(&attribute) => json!(String::from_utf8_lossy(bytes)),
        Value::Ulong(_) | Value::Bytes(_) => json!(shown(attribute, value)),
    }
}

fn number(attribute: AttributeType, value: u64) -> String {
    named(attribute, value).unwrap_or_else(|| value.to_string())
}

/// The standard's name of a value that has one.
fn named(attribute: AttributeType, value: u64) -> Option<String> {
    Some(match attribute {
        CKA_CLASS => ObjectClass(value).to_string(),
        CKA_KEY_TYPE => KeyType(value).to_string(),
        CKA_CERTIFICATE_TYPE => CertificateType(value).to_string(),
        CKA_KEY_GEN_MECHANISM if value == CK_UNAVAILABLE_INFORMATION => "unavailable".into(),
        CKA_KEY_GEN_MECHANISM => MechanismId(value).to_string(),
        _ if value == CK_UNAVAILABLE_INFORMATION => "unavailable".into(),
        _ => return None,
    })
}

/// Text without characters that could steer a terminal.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a String does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(label: &[u8]) -> Object {
        let mut attributes = AttributeSet::new();
        attributes.set(CKA_CLASS, Value::Ulong(CKO_DATA.0));
        attributes.set(CKA_LABEL, Value::Bytes(label.into()));
        attributes.set(CKA_ID, Value::Bytes(b"\x01\xff"[..].into()));
        Object::new(attributes)
    }

    #[test]
    fn json_has_texts_exactly_and_the_bytes_of_those_that_are_not_utf8() {
        for text in ["plain", "line\nend \u{1b}[31m \u{7f} \u{9b}1m", "\u{fffd}", ""] {
            let object = labelled(text.as_bytes());
            for json in [
                summary_json(&object, "u"),
                full_json(&object, "u")["attributes"].clone(),
            ] {
                assert_eq!(json["CKA_LABEL"], text);
                assert!(json.get("CKA_LABEL_hex").is_none());
                assert_eq!(json["CKA_ID"], "01ff");
                let printed = super::super::output::escaped(&json.to_string());
                assert!(!printed.contains(char::is_control), "{printed}");
                assert_eq!(serde_json::from_str::<Json>(&printed).unwrap(), json);
            }
        }
        let object = labelled(b"caf\xe9");
        for json in [
            summary_json(&object, "u"),
            full_json(&object, "u")["attributes"].clone(),
        ] {
            assert_eq!(json["CKA_LABEL"], "caf\u{fffd}");
            assert_eq!(json["CKA_LABEL_hex"], "636166e9");
        }
        let usage = Value::bytes(b"P0");
        assert_eq!(shown(CKA_VHSM_KEY_USAGE, &usage), "P0");
        assert_eq!(as_json(CKA_VHSM_KEY_USAGE, &usage), "P0");
        assert_eq!(summary(&object)[2], "caf\u{fffd}");
        assert_eq!(summary(&labelled(b"a\x1b[31m"))[2], "a\u{fffd}[31m");
    }
}
