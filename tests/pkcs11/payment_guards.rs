//! What payment keys keep to themselves, how they leave and enter, and whom values belong to: attacks on each, tried
//! [docs/payment-security.md].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION, CKA_VHSM_LMK_ID, CKA_VHSM_LMK_OLD,
    CKA_VHSM_MODE_OF_USE, CKA_VHSM_OPTIONAL_BLOCKS, CKK_VHSM_LMK, CKM_VHSM_COMPONENTS_COMBINE, CKM_VHSM_CSC,
    CKM_VHSM_CVC3, CKM_VHSM_CVV, CKM_VHSM_DATA_CBC, CKM_VHSM_DCVV, CKM_VHSM_DUKPT_TDES_INITIAL_KEY,
    CKM_VHSM_EMV_ARPC1, CKM_VHSM_EMV_PIN_CHANGE, CKM_VHSM_EMV_SCRIPT_ENCRYPT, CKM_VHSM_EMV_SCRIPT_MAC,
    CKM_VHSM_EMV_TRUNCATED_AC, CKM_VHSM_ISO9797_ALG1_MAC, CKM_VHSM_ISO9797_ALG3_MAC,
    CKM_VHSM_KEY_CHECK_VALUE, CKM_VHSM_LMK_GEN, CKM_VHSM_PIN_BLOCK, CKM_VHSM_PIN_COMPARE,
    CKM_VHSM_PIN_TRANSLATE, CKM_VHSM_RSA_KEY_TRANSPORT, CKM_VHSM_TR31, CKM_VHSM_VARIANT_LMK,
    CKM_VHSM_VISA_PVV, CKM_VHSM_VISA_PVV_BLOCK, CKM_VHSM_VISA_PVV_CHANGE, CKM_VHSM_X9_17,
    CKR_VHSM_KEY_EXPIRED, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_NOT_EXPORTABLE, CKR_VHSM_KEY_USAGE,
    CKR_VHSM_PIN_BLOCK, CKR_VHSM_PIN_BLOCK_FORMAT, MechanismId,
};

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const VERSION: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_VERSION.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;
const ID: CK_ATTRIBUTE_TYPE = CKA_VHSM_LMK_ID.0;
const OLD: CK_ATTRIBUTE_TYPE = CKA_VHSM_LMK_OLD.0;
const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const OTHER: &str = "2315208C9110AD40D302201F9E7F8A45";
const ACCOUNT: &str = "5413330089020011";
const READABLE: &str = "[payment]\nreadable_keys = \"accept\"\nheaderless_keys = \"template\"\n";

fn session() -> Session {
    Token::fresh().user()
}

fn open(key_type: CK_KEY_TYPE, value: &str, usage: &str, more: &[CK_ATTRIBUTE]) -> Vec<CK_ATTRIBUTE> {
    let template = with(&open_secret(key_type, &hex(value)), &[a(USAGE, usage)]);
    with(&template, more)
}

fn key(s: &Session, value: &str, usage: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    s.create(&open(CKK_DES2, value, usage, more)).works()
}

fn aes(s: &Session, usage: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    s.create(&open(CKK_AES, &KEY.repeat(2), usage, more)).works()
}

fn mech(id: MechanismId, parts: &[&[u8]]) -> Mech {
    Mech::iv(id.0, &[&[1], &parts.concat()[..]].concat())
}

fn x9_17(scheme: u8) -> Mech {
    mech(CKM_VHSM_X9_17, &[&[scheme, 0]])
}

fn tr31(rest: &[u8]) -> Mech {
    mech(CKM_VHSM_TR31, &[b"D", rest])
}

fn count(s: &Session) -> usize {
    s.find(&[]).works().len()
}

/// Reading keys: what is open by its template is a payment key all the same, in whatever way it came into being.
#[test]
fn the_value_of_a_payment_key_is_never_told() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let open_flags = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let zmk = key(&s, OTHER, "52", &[]);
        let created = key(&s, KEY, "P0", &[]);
        let wrapped = s.wrap(x9_17(b'U'), zmk, created).works();
        let named = [a(USAGE, "P0"), a(CKA_EXTRACTABLE, true)];
        let keys = [
            zmk,
            created,
            aes(&s, "K1", &[]),
            s.create(&open(CKK_GENERIC_SECRET, KEY, "M7", &[])).works(),
            s.create(&on_token(&open(CKK_DES2, KEY, "V2", &[]))).works(),
            s.generate_key(Mech::new(CKM_DES2_KEY_GEN), &with(&open_flags, &[a(USAGE, "C0")]))
                .works(),
            s.unwrap_key(x9_17(0), zmk, &wrapped, &named).works(),
            s.copy(created, &open_flags).works(),
        ];
        for key in keys {
            s.get(key, CKA_VALUE).map(drop).gives(CKR_ATTRIBUTE_SENSITIVE);
            s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
            s.digest_key(key).gives(CKR_KEY_INDIGESTIBLE);
        }
        // Nor is it found out by looking for it, nor by copying.
        assert!(s.find(&[a(CKA_VALUE, hex(KEY))]).works().is_empty());
        for value in [KEY, OTHER] {
            s.copy(created, &[a(CKA_VALUE, hex(value))])
                .map(drop)
                .gives(CKR_ATTRIBUTE_READ_ONLY);
        }
        // A general key is as open as it says.
        let general = s.import(CKK_DES2, &hex(KEY));
        assert_eq!(s.get(general, CKA_VALUE).works(), hex(KEY));
    });
}

/// The same by way of a general mechanism: wrapped under a key of one's own and unwrapped as a key without a usage.
#[test]
fn a_payment_key_is_not_read_by_wrapping_it() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let carrier = s.import(CKK_AES, &[7; 32]);
        let (public, _) = s.rsa();
        for (m, carrier) in [
            (Mech::new(CKM_AES_KEY_WRAP), carrier),
            (Mech::new(CKM_AES_KEY_WRAP_KWP), carrier),
            (Mech::new(CKM_RSA_PKCS), public),
        ] {
            for more in [&[][..], &[a(EXPORTABILITY, "E")], &[a(EXPORTABILITY, "N")]] {
                let kept = key(&s, KEY, "P0", more);
                s.wrap(m, carrier, kept)
                    .map(drop)
                    .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
            }
            let any_form = key(&s, KEY, "P0", &[a(EXPORTABILITY, "S")]);
            s.wrap(m, carrier, any_form).works();
        }
        // Under a key for it, it leaves.
        let kept = key(&s, KEY, "P0", &[]);
        s.wrap(x9_17(b'U'), key(&s, OTHER, "52", &[]), kept).works();
        s.wrap(tr31(b""), aes(&s, "K1", &[]), kept).works();
    });
}

#[test]
fn a_configuration_for_tests_lets_keys_be_read() {
    isolated_with(READABLE, || {
        let s = session();
        let open_key = key(&s, KEY, "P0", &[]);
        assert_eq!(s.get(open_key, CKA_VALUE).works(), hex(KEY));
        s.wrap(Mech::new(CKM_AES_KEY_WRAP), s.import(CKK_AES, &[7; 32]), open_key)
            .works();
        for kept in [[a(CKA_SENSITIVE, true)], [a(CKA_EXTRACTABLE, false)]] {
            let template = without(&open(CKK_DES2, KEY, "P0", &[]), &[kept[0].type_]);
            let kept = s.create(&with(&template, &kept)).works();
            s.get(kept, CKA_VALUE).map(drop).gives(CKR_ATTRIBUTE_SENSITIVE);
        }
    });
}

/// Key-type confusion by import: of a form without a header the unwrapping key says what it is, and no caller.
#[test]
fn the_usage_of_keys_without_a_header_is_forced() {
    isolated(|| {
        let s = session();
        let pin_key = key(&s, KEY, "P0", &[a(EXPORTABILITY, "S")]);
        let zmk = key(&s, OTHER, "52", &[]);
        let forced = [nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, "P0")])];
        let for_pins = key(&s, OTHER, "52", &forced);
        let without_usage = [nested(CKA_UNWRAP_TEMPLATE, &[a(CKA_EXTRACTABLE, false)])];
        let for_nothing = key(&s, OTHER, "52", &without_usage);
        let wrapped = s.wrap(x9_17(b'U'), zmk, pin_key).works();
        let before = count(&s);
        for usage in ["D0", "P0"] {
            for zmk in [zmk, for_nothing] {
                s.unwrap_key(x9_17(0), zmk, &wrapped, &[a(USAGE, usage)])
                    .map(drop)
                    .gives(CKR_VHSM_KEY_USAGE.0);
            }
        }
        s.unwrap_key(x9_17(0), for_pins, &wrapped, &[a(USAGE, "D0")])
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        assert_eq!(count(&s), before, "nothing is stored");
        let back = s.unwrap_key(x9_17(0), for_pins, &wrapped, &[]).works();
        assert_eq!(s.get(back, USAGE).works(), b"P0");
        // General mechanisms: no payment key leaves by them, and none enters that the unwrapping key does not name.
        let m = Mech::new(CKM_AES_KEY_WRAP);
        let carrier = s.import(CKK_AES, &[7; 32]);
        s.wrap(m, carrier, pin_key)
            .map(drop)
            .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        let general = s.wrap(m, carrier, s.import(CKK_DES2, &hex(KEY))).works();
        let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_DES2)];
        s.unwrap_key(m, carrier, &general, &with(&template, &[a(USAGE, "D0")]))
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.unwrap_key(m, carrier, &general, &template).works();
        let naming = with(&open_secret(CKK_AES, &[7; 32]), &forced);
        let naming = s.create(&naming).works();
        let back = s.unwrap_key(m, naming, &general, &template).works();
        assert_eq!(s.get(back, USAGE).works(), b"P0");
        // A key block says itself what it is.
        let kbpk = aes(&s, "K1", &[]);
        let block = s.wrap(tr31(b""), kbpk, pin_key).works();
        s.unwrap_key(mech(CKM_VHSM_TR31, &[&[0]]), kbpk, &block, &[])
            .works();
        // What a master key says of the keys under it stays, in copies as well.
        let says_data = [nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, "D0")])];
        for zmk in [zmk, for_pins, for_nothing] {
            s.set(zmk, &says_data).gives(CKR_ATTRIBUTE_READ_ONLY);
            s.copy(zmk, &says_data).map(drop).gives(CKR_ATTRIBUTE_READ_ONLY);
        }
    });
}

/// Where the configuration leaves it to the callers, as `vhsm payshield` does, whose commands name the type of each key.
#[test]
fn a_configuration_leaves_the_usage_of_keys_without_a_header_to_callers() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let zmk = key(&s, OTHER, "52", &[]);
        let for_pins = key(&s, OTHER, "52", &[nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, "P0")])]);
        let pin_key = key(&s, KEY, "P0", &[a(EXPORTABILITY, "S")]);
        let wrapped = s.wrap(x9_17(b'U'), zmk, pin_key).works();
        for usage in ["P0", "D0"] {
            let back = s.unwrap_key(x9_17(0), zmk, &wrapped, &[a(USAGE, usage)]).works();
            assert_eq!(s.get(back, USAGE).works(), usage.as_bytes());
        }
        // What a master key says holds all the same, and something has to say it.
        s.unwrap_key(x9_17(0), for_pins, &wrapped, &[a(USAGE, "D0")])
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.unwrap_key(x9_17(0), zmk, &wrapped, &[])
            .map(drop)
            .gives(CKR_TEMPLATE_INCOMPLETE);
    });
}

/// Keys of each exportability under a zone's master key, under a variant LMK, where they stay, and in a key block.
/// `silent`: what a key that tells none is answered with.
fn a_key_leaves_without_a_header(silent: CK_RV) {
    let s = session();
    let zmk = key(&s, OTHER, "52", &[]);
    let kbpk = aes(&s, "K1", &[]);
    let named = [a(CKA_TOKEN, false), a(ID, "00")];
    let lmk = s.generate_key(mech(CKM_VHSM_LMK_GEN, &[b"V"]), &named).works();
    let under_lmk = mech(CKM_VHSM_VARIANT_LMK, &[b"001U", &[0]]);
    let refused = CKR_VHSM_KEY_NOT_EXPORTABLE.0;
    for (said, header, under_zmk, stays) in [
        (&[][..], b'N', silent, CKR_OK),
        (&[a(EXPORTABILITY, "S")], b'S', CKR_OK, CKR_OK),
        (&[a(EXPORTABILITY, "E")], b'E', refused, refused),
    ] {
        let pin_key = key(&s, KEY, "P0", said);
        s.wrap(x9_17(b'U'), zmk, pin_key).map(drop).gives(under_zmk);
        s.wrap(under_lmk, lmk, pin_key).map(drop).gives(stays);
        assert_eq!(s.wrap(tr31(b""), kbpk, pin_key).works()[11], header);
    }
}

/// What has no header cannot say that a key stays, so that silence about exportability is no leave.
#[test]
fn a_key_that_tells_no_exportability_does_not_leave_without_a_header() {
    isolated(|| a_key_leaves_without_a_header(CKR_VHSM_KEY_NOT_EXPORTABLE.0));
}

/// Nor does it get the leave for every form by a header that asks for it, to come back and leave without one.
#[test]
fn a_key_that_tells_no_exportability_does_not_leave_for_every_form() {
    isolated(|| {
        let s = session();
        let kbpk = aes(&s, "K1", &[]);
        let silent = key(&s, KEY, "P0", &[]);
        let asking = |exportability: &[u8]| [&[0; 6], exportability, &[0; 2]].concat();
        let (public, _) = s.rsa();
        let transport = mech(CKM_VHSM_RSA_KEY_TRANSPORT, &[&[0x21, 6], b"D", &asking(b"S")]);
        for (m, under) in [(tr31(&asking(b"S")), kbpk), (transport, public)] {
            s.wrap(m, under, silent)
                .map(drop)
                .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        }
        for narrower in [b"E", b"N"] {
            assert_eq!(
                s.wrap(tr31(&asking(narrower)), kbpk, silent).works()[11],
                narrower[0]
            );
        }
        let any_form = key(&s, KEY, "P0", &[a(EXPORTABILITY, "S")]);
        assert_eq!(s.wrap(tr31(&asking(b"S")), kbpk, any_form).works()[11], b'S');
    });
}

/// Devices let keys leave that are under variant LMKs, which keep no exportability.
#[test]
fn a_configuration_lets_keys_that_tell_no_exportability_leave() {
    isolated_with(USAGE_BY_TEMPLATE, || a_key_leaves_without_a_header(CKR_OK));
}

/// A component that comes back as a key does a key's work; a key that comes back as a component is changed by one's own,
/// so that there are keys of known differences.
#[test]
fn components_do_not_become_keys_nor_keys_components() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let zmk = key(&s, OTHER, "52", &[]);
        let carrier = s.import(CKK_AES, &[7; 32]);
        let kbpk = aes(&s, "K1", &[]);
        let any_form = |version| [a(EXPORTABILITY, "S"), a(VERSION, version)];
        let component = key(&s, KEY, "P0", &any_form("c1"));
        let wrap = Mech::new(CKM_AES_KEY_WRAP);
        for (m, under) in [(x9_17(b'U'), zmk), (wrap, carrier)] {
            s.wrap(m, under, component)
                .map(drop)
                .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        }
        // In a key block it stays one, and a key does not become one.
        let block = s.wrap(tr31(b""), kbpk, component).works();
        assert_eq!(&block[9..11], b"c1");
        let as_version = |version: &[u8]| tr31(&[&[0; 4], version, &[0; 3]].concat());
        s.wrap(as_version(b"00"), kbpk, component)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        let whole = key(&s, KEY, "P0", &any_form("00"));
        for version in [b"c1", b"C1", b"c0", b"cA"] {
            s.wrap(as_version(version), kbpk, whole)
                .map(drop)
                .gives(CKR_KEY_NOT_WRAPPABLE);
        }
        s.wrap(as_version(b"12"), kbpk, whole).works();
        // Nor where the template would say it.
        let before = count(&s);
        let named = [a(USAGE, "P0"), a(VERSION, "c1")];
        let wrapped = s.wrap(x9_17(b'U'), zmk, whole).works();
        s.unwrap_key(x9_17(0), zmk, &wrapped, &named)
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let general = s.wrap(wrap, carrier, whole).works();
        let typed = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_DES2)];
        s.unwrap_key(wrap, carrier, &general, &with(&typed, &named))
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let base = key(&s, KEY, "B0", &[]);
        let initial = mech(CKM_VHSM_DUKPT_TDES_INITIAL_KEY, &[&hex("FFFF9876543210E00000")]);
        s.derive(initial, base, &[a(VERSION, "c1")])
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        assert_eq!(count(&s), before + 1, "only the base key is new");
        s.derive(initial, base, &[]).works();
    });
}

/// Whatever stands behind the c, a component does no work but to be combined.
#[test]
fn a_component_works_in_combination_only() {
    isolated(|| {
        let s = session();
        let end = end(1, ACCOUNT);
        for version in ["c1", "c0", "cA", "C2", "cz"] {
            let more = [a(VERSION, version)];
            let pins = key(&s, KEY, "P0", &more);
            s.begin(Class::Encrypt, mech(CKM_VHSM_PIN_BLOCK, &[&end]), pins)
                .gives(CKR_VHSM_KEY_USAGE.0);
            let cards = key(&s, KEY, "C0", &more);
            s.begin(Class::Sign, Mech::new(CKM_VHSM_CVV.0), cards)
                .gives(CKR_VHSM_KEY_USAGE.0);
            let zone = key(&s, KEY, "52", &more);
            s.wrap(x9_17(b'U'), zone, key(&s, OTHER, "P0", &[]))
                .map(drop)
                .gives(CKR_VHSM_KEY_USAGE.0);
            s.begin(Class::Encrypt, Mech::new(CKM_DES3_ECB), pins)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        let [one, two] =
            [(KEY, "c1"), (OTHER, "c2")].map(|(value, version)| key(&s, value, "P0", &[a(VERSION, version)]));
        let combine = mech(CKM_VHSM_COMPONENTS_COMBINE, &[&[0], &two.to_be_bytes()]);
        let whole = s.derive(combine, one, &[]).works();
        s.encrypt(mech(CKM_VHSM_PIN_BLOCK, &[&end]), whole, b"1234")
            .works();
        s.get(whole, CKA_VALUE).map(drop).gives(CKR_ATTRIBUTE_SENSITIVE);
    });
}

/// A check value in a header is checked, so that one that may be guessed digit by digit would tell the whole block that
/// zeros encrypt to.
#[test]
fn a_check_value_is_not_guessed_piece_by_piece() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let kbpk = aes(&s, "K1", &[]);
        // 08D7B4FB629D0885 is what zeros encrypt to under the key [openssl enc -des-ede].
        let block = |digits: &str| format!("KC{:02X}00{digits}", 6 + digits.len());
        let with_block = |digits: &str| tr31(&[&[0; 9], block(digits).as_bytes()].concat());
        let target = key(&s, KEY, "D0", &[]);
        for right in ["08D7", "08D7B4", "08d7b4"] {
            s.wrap(with_block(right), kbpk, target).works();
        }
        for longer_or_wrong in [
            "08D8",
            "08D7B5",
            "08D7B4FB",
            "08D7B4FC",
            "08D7B4FB62",
            "08D7B4FB629D0885",
        ] {
            s.wrap(with_block(longer_or_wrong), kbpk, target)
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // The same in the attributes of a key that is unwrapped without a header.
        let zmk = key(&s, OTHER, "52", &[]);
        let wrapped = s.wrap(x9_17(b'U'), zmk, target).works();
        for (digits, expected) in [
            ("08D7B4", CKR_OK),
            ("08D7B5", CKR_KEY_NOT_WRAPPABLE),
            ("08D7B4FB", CKR_KEY_NOT_WRAPPABLE),
        ] {
            let named = [
                a(USAGE, "D0"),
                a(CKA_VHSM_OPTIONAL_BLOCKS.0, block(digits).as_str()),
            ];
            let back = s.unwrap_key(x9_17(0), zmk, &wrapped, &named).works();
            s.wrap(tr31(b""), kbpk, back).map(drop).gives(expected);
        }
        // The mechanism for check values tells no more of such a key.
        let kcv = |length| mech(CKM_VHSM_KEY_CHECK_VALUE, &[&[1, length]]);
        assert_eq!(s.sign(kcv(3), target, b"").works(), hex("08D7B4"));
        s.begin(Class::Sign, kcv(4), target)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// Values that are another one for each transaction: made and checked as the mode of use says, or under a key for
/// derivation, which they derive first.
#[test]
fn dynamic_card_values_follow_the_mode_of_use() {
    isolated(|| {
        let s = session();
        let rows = [
            (mech(CKM_VHSM_DCVV, &[b"A"]), "E6"),
            (mech(CKM_VHSM_CVC3, &[b"A\x01\x03"]), "E4"),
        ];
        for (m, usage) in rows {
            for (mode, makes, checks) in [
                ("N", true, true),
                ("X", true, true),
                ("C", true, true),
                ("G", true, false),
                ("V", false, true),
                ("S", false, false),
                ("T", false, false),
                ("Y", false, false),
                ("B", false, false),
                ("D", false, false),
                ("E", false, false),
            ] {
                let key = key(&s, KEY, usage, &[a(MODE, mode)]);
                for (class, may) in [(Class::Sign, makes), (Class::Verify, checks)] {
                    let answer = s.begin(class, m, key);
                    match may {
                        true => {
                            answer.works();
                            s.cancel_by_init(class).works();
                        }
                        false => answer.gives(CKR_VHSM_KEY_MODE_OF_USE.0),
                    }
                }
            }
            // A key for derivation that only checks has no CKA_SIGN.
            let checking = [a(MODE, "X"), a(CKA_SIGN, false)];
            let key = key(&s, KEY, usage, &checking);
            s.begin(Class::Sign, m, key).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
            s.begin(Class::Verify, m, key).works();
            s.cancel_by_init(Class::Verify).works();
        }
    });
}

/// A key that changes PINs and encrypts data of the caller's choice tells which PIN a card got: it can be kept to one.
#[test]
fn a_key_for_scripts_can_be_kept_to_one_of_them() {
    isolated(|| {
        let s = session();
        let card = hex("5413330089020011FFFF00");
        let rest = |option, length| [&[b'A', 4, option, length], &card[..], &[0x12, 0x34]].concat();
        let script = mech(CKM_VHSM_EMV_SCRIPT_ENCRYPT, &[&rest(1, 0)]);
        let mac = mech(CKM_VHSM_EMV_SCRIPT_MAC, &[&rest(2, 8)]);
        let (confidential, integrity) = (key(&s, KEY, "E1", &[]), key(&s, KEY, "E2", &[]));
        s.encrypt(script, confidential, b"data").works();
        s.sign(mac, integrity, b"command of a script").works();
        for (class, m, other) in [
            (Class::Encrypt, script, integrity),
            (Class::Sign, mac, confidential),
            (Class::Verify, mac, confidential),
        ] {
            s.begin(class, m, other).gives(CKR_VHSM_KEY_USAGE.0);
        }
        let only: &[CK_MECHANISM_TYPE] = &[CKM_VHSM_EMV_PIN_CHANGE.0];
        let for_pins = key(&s, KEY, "E1", &[a(CKA_ALLOWED_MECHANISMS, only)]);
        s.begin(Class::Encrypt, script, for_pins)
            .gives(CKR_MECHANISM_INVALID);
        let pins = key(&s, OTHER, "P0", &[]);
        let iso_2 = [&[34], &pins.to_be_bytes()[..], &[0; 8], &end(1, ACCOUNT)].concat();
        let change = mech(CKM_VHSM_EMV_PIN_CHANGE, &[&iso_2, &[1], &rest(1, 0)]);
        let block = mech(CKM_VHSM_PIN_BLOCK, &[&end(1, ACCOUNT)]);
        let block = s.encrypt(block, pins, b"1234").works();
        s.encrypt(change, for_pins, &block).works();
    });
}

/// A block has no dates: who wraps an expired key and unwraps it again would have it back as good as new.
#[test]
fn an_expired_key_does_not_leave() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let zmk = key(&s, OTHER, "52", &[]);
        let kbpk = aes(&s, "K1", &[]);
        let carrier = s.import(CKK_AES, &[7; 32]);
        let ends = |date| [a(EXPORTABILITY, "S"), a(CKA_END_DATE, date)];
        let expired = key(&s, KEY, "P0", &ends("20010101"));
        let valid = key(&s, KEY, "P0", &ends("20990101"));
        for (m, under) in [
            (x9_17(b'U'), zmk),
            (tr31(b""), kbpk),
            (Mech::new(CKM_AES_KEY_WRAP), carrier),
        ] {
            s.wrap(m, under, expired).map(drop).gives(CKR_VHSM_KEY_EXPIRED.0);
            s.wrap(m, under, valid).works();
        }
    });
}

/// A server chooses its master key by number: there is one that wraps.
#[test]
fn a_number_has_one_local_master_key_of_a_kind() {
    isolated(|| {
        let s = session();
        let generate = |kind: u8, more: &[CK_ATTRIBUTE]| {
            s.generate_key(
                mech(CKM_VHSM_LMK_GEN, &[&[kind]]),
                &with(&[a(CKA_TOKEN, true)], more),
            )
        };
        let taken = CKR_ATTRIBUTE_VALUE_INVALID;
        let first = generate(b'A', &[a(ID, "03")]).works();
        generate(b'T', &[a(ID, "03")]).works();
        generate(b'V', &[a(ID, "03")]).works();
        generate(b'A', &[a(ID, "04")]).works();
        let before = count(&s);
        generate(b'A', &[a(ID, "03")]).map(drop).gives(taken);
        let template = [
            a(CKA_CLASS, CKO_SECRET_KEY),
            a(CKA_KEY_TYPE, CKK_VHSM_LMK.0),
            a(CKA_VALUE, hex(&KEY.repeat(2))),
            a(ID, "03"),
        ];
        s.create(&template).map(drop).gives(taken);
        s.copy(first, &[a(CKA_TOKEN, false)]).map(drop).gives(taken);
        let parts = [("c1", KEY), ("c2", OTHER)].map(|(version, value)| {
            let value = value.repeat(2);
            s.create(&open(CKK_GENERIC_SECRET, &value, "LM", &[a(VERSION, version)]))
                .works()
        });
        let combine = mech(CKM_VHSM_COMPONENTS_COMBINE, &[&[0], &parts[1].to_be_bytes()]);
        let named = [a(CKA_KEY_TYPE, CKK_VHSM_LMK.0), a(ID, "03")];
        s.derive(combine, parts[0], &named).map(drop).gives(taken);
        assert_eq!(count(&s), before + 2, "nothing but the components is new");
        // Old ones are another matter: migration.
        s.create(&with(&template, &[a(OLD, true)])).works();
        s.copy(first, &[a(OLD, true)]).works();
        s.set(first, &[a(OLD, true)]).works();
        s.derive(combine, parts[0], &named).works();
        generate(b'A', &[a(ID, "03")]).map(drop).gives(taken);
    });
}

fn account(digits: &str) -> Vec<u8> {
    let mut bytes = vec![digits.len() as u8];
    bytes.extend(digits.as_bytes());
    bytes.resize(20, 0);
    bytes
}

fn end(format: u8, digits: &str) -> Vec<u8> {
    [&[format, 0], &[0; 12][..], &account(digits)].concat()
}

/// Values of one's own account: the PIN in another's block becomes no value of an account that the caller names.
#[test]
fn a_value_is_one_of_the_blocks_account() {
    isolated(|| {
        let s = session();
        let pvk = key(&s, OTHER, "V2", &[]);
        let own = "5413330089020029";
        for (format, pins) in [
            (1, key(&s, KEY, "P0", &[])),
            (47, key(&s, KEY, "P0", &[])),
            (4, key(&s, KEY, "P0", &[])),
            (48, aes(&s, "P0", &[])),
        ] {
            let victims = end(format, ACCOUNT);
            let block = mech(CKM_VHSM_PIN_BLOCK, &[&victims]);
            let block = s.encrypt(block, pins, b"1234").works();
            let of = |id, account_of_value: &str, rest: &[u8]| {
                let handle = pins.to_be_bytes();
                mech(id, &[b"1", &handle, &victims, &account(account_of_value), rest])
            };
            let value = |account| of(CKM_VHSM_VISA_PVV_BLOCK, account, b"");
            for class in [Class::Sign, Class::Verify] {
                s.begin(class, value(own), pvk).gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
            }
            let right = s.sign(value(""), pvk, &block).works();
            s.verify(value(ACCOUNT), pvk, &block, &right).works();
            // The check digit is no part of either.
            s.verify(value("5413330089020019"), pvk, &block, &right).works();
            let change = of(CKM_VHSM_VISA_PVV_CHANGE, own, &right);
            s.begin(Class::Sign, change, pvk)
                .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
            let change = of(CKM_VHSM_VISA_PVV_CHANGE, ACCOUNT, &right);
            s.sign(change, pvk, &[&block[..], &block].concat()).works();
        }
        // A block without an account is one of any.
        let pins = key(&s, KEY, "P0", &[]);
        let m = [&b"1"[..], &pins.to_be_bytes(), &end(5, ""), &account(own)].concat();
        let block = mech(CKM_VHSM_PIN_BLOCK, &[&end(5, "")]);
        let block = s.encrypt(block, pins, b"1234").works();
        s.sign(mech(CKM_VHSM_VISA_PVV_BLOCK, &[&m]), pvk, &block).works();
    });
}

/// PINs of one's own account, whose digits one knows, are not compared with another's until they are the same.
#[test]
fn pins_of_two_accounts_are_not_compared() {
    isolated(|| {
        let s = session();
        let (pins, references) = (key(&s, KEY, "P0", &[]), key(&s, OTHER, "P0", &[]));
        let sealed = |key, format, digits: &str, pin: &[u8]| {
            s.encrypt(mech(CKM_VHSM_PIN_BLOCK, &[&end(format, digits)]), key, pin)
                .works()
        };
        let compare = |format: (u8, &str), reference: (u8, &str)| {
            let (own, others) = (end(format.0, format.1), end(reference.0, reference.1));
            mech(CKM_VHSM_PIN_COMPARE, &[&own, &references.to_be_bytes(), &others])
        };
        let other = "5413330089020029";
        for format in [1, 47] {
            for reference in [1, 47] {
                s.begin(
                    Class::Verify,
                    compare((format, other), (reference, ACCOUNT)),
                    pins,
                )
                .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
                let block = sealed(pins, format, ACCOUNT, b"1234");
                let same = compare((format, ACCOUNT), (reference, ACCOUNT));
                let kept = sealed(references, reference, ACCOUNT, b"1234");
                s.verify(same, pins, &block, &kept).works();
                let kept = sealed(references, reference, ACCOUNT, b"1235");
                s.verify(same, pins, &block, &kept).gives(CKR_SIGNATURE_INVALID);
                // Whichever of the two is none of its format, the answer is one.
                let damaged = [0x55; 8];
                s.verify(same, pins, &damaged, &kept).gives(CKR_VHSM_PIN_BLOCK.0);
                s.verify(same, pins, &block, &damaged).gives(CKR_VHSM_PIN_BLOCK.0);
                s.verify(same, pins, &damaged, &damaged)
                    .gives(CKR_VHSM_PIN_BLOCK.0);
            }
        }
    });
}

/// Who checks a few bits of a cryptogram at a time, by bitmaps of his own, finds all of them soon.
#[test]
fn a_cryptogram_is_not_found_bit_by_bit() {
    isolated(|| {
        let s = session();
        let issuer = key(&s, KEY, "E0", &[a(MODE, "X")]);
        let card = hex("5413330089020011FFFF00");
        let m = |bitmap: &str| {
            let head = [&[b'A', 4, 2, 2], &card[..], &[0x12, 0x34, 8]].concat();
            mech(CKM_VHSM_EMV_TRUNCATED_AC, &[&head, &hex(bitmap)])
        };
        for few in ["FF00000000000000", "00000000000000FF", "FFFE000000000000"] {
            s.begin(Class::Verify, m(few), issuer)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let enough = m("FFFF000000000000");
        let token = s.sign(enough, issuer, &[7; 29]).works();
        s.verify(enough, issuer, &[7; 29], &token).works();
    });
}

/// Modes S and T are of key pairs, which sign: a secret key has no use by them.
#[test]
fn modes_of_signatures_give_secret_keys_no_use() {
    isolated(|| {
        let s = session();
        let pins = end(1, ACCOUNT);
        for mode in ["S", "T"] {
            let of = |usage| key(&s, KEY, usage, &[a(MODE, mode)]);
            let ac = mech(CKM_VHSM_EMV_ARPC1, &[b"S\0\0\x08"]);
            for (usage, m) in [
                ("C0", Mech::new(CKM_VHSM_CVV.0)),
                ("C0", mech(CKM_VHSM_CSC, &[&[3]])),
                ("V2", Mech::new(CKM_VHSM_VISA_PVV.0)),
                ("M1", mech(CKM_VHSM_ISO9797_ALG1_MAC, &[&[1, 4]])),
                ("M3", mech(CKM_VHSM_ISO9797_ALG3_MAC, &[&[1, 4]])),
                ("M6", Mech::new(CKM_DES3_CMAC)),
                ("E0", ac),
                ("E6", mech(CKM_VHSM_DCVV, &[b"A"])),
                ("E4", mech(CKM_VHSM_CVC3, &[b"A", &[1, 3]])),
            ] {
                for class in [Class::Sign, Class::Verify] {
                    s.begin(class, m, of(usage)).gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                }
            }
            let data = mech(CKM_VHSM_DATA_CBC, &[&[0; 23]]);
            for (usage, m) in [("P0", mech(CKM_VHSM_PIN_BLOCK, &[&pins])), ("D0", data)] {
                s.begin(Class::Encrypt, m, of(usage))
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            }
            let other = key(&s, OTHER, "P0", &[]);
            let translate = mech(CKM_VHSM_PIN_TRANSLATE, &[&pins, &other.to_be_bytes(), &pins]);
            s.begin(Class::Decrypt, translate, of("P0"))
                .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            s.begin(Class::Decrypt, data, of("D0"))
                .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            // Nor as a further key.
            let back = mech(CKM_VHSM_PIN_COMPARE, &[&pins, &of("P0").to_be_bytes(), &pins]);
            s.begin(Class::Verify, back, other)
                .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            let hmac = s
                .create(&open(CKK_GENERIC_SECRET, KEY, "M7", &[a(MODE, mode)]))
                .works();
            s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), hmac)
                .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            s.wrap(
                x9_17(b'U'),
                of("52"),
                key(&s, OTHER, "P0", &[a(EXPORTABILITY, "S")]),
            )
            .map(drop)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        }
    });
}
