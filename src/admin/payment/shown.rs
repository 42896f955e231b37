//! Keys as calculators show them: by check value, and those that come of test keys in the clear by value, too.

use serde_json::{Value, json};

use super::bench_key::BenchKey;
use super::values::upper_hexadecimal;
use crate::admin::output;
use crate::ck::CKK_AES;
use crate::error::Result;

/// A key that is shown.
pub(super) struct Shown {
    name: String,
    check_value: Option<String>,
    /// Whether the check value is a CMAC.
    is_cmac: bool,
    value: Option<String>,
}

impl Shown {
    /// What is to be seen of a key.
    pub(super) fn of(name: &str, key: &BenchKey) -> Result<Self> {
        let check_value = key.check_value()?;
        Ok(Self {
            name: name.to_owned(),
            check_value: check_value.as_deref().map(upper_hexadecimal),
            is_cmac: key.key_type()? == CKK_AES,
            value: key.clear_value().map(upper_hexadecimal),
        })
    }

    /// The check value in words.
    fn check_value(&self) -> String {
        match (&self.check_value, self.is_cmac) {
            (Some(value), true) => format!("{value} (CMAC)"),
            (Some(value), false) => value.clone(),
            (None, _) => "none".to_owned(),
        }
    }

    /// The same as names and values.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = vec![(format!("{} check value", self.name), self.check_value())];
        let value = self.value.iter();
        pairs.extend(value.map(|value| (self.name.clone(), value.clone())));
        pairs
    }

    /// The same for machines.
    pub(super) fn json(&self) -> Value {
        let mut shown = json!({ "name": self.name, "check_value": self.check_value });
        let Some(members) = shown.as_object_mut() else {
            return shown;
        };
        if self.check_value.is_some() {
            let method = if self.is_cmac { "CMAC" } else { "ECB" };
            members.insert("check_value_method".to_owned(), json!(method));
        }
        if let Some(value) = &self.value {
            members.insert("value".to_owned(), json!(value));
        }
        shown
    }
}

/// Prints keys for people; values where there are such.
pub(super) fn table(keys: Vec<Shown>) -> std::io::Result<()> {
    let has_values = keys.iter().any(|key| key.value.is_some());
    let head: &[&str] = match has_values {
        true => &["key", "check value", "value"],
        false => &["key", "check value"],
    };
    let row = |key: Shown| {
        let check_value = key.check_value();
        let value = has_values.then(|| key.value.unwrap_or_default());
        [key.name, check_value].into_iter().chain(value).collect()
    };
    output::table(head, keys.into_iter().map(row))
}
