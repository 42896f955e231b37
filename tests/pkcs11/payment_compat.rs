//! Other makers' numbers [include/vhsm.h, "other makers' numbers"].

use crate::harness::*;
use serde_json::Value as Json;
use vhsm::ck::{
    CKM_LUNA_DES2_DUKPT_DATA, CKM_LUNA_DES2_DUKPT_DATA_RESP, CKM_LUNA_DES2_DUKPT_IPEK,
    CKM_LUNA_DES2_DUKPT_MAC, CKM_LUNA_DES2_DUKPT_MAC_RESP, CKM_LUNA_DES2_DUKPT_PIN, CKM_LUNA_DES3_X919_MAC,
    CKM_PTK_DES3_X919_MAC, CKM_PTK_DES3_X919_MAC_GENERAL, MechanismId,
};

fn vectors(text: &str) -> Vec<Json> {
    let file: Json = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn des(s: &Session, value: &[u8]) -> CK_OBJECT_HANDLE {
    let key_type = if value.len() == 16 { CKK_DES2 } else { CKK_DES3 };
    s.create(&open_secret(key_type, value)).works()
}

/// `CK_KEY_DERIVATION_STRING_DATA` with a KSN.
fn with_serial(id: MechanismId, serial: &'static mut [u8]) -> Mech {
    Mech::with(
        id.0,
        CK_KEY_DERIVATION_STRING_DATA {
            pData: serial.as_mut_ptr(),
            ulLen: serial.len() as CK_ULONG,
        },
    )
}

#[test]
fn keys_of_luna_s_dukpt_are_the_known_ones() {
    isolated_with("compat = [\"luna\"]\n", || {
        let s = Token::fresh().user();
        let template = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let mut seen = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_tdes.json")) {
            let serial = vector["inputs"]["ksn"].as_str().unwrap();
            // Luna takes whole serial numbers of transactions alone.
            let has_counter = u64::from_str_radix(&serial[serial.len() - 6..], 16).unwrap() & 0x1f_ffff != 0;
            if serial.len() != 20 || !has_counter && vector["expected"]["initial_key"].is_null() {
                continue;
            }
            println!("{vector}");
            let bdk = des(&s, &hex(vector["inputs"]["bdk"].as_str().unwrap()));
            for (id, name) in [
                (CKM_LUNA_DES2_DUKPT_IPEK, "initial_key"),
                (CKM_LUNA_DES2_DUKPT_PIN, "pin_key"),
                (CKM_LUNA_DES2_DUKPT_MAC, "mac_request_key"),
                (CKM_LUNA_DES2_DUKPT_MAC_RESP, "mac_response_key"),
                (CKM_LUNA_DES2_DUKPT_DATA, "data_request_key"),
                (CKM_LUNA_DES2_DUKPT_DATA_RESP, "data_response_key"),
            ] {
                let Some(expected) = vector["expected"][name].as_str() else {
                    continue;
                };
                let serial = hex(serial).leak();
                let key = s.derive(with_serial(id, serial), bdk, &template).works();
                assert_eq!(s.get(key, CKA_VALUE).works(), hex(expected));
                assert_eq!(s.number(key, CKA_KEY_TYPE).works(), CKK_DES2);
                seen += 1;
            }
        }
        assert!(seen > 80, "{seen}");
        let bdk = des(&s, &hex("0123456789ABCDEFFEDCBA9876543210"));
        for serial in [vec![0xff; 9], vec![0xff; 11], vec![0xff; 10], vec![0xff; 8]] {
            let m = with_serial(CKM_LUNA_DES2_DUKPT_PIN, serial.leak());
            s.derive(m, bdk, &template).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let m = with_serial(CKM_LUNA_DES2_DUKPT_PIN, vec![1; 10].leak());
        s.derive(m, bdk, &[a(CKA_KEY_TYPE, CKK_AES)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}

#[test]
fn macs_under_other_makers_numbers_are_the_known_ones() {
    isolated_with("compat = [\"protecttoolkit\", \"luna\"]\n", || {
        let s = Token::fresh().user();
        let mut seen = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/mac.json")) {
            let inputs = &vector["inputs"];
            if inputs["alg"] != "iso9797_alg3" || inputs["padding"] != 1 {
                continue;
            }
            println!("{vector}");
            let key = des(&s, &hex(inputs["key"].as_str().unwrap()));
            let data = hex(inputs["data_hex"].as_str().unwrap());
            let mac = hex(vector["expected"]["mac"].as_str().unwrap());
            for m in [CKM_LUNA_DES3_X919_MAC, CKM_PTK_DES3_X919_MAC].map(|id| Mech::new(id.0)) {
                assert_eq!(s.sign(m, key, &data).works(), mac[..4]);
                s.verify(m, key, &data, &mac[..4]).works();
                s.begin(Class::Sign, m, key).works();
                for part in data.chunks(5) {
                    s.feed(Class::Sign, part).works();
                }
                assert_eq!(s.step(Step::SignFinal, &[]).works(), mac[..4]);
            }
            for length in 1..=mac.len() {
                let m = Mech::general(CKM_PTK_DES3_X919_MAC_GENERAL.0, length as CK_ULONG);
                assert_eq!(s.sign(m, key, &data).works(), mac[..length]);
            }
            seen += 1;
        }
        assert!(seen > 6, "{seen}");
        let key = des(&s, &hex("0123456789ABCDEFFEDCBA9876543210"));
        for length in [0, 9, CK_ULONG::MAX] {
            let m = Mech::general(CKM_PTK_DES3_X919_MAC_GENERAL.0, length);
            s.begin(Class::Sign, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn other_makers_numbers_are_off_unless_they_are_asked_for() {
    isolated(|| {
        let all = mechanisms(Token::fresh().slot).works();
        for id in [
            CKM_LUNA_DES3_X919_MAC,
            CKM_LUNA_DES2_DUKPT_PIN,
            CKM_PTK_DES3_X919_MAC,
            CKM_PTK_DES3_X919_MAC_GENERAL,
        ] {
            assert!(!all.contains(&id.0), "{id}");
        }
    });
}

#[test]
fn each_maker_has_its_own_numbers() {
    isolated_with("compat = [\"luna\"]\n", || {
        let all = mechanisms(Token::fresh().slot).works();
        assert!(all.contains(&CKM_LUNA_DES3_X919_MAC.0));
        assert!(!all.contains(&CKM_PTK_DES3_X919_MAC.0));
    });
}
