//! `pkcs11:` URIs: how tokens and objects are named to other programs [RFC 7512].

use std::fmt::Write;

use super::failure::Failure;
use crate::ck::*;

/// The parts of a URI that name a token or an object; what is absent fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Uri {
    /// `token`: the label.
    pub(super) token: Option<Vec<u8>>,
    /// `serial`.
    pub(super) serial: Option<Vec<u8>>,
    /// `manufacturer`.
    pub(super) manufacturer: Option<Vec<u8>>,
    /// `model`.
    pub(super) model: Option<Vec<u8>>,
    /// `slot-id`.
    pub(super) slot: Option<SlotId>,
    /// `object`: CKA_LABEL.
    pub(super) object: Option<Vec<u8>>,
    /// `id`: CKA_ID.
    pub(super) id: Option<Vec<u8>>,
    /// `type`: CKA_CLASS.
    pub(super) class: Option<ObjectClass>,
}

/// The names of classes in `type` [RFC 7512, 2.3].
pub(super) const CLASSES: [(&str, ObjectClass); 5] = [
    ("cert", CKO_CERTIFICATE),
    ("data", CKO_DATA),
    ("private", CKO_PRIVATE_KEY),
    ("public", CKO_PUBLIC_KEY),
    ("secret-key", CKO_SECRET_KEY),
];

/// Whether a text is meant as a URI.
pub(super) fn is_uri(text: &str) -> bool {
    text.get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkcs11:"))
}

impl Uri {
    /// Reads a URI. Attributes that name the library are passed over; a PIN in a URI is refused.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        // What is behind ? may be a PIN, which is repeated nowhere.
        let shown = text.split('?').next().unwrap_or_default();
        let wrong = |why: &str| {
            Failure::new(
                format!("{shown}: {why}"),
                "a URI looks like pkcs11:token=demo;object=key",
            )
        };
        let rest = if is_uri(text) { text.get(7..) } else { None };
        let rest = rest.ok_or_else(|| wrong("it does not begin with pkcs11:"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !query.is_empty() {
            return Err(wrong(
                "the part after ? is not used here; PINs come from --pin-file, $VHSM_PIN or a prompt",
            ));
        }
        let mut uri = Self::default();
        for part in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| wrong("an attribute has no value"))?;
            let value =
                decode(value).ok_or_else(|| wrong("a % is not followed by two hexadecimal digits"))?;
            uri.set(name, value).map_err(wrong)?;
        }
        Ok(uri)
    }

    fn set(&mut self, name: &str, value: Vec<u8>) -> Result<(), &'static str> {
        let text = || String::from_utf8_lossy(&value).into_owned();
        match name {
            "token" => self.token = Some(value),
            "serial" => self.serial = Some(value),
            "manufacturer" => self.manufacturer = Some(value),
            "model" => self.model = Some(value),
            "object" => self.object = Some(value),
            "id" => self.id = Some(value),
            "slot-id" => self.slot = Some(SlotId(text().parse().map_err(|_| "slot-id is not a number")?)),
            "type" => {
                let known = CLASSES.iter().find(|(name, _)| *name == text());
                self.class = Some(
                    known
                        .ok_or("type is none of cert, data, private, public, secret-key")?
                        .1,
                );
            }
            name if name.starts_with("library-") || name.starts_with("slot-") => {}
            _ => return Err("it has an attribute that RFC 7512 does not know"),
        }
        Ok(())
    }
}

impl std::fmt::Display for Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let class = self
            .class
            .and_then(|class| CLASSES.iter().find(|(_, known)| *known == class));
        let slot = self.slot.map(|slot| slot.to_string());
        let id = self.id.as_ref().map(|id| {
            id.iter()
                .fold(String::new(), |out, byte| out + &format!("%{byte:02X}"))
        });
        let parts = [
            ("model", self.model.as_deref().map(encode)),
            ("manufacturer", self.manufacturer.as_deref().map(encode)),
            ("serial", self.serial.as_deref().map(encode)),
            ("token", self.token.as_deref().map(encode)),
            ("slot-id", slot),
            ("id", id),
            ("object", self.object.as_deref().map(encode)),
            ("type", class.map(|(name, _)| (*name).to_owned())),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
            .collect();
        write!(f, "pkcs11:{}", parts.join(";"))
    }
}

/// Everything but the unreserved characters as `%XX` [RFC 3986, 2.3].
fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            let digits = std::str::from_utf8(&digits)
                .ok()
                .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_read_as_it_was_written() {
        let uri = Uri {
            token: Some(b"my token; =%\xc3\xa4".to_vec()),
            serial: Some(b"0011223344556677".to_vec()),
            object: Some(b"signer/1".to_vec()),
            id: Some(vec![0, 1, 0xff]),
            class: Some(CKO_PRIVATE_KEY),
            slot: Some(SlotId(3)),
            ..Uri::default()
        };
        assert_eq!(Uri::parse(&uri.to_string()), Ok(uri));
    }

    // [RFC 7512, 3]
    #[test]
    fn examples_of_the_rfc_are_read() {
        let uri = Uri::parse("pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=").unwrap();
        assert_eq!(uri.token.unwrap(), b"The Software PKCS#11 Softtoken");
        assert_eq!(uri.manufacturer.unwrap(), b"Snake Oil, Inc.");
        assert_eq!(uri.id.unwrap(), b"\x69\x95\x3e\x5c\xf4\xbd\xec\x91");
        assert_eq!(uri.class, Some(CKO_CERTIFICATE));
    }

    #[test]
    fn a_pin_in_a_uri_is_refused() {
        let refused = Uri::parse("pkcs11:token=demo?pin-value=4711").unwrap_err();
        let said = format!("{refused:?}");
        assert!(said.contains("token=demo") && !said.contains("4711"), "{said}");
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in [
            "token=demo",
            "pkcs11:token",
            "pkcs11:token=%4",
            "pkcs11:token=%+1",
            "pkcs11:type=key",
            "pkcs11:colour=red",
        ] {
            assert!(Uri::parse(text).is_err(), "{text}");
        }
    }
}
