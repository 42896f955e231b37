//! Fields.

use super::*;

fn fields(body: &[u8]) -> Fields<'_> {
    Fields::new(body, true)
}

#[test]
fn fields_come_one_after_the_other() {
    let mut fields = fields(b"0FF1234ABCD4111;rest%07\x19END");
    assert_eq!(fields.byte("mode").unwrap(), b'0');
    assert_eq!(fields.hex_number("length", 2).unwrap(), 255);
    assert_eq!(fields.number("count", 4).unwrap(), 1234);
    assert_eq!(fields.hex_array::<2>("block").unwrap(), [0xab, 0xcd]);
    assert_eq!(fields.cut_until("PAN", b';', 19, Shown::Plain).unwrap(), b"4111");
    assert_eq!(fields.secret("PIN", 4).unwrap(), b"rest");
    fields.end_before_lmk().unwrap();
    assert_eq!((fields.lmk(), fields.trailer()), (Some(7), Some(&b"\x19END"[..])));
    let names: Vec<_> = fields.traced().iter().map(|field| field.name).collect();
    assert_eq!(
        names,
        ["mode", "length", "count", "block", "PAN", "PIN", "LMK identifier"]
    );
    assert_eq!(fields.traced()[5].text, "4 characters, not shown");
}

#[test]
fn what_is_missing_wrong_or_left_is_15() {
    let code = |refused: Refusal| refused.code;
    assert_eq!(
        fields(b"12").digits("d", 3).map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
    assert_eq!(
        fields(b"1a").digits("d", 2).map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
    assert_eq!(
        fields(b"1G").hex("h", 2).map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
    assert_eq!(
        fields(b"12345")
            .cut_until("u", b';', 19, Shown::Plain)
            .map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
    assert_eq!(
        fields(b"123;")
            .cut_until("u", b';', 2, Shown::Plain)
            .map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
    assert_eq!(
        fields(b"x").end_before_lmk().map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
    assert_eq!(
        fields(b"%1").end_before_lmk().map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
    let long = [&[TRAILER_MARK][..], &[b'x'; 33]].concat();
    assert_eq!(
        fields(&long).end_before_lmk().map_err(code),
        Err(ErrorCode::INPUT_DATA)
    );
}
