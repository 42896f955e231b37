//! Templates in and out, as a C caller would lay them out.

use std::ptr;

use super::*;
use crate::ck::*;

const HUGE: u64 = CK_UNAVAILABLE_INFORMATION;

fn attribute<T: ?Sized>(attribute: AttributeType, value: &mut T) -> sys::CK_ATTRIBUTE {
    sys::CK_ATTRIBUTE {
        type_: attribute.0,
        ulValueLen: to_ulong(size_of_val(value)),
        pValue: ptr::from_mut(value).cast(),
    }
}

fn null(attribute: AttributeType, length: u64) -> sys::CK_ATTRIBUTE {
    sys::CK_ATTRIBUTE {
        type_: attribute.0,
        ulValueLen: length,
        pValue: ptr::null_mut(),
    }
}

fn too_small(attribute: AttributeType, needed: usize) -> Error {
    Error::AttributeBufferTooSmall { attribute, needed }
}

fn read(attributes: &[sys::CK_ATTRIBUTE]) -> Result<Vec<RawAttribute>> {
    // SAFETY: the slice is the test's own, and so is what it points at.
    unsafe { Template::new(attributes.as_ptr(), to_ulong(attributes.len())) }.attributes()
}

fn answer(attributes: &mut [sys::CK_ATTRIBUTE], object: &AttributeSet) -> Result<()> {
    // SAFETY: as above.
    unsafe { Wanted::new(attributes.as_mut_ptr(), to_ulong(attributes.len())) }.answer(|attribute| {
        if attribute == CKA_PRIVATE_EXPONENT {
            return Err(Error::AttributeSensitive(attribute));
        }
        let value = object.value(attribute).map(Cow::Borrowed);
        value.ok_or(Error::AttributeTypeInvalid {
            attribute,
            why: "absent",
        })
    })
}

fn bytes(raw: &RawAttribute) -> &[u8] {
    match &raw.value {
        RawValue::Bytes(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_template_is_copied() {
    let (mut label, mut token) = (*b"key", 1u8);
    let raw = read(&[attribute(CKA_LABEL, &mut label), attribute(CKA_TOKEN, &mut token)]).unwrap();
    assert_eq!((raw[0].attribute, bytes(&raw[0])), (CKA_LABEL, &b"key"[..]));
    assert_eq!((raw[1].attribute, bytes(&raw[1])), (CKA_TOKEN, &[1][..]));
}

#[test]
fn no_template_is_an_empty_one_and_null_with_a_number_is_refused() {
    assert!(read(&[]).unwrap().is_empty());
    for count in [1, HUGE, 1 << 60] {
        // SAFETY: refused before anything is read.
        let refused = unsafe { Template::new(ptr::null(), count) }.attributes();
        assert!(matches!(refused, Err(Error::ArgumentsBad(_))), "{count:#x}");
    }
}

#[test]
fn a_value_that_cannot_be_read_is_named_so_and_the_rest_is_read() {
    let mut byte = 0u8;
    let mut endless = attribute(CKA_ID, &mut byte);
    endless.ulValueLen = HUGE;
    let raw = read(&[null(CKA_LABEL, 4), endless, null(CKA_VALUE, 0)]).unwrap();
    assert!(matches!(raw[0].value, RawValue::Unreadable));
    assert!(matches!(raw[1].value, RawValue::Unreadable));
    assert!(bytes(&raw[2]).is_empty());
}

#[test]
fn templates_in_templates_are_followed_with_and_without_the_array_bit() {
    for kind in [CKA_WRAP_TEMPLATE, CKA_ENCAPSULATE_TEMPLATE] {
        let mut token = 1u8;
        let mut inner = [attribute(CKA_TOKEN, &mut token)];
        let raw = read(&[attribute(kind, &mut inner)]).unwrap();
        let RawValue::Template(inner) = &raw[0].value else {
            panic!("{raw:?}");
        };
        assert_eq!((inner[0].attribute, bytes(&inner[0])), (CKA_TOKEN, &[1][..]));
    }
}

#[test]
fn allowed_mechanisms_are_no_template() {
    let mut mechanisms = [CKM_AES_CBC.0, CKM_AES_GCM.0, CKM_AES_ECB.0];
    let raw = read(&[attribute(CKA_ALLOWED_MECHANISMS, &mut mechanisms)]).unwrap();
    assert_eq!(bytes(&raw[0]).len(), 24);
}

#[test]
fn half_an_attribute_is_unreadable() {
    let mut inner = [0u8; 25];
    let raw = read(&[attribute(CKA_WRAP_TEMPLATE, &mut inner)]).unwrap();
    assert!(matches!(raw[0].value, RawValue::Unreadable));
}

#[test]
fn a_template_that_holds_itself_ends() {
    let mut outer = [null(CKA_WRAP_TEMPLATE, 0), null(CKA_WRAP_TEMPLATE, 0)];
    let pointer = outer.as_mut_ptr();
    for at in 0..2 {
        // SAFETY: two elements; both are pointed at the array that holds them.
        unsafe {
            (*pointer.add(at)).pValue = pointer.cast();
            (*pointer.add(at)).ulValueLen = 48;
        }
    }
    // SAFETY: the array is still there.
    let raw = unsafe { Template::new(pointer, 2) }.attributes().unwrap();
    assert_eq!(raw.len(), 2);
}

#[test]
fn a_template_of_too_many_attributes_is_refused() {
    let many = vec![null(CKA_LABEL, 0); ATTRIBUTES_MAX + 1];
    assert!(matches!(read(&many), Err(Error::ArgumentsBad(_))));
    assert!(read(&many[1..]).is_ok());
}

fn object() -> AttributeSet {
    AttributeSet::from_iter([
        (CKA_TOKEN, Value::Bool(true)),
        (CKA_KEY_TYPE, Value::Ulong(CKK_AES.0)),
        (CKA_LABEL, Value::bytes(b"key")),
        (CKA_ID, Value::bytes(b"")),
        (
            CKA_ALLOWED_MECHANISMS,
            Value::Mechanisms([CKM_AES_CBC, CKM_AES_GCM].into()),
        ),
        (
            CKA_WRAP_TEMPLATE,
            Value::Template(AttributeSet::from_iter([
                (CKA_TOKEN, Value::Bool(false)),
                (CKA_LABEL, Value::bytes(b"inner")),
            ])),
        ),
    ])
}

#[test]
fn a_null_pointer_asks_for_the_exact_length() {
    let mut wanted = [
        CKA_TOKEN,
        CKA_KEY_TYPE,
        CKA_LABEL,
        CKA_ID,
        CKA_ALLOWED_MECHANISMS,
        CKA_WRAP_TEMPLATE,
    ]
    .map(|kind| null(kind, 77));
    assert_eq!(answer(&mut wanted, &object()), Ok(()));
    assert_eq!(wanted.map(|entry| entry.ulValueLen), [1, 8, 3, 0, 16, 48]);
}

#[test]
fn values_are_written_in_their_c_types() {
    let (mut token, mut key_type, mut label, mut mechanisms) = (7u8, 0u64, [0u8; 9], [0u64; 2]);
    let mut wanted = [
        attribute(CKA_TOKEN, &mut token),
        attribute(CKA_KEY_TYPE, &mut key_type),
        attribute(CKA_LABEL, &mut label),
        attribute(CKA_ALLOWED_MECHANISMS, &mut mechanisms),
    ];
    assert_eq!(answer(&mut wanted, &object()), Ok(()));
    assert_eq!(wanted.map(|entry| entry.ulValueLen), [1, 8, 3, 16]);
    assert_eq!((token, key_type, &label), (1, CKK_AES.0, b"key\0\0\0\0\0\0"));
    assert_eq!(mechanisms, [CKM_AES_CBC.0, CKM_AES_GCM.0]);
}

#[test]
fn every_entry_is_answered_although_some_are_refused() {
    let (mut key_type, mut small, mut label) = (0u64, [0xAAu8; 2], [0u8; 3]);
    let mut wanted = [
        null(CKA_PRIVATE_EXPONENT, 0),
        null(CKA_MODULUS, 0),
        attribute(CKA_LABEL, &mut small),
        attribute(CKA_KEY_TYPE, &mut key_type),
        attribute(CKA_LABEL, &mut label),
    ];
    let outcome = answer(&mut wanted, &object());
    assert_eq!(outcome, Err(Error::AttributeSensitive(CKA_PRIVATE_EXPONENT)));
    assert_eq!(wanted.map(|entry| entry.ulValueLen), [HUGE, HUGE, HUGE, 8, 3]);
    assert_eq!((small, key_type, &label), ([0xAA; 2], CKK_AES.0, b"key"));
}

#[test]
fn a_short_buffer_answers_unavailable_and_not_the_length() {
    let mut small = [0xAAu8; 2];
    let mut wanted = [attribute(CKA_LABEL, &mut small)];
    assert_eq!(answer(&mut wanted, &object()), Err(too_small(CKA_LABEL, 3)));
    assert_eq!((wanted[0].ulValueLen, small), (HUGE, [0xAA; 2]));
}

#[test]
fn a_template_in_an_object_is_written_inner_types_lengths_and_values() {
    let (mut token, mut label) = (9u8, [0u8; 8]);
    let mut inner = [
        attribute(AttributeType(0), &mut token),
        attribute(AttributeType(0), &mut label),
    ];
    let mut wanted = [attribute(CKA_WRAP_TEMPLATE, &mut inner)];
    assert_eq!(answer(&mut wanted, &object()), Ok(()));
    assert_eq!(
        inner.map(|entry| AttributeType(entry.type_)),
        [CKA_TOKEN, CKA_LABEL]
    );
    assert_eq!(inner.map(|entry| entry.ulValueLen), [1, 5]);
    assert_eq!((token, &label), (0, b"inner\0\0\0"));
}

#[test]
fn inner_null_pointers_ask_for_lengths_and_short_inner_buffers_are_named() {
    let mut small = [0u8; 2];
    let mut inner = [null(AttributeType(0), 0), attribute(AttributeType(0), &mut small)];
    let mut wanted = [attribute(CKA_WRAP_TEMPLATE, &mut inner)];
    assert_eq!(answer(&mut wanted, &object()), Err(too_small(CKA_LABEL, 5)));
    assert_eq!(inner.map(|entry| entry.ulValueLen), [1, HUGE]);

    let mut one = [null(AttributeType(0), 0)];
    let mut wanted = [attribute(CKA_WRAP_TEMPLATE, &mut one)];
    assert_eq!(
        answer(&mut wanted, &object()),
        Err(too_small(CKA_WRAP_TEMPLATE, 48))
    );
    assert_eq!(wanted[0].ulValueLen, HUGE);
}

#[test]
fn an_unaligned_template_is_read_and_written() {
    let mut label = [0u8; 3];
    let mut bytes = [0u8; 25];
    let entry: *mut sys::CK_ATTRIBUTE = bytes[1..].as_mut_ptr().cast();
    // SAFETY: 24 bytes from the second on.
    unsafe { entry.write_unaligned(attribute(CKA_LABEL, &mut label)) };
    // SAFETY: as above.
    let outcome = unsafe { Wanted::new(entry, 1) }.answer(|_| Err(Error::AttributeSensitive(CKA_LABEL)));
    assert_eq!(outcome, Err(Error::AttributeSensitive(CKA_LABEL)));
    // SAFETY: as above.
    assert_eq!(unsafe { entry.read_unaligned() }.ulValueLen, HUGE);
}
