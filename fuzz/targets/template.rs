//! Templates as C structures: an object that is made shows what its template says, is found by it and by nothing
//! contrary, and C_GetAttributeValue keeps to its five cases.
#![no_main]

use arbitrary::Arbitrary;
use cryptoki_sys::*;
use libfuzzer_sys::fuzz_target;
use vhsm::ck::AttributeType;
use vhsm::object::rules::{Kind, kind_of};
use vhsm_fuzz::call;
use vhsm_fuzz::memory::Arena;
use vhsm_fuzz::module::{Session, works};
use vhsm_fuzz::words::Template;

#[derive(Arbitrary, Debug)]
struct Input {
    created: Template,
    changed: Template,
    copied: Template,
    searched: Template,
    wanted: Vec<(u8, u8)>,
}

/// The value of one attribute, if it is shown.
fn shown(session: &Session, object: CK_OBJECT_HANDLE, attribute: AttributeType) -> Option<Vec<u8>> {
    let mut arena = Arena::default();
    let mut wanted = CK_ATTRIBUTE {
        type_: attribute.0,
        pValue: std::ptr::null_mut(),
        ulValueLen: 0,
    };
    let rv = call!(C_GetAttributeValue(session.0, object, &raw mut wanted, 1));
    assert_eq!(rv == CKR_OK, wanted.ulValueLen != CK_UNAVAILABLE_INFORMATION);
    if rv != CKR_OK {
        return None;
    }
    let length = wanted.ulValueLen as usize;
    let value = arena.room(length);
    wanted.pValue = value.cast();
    works(call!(C_GetAttributeValue(session.0, object, &raw mut wanted, 1)));
    // SAFETY: so many bytes are the arena's.
    Some(unsafe { std::slice::from_raw_parts(value, length) }.to_vec())
}

/// Whether the value is kept byte for byte, and not in another form or only if it is true.
fn is_kept(attribute: AttributeType) -> bool {
    let computed = [
        CKA_EC_PARAMS,
        CKA_EC_POINT,
        CKA_CHECK_VALUE,
        CKA_PUBLIC_KEY_INFO,
        CKA_VALUE,
    ];
    let kept = [
        Kind::Bool,
        Kind::Ulong,
        Kind::Bytes,
        Kind::Text,
        Kind::Date,
        Kind::Code(1),
        Kind::Code(2),
        Kind::ModeOfUse,
        Kind::Exportability,
    ];
    kind_of(attribute).is_some_and(|kind| kept.contains(&kind)) && !computed.contains(&attribute.0)
}

fn shows_its_template(session: &Session, object: CK_OBJECT_HANDLE, template: &Template) {
    for (attribute, value) in template
        .given()
        .into_iter()
        .filter(|(attribute, _)| is_kept(*attribute))
    {
        if let Some(shown) = shown(session, object, attribute) {
            assert_eq!(shown, value, "{attribute}");
        }
    }
    for class in [CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_UNIQUE_ID] {
        assert!(shown(session, object, AttributeType(class)).is_some_and(|value| !value.is_empty()));
    }
}

/// Several attributes at once, with rooms of any length.
fn five_cases(session: &Session, object: CK_OBJECT_HANDLE, wanted: &[(u8, u8)]) {
    let mut arena = Arena::default();
    let entry = |(kind, room): &(u8, u8)| CK_ATTRIBUTE {
        type_: AttributeType::NAMES[usize::from(*kind) % AttributeType::NAMES.len()]
            .0
            .0,
        pValue: match room {
            0 => std::ptr::null_mut(),
            _ => arena.room(usize::from(*room)).cast(),
        },
        ulValueLen: u64::from(*room),
    };
    let asked: Vec<_> = wanted.iter().map(entry).collect();
    let array = arena.items(&asked);
    let rv = call!(C_GetAttributeValue(
        session.0,
        object,
        array,
        asked.len() as CK_ULONG
    ));
    // SAFETY: the array has as many entries; it is read as it lies.
    let answered: Vec<CK_ATTRIBUTE> = (0..asked.len())
        .map(|at| unsafe { array.add(at).read_unaligned() })
        .collect();
    let refused = answered
        .iter()
        .any(|entry| entry.ulValueLen == CK_UNAVAILABLE_INFORMATION);
    // A short room in a nested template is told in that template.
    assert!(refused <= (rv != CKR_OK));
    for (asked, answered) in asked.iter().zip(&answered) {
        assert_eq!((asked.type_, asked.pValue), (answered.type_, answered.pValue));
        assert!(rv != CKR_OK || asked.pValue.is_null() || answered.ulValueLen <= asked.ulValueLen);
    }
}

fn found(session: &Session, template: &Template) -> Option<Vec<CK_OBJECT_HANDLE>> {
    let mut arena = Arena::default();
    let (attributes, count) = template.place(&mut arena);
    if call!(C_FindObjectsInit(session.0, attributes, count)) != CKR_OK {
        return None;
    }
    let (mut found, mut count) = ([0; 256], 0);
    works(call!(C_FindObjects(
        session.0,
        found.as_mut_ptr(),
        256,
        &raw mut count
    )));
    works(call!(C_FindObjectsFinal(session.0)));
    assert!(count <= 256);
    let found = found[..count as usize].to_vec();
    assert!(!found.contains(&0));
    Some(found)
}

fn destroy(session: &Session, object: CK_OBJECT_HANDLE) {
    // What may not be destroyed would stay for the inputs that follow.
    if call!(C_DestroyObject(session.0, object)) != CKR_OK {
        vhsm_fuzz::module::stays(session.0, object);
    }
}

fuzz_target!(|input: Input| {
    let session = Session::new();
    if let Some(found) = found(&session, &input.searched) {
        for object in found {
            let shown = input
                .searched
                .given()
                .into_iter()
                .map(|(attribute, value)| (attribute, shown(&session, object, attribute), value));
            for (attribute, shown, value) in shown.filter(|(attribute, ..)| is_kept(*attribute)) {
                assert_eq!(shown, Some(value), "{attribute}");
            }
        }
    }
    let Some(object) = vhsm_fuzz::operations::create(session.0, &input.created) else {
        return;
    };
    shows_its_template(&session, object, &input.created);
    five_cases(&session, object, &input.wanted);
    let unique = shown(&session, object, AttributeType(CKA_UNIQUE_ID)).unwrap();
    let by_unique_id = Template::default().with(
        AttributeType(CKA_UNIQUE_ID),
        &vhsm::attribute::Value::bytes(&unique),
    );
    assert_eq!(found(&session, &by_unique_id), Some(vec![object]));
    let mut arena = Arena::default();
    let (attributes, count) = input.changed.place(&mut arena);
    if call!(C_SetAttributeValue(session.0, object, attributes, count)) == CKR_OK {
        shows_its_template(&session, object, &input.changed);
    }
    let (attributes, count) = input.copied.place(&mut arena);
    let mut copy = 0;
    let rv = call!(C_CopyObject(session.0, object, attributes, count, &raw mut copy));
    assert_eq!(rv == CKR_OK, copy != 0);
    if copy != 0 {
        shows_its_template(&session, copy, &input.copied);
        assert_ne!(shown(&session, copy, AttributeType(CKA_UNIQUE_ID)), Some(unique));
        destroy(&session, copy);
    }
    destroy(&session, object);
});
