//! Ways out of the token by detours, tried: under a local master key of one's own, before the first day of a key, under a
//! key of single DES [docs/payment-security.md].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION, CKA_VHSM_LMK_ID, CKA_VHSM_LMK_OLD,
    CKK_VHSM_LMK, CKM_VHSM_COMPONENTS_COMBINE, CKM_VHSM_LMK_GEN, CKM_VHSM_LMK_RSA_PRIVATE_KEY,
    CKM_VHSM_THALES_KEY_BLOCK, CKM_VHSM_TR31, CKM_VHSM_VARIANT_LMK, CKM_VHSM_VARIANT_LMK_FROM_BLOCK,
    CKM_VHSM_X9_17, CKR_VHSM_KEY_EXPIRED, CKR_VHSM_KEY_NOT_EXPORTABLE, MechanismId,
};

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;
const ID: CK_ATTRIBUTE_TYPE = CKA_VHSM_LMK_ID.0;
const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const OTHER: &str = "2315208C9110AD40D302201F9E7F8A45";
const KEY3: &str = "0DF8F7E6D373863729E6451FA8D0981FCE79EA200829E09B";
const FROM_BLOCK: &str = "[mechanisms]\nenable = [\"CKM_VHSM_VARIANT_LMK_FROM_BLOCK\"]\n";

fn session() -> Session {
    Token::fresh().user()
}

fn mech(id: MechanismId, rest: &[u8]) -> Mech {
    Mech::iv(id.0, &[&[1], rest].concat())
}

fn key(s: &Session, value: &str, usage: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    let value = hex(value);
    let key_type = match value.len() {
        8 => CKK_DES,
        16 => CKK_DES2,
        24 => CKK_DES3,
        _ => CKK_AES,
    };
    let template = with(&open_secret(key_type, &value), &[a(USAGE, usage)]);
    s.create(&with(&template, more)).works()
}

fn lmk_template(value: &[u8], id: &str) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_VHSM_LMK.0),
        a(CKA_VALUE, value),
        a(ID, id),
    ]
}

/// The value of a variant LMK that is no secret.
fn pairs() -> Vec<u8> {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/payment/thales_lmk_variant.json")).unwrap();
    hex(file["lmk"].as_str().unwrap())
}

fn generated(s: &Session, kind: u8, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    s.generate_key(mech(CKM_VHSM_LMK_GEN, &[kind]), more).works()
}

/// A key in a block whose header says N, brought in so that it may be wrapped: under a local master key, and nowhere else.
fn kept(s: &Session) -> CK_OBJECT_HANDLE {
    let kbpk = key(s, &KEY.repeat(2), "K1", &[]);
    let n = [&b"D"[..], &[0; 6], b"N\0\0"].concat();
    let block = s
        .wrap(mech(CKM_VHSM_TR31, &n), kbpk, key(s, OTHER, "P0", &[]))
        .works();
    let open = [a(CKA_EXTRACTABLE, true)];
    s.unwrap_key(mech(CKM_VHSM_TR31, b"D"), kbpk, &block, &open)
        .map(drop)
        .gives(CKR_TEMPLATE_INCONSISTENT);
    s.unwrap_key(mech(CKM_VHSM_TR31, b"D\x02"), kbpk, &block, &open)
        .works()
}

fn private_key(s: &Session, exportability: &str) -> CK_OBJECT_HANDLE {
    let private = [
        a(USAGE, "03"),
        a(EXPORTABILITY, exportability),
        a(CKA_EXTRACTABLE, true),
    ];
    let public = [a(CKA_MODULUS_BITS, 1024 as CK_ULONG)];
    s.generate_pair(Mech::new(CKM_RSA_PKCS_KEY_PAIR_GEN), &public, &private)
        .works()
        .1
}

/// Local master keys of AES whose value the session knows: in the clear, a copy of it, out of components, unwrapped.
fn brought(s: &Session) -> [CK_OBJECT_HANDLE; 4] {
    let value = hex(&KEY.repeat(2));
    let created = s.create(&lmk_template(&value, "11")).works();
    let old = [a(CKA_VHSM_LMK_OLD.0, true)];
    let first = s.create(&lmk_template(&value, "12")).works();
    let copy = s.copy(first, &[a(CKA_LABEL, "copy")]);
    copy.map(drop).gives(CKR_ATTRIBUTE_VALUE_INVALID);
    let spare = s.copy(first, &old).works();
    s.destroy(first).works();
    let parts = [("c1", KEY), ("c2", OTHER)].map(|(version, value)| {
        let part = open_secret(CKK_GENERIC_SECRET, &hex(&value.repeat(2)));
        let said = [a(USAGE, "LM"), a(CKA_VHSM_KEY_VERSION.0, version)];
        s.create(&with(&part, &said)).works()
    });
    let combine = mech(
        CKM_VHSM_COMPONENTS_COMBINE,
        &[&[0], &parts[1].to_be_bytes()[..]].concat(),
    );
    let named = [a(CKA_KEY_TYPE, CKK_VHSM_LMK.0), a(ID, "13")];
    let combined = s.derive(combine, parts[0], &named).works();
    let carrier = s.import(CKK_AES, &[7; 32]);
    let general = s.import(CKK_AES, &value);
    let wrapped = s.wrap(Mech::new(CKM_AES_KEY_WRAP_KWP), carrier, general).works();
    let class = [
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_VHSM_LMK.0),
        a(CKA_EXTRACTABLE, false),
        a(ID, "14"),
    ];
    let unwrapped = s
        .unwrap_key(Mech::new(CKM_AES_KEY_WRAP_KWP), carrier, &wrapped, &class)
        .works();
    [created, spare, combined, unwrapped]
}

/// What may not leave, under local master keys that the session brought; `expected` of those that still wrap.
fn under_keys_of_ones_own(s: &Session, expected: CK_RV) {
    let thales = mech(CKM_VHSM_THALES_KEY_BLOCK, b"1");
    let (pin_key, signing) = (kept(s), private_key(s, "N"));
    let stays = key(s, OTHER, "P0", &[a(EXPORTABILITY, "N")]);
    for (at, lmk) in brought(s).into_iter().enumerate() {
        assert!(!s.flag(lmk, CKA_LOCAL).works(), "{at}");
        for target in [pin_key, signing, stays] {
            let answer = s.wrap(thales, lmk, target).map(drop);
            match s.flag(lmk, CKA_VHSM_LMK_OLD.0).works() {
                true if expected == CKR_OK => answer.gives(CKR_KEY_FUNCTION_NOT_PERMITTED),
                _ => answer.gives(expected),
            }
        }
    }
    let pairs = s.create(&lmk_template(&pairs(), "11")).works();
    let form = b"001U\0";
    let silent = key(s, OTHER, "P0", &[]);
    let in_blocks = key(s, OTHER, "P0", &[a(EXPORTABILITY, "E")]);
    for (m, target) in [
        (mech(CKM_VHSM_VARIANT_LMK, form), silent),
        (mech(CKM_VHSM_VARIANT_LMK_FROM_BLOCK, form), silent),
        (mech(CKM_VHSM_VARIANT_LMK_FROM_BLOCK, form), in_blocks),
        (mech(CKM_VHSM_LMK_RSA_PRIVATE_KEY, b""), signing),
    ] {
        s.wrap(m, pairs, target).map(drop).gives(expected);
    }
}

/// A key that may not leave is wrapped under a local master key, where it stays; but not under one that whoever asks
/// has made up, and opens outside.
#[test]
fn no_key_leaves_under_a_local_master_key_of_ones_own() {
    isolated_with(FROM_BLOCK, || {
        let s = session();
        under_keys_of_ones_own(&s, CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        // It is a key as any other: what may leave leaves under it.
        let own = s.create(&lmk_template(&hex(&OTHER.repeat(2)), "15")).works();
        let thales = mech(CKM_VHSM_THALES_KEY_BLOCK, b"1");
        for said in [&[][..], &[a(EXPORTABILITY, "E")], &[a(EXPORTABILITY, "S")]] {
            s.wrap(thales, own, key(&s, OTHER, "P0", said)).works();
        }
        s.wrap(thales, own, private_key(&s, "E")).works();
        let pairs = s.create(&lmk_template(&pairs(), "15")).works();
        let any_form = key(&s, OTHER, "P0", &[a(EXPORTABILITY, "S")]);
        s.wrap(mech(CKM_VHSM_VARIANT_LMK, b"001U\0"), pairs, any_form)
            .works();
    });
}

#[test]
fn a_configuration_takes_every_local_master_key_for_the_tokens() {
    let any = format!("[payment]\nlocal_master_keys = \"any\"\n{FROM_BLOCK}");
    isolated_with(&any, || under_keys_of_ones_own(&session(), CKR_OK));
}

/// Nobody knows a local master key that was generated here, and a copy of it is the same.
#[test]
fn keys_stay_under_local_master_keys_that_were_made_here() {
    isolated_with(FROM_BLOCK, || {
        let s = session();
        let (pin_key, signing) = (kept(&s), private_key(&s, "N"));
        let aes = generated(&s, b'A', &[a(ID, "01")]);
        let thales = mech(CKM_VHSM_THALES_KEY_BLOCK, b"1");
        for target in [pin_key, signing] {
            let block = s.wrap(thales, aes, target).works();
            assert_eq!(block[11], b'N');
        }
        let old = s.copy(aes, &[a(CKA_VHSM_LMK_OLD.0, true)]).works();
        s.destroy(aes).works();
        assert!(s.flag(old, CKA_LOCAL).works());
        s.wrap(thales, old, pin_key)
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let first = generated(&s, b'V', &[a(ID, "01"), a(CKA_TOKEN, true)]);
        let silent = key(&s, OTHER, "P0", &[]);
        let in_blocks = key(&s, OTHER, "P0", &[a(EXPORTABILITY, "E")]);
        for (m, target) in [
            (mech(CKM_VHSM_VARIANT_LMK, b"001U\0"), silent),
            (mech(CKM_VHSM_VARIANT_LMK_FROM_BLOCK, b"001U\0"), in_blocks),
            (mech(CKM_VHSM_LMK_RSA_PRIVATE_KEY, b""), signing),
        ] {
            s.wrap(m, first, target).works();
        }
    });
}

/// The SO answers for one that came in; what a user makes of it is not trusted.
#[test]
fn keys_stay_under_a_local_master_key_that_the_so_trusts() {
    isolated(|| {
        let s = session();
        let named = [a(CKA_TOKEN, true), a(CKA_PRIVATE, false), a(CKA_LABEL, "lmk")];
        let template = lmk_template(&hex(&KEY.repeat(2)), "01");
        s.create(&with(&template, &[a(CKA_TRUSTED, true)]))
            .map(drop)
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.create(&with(&template, &named)).works();
        let lmk = || s.find(&[a(CKA_LABEL, "lmk")]).works()[0];
        let thales = mech(CKM_VHSM_THALES_KEY_BLOCK, b"1");
        s.wrap(thales, lmk(), kept(&s))
            .map(drop)
            .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        s.set(lmk(), &[a(CKA_TRUSTED, true)])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.logout().works();
        s.login(CKU_SO, SO_PIN).works();
        s.set(lmk(), &[a(CKA_TRUSTED, true)]).works();
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        let block = s.wrap(thales, lmk(), kept(&s)).works();
        assert_eq!(block[11], b'N');
        let old = s.copy(lmk(), &[a(CKA_VHSM_LMK_OLD.0, true)]).works();
        assert!(!s.flag(old, CKA_TRUSTED).works());
    });
}

/// A key that tells no exportability goes under a variant LMK for staying there, and does not come back as one that leaves in
/// any form.
#[test]
fn what_stayed_under_a_variant_lmk_does_not_come_back_to_leave() {
    let run = |any_form: CK_RV| {
        let s = session();
        let form = mech(CKM_VHSM_VARIANT_LMK, b"001U\0");
        let any_form_said = [nested(CKA_UNWRAP_TEMPLATE, &[a(EXPORTABILITY, "S")])];
        let forcing = generated(&s, b'V', &with(&[a(ID, "01")], &any_form_said));
        let lmk = generated(&s, b'V', &[a(ID, "02")]);
        for (lmk, said) in [(lmk, &[a(EXPORTABILITY, "S")][..]), (forcing, &[])] {
            let text = s.wrap(form, lmk, key(&s, KEY, "P0", &[])).works();
            s.unwrap_key(form, lmk, &text, said).map(drop).gives(any_form);
        }
        let text = s.wrap(form, lmk, key(&s, KEY, "P0", &[])).works();
        for said in [&[][..], &[a(EXPORTABILITY, "E")], &[a(EXPORTABILITY, "N")]] {
            s.unwrap_key(form, lmk, &text, said).works();
        }
    };
    isolated(|| run(CKR_TEMPLATE_INCONSISTENT));
}

/// Where the configuration leaves it to the callers.
#[test]
fn a_configuration_lets_keys_under_a_variant_lmk_come_back_to_leave() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let form = mech(CKM_VHSM_VARIANT_LMK, b"001U\0");
        let lmk = generated(&s, b'V', &[a(ID, "02")]);
        let text = s.wrap(form, lmk, key(&s, KEY, "P0", &[])).works();
        s.unwrap_key(form, lmk, &text, &[a(EXPORTABILITY, "S")]).works();
    });
}

/// A block has no dates: who wraps a key whose days are yet to come and unwraps it again could use it today.
#[test]
fn a_key_whose_days_are_to_come_does_not_leave() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let zmk = key(&s, OTHER, "52", &[]);
        let kbpk = key(&s, &KEY.repeat(2), "K1", &[]);
        let carrier = s.import(CKK_AES, &[7; 32]);
        let (pairs, aes) = (
            generated(&s, b'V', &[a(ID, "01")]),
            generated(&s, b'A', &[a(ID, "01")]),
        );
        let from = |date| {
            let said = [a(EXPORTABILITY, "S"), a(CKA_START_DATE, date)];
            key(&s, KEY, "P0", &said)
        };
        let (to_come, valid) = (from("20990101"), from("20010101"));
        for (m, under) in [
            (mech(CKM_VHSM_X9_17, b"U\0"), zmk),
            (mech(CKM_VHSM_TR31, b"D"), kbpk),
            (Mech::new(CKM_AES_KEY_WRAP), carrier),
            (mech(CKM_VHSM_VARIANT_LMK, b"001U\0"), pairs),
            (mech(CKM_VHSM_THALES_KEY_BLOCK, b"1"), aes),
        ] {
            s.wrap(m, under, to_come).map(drop).gives(CKR_VHSM_KEY_EXPIRED.0);
            s.wrap(m, under, valid).works();
        }
    });
}

/// Keys of two parts and more, under one of DES that is searched in days.
fn under_single_des(s: &Session, expected: CK_RV) {
    let any_form = [a(EXPORTABILITY, "S")];
    let (single, general) = (key(s, &KEY[..16], "52", &[]), s.import(CKK_DES, &hex(&KEY[..16])));
    let zmk = key(s, OTHER, "52", &[]);
    for (scheme, value, answer) in [
        (b'Z', &OTHER[..16], CKR_OK),
        (b'U', KEY, expected),
        (b'T', KEY3, expected),
    ] {
        let target = key(s, value, "P0", &any_form);
        let x9_17 = mech(CKM_VHSM_X9_17, &[scheme, 0]);
        s.wrap(x9_17, single, target).map(drop).gives(answer);
        s.wrap(Mech::new(CKM_DES_ECB), general, target)
            .map(drop)
            .gives(answer);
        // A triple key under a double one is how ANSI X9.17 has it.
        s.wrap(x9_17, zmk, target).works();
    }
    let mac = with(&open_secret(CKK_SHA256_HMAC, &[7; 64]), &[a(USAGE, "M7")]);
    let mac = s.create(&with(&mac, &any_form)).works();
    s.wrap(Mech::new(CKM_DES_ECB), general, mac)
        .map(drop)
        .gives(expected);
}

#[test]
fn nothing_longer_leaves_under_single_des() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        under_single_des(&session(), CKR_WRAPPING_KEY_SIZE_RANGE);
    });
}

#[test]
fn a_configuration_for_weak_keys_lets_keys_leave_under_single_des() {
    let weak = format!("{USAGE_BY_TEMPLATE}weak_keys = \"accept\"\n");
    isolated_with(&weak, || under_single_des(&session(), CKR_OK));
}
