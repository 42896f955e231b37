//! What holds of all tables, and the whole matrix as a snapshot.

use super::everywhere::ALL;
use super::table::Table;
use super::*;
use std::collections::BTreeMap;

/// Every rule of every class.
fn every_rule() -> impl Iterator<Item = &'static Rule> {
    ALL.iter().flat_map(|table| table.rules())
}

#[test]
fn what_holds_everywhere_is_what_the_rules_say() {
    for rule in every_rule() {
        assert_eq!(kind_of(rule.attribute), Some(rule.kind), "{}", rule.attribute);
        let sensitive = every_rule().any(|one| one.attribute == rule.attribute && one.sensitive);
        assert_eq!(
            is_sensitive_somewhere(rule.attribute),
            sensitive,
            "{}",
            rule.attribute
        );
    }
    for attribute in [0x7f, u64::MAX] {
        assert_eq!(kind_of(AttributeType(attribute)), None);
    }
}

#[test]
fn an_attribute_has_the_same_form_in_every_class() {
    let mut kinds = BTreeMap::new();
    for rule in every_rule() {
        let first = kinds.entry(rule.attribute).or_insert(rule.kind);
        assert_eq!(*first, rule.kind, "{}", rule.attribute);
    }
}

#[test]
fn rules_are_found_by_their_attributes() {
    for table in ALL {
        let rules = RuleSet(table);
        assert!(rules.iter().is_sorted_by_key(|rule| rule.attribute));
        for rule in rules.iter() {
            assert_eq!(rules.rule(rule.attribute), Some(rule));
        }
        assert_eq!(rules.rule(AttributeType(u64::MAX)), None);
    }
}

#[test]
fn every_class_has_a_class_a_token_flag_and_a_unique_id() {
    for table in ALL {
        let rules = RuleSet(table);
        for attribute in [CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_UNIQUE_ID, CKA_LABEL] {
            assert!(rules.rule(attribute).is_some(), "{attribute}");
        }
    }
}

#[test]
fn only_key_material_is_sensitive() {
    let mut sensitive: Vec<_> = every_rule()
        .filter(|rule| rule.sensitive)
        .map(|rule| rule.attribute)
        .collect();
    sensitive.sort();
    sensitive.dedup();
    let mut expected = [
        CKA_VALUE,
        CKA_PRIVATE_EXPONENT,
        CKA_PRIME_1,
        CKA_PRIME_2,
        CKA_EXPONENT_1,
        CKA_EXPONENT_2,
        CKA_COEFFICIENT,
        CKA_SEED,
    ];
    expected.sort();
    assert_eq!(sensitive, expected);
}

/// Every table with the name that the snapshot gives it.
static NAMED: &[(&str, &Table)] = &[
    ("CKO_DATA", &data::DATA),
    ("CKO_CERTIFICATE CKC_X_509", &certificate::X_509),
    (
        "CKO_CERTIFICATE CKC_X_509_ATTR_CERT",
        &certificate::ATTRIBUTE_CERTIFICATE,
    ),
    ("CKO_PUBLIC_KEY CKK_RSA", &public::RSA),
    ("CKO_PUBLIC_KEY CKK_EC*", &public::EC),
    ("CKO_PUBLIC_KEY CKK_DSA", &public::DSA),
    ("CKO_PUBLIC_KEY CKK_DH", &public::DH),
    ("CKO_PUBLIC_KEY CKK_X9_42_DH", &public::X9_42_DH),
    ("CKO_PRIVATE_KEY CKK_RSA", &private::RSA),
    ("CKO_PRIVATE_KEY CKK_EC*", &private::EC),
    ("CKO_PRIVATE_KEY CKK_DSA, CKK_X9_42_DH", &private::DSA),
    ("CKO_PRIVATE_KEY CKK_DH", &private::DH),
    (
        "CKO_PUBLIC_KEY CKK_ML_KEM, CKK_ML_DSA, CKK_SLH_DSA, CKK_XMSS*",
        &public::PARAMETER_SET,
    ),
    ("CKO_PUBLIC_KEY CKK_HSS", &public::HSS),
    ("CKO_PRIVATE_KEY CKK_ML_KEM, CKK_ML_DSA", &private::LATTICE),
    ("CKO_PRIVATE_KEY CKK_SLH_DSA", &private::SLH_DSA),
    ("CKO_SECRET_KEY of any length", &secret::VARIABLE_LENGTH),
    ("CKO_SECRET_KEY of one length", &secret::FIXED_LENGTH),
    ("CKO_SECRET_KEY CKK_VHSM_LMK", &secret::LMK),
    ("CKO_OTP_KEY CKK_HOTP", &otp::HOTP),
    ("CKO_DOMAIN_PARAMETERS CKK_DSA", &domain::DSA),
    ("CKO_DOMAIN_PARAMETERS CKK_DH", &domain::DH),
    ("CKO_DOMAIN_PARAMETERS CKK_X9_42_DH", &domain::X9_42_DH),
    ("CKO_PROFILE", &profile::PROFILE),
    ("CKO_TRUST", &trust::TRUST),
];

fn line(rule: &Rule) -> String {
    let presence = [rule.create, rule.generate, rule.unwrap, rule.derive]
        .map(|presence| format!("{presence:?}"))
        .join(" ");
    let sensitive = if rule.sensitive { " sensitive" } else { "" };
    let so_only = if rule.so_only { " so_only" } else { "" };
    let Rule {
        attribute,
        kind,
        change,
        copy,
        default,
        ..
    } = rule;
    format!("  {attribute} {kind:?} | {presence} | {change:?} {copy:?} | {default:?}{sensitive}{so_only}\n")
}

/// Review a change of the tables here: `TIDY_WRITE=1` writes it into the file.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a test may be told to write what it compares"
)]
fn the_matrix_of_rules_is_the_reviewed_one() {
    let matrix: String = NAMED
        .iter()
        .map(|(name, table)| {
            let lines: String = RuleSet(table).iter().map(line).collect();
            format!("{name}\n{lines}")
        })
        .collect();
    if std::env::var_os("TIDY_WRITE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/object/rules/matrix.txt");
        std::fs::write(path, &matrix).unwrap();
    }
    let reviewed = include_str!("matrix.txt");
    let mut changed = matrix
        .lines()
        .zip(reviewed.lines())
        .filter(|(now, then)| now != then);
    assert_eq!(
        changed.next(),
        None,
        "rules are not the reviewed ones: TIDY_WRITE=1 writes them"
    );
    assert_eq!(matrix.len(), reviewed.len());
}

#[test]
fn the_matrix_has_every_table() {
    assert_eq!(NAMED.len(), ALL.len());
}
