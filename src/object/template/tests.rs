//! The rules of templates, each a sentence.

use super::*;
use crate::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use crate::ck::*;
use crate::error::Error;
use crate::object::testing::*;

fn rv(result: Result<AttributeSet, Error>) -> Rv {
    result.map_or_else(|error| error.rv(), |_| CKR_OK)
}

fn parsed(attributes: &[RawAttribute]) -> Result<AttributeSet, Error> {
    parse(attributes)
}

fn data() -> AttributeSet {
    set([(CKA_CLASS, number(CKO_DATA.0))])
}

fn generate(mechanism: MechanismId, key_type: KeyType, template: AttributeSet) -> Result<Draft, Error> {
    let made = Made {
        class: CKO_SECRET_KEY,
        key_types: &[key_type],
    };
    draft(
        template,
        Origin::Generate { mechanism },
        Some(made),
        Settings::default(),
        false,
    )
}

fn derive(base: &AttributeSet, template: AttributeSet) -> Result<Draft, Error> {
    draft(
        template,
        Origin::Derive { base },
        None,
        Settings::default(),
        false,
    )
}

fn unwrap(template: AttributeSet) -> Result<Draft, Error> {
    draft(template, Origin::Unwrap, None, Settings::default(), false)
}

// ---- forms ----

#[test]
fn an_unknown_attribute_is_a_type_error() {
    assert_eq!(
        rv(parsed(&[raw(AttributeType(0x7777), b"x")])),
        CKR_ATTRIBUTE_TYPE_INVALID
    );
}

#[test]
fn a_boolean_is_one_byte_that_is_0_or_1() {
    assert_eq!(
        parsed(&[raw(CKA_TOKEN, &[1])]).unwrap().bool(CKA_TOKEN),
        Some(true)
    );
    for wrong in [&[2][..], &[0xff], &[], &[1, 0]] {
        assert_eq!(rv(parsed(&[raw(CKA_TOKEN, wrong)])), CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

#[test]
fn a_number_is_8_bytes() {
    let four = 4_u64.to_ne_bytes();
    assert_eq!(
        parsed(&[raw(CKA_CLASS, &four)]).unwrap().ulong(CKA_CLASS),
        Some(4)
    );
    assert_eq!(
        rv(parsed(&[raw(CKA_CLASS, &four[..4])])),
        CKR_ATTRIBUTE_VALUE_INVALID
    );
    assert_eq!(rv(parsed(&[raw(CKA_CLASS, &[])])), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn a_pointer_that_cannot_be_read_is_a_value_error() {
    let unreadable = RawAttribute {
        attribute: CKA_LABEL,
        value: RawValue::Unreadable,
    };
    assert_eq!(rv(parsed(&[unreadable])), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn one_value_twice_counts_once_and_two_values_contradict() {
    assert_eq!(
        parsed(&[raw(CKA_LABEL, b"a"), raw(CKA_LABEL, b"a")])
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        rv(parsed(&[raw(CKA_LABEL, b"a"), raw(CKA_LABEL, b"b")])),
        CKR_TEMPLATE_INCONSISTENT
    );
}

#[test]
fn big_integers_lose_their_leading_zeros() {
    let set = parsed(&[raw(CKA_PUBLIC_EXPONENT, &[0, 0, 1, 0, 1])]).unwrap();
    assert_eq!(set.bytes(CKA_PUBLIC_EXPONENT), Some(&[1, 0, 1][..]));
}

#[test]
fn a_date_is_a_day_of_the_calendar_or_empty() {
    for right in [
        &b"20261120"[..],
        b"20260131",
        b"20260430",
        b"20260228",
        b"20240229",
        b"20000229",
        b"",
        b"00000000",
    ] {
        assert_eq!(rv(parsed(&[raw(CKA_START_DATE, right)])), CKR_OK);
    }
    for wrong in [
        &b"2026112"[..],
        b"2026112x",
        b"20261320",
        b"20261100",
        b"20261101\0",
        b"20260231",
        b"20260229",
        b"21000229",
        b"20240230",
        b"20260431",
        b"20260631",
        b"20260931",
        b"20261131",
        b"20260132",
        b"20260001",
    ] {
        assert_eq!(
            rv(parsed(&[raw(CKA_END_DATE, wrong)])),
            CKR_ATTRIBUTE_VALUE_INVALID
        );
    }
}

#[test]
fn allowed_mechanisms_are_whole_numbers_and_may_be_none() {
    let list = CKM_AES_CBC.0.to_ne_bytes();
    let set = parsed(&[raw(CKA_ALLOWED_MECHANISMS, &list)]).unwrap();
    assert_eq!(
        set.value(CKA_ALLOWED_MECHANISMS),
        Some(&Value::Mechanisms([CKM_AES_CBC].into()))
    );
    assert_eq!(rv(parsed(&[raw(CKA_ALLOWED_MECHANISMS, &[])])), CKR_OK);
    assert_eq!(
        rv(parsed(&[raw(CKA_ALLOWED_MECHANISMS, &list[..7])])),
        CKR_ATTRIBUTE_VALUE_INVALID
    );
}

fn nested(attribute: AttributeType, inner: Vec<RawAttribute>) -> RawAttribute {
    RawAttribute {
        attribute,
        value: RawValue::Template(inner),
    }
}

#[test]
fn templates_in_templates_are_read_deep() {
    let template = nested(
        CKA_UNWRAP_TEMPLATE,
        vec![nested(CKA_WRAP_TEMPLATE, vec![raw(CKA_TOKEN, &[1])])],
    );
    let inner = set([(CKA_TOKEN, YES)]);
    let middle = set([(CKA_WRAP_TEMPLATE, Value::Template(inner))]);
    assert_eq!(
        parsed(&[template]).unwrap().value(CKA_UNWRAP_TEMPLATE),
        Some(&Value::Template(middle))
    );
    let wrong = nested(CKA_WRAP_TEMPLATE, vec![raw(CKA_TOKEN, &[7])]);
    assert_eq!(rv(parsed(&[wrong])), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn templates_are_not_nested_without_end() {
    let mut template = nested(CKA_WRAP_TEMPLATE, vec![]);
    for _ in 0..10 {
        template = nested(CKA_WRAP_TEMPLATE, vec![template]);
    }
    assert_eq!(rv(parsed(&[template])), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn a_key_usage_is_two_letters_or_digits() {
    assert_eq!(rv(parsed(&[raw(CKA_VHSM_KEY_USAGE, b"C0")])), CKR_OK);
    for wrong in [&b"C"[..], b"C00", b"C ", b"!!", b"C_", b"\x00\x01"] {
        assert_eq!(
            rv(parsed(&[raw(CKA_VHSM_KEY_USAGE, wrong)])),
            CKR_ATTRIBUTE_VALUE_INVALID
        );
    }
}

// ---- class and type ----

#[test]
fn creation_needs_a_class() {
    assert_eq!(
        rv(created(set([(CKA_LABEL, Value::bytes(b"x"))]))),
        CKR_TEMPLATE_INCOMPLETE
    );
}

#[test]
fn creation_of_a_key_needs_a_key_type() {
    assert_eq!(
        rv(created(set([(CKA_CLASS, number(CKO_SECRET_KEY.0))]))),
        CKR_TEMPLATE_INCOMPLETE
    );
}

#[test]
fn unknown_classes_and_types_are_value_errors() {
    assert_eq!(
        rv(created(set([(CKA_CLASS, number(0x777))]))),
        CKR_ATTRIBUTE_VALUE_INVALID
    );
    let strange = with(&aes(), [(CKA_KEY_TYPE, number(CKK_CAST.0))]);
    assert_eq!(rv(created(strange)), CKR_ATTRIBUTE_VALUE_INVALID);
    let certificate = set([
        (CKA_CLASS, number(CKO_CERTIFICATE.0)),
        (CKA_CERTIFICATE_TYPE, number(CKC_WTLS.0)),
    ]);
    assert_eq!(rv(created(certificate)), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn applications_create_no_profile_objects() {
    let profile = set([(CKA_CLASS, number(CKO_PROFILE.0)), (CKA_PROFILE_ID, number(1))]);
    assert_eq!(rv(created(profile)), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn generation_fills_in_class_and_type_and_refuses_others() {
    let template = || set([(CKA_VALUE_LEN, number(16))]);
    let draft = generate(CKM_AES_KEY_GEN, CKK_AES, template()).unwrap();
    assert_eq!(draft.class(), CKO_SECRET_KEY);
    assert_eq!(draft.key_type(), Some(CKK_AES));
    for (attribute, other) in [(CKA_CLASS, CKO_PUBLIC_KEY.0), (CKA_KEY_TYPE, CKK_DES3.0)] {
        let template = with(&template(), [(attribute, number(other))]);
        let error = generate(CKM_AES_KEY_GEN, CKK_AES, template).unwrap_err();
        assert_eq!(error.rv(), CKR_TEMPLATE_INCONSISTENT);
    }
}

#[test]
fn unwrapping_needs_class_and_type_and_makes_no_public_keys() {
    assert_eq!(unwrap(set([])).unwrap_err().rv(), CKR_TEMPLATE_INCOMPLETE);
    let class_only = set([(CKA_CLASS, number(CKO_SECRET_KEY.0))]);
    assert_eq!(unwrap(class_only).unwrap_err().rv(), CKR_TEMPLATE_INCOMPLETE);
    let public = set([
        (CKA_CLASS, number(CKO_PUBLIC_KEY.0)),
        (CKA_KEY_TYPE, number(CKK_RSA.0)),
    ]);
    assert_eq!(unwrap(public).unwrap_err().rv(), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn a_derived_key_is_a_generic_secret_unless_the_template_says_otherwise() {
    let base = AttributeSet::new();
    assert_eq!(
        derive(&base, set([])).unwrap().key_type(),
        Some(CKK_GENERIC_SECRET)
    );
    let data = set([(CKA_CLASS, number(CKO_DATA.0))]);
    assert_eq!(derive(&base, data).unwrap_err().rv(), CKR_TEMPLATE_INCONSISTENT);
}

// ---- attributes ----

#[test]
fn an_attribute_of_another_class_is_a_type_error() {
    assert_eq!(
        rv(created(with(&data(), [(CKA_SIGN, YES)]))),
        CKR_ATTRIBUTE_TYPE_INVALID
    );
    let modulus = with(&aes(), [(CKA_MODULUS, Value::bytes(&[1]))]);
    assert_eq!(rv(created(modulus)), CKR_ATTRIBUTE_TYPE_INVALID);
}

#[test]
fn what_the_token_sets_is_read_only_in_every_template() {
    for (attribute, value) in [
        (CKA_UNIQUE_ID, Value::bytes(b"mine")),
        (CKA_LOCAL, YES),
        (CKA_KEY_GEN_MECHANISM, number(CKM_AES_KEY_GEN.0)),
        (CKA_ALWAYS_SENSITIVE, YES),
        (CKA_NEVER_EXTRACTABLE, YES),
    ] {
        let created = created(with(&aes(), [(attribute, value.clone())]));
        assert_eq!(rv(created), CKR_ATTRIBUTE_READ_ONLY, "{attribute}");
        let generated = generated_aes(set([(attribute, value.clone())]));
        assert_eq!(rv(generated), CKR_ATTRIBUTE_READ_ONLY, "{attribute}");
        let unwrapped = unwrap(set([
            (CKA_CLASS, number(CKO_SECRET_KEY.0)),
            (CKA_KEY_TYPE, number(CKK_AES.0)),
            (attribute, value.clone()),
        ]));
        assert_eq!(
            unwrapped.unwrap_err().rv(),
            CKR_ATTRIBUTE_READ_ONLY,
            "{attribute}"
        );
        let derived = derive(&AttributeSet::new(), set([(attribute, value)]));
        assert_eq!(derived.unwrap_err().rv(), CKR_ATTRIBUTE_READ_ONLY, "{attribute}");
    }
}

#[test]
fn the_value_is_required_to_create_and_forbidden_to_generate() {
    let mut without = aes();
    without.remove(CKA_VALUE);
    assert_eq!(rv(created(without)), CKR_TEMPLATE_INCOMPLETE);
    let generated = generated_aes(set([(CKA_VALUE, Value::bytes(&[1; 16]))]));
    assert_eq!(rv(generated), CKR_ATTRIBUTE_READ_ONLY);
}

#[test]
fn the_value_length_is_forbidden_to_create_and_required_to_generate() {
    let with_length = with(&aes(), [(CKA_VALUE_LEN, number(16))]);
    assert_eq!(rv(created(with_length)), CKR_ATTRIBUTE_READ_ONLY);
    let error = generate(CKM_AES_KEY_GEN, CKK_AES, set([])).unwrap_err();
    assert_eq!(error.rv(), CKR_TEMPLATE_INCOMPLETE);
}

#[test]
fn aes_keys_have_16_24_or_32_bytes() {
    for length in [16, 24, 32] {
        let key = with(&aes(), [(CKA_VALUE, Value::bytes(&vec![1; length]))]);
        assert_eq!(created(key).unwrap().ulong(CKA_VALUE_LEN), Some(to_ulong(length)));
    }
    for length in [0, 15, 17, 33] {
        let key = with(&aes(), [(CKA_VALUE, Value::bytes(&vec![1; length]))]);
        assert_eq!(rv(created(key)), CKR_ATTRIBUTE_VALUE_INVALID);
        let template = set([(CKA_VALUE_LEN, number(to_ulong(length)))]);
        let error = generate(CKM_AES_KEY_GEN, CKK_AES, template).unwrap_err();
        assert_eq!(error.rv(), CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

#[test]
fn des_keys_may_be_generated_with_their_length_and_no_other() {
    for (key_type, length) in [(CKK_DES, 8), (CKK_DES2, 16), (CKK_DES3, 24)] {
        assert!(generate(CKM_DES3_KEY_GEN, key_type, set([])).is_ok());
        let template = set([(CKA_VALUE_LEN, number(length))]);
        assert!(generate(CKM_DES3_KEY_GEN, key_type, template).is_ok());
        let template = set([(CKA_VALUE_LEN, number(32))]);
        let error = generate(CKM_DES3_KEY_GEN, key_type, template).unwrap_err();
        assert_eq!(error.rv(), CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

#[test]
fn only_the_so_makes_trusted_objects() {
    let key = with(&aes(), [(CKA_TRUSTED, YES)]);
    assert_eq!(rv(created(key.clone())), CKR_ATTRIBUTE_READ_ONLY);
    assert_eq!(created_by_so(key).unwrap().bool(CKA_TRUSTED), Some(true));
    assert_eq!(rv(created(with(&aes(), [(CKA_TRUSTED, NO)]))), CKR_OK);
}

#[test]
fn always_authenticate_needs_a_private_key_object() {
    let made = Made {
        class: CKO_PRIVATE_KEY,
        key_types: &[CKK_RSA],
    };
    let origin = Origin::GeneratePrivate {
        mechanism: CKM_RSA_PKCS_KEY_PAIR_GEN,
    };
    let template = |private| set([(CKA_ALWAYS_AUTHENTICATE, YES), (CKA_PRIVATE, private)]);
    let with_private = |private| draft(template(private), origin, Some(made), Settings::default(), false);
    assert!(with_private(YES).is_ok());
    assert_eq!(with_private(NO).unwrap_err().rv(), CKR_TEMPLATE_INCONSISTENT);
}

// ---- defaults ----

#[test]
fn keys_are_private_and_sensitive_unless_told_otherwise_and_leave_only_as_they_came() {
    let brought = created(aes()).unwrap();
    for (key, may_leave) in [(brought, true), (generated_aes(set([])).unwrap(), false)] {
        assert_eq!(key.bool(CKA_PRIVATE), Some(true));
        assert_eq!(key.bool(CKA_SENSITIVE), Some(true));
        assert_eq!(key.bool(CKA_EXTRACTABLE), Some(may_leave));
        assert_eq!(key.bool(CKA_TOKEN), Some(false));
        for flag in [CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE] {
            assert_eq!(key.bool(flag), Some(true), "{flag}");
        }
    }
}

#[test]
fn data_is_public_and_empty_unless_told_otherwise() {
    let object = created(data()).unwrap();
    assert_eq!(object.bool(CKA_PRIVATE), Some(false));
    for empty in [CKA_LABEL, CKA_APPLICATION, CKA_OBJECT_ID, CKA_VALUE] {
        assert_eq!(object.bytes(empty), Some(&[][..]), "{empty}");
    }
}

#[test]
fn an_unwrapped_key_is_extractable_unless_told_otherwise() {
    let template = set([
        (CKA_CLASS, number(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, number(CKK_AES.0)),
    ]);
    let value = set([(CKA_VALUE, Value::bytes(&[1; 32]))]);
    let key = unwrap(template).unwrap().complete(value).unwrap();
    assert_eq!(key.bool(CKA_EXTRACTABLE), Some(true));
    assert_eq!(key.bool(CKA_SENSITIVE), Some(true));
    assert_eq!(key.ulong(CKA_VALUE_LEN), Some(32));
}

#[test]
fn usage_flags_are_true_for_what_the_key_type_can_do() {
    let key = created(aes()).unwrap();
    for flag in [
        CKA_ENCRYPT,
        CKA_DECRYPT,
        CKA_SIGN,
        CKA_VERIFY,
        CKA_WRAP,
        CKA_UNWRAP,
        CKA_DERIVE,
    ] {
        assert_eq!(key.bool(flag), Some(true), "{flag}");
    }
    let generic = created(with(&aes(), [(CKA_KEY_TYPE, number(CKK_GENERIC_SECRET.0))])).unwrap();
    assert_eq!(generic.bool(CKA_SIGN), Some(true));
    assert_eq!(generic.bool(CKA_ENCRYPT), Some(false));
}

#[test]
fn derivation_is_a_default_use_of_weierstrass_and_montgomery_keys_only() {
    use crate::object::rules::default_uses;
    let default_use = |class, key_type, usage| default_uses(class, key_type).contains(&usage);
    assert!(default_use(CKO_PRIVATE_KEY, CKK_EC, CKA_DERIVE));
    assert!(default_use(CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, CKA_DERIVE));
    assert!(!default_use(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, CKA_DERIVE));
    assert!(!default_use(CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, CKA_SIGN));
}

#[test]
fn usage_flags_are_false_when_the_configuration_wants_them_spelled_out() {
    let settings = Settings {
        usage_defaults_explicit: true,
        ..Settings::default()
    };
    let template = with(&aes(), [(CKA_ENCRYPT, YES)]);
    let key = draft(template, Origin::Create, None, settings, false)
        .and_then(|draft| draft.complete(AttributeSet::new()))
        .unwrap();
    assert_eq!(key.bool(CKA_ENCRYPT), Some(true));
    assert_eq!(key.bool(CKA_DECRYPT), Some(false));
}

#[test]
fn a_draft_knows_whether_it_will_be_private_and_on_the_token() {
    let draft = unwrap(set([
        (CKA_CLASS, number(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, number(CKK_AES.0)),
        (CKA_TOKEN, YES),
    ]))
    .unwrap();
    assert!(draft.is_private());
    assert!(draft.is_token());
}

#[test]
fn allowed_mechanisms_are_absent_unless_given() {
    assert!(!created(aes()).unwrap().contains(CKA_ALLOWED_MECHANISMS));
}

// ---- history ----

#[test]
fn only_a_generated_key_is_local_and_names_its_mechanism() {
    let generated = generated_aes(set([])).unwrap();
    assert_eq!(generated.bool(CKA_LOCAL), Some(true));
    assert_eq!(generated.ulong(CKA_KEY_GEN_MECHANISM), Some(CKM_AES_KEY_GEN.0));
    let created = created(aes()).unwrap();
    assert_eq!(created.bool(CKA_LOCAL), Some(false));
    assert_eq!(
        created.ulong(CKA_KEY_GEN_MECHANISM),
        Some(CK_UNAVAILABLE_INFORMATION)
    );
}

#[test]
fn a_key_from_outside_was_never_always_sensitive() {
    let key = created(aes()).unwrap();
    assert_eq!(key.bool(CKA_ALWAYS_SENSITIVE), Some(false));
    assert_eq!(key.bool(CKA_NEVER_EXTRACTABLE), Some(false));
}

#[test]
fn the_history_of_a_generated_key_begins_with_its_flags() {
    for (sensitive, extractable) in [(YES, NO), (YES, YES), (NO, YES), (NO, NO)] {
        let key = generated_aes(set([
            (CKA_SENSITIVE, sensitive.clone()),
            (CKA_EXTRACTABLE, extractable.clone()),
        ]))
        .unwrap();
        assert_eq!(key.value(CKA_ALWAYS_SENSITIVE), Some(&sensitive));
        assert_eq!(key.bool(CKA_NEVER_EXTRACTABLE), Some(extractable == NO));
    }
}

#[test]
fn a_derived_key_cannot_have_a_better_history_than_its_base() {
    let template = |sensitive, extractable| {
        set([
            (CKA_SENSITIVE, Value::Bool(sensitive)),
            (CKA_EXTRACTABLE, Value::Bool(extractable)),
        ])
    };
    let history = |base: &AttributeSet, template| {
        let key = derive(base, template)
            .unwrap()
            .complete_derived((&[1; 20][..]).into())
            .unwrap();
        (
            key.bool(CKA_ALWAYS_SENSITIVE).unwrap(),
            key.bool(CKA_NEVER_EXTRACTABLE).unwrap(),
        )
    };
    let good = set([(CKA_ALWAYS_SENSITIVE, YES), (CKA_NEVER_EXTRACTABLE, YES)]);
    let bad = set([(CKA_ALWAYS_SENSITIVE, NO), (CKA_NEVER_EXTRACTABLE, NO)]);
    assert_eq!(history(&good, template(true, false)), (true, true));
    assert_eq!(history(&good, template(false, true)), (false, false));
    assert_eq!(history(&bad, template(true, false)), (false, false));
}

#[test]
fn every_object_has_a_unique_id_of_its_own() {
    let first = created(data()).unwrap();
    let second = created(data()).unwrap();
    let id = first.bytes(CKA_UNIQUE_ID).unwrap();
    assert_ne!(Some(id), second.bytes(CKA_UNIQUE_ID));
    let text = std::str::from_utf8(id).unwrap();
    assert_eq!(text.len(), 36);
    assert_eq!(
        text.split('-').map(str::len).collect::<Vec<_>>(),
        [8, 4, 4, 4, 12]
    );
    assert_eq!(text.as_bytes()[14], b'4');
    assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
}

// ---- derivation ----

#[test]
fn a_derived_key_has_the_length_of_its_template_or_of_its_type() {
    let base = AttributeSet::new();
    let wanted = |key_type: KeyType, length: Option<u64>| {
        let mut template = set([(CKA_KEY_TYPE, number(key_type.0))]);
        if let Some(length) = length {
            template.set(CKA_VALUE_LEN, number(length));
        }
        derive(&base, template)?.value_len_wanted()
    };
    assert_eq!(wanted(CKK_GENERIC_SECRET, None).unwrap(), None);
    assert_eq!(wanted(CKK_GENERIC_SECRET, Some(7)).unwrap(), Some(7));
    assert_eq!(wanted(CKK_AES, Some(32)).unwrap(), Some(32));
    assert_eq!(wanted(CKK_DES3, None).unwrap(), Some(24));
    assert_eq!(wanted(CKK_AES, None).unwrap_err().rv(), CKR_TEMPLATE_INCOMPLETE);
    assert_eq!(
        wanted(CKK_AES, Some(20)).unwrap_err().rv(),
        CKR_ATTRIBUTE_VALUE_INVALID
    );
    assert_eq!(
        wanted(CKK_GENERIC_SECRET, Some(0)).unwrap_err().rv(),
        CKR_ATTRIBUTE_VALUE_INVALID
    );
}

#[test]
fn a_derived_des_key_gets_odd_parity() {
    let base = AttributeSet::new();
    let key = derive(&base, set([(CKA_KEY_TYPE, number(CKK_DES2.0))]))
        .unwrap()
        .complete_derived(
            (&[
                0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff, 0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff,
            ][..])
                .into(),
        )
        .unwrap();
    assert_eq!(
        key.bytes(CKA_VALUE).unwrap()[..8],
        [0x01, 0x01, 0x02, 0x02, 0x7f, 0x80, 0xfe, 0xfe]
    );
}

#[test]
fn a_derived_value_of_another_length_contradicts_the_template() {
    let base = AttributeSet::new();
    let draft = derive(&base, set([(CKA_VALUE_LEN, number(16))])).unwrap();
    assert_eq!(
        rv(draft.complete_derived((&[1; 20][..]).into())),
        CKR_TEMPLATE_INCONSISTENT
    );
}

// ---- unwrapping ----

#[test]
fn an_unwrapped_value_of_a_wrong_length_is_a_length_error() {
    let template = |more: Option<u64>| {
        let mut template = set([
            (CKA_CLASS, number(CKO_SECRET_KEY.0)),
            (CKA_KEY_TYPE, number(CKK_AES.0)),
        ]);
        if let Some(length) = more {
            template.set(CKA_VALUE_LEN, number(length));
        }
        unwrap(template).unwrap()
    };
    let unwrapped = |length: usize| crate::mechanism::Unwrapped {
        payload: vec![1; length].into(),
        attributes: AttributeSet::new(),
    };
    assert!(template(Some(16)).complete_unwrapped(unwrapped(16)).is_ok());
    assert_eq!(
        rv(template(None).complete_unwrapped(unwrapped(20))),
        CKR_WRAPPED_KEY_LEN_RANGE
    );
    assert_eq!(
        rv(template(Some(32)).complete_unwrapped(unwrapped(16))),
        CKR_WRAPPED_KEY_LEN_RANGE
    );
}

#[test]
fn what_the_wrapped_form_fixes_cannot_be_told_otherwise() {
    let draft = unwrap(set([
        (CKA_CLASS, number(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, number(CKK_DES2.0)),
        (CKA_VHSM_KEY_USAGE, Value::bytes(b"V2")),
    ]));
    let unwrapped = crate::mechanism::Unwrapped {
        payload: vec![1; 16].into(),
        attributes: set([(CKA_VHSM_KEY_USAGE, Value::bytes(b"C0"))]),
    };
    assert_eq!(
        rv(draft.unwrap().complete_unwrapped(unwrapped)),
        CKR_TEMPLATE_INCONSISTENT
    );
}

// ---- certificates and domain parameters ----

fn certificate() -> AttributeSet {
    set([
        (CKA_CLASS, number(CKO_CERTIFICATE.0)),
        (CKA_CERTIFICATE_TYPE, number(CKC_X_509.0)),
        (CKA_SUBJECT, Value::bytes(b"0\0")),
    ])
}

#[test]
fn a_certificate_has_a_value_or_an_address_with_hashes() {
    assert_eq!(rv(created(certificate())), CKR_TEMPLATE_INCOMPLETE);
    assert_eq!(
        rv(created(with(&certificate(), [(CKA_VALUE, Value::bytes(b"0\0"))]))),
        CKR_OK
    );
    let with_url = with(&certificate(), [(CKA_URL, Value::bytes(b"http://a"))]);
    assert_eq!(rv(created(with_url.clone())), CKR_TEMPLATE_INCOMPLETE);
    let hash = Value::bytes(&[1; 20]);
    let with_hashes = with(
        &with_url,
        [
            (CKA_HASH_OF_SUBJECT_PUBLIC_KEY, hash.clone()),
            (CKA_HASH_OF_ISSUER_PUBLIC_KEY, hash),
        ],
    );
    assert_eq!(rv(created(with_hashes)), CKR_OK);
}

#[test]
fn a_certificate_needs_type_and_subject() {
    for missing in [CKA_CERTIFICATE_TYPE, CKA_SUBJECT] {
        let mut template = with(&certificate(), [(CKA_VALUE, Value::bytes(b"0\0"))]);
        template.remove(missing);
        assert_eq!(rv(created(template)), CKR_TEMPLATE_INCOMPLETE, "{missing}");
    }
}

#[test]
fn domain_parameters_know_the_length_of_their_prime() {
    let parameters = created(set([
        (CKA_CLASS, number(CKO_DOMAIN_PARAMETERS.0)),
        (CKA_KEY_TYPE, number(CKK_DH.0)),
        (CKA_PRIME, Value::bytes(&[0x17; 64])),
        (CKA_BASE, Value::bytes(&[2])),
    ]))
    .unwrap();
    assert_eq!(parameters.ulong(CKA_PRIME_BITS), Some(509));
    assert_eq!(parameters.bool(CKA_LOCAL), Some(false));
}
