//! What payment keys are never made to do by bringing them in, wrapping, deriving, copying and changing them: attacks on each,
//! tried, and the ways in which a key does become narrower [docs/payment-security.md].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_DECIMALIZATION_TABLE, CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION,
    CKA_VHSM_LMK_ID, CKA_VHSM_MODE_OF_USE, CKA_VHSM_OPTIONAL_BLOCKS, CKM_VHSM_COMPONENTS_COMBINE,
    CKM_VHSM_CSC, CKM_VHSM_CVV, CKM_VHSM_DUKPT_TDES_DERIVE, CKM_VHSM_DUKPT_TDES_INITIAL_KEY,
    CKM_VHSM_EMV_ARPC1, CKM_VHSM_EMV_CARD_KEY, CKM_VHSM_EMV_SCRIPT_ENCRYPT, CKM_VHSM_EMV_SCRIPT_MAC,
    CKM_VHSM_EMV_SESSION_KEY, CKM_VHSM_LMK_GEN, CKM_VHSM_PIN_BLOCK, CKM_VHSM_THALES_KEY_BLOCK, CKM_VHSM_TR31,
    CKM_VHSM_VARIANT_LMK, CKM_VHSM_X9_17, CKR_VHSM_KEY_EXPIRED, CKR_VHSM_KEY_MODE_OF_USE,
    CKR_VHSM_KEY_NOT_EXPORTABLE, CKR_VHSM_KEY_USAGE, MechanismId,
};

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const VERSION: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_VERSION.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;
const OPTIONAL: CK_ATTRIBUTE_TYPE = CKA_VHSM_OPTIONAL_BLOCKS.0;
const TABLE: CK_ATTRIBUTE_TYPE = CKA_VHSM_DECIMALIZATION_TABLE.0;
const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const OTHER: &str = "2315208C9110AD40D302201F9E7F8A45";
/// PAN and sequence number as EMV's mechanisms have them.
const CARD: &str = "1234567890123456FFFF00";
const SERIAL: &str = "FFFF9876543210E00001";

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

fn mech(id: MechanismId, parts: &[&[u8]]) -> Mech {
    Mech::iv(id.0, &[&[1], &parts.concat()[..]].concat())
}

fn tr31(rest: &[u8]) -> Mech {
    mech(CKM_VHSM_TR31, &[b"D", rest])
}

fn any_tr31() -> Mech {
    mech(CKM_VHSM_TR31, &[&[0]])
}

fn kbpk(s: &Session) -> CK_OBJECT_HANDLE {
    s.create(&open(CKK_AES, &KEY.repeat(2), "K1", &[])).works()
}

fn lmk(s: &Session, kind: &[u8]) -> CK_OBJECT_HANDLE {
    let named = [a(CKA_TOKEN, false), a(CKA_VHSM_LMK_ID.0, "00")];
    s.generate_key(mech(CKM_VHSM_LMK_GEN, &[kind]), &named).works()
}

/// What a key makes that works itself, without a session: an ARPC of method 1, a script's data, a script's MAC.
fn works_itself(s: &Session, usage: &str, key: CK_OBJECT_HANDLE) -> Answer<Vec<u8>> {
    let block = hex("1234567890123456");
    match usage {
        "E0" => s.sign(
            mech(CKM_VHSM_EMV_ARPC1, &[b"S\0\0\x08"]),
            key,
            &[&block[..], b"\0\0"].concat(),
        ),
        "E1" => s.encrypt(mech(CKM_VHSM_EMV_SCRIPT_ENCRYPT, &[b"S\0\x02\0"]), key, &block),
        _ => s.sign(mech(CKM_VHSM_EMV_SCRIPT_MAC, &[b"S\0\x01\x08"]), key, &block),
    }
}

const OF_CARDS: [(&str, &str, &[u8]); 3] = [("E0", "C", b"109"), ("E1", "E", b"309"), ("E2", "C", b"209")];

/// A master key of chip cards that comes in as one that works makes, of a block that the caller puts together, half of a
/// card's key, in the clear.
#[test]
fn a_master_key_of_cards_does_not_come_in_as_one_that_works() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let (kbpk, variant) = (kbpk(&s), lmk(&s, b"V"));
        let zmk = key(&s, OTHER, "52", &[]);
        for (usage, works, code) in OF_CARDS {
            let as_working = [a(MODE, works)];
            for more in [&[][..], &[a(MODE, "N")], &[a(MODE, "X")]] {
                let issuer = key(&s, KEY, usage, &with(more, &[a(EXPORTABILITY, "S")]));
                works_itself(&s, usage, issuer)
                    .map(drop)
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                // In a block: neither does it leave as one that works, nor come in as one.
                let narrowed = tr31(&[&[0; 3], works.as_bytes(), &[0; 5]].concat());
                s.wrap(narrowed, kbpk, issuer)
                    .map(drop)
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                let block = s.wrap(tr31(b""), kbpk, issuer).works();
                s.unwrap_key(any_tr31(), kbpk, &block, &as_working)
                    .map(drop)
                    .gives(CKR_TEMPLATE_INCONSISTENT);
                let derives = s.unwrap_key(any_tr31(), kbpk, &block, &[a(MODE, "X")]);
                works_itself(&s, usage, derives.works())
                    .map(drop)
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                // Without a header.
                let form = |scheme: u8| mech(CKM_VHSM_VARIANT_LMK, &[code, &[scheme, 0]]);
                let text = s.wrap(form(b'U'), variant, issuer).works();
                s.unwrap_key(form(0), variant, &text, &as_working)
                    .map(drop)
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                s.unwrap_key(form(0), variant, &text, &[]).works();
                let text = s.wrap(mech(CKM_VHSM_X9_17, &[b"U\0"]), zmk, issuer).works();
                let x9_17 = mech(CKM_VHSM_X9_17, &[&[0, 0]]);
                let named = [a(USAGE, usage)];
                s.unwrap_key(x9_17, zmk, &text, &with(&named, &as_working))
                    .map(drop)
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                s.unwrap_key(x9_17, zmk, &text, &named).works();
                // Nor is it changed, in its place or in a copy.
                s.set(issuer, &as_working).gives(CKR_ATTRIBUTE_READ_ONLY);
                s.copy(issuer, &as_working)
                    .map(drop)
                    .gives(CKR_ATTRIBUTE_READ_ONLY);
            }
            // A session's key works, in blocks as well, and a zone that has such says so.
            let of_session = key(&s, KEY, usage, &with(&as_working, &[a(EXPORTABILITY, "S")]));
            let made = works_itself(&s, usage, of_session).works();
            let block = s.wrap(tr31(b""), kbpk, of_session).works();
            let back = s.unwrap_key(any_tr31(), kbpk, &block, &[]).works();
            assert_eq!(works_itself(&s, usage, back).works(), made);
            let says = [a(USAGE, usage), a(MODE, works)];
            let zone = key(&s, OTHER, "52", &[nested(CKA_UNWRAP_TEMPLATE, &says)]);
            let text = s.wrap(mech(CKM_VHSM_X9_17, &[b"U\0"]), zone, of_session).works();
            let back = s.unwrap_key(mech(CKM_VHSM_X9_17, &[&[0, 0]]), zone, &text, &[]);
            assert_eq!(works_itself(&s, usage, back.works()).works(), made);
        }
    });
}

/// A card's key for scripts that works without a session would make the keys of its sessions, which open new PINs.
#[test]
fn a_cards_key_for_scripts_derives_and_does_not_work() {
    isolated(|| {
        let s = session();
        for (usage, works) in [("E1", "E"), ("E2", "C"), ("E2", "G")] {
            let issuer = key(&s, KEY, usage, &[]);
            let card = mech(CKM_VHSM_EMV_CARD_KEY, &[b"A\0\0\0", &hex(CARD)]);
            s.derive(card, issuer, &[a(MODE, works)])
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
            let of_card = s.derive(card, issuer, &[]).works();
            works_itself(&s, usage, of_card)
                .map(drop)
                .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            let session = mech(CKM_VHSM_EMV_SESSION_KEY, &[b"M\x03\0\0", &hex(SERIAL)[..8]]);
            let of_session = s.derive(session, of_card, &[a(MODE, works)]).works();
            works_itself(&s, usage, of_session).works();
        }
    });
}

/// What a key that is decapsulated has to have.
fn typed() -> [CK_ATTRIBUTE; 3] {
    [
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_AES),
        a(CKA_VALUE_LEN, 16),
    ]
}

/// Key-type confusion by decapsulation: a ciphertext has no header either.
#[test]
fn what_is_decapsulated_is_what_the_private_key_says() {
    isolated(|| {
        let (s, m) = (session(), Mech::new(CKM_RSA_PKCS));
        let (public, private) = s.rsa();
        let (ciphertext, _) = s.encapsulate(m, public, &typed()).works();
        for usage in ["P0", "D0"] {
            s.decapsulate(m, private, &ciphertext, &with(&typed(), &[a(USAGE, usage)]))
                .map(drop)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        s.decapsulate(m, private, &ciphertext, &typed()).works();
        let forced = [nested(CKA_DECAPSULATE_TEMPLATE, &[a(USAGE, "P0")])];
        let (public, private) = s.rsa_with(2048, &[], &forced).works();
        let (ciphertext, _) = s.encapsulate(m, public, &typed()).works();
        for other in [a(USAGE, "D0"), a(VERSION, "c1")] {
            s.decapsulate(m, private, &ciphertext, &with(&typed(), &[other]))
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
        }
        let pin_key = s.decapsulate(m, private, &ciphertext, &typed()).works();
        assert_eq!(s.get(pin_key, USAGE).works(), b"P0");
    });
}

#[test]
fn a_configuration_leaves_the_usage_of_what_is_decapsulated_to_callers() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let (s, m) = (session(), Mech::new(CKM_RSA_PKCS));
        let (public, private) = s.rsa();
        let (ciphertext, _) = s.encapsulate(m, public, &typed()).works();
        s.decapsulate(m, private, &ciphertext, &with(&typed(), &[a(USAGE, "P0")]))
            .works();
    });
}

/// Days of a key: they stand in its block, and no block is asked for in which there are more.
#[test]
fn days_and_status_do_not_become_more_in_a_thales_block() {
    isolated(|| {
        let s = session();
        let under = lmk(&s, b"A");
        let thales = |rest: &[u8]| mech(CKM_VHSM_THALES_KEY_BLOCK, &[b"1", rest]);
        let asking = |blocks: &str| thales(&[&[0; 9], blocks.as_bytes()].concat());
        let days = [a(CKA_START_DATE, "20200102"), a(CKA_END_DATE, "20981231")];
        let back = |block: &[u8]| {
            let back = s.unwrap_key(thales(b""), under, block, &[]).works();
            [CKA_START_DATE, CKA_END_DATE].map(|date| s.get(back, date).works())
        };
        let dated = key(&s, KEY, "P0", &days);
        let block = s.wrap(thales(b""), under, dated).works();
        let text = String::from_utf8(block.clone()).unwrap();
        assert!(text.contains("03112020:01:02:0004112098:12:31:23"), "{text}");
        assert_eq!(back(&block), [b"20200102", b"20981231"]);
        // A key that has them from its block keeps them by the hour.
        let kept = [
            a(EXPORTABILITY, "E"),
            a(OPTIONAL, "0005T03112020:01:02:1204112098:12:31:10"),
        ];
        let of_block = key(&s, KEY, "P0", &kept);
        let block = s.wrap(thales(b""), under, of_block).works();
        let text = String::from_utf8(block.clone()).unwrap();
        assert!(text.contains("0005T03112020:01:02:1204112098:12:31:10"), "{text}");
        let of_block = s.unwrap_key(thales(b""), under, &block, &[]).works();
        for (target, wider) in [
            (dated, "03112020:01:01:23"),
            (dated, "04112099:01:01:00"),
            (of_block, "03112020:01:02:11"),
            (of_block, "04112098:12:31:11"),
            (of_block, "0005L"),
        ] {
            s.wrap(asking(wider), under, target)
                .map(drop)
                .gives(CKR_KEY_NOT_WRAPPABLE);
        }
        let narrower = asking("03112021:01:01:0004112097:01:01:00");
        for target in [dated, of_block] {
            let block = s.wrap(narrower, under, target).works();
            assert_eq!(back(&block), [b"20210101", b"20970101"]);
        }
        // Fewer days of the key itself are those of its next block.
        s.set(of_block, &[a(CKA_END_DATE, "20960101")]).works();
        let block = s.wrap(thales(b""), under, of_block).works();
        assert_eq!(back(&block), [b"20200102", b"20960101"]);
        // A key without days has none in its block, and any that are asked for.
        let plain = key(&s, KEY, "P0", &[]);
        let block = s.wrap(thales(b""), under, plain).works();
        assert_eq!(&block[12..14], b"00", "no optional blocks");
        s.wrap(narrower, under, plain).works();
        // Zeros are a day that is not set.
        let unset = key(
            &s,
            KEY,
            "P0",
            &[a(CKA_START_DATE, "00000000"), a(CKA_END_DATE, "00000000")],
        );
        let block = s.wrap(thales(b""), under, unset).works();
        assert_eq!(&block[12..14], b"00", "no optional blocks");
        s.wrap(narrower, under, unset).works();
    });
}

/// What is derived of a key, or of components, has no days that the key has not.
#[test]
fn derived_keys_have_the_days_of_their_base_key() {
    isolated(|| {
        let s = session();
        let days = [a(CKA_START_DATE, "20200101"), a(CKA_END_DATE, "20981231")];
        let base = key(&s, KEY, "B0", &days);
        let issuer = key(&s, KEY, "E0", &days);
        let components = [(KEY, "c1", "20990101"), (OTHER, "c2", "20981231")].map(|(value, number, last)| {
            let more = [
                a(VERSION, number),
                a(CKA_START_DATE, "20200101"),
                a(CKA_END_DATE, last),
            ];
            key(&s, value, "P0", &more)
        });
        let combine = [&[0], &components[1].to_be_bytes()[..]].concat();
        for (m, from) in [
            (mech(CKM_VHSM_DUKPT_TDES_INITIAL_KEY, &[&hex(SERIAL)]), base),
            (mech(CKM_VHSM_DUKPT_TDES_DERIVE, &[&[0, 1], &hex(SERIAL)]), base),
            (mech(CKM_VHSM_EMV_CARD_KEY, &[b"A\0\0\0", &hex(CARD)]), issuer),
            (
                mech(CKM_VHSM_EMV_SESSION_KEY, &[b"A\x01\0\0", &hex(CARD), b"\0\x1c"]),
                issuer,
            ),
            (mech(CKM_VHSM_COMPONENTS_COMBINE, &[&combine]), components[0]),
        ] {
            let of = |template: &[CK_ATTRIBUTE]| {
                let derived = s.derive(m, from, template).works();
                [CKA_START_DATE, CKA_END_DATE].map(|date| s.get(derived, date).works())
            };
            assert_eq!(of(&[]), [b"20200101", b"20981231"]);
            assert_eq!(of(&[a(CKA_END_DATE, "20300101")]), [b"20200101", b"20300101"]);
            for wider in [a(CKA_START_DATE, "20191231"), a(CKA_END_DATE, "20990101")] {
                s.derive(m, from, &[wider])
                    .map(drop)
                    .gives(CKR_TEMPLATE_INCONSISTENT);
            }
        }
    });
}

/// After it has come into being, a key only narrows: mode of use, exportability and days, in its place and in copies.
#[test]
fn a_payment_key_becomes_narrower_and_never_wider() {
    isolated(|| {
        let s = session();
        let change = |key, template: &[CK_ATTRIBUTE]| {
            let copied = s.copy(key, template).map(drop);
            let set = s.set(key, template);
            assert_eq!(copied, set);
            set
        };
        let m = mech(CKM_VHSM_PIN_BLOCK, &[&[5], &[0; 33]]);
        let pins = key(&s, KEY, "P0", &[]);
        s.begin(Class::Encrypt, m, pins).works();
        s.cancel_by_init(Class::Encrypt).works();
        change(pins, &[a(MODE, "B")]).works();
        change(pins, &[a(MODE, "D")]).works();
        for flag in [CKA_ENCRYPT, CKA_WRAP, CKA_SIGN] {
            assert_eq!(s.get(pins, flag).works(), [0], "{flag:#x}");
        }
        assert_eq!(s.get(pins, CKA_DECRYPT).works(), [1]);
        s.begin(Class::Encrypt, m, pins).gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        for wider in ["B", "E", "N", "X"] {
            change(pins, &[a(MODE, wider)]).gives(CKR_ATTRIBUTE_READ_ONLY);
        }
        let macs = key(&s, KEY, "M3", &[]);
        change(macs, &[a(MODE, "V"), a(CKA_SIGN, true)]).gives(CKR_TEMPLATE_INCONSISTENT);
        assert_eq!(s.get(macs, CKA_SIGN).works(), [1], "all of it or nothing");

        let kbpk = kbpk(&s);
        let any = key(&s, KEY, "P0", &[a(EXPORTABILITY, "S")]);
        for (narrower, wider) in [("E", "S"), ("N", "E")] {
            change(any, &[a(EXPORTABILITY, narrower)]).works();
            for wider in [wider, "S"] {
                change(any, &[a(EXPORTABILITY, wider)]).gives(CKR_ATTRIBUTE_READ_ONLY);
            }
        }
        s.wrap(tr31(&[&[0; 7], &b"E"[..], &[0; 2]].concat()), kbpk, any)
            .map(drop)
            .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        let silent = key(&s, KEY, "P0", &[]);
        change(silent, &[a(EXPORTABILITY, "S")]).gives(CKR_ATTRIBUTE_READ_ONLY);
        change(silent, &[a(EXPORTABILITY, "E")]).works();

        let dated = key(&s, KEY, "P0", &[]);
        change(
            dated,
            &[a(CKA_START_DATE, "20200101"), a(CKA_END_DATE, "20981231")],
        )
        .works();
        for wider in [
            a(CKA_START_DATE, "20191231"),
            a(CKA_START_DATE, ""),
            a(CKA_END_DATE, "20990101"),
            a(CKA_END_DATE, ""),
            a(CKA_END_DATE, "00000000"),
        ] {
            change(dated, &[wider]).gives(CKR_ATTRIBUTE_READ_ONLY);
        }
        change(dated, &[a(CKA_END_DATE, "20210101")]).works();
        s.begin(Class::Encrypt, m, dated).gives(CKR_VHSM_KEY_EXPIRED.0);
        // A general key gets none of these.
        let general = s.import(CKK_DES2, &hex(KEY));
        for of_payments in [a(MODE, "B"), a(EXPORTABILITY, "N")] {
            change(general, &[of_payments]).gives(CKR_ATTRIBUTE_READ_ONLY);
        }
    });
}

/// Components of a key, and how they are combined.
fn components<const N: usize>(
    s: &Session,
    usage: &str,
    of_each: [&[CK_ATTRIBUTE]; N],
) -> (Mech, CK_OBJECT_HANDLE) {
    let values = [KEY, OTHER, "F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1"];
    let parts: Vec<_> = (1..)
        .zip(values)
        .zip(of_each)
        .map(|((number, value), more)| {
            let numbered = [a(VERSION, format!("c{number}").as_str())];
            key(s, value, usage, &with(&numbered, more))
        })
        .collect();
    let further: Vec<_> = parts[1..].iter().flat_map(|part| part.to_be_bytes()).collect();
    (mech(CKM_VHSM_COMPONENTS_COMBINE, &[&[0], &further]), parts[0])
}

/// Components of a master key of cards, combined once as one that derives and once as one that works, would make cards' keys.
#[test]
fn components_make_a_key_of_their_mode_of_use() {
    isolated(|| {
        let s = session();
        let n = [a(MODE, "N")];
        for (usage, works, _) in OF_CARDS {
            for of_each in [[&[][..], &[]], [&n, &n], [&n, &[]], [&[], &n]] {
                let (combine, first) = components(&s, usage, of_each);
                for mode in ["C", "E", "G", "V", "B"] {
                    s.derive(combine, first, &[a(MODE, mode)])
                        .map(drop)
                        .gives(CKR_TEMPLATE_INCONSISTENT);
                }
                for template in [&[][..], &[a(MODE, "X")], &n] {
                    let whole = s.derive(combine, first, template).works();
                    works_itself(&s, usage, whole)
                        .map(drop)
                        .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                }
            }
            // A session's key is one of components that say so.
            let of_session = [a(MODE, works)];
            let (combine, first) = components(&s, usage, [&of_session, &of_session]);
            let whole = s.derive(combine, first, &[]).works();
            works_itself(&s, usage, whole).works();
            s.derive(combine, first, &[a(MODE, "X")])
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
            let (combine, first) = components(&s, usage, [&of_session, &[]]);
            s.derive(combine, first, &[])
                .map(drop)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        // Of other usages a mode narrows.
        let (combine, first) = components(&s, "P0", [&[], &[]]);
        let only_reads = s.derive(combine, first, &[a(MODE, "D")]).works();
        assert_eq!(s.get(only_reads, CKA_ENCRYPT).works(), [0]);
    });
}

#[test]
fn a_key_of_components_leaves_no_more_easily_than_each_of_them() {
    isolated(|| {
        let s = session();
        let zmk = key(&s, OTHER, "52", &[]);
        let leaves = |combine, first, template: &[CK_ATTRIBUTE]| {
            let template = with(template, &[a(CKA_EXTRACTABLE, true)]);
            let whole = s.derive(combine, first, &template)?;
            s.wrap(mech(CKM_VHSM_X9_17, &[b"U\0"]), zmk, whole)
        };
        let of = |code: &str| [a(EXPORTABILITY, code)];
        let (all, blocks) = (of("S"), of("E"));
        // One that tells none leaves in key blocks only, and so does the key.
        for of_each in [[&[][..], &[], &[]], [&[], &all, &all], [&all, &all, &[]]] {
            let (combine, first) = components(&s, "P0", of_each);
            leaves(combine, first, &all)
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
            leaves(combine, first, &[])
                .map(drop)
                .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
            for narrower in ["E", "N"] {
                s.derive(combine, first, &of(narrower)).works();
            }
        }
        let (combine, first) = components(&s, "P0", [&all, &blocks, &[]]);
        let whole = s.derive(combine, first, &[]).works();
        assert_eq!(s.get(whole, EXPORTABILITY).works(), b"E");
        let (combine, first) = components(&s, "P0", [&all, &all]);
        leaves(combine, first, &[]).works();
    });
}

#[test]
fn a_configuration_lets_a_key_of_silent_components_leave() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let all = [a(EXPORTABILITY, "S")];
        let (combine, first) = components(&s, "P0", [&[], &all]);
        s.derive(combine, first, &all).works();
        let whole = s.derive(combine, first, &[]).works();
        assert_eq!(s.get(whole, EXPORTABILITY).works(), b"S");
    });
}

/// What one component is held to, the key is held to: whoever combines them chooses nothing else.
#[test]
fn a_key_of_components_is_held_to_what_they_are_held_to() {
    isolated(|| {
        let s = session();
        let held = |usage, told: (CK_ATTRIBUTE, &[u8]), other: CK_ATTRIBUTE| {
            let (own, value) = told;
            let (own, kind) = ([own], own.type_);
            for of_each in [[&own[..], &[], &[]], [&[], &own, &[]], [&[], &[], &own]] {
                let (combine, first) = components(&s, usage, of_each);
                s.derive(combine, first, &[other])
                    .map(drop)
                    .gives(CKR_TEMPLATE_INCONSISTENT);
                for template in [&[][..], &own] {
                    let whole = s.derive(combine, first, template).works();
                    assert_eq!(s.get(whole, kind).works(), value);
                }
            }
        };
        let table = "0123456789012345";
        let other = a(TABLE, "1234567890123456");
        held("V1", (a(TABLE, table), table.as_bytes()), other);
        held("C0", (a(CKA_SIGN, false), &[0]), a(CKA_SIGN, true));
        let flag = |value| a(CKA_WRAP_WITH_TRUSTED, value);
        held("P0", (flag(true), &[1]), flag(false));
        let tables = ["0123456789012345", "1234567890123456"].map(|table| [a(TABLE, table)]);
        let (combine, first) = components(&s, "V1", [&tables[0], &tables[1]]);
        s.derive(combine, first, &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
    });
}

#[test]
fn a_key_of_components_has_their_templates_and_mechanisms() {
    isolated(|| {
        let s = session();
        let says = |usage: &str| [nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, usage)])];
        let (pins, data) = (says("P0"), says("D0"));
        let (combine, first) = components(&s, "52", [&pins, &pins]);
        s.derive(combine, first, &data)
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let zmk = s.derive(combine, first, &[]).works();
        let target = key(&s, KEY, "P0", &[a(EXPORTABILITY, "S")]);
        let text = s.wrap(mech(CKM_VHSM_X9_17, &[b"U\0"]), zmk, target).works();
        let x9_17 = mech(CKM_VHSM_X9_17, &[&[0, 0]]);
        let back = s.unwrap_key(x9_17, zmk, &text, &[]).works();
        assert_eq!(s.get(back, USAGE).works(), b"P0");
        let derives = [nested(CKA_DERIVE_TEMPLATE, &[a(CKA_EXTRACTABLE, false)])];
        for of_each in [
            [&pins[..], &data],
            [&pins, &[]],
            [&[], &pins],
            [&derives, &[]],
            [&[], &derives],
        ] {
            let (combine, first) = components(&s, "52", of_each);
            s.derive(combine, first, &[])
                .map(drop)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }

        // Mechanisms: those that all of them allow; a list of combination alone is about the component.
        let allows = |more: &[CK_MECHANISM_TYPE]| {
            let list = [&[CKM_VHSM_COMPONENTS_COMBINE.0], more].concat();
            [a(CKA_ALLOWED_MECHANISMS, &list[..])]
        };
        let (none, cvv, both) = (
            allows(&[]),
            allows(&[CKM_VHSM_CVV.0]),
            allows(&[CKM_VHSM_CVV.0, CKM_VHSM_CSC.0]),
        );
        let csc = mech(CKM_VHSM_CSC, &[&[3]]);
        for of_each in [[&cvv[..], &both, &none], [&none, &both, &cvv], [&[], &[], &cvv]] {
            let (combine, first) = components(&s, "C0", of_each);
            s.derive(combine, first, &allows(&[CKM_VHSM_CSC.0]))
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
            let whole = s.derive(combine, first, &[]).works();
            s.sign(Mech::new(CKM_VHSM_CVV.0), whole, b"4123456789012345;8701;101")
                .works();
            s.begin(Class::Sign, csc, whole).gives(CKR_MECHANISM_INVALID);
        }
        let (combine, first) = components(&s, "C0", [&none, &none]);
        let whole = s.derive(combine, first, &[]).works();
        s.sign(Mech::new(CKM_VHSM_CVV.0), whole, b"4123456789012345;8701;101")
            .works();
    });
}

/// Status and hours of the blocks that components came in are those of the key.
#[test]
fn a_key_of_components_has_their_status_and_hours() {
    isolated(|| {
        let s = session();
        let of = |blocks: &str| [a(OPTIONAL, blocks)];
        let (early, late) = (
            of("0005T03112020:01:01:0704112097:12:31:10LB05x"),
            of("0005T03112020:01:01:0904112098:12:31:10"),
        );
        let (combine, first) = components(&s, "P0", [&early, &[], &late]);
        let blocks = |template: &[CK_ATTRIBUTE]| {
            let whole = s.derive(combine, first, template).works();
            String::from_utf8(s.get(whole, OPTIONAL).works()).unwrap()
        };
        assert_eq!(blocks(&[]), "0005T03112020:01:01:0904112097:12:31:10");
        assert_eq!(
            blocks(&of("LB05y04112097:12:31:09PB08XXXX")),
            "LB05y04112097:12:31:090005T03112020:01:01:09"
        );
        for wider in ["0005L", "03112020:01:01:08", "04112097:12:31:11", "0405x"] {
            s.derive(combine, first, &of(wider))
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
        }
        for (one, expected) in [
            ("0005L", CKR_VHSM_KEY_USAGE.0),
            ("0405x", CKR_TEMPLATE_INCONSISTENT),
        ] {
            let (combine, first) = components(&s, "P0", [&early, &of(one)]);
            s.derive(combine, first, &[]).map(drop).gives(expected);
        }
        let (combine, first) = components(&s, "P0", [&of("LB05x"), &of("LB05y")]);
        let whole = s.derive(combine, first, &[]).works();
        s.get(whole, OPTIONAL).map(drop).gives(CKR_ATTRIBUTE_TYPE_INVALID);
    });
}

/// Blocks of the standard know no zone's or terminal's master key; Thales' blocks do.
#[test]
fn master_keys_are_key_encryption_keys_in_blocks_of_the_standard_only() {
    isolated(|| {
        let s = session();
        let kbpk = kbpk(&s);
        let usage = |usage: &[u8; 2]| [&usage[..], &[0; 7]].concat();
        for own in ["51", "52"] {
            let master = key(&s, KEY, own, &[]);
            let block = s.wrap(tr31(&usage(b"K0")), kbpk, master).works();
            assert_eq!(&block[5..7], b"K0", "{own}");
            for wanted in [b"K1", b"P0"] {
                s.wrap(tr31(&usage(wanted)), kbpk, master)
                    .map(drop)
                    .gives(CKR_VHSM_KEY_USAGE.0);
            }
            let thales = mech(CKM_VHSM_THALES_KEY_BLOCK, &[b"1", &usage(b"K0")]);
            s.wrap(thales, kbpk, master).map(drop).gives(CKR_VHSM_KEY_USAGE.0);
        }
        // The other way round there is none.
        let general = key(&s, KEY, "K0", &[]);
        for wanted in [b"51", b"52"] {
            s.wrap(tr31(&usage(wanted)), kbpk, general)
                .map(drop)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
    });
}
