//! What the tests of this room share: known answers of others, and a row with one key.

use serde_json::Value as Json;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::testing::hex;
use crate::error::{Error, Result};
use crate::mechanism::{KeyMaterial, MechanismSpec, Params};

/// One known answer of a file in `vectors/`.
pub(super) struct Vector<'a>(&'a Json);

impl<'a> Vector<'a> {
    fn text(json: &'a Json, name: &str) -> &'a str {
        json[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} is no text in {json}"))
    }

    /// An input by its name.
    pub(super) fn input(&self, name: &str) -> &'a str {
        Self::text(&self.0["inputs"], name)
    }

    /// An input that not every vector has.
    pub(super) fn optional_input(&self, name: &str) -> Option<&'a str> {
        self.0["inputs"][name].as_str()
    }

    /// An expected value by its name.
    pub(super) fn expected(&self, name: &str) -> &'a str {
        Self::text(&self.0["expected"], name)
    }

    /// An expected value that not every vector has.
    pub(super) fn optional(&self, name: &str) -> Option<&'a str> {
        self.0["expected"][name].as_str()
    }
}

/// Calls `check` with every vector of a file. Each says where it is from and who else computed it, and its `id` is
/// printed before a failure.
pub(super) fn run_vectors(file: &str, check: impl Fn(&Vector)) {
    let file: Json = serde_json::from_str(file).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(Some(vectors.len()), file["count"].as_u64().map(to_usize));
    for vector in vectors {
        eprintln!("{}", Vector::text(vector, "id"));
        assert!(["published", "computed"].contains(&Vector::text(vector, "origin")));
        assert!(!Vector::text(vector, "source").is_empty());
        assert!(!vector["verified_by"].as_array().unwrap().is_empty());
        check(&Vector(vector));
    }
}

/// The row of a mechanism.
pub(super) fn row(rows: &'static [MechanismSpec], id: MechanismId) -> &'static MechanismSpec {
    rows.iter().find(|row| row.id == id).unwrap()
}

/// A row with a key that it takes.
pub(super) struct Card {
    row: &'static MechanismSpec,
    pub(super) key: KeyMaterial,
}

impl Card {
    /// A double-length DES key, in hexadecimal, of this usage.
    pub(super) fn new(row: &'static MechanismSpec, key: &str, usage: &[u8; 2]) -> Self {
        let key = KeyMaterial::prepare(&AttributeSet::from_iter([
            (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
            (CKA_KEY_TYPE, Value::Ulong(CKK_DES2.0)),
            (CKA_VALUE, Value::bytes(&hex(key))),
            (CKA_VHSM_KEY_USAGE, Value::bytes(usage)),
        ]))
        .unwrap();
        assert_eq!(
            row.key.check_usage(key.payment.map(|payment| payment.usage)),
            Ok(())
        );
        assert!(row.key.types.contains(&key.key_type) && row.key.sizes.allow_bits(key.bits()));
        Self { row, key }
    }

    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>> {
        let role = self.row.roles.sign.unwrap();
        role.check(&self.key, &Params::None)?;
        let mut out = vec![0; role.signature_len(&self.key, &Params::None)];
        role.sign(&self.key, &Params::None, data, &mut out).map(|()| out)
    }

    pub(super) fn verify(&self, data: &[u8], value: &[u8]) -> Result<()> {
        let role = self.row.roles.verify.unwrap();
        role.check(&self.key, &Params::None)?;
        role.verify(&self.key, &Params::None, data, value)
    }

    /// Data that is refused for its form, and data that is refused for the length of one of its parts.
    pub(super) fn refuses(&self, forms: &[&[u8]], lengths: &[&[u8]]) {
        for data in forms {
            let refused = self.sign(data);
            assert!(
                matches!(refused, Err(Error::DataInvalid(_))),
                "{data:?}: {refused:?}"
            );
        }
        for data in lengths {
            let refused = self.sign(data);
            assert!(
                matches!(refused, Err(Error::DataLenRange(_))),
                "{data:?}: {refused:?}"
            );
        }
    }

    /// Checks that signing gives the value, and that verifying takes it and not its neighbour.
    #[track_caller]
    pub(super) fn gives(&self, data: &[u8], value: &[u8]) {
        assert_eq!(self.sign(data).as_deref(), Ok(value));
        assert_eq!(self.verify(data, value), Ok(()));
        let mut other = value.to_vec();
        other[0] ^= 1;
        assert_eq!(self.verify(data, &other), Err(Error::SignatureInvalid));
    }
}
