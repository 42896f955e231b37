//! What a row needs so that a function works: keys, a parameter, a template, and what it opens.

use super::flags::Asks;
use super::{Bench, LMK, PIN_END, Pair, group, id, mech};
use crate::asymmetric::dh::{pkcs, x942};
use crate::derivation::{hkdf, ike, kbkdf, password, readable, simple, tls};
use crate::harness::*;
use crate::otp::{counter, hotp};
use crate::payment_compat::{prf_kdf, with_serial};
use std::ptr::null_mut;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION, CKA_VHSM_LMK_ID, CKA_VHSM_MODE_OF_USE,
    MechanismId,
};
use vhsm::mechanism::MechanismSpec;
use vhsm::mechanism::params::ParamKind;
use vhsm::mechanism::params::derivation::{DerivationKind, MasterKeyForm};

/// What a function is called with.
pub(super) struct Fitting {
    pub m: Mech,
    pub keys: Pair,
    /// Of what is made; of pairs, of the public key.
    pub template: Vec<CK_ATTRIBUTE>,
    /// Whether the keys that are derived stand in the parameter alone.
    pub several: bool,
    /// The key that is wrapped.
    pub wrapped: CK_OBJECT_HANDLE,
    /// What unwraps.
    pub opens: Mech,
    /// What is unwrapped, where it is not what the row wraps.
    pub text: Option<Vec<u8>>,
}

const AES_LEN: usize = 16;

impl Fitting {
    pub(super) fn of(bench: &Bench, row: &MechanismSpec, key_type: CK_KEY_TYPE, asks: Asks) -> Self {
        let carries = matches!(asks, Asks::Wrap | Asks::Unwrap);
        let m = mech(row, if carries { AES_LEN } else { 96 });
        let m = m.unwrap_or(Mech::new(id(row)));
        let mut it = Self {
            m,
            keys: bench.keys(row, key_type),
            template: vec![],
            several: false,
            wrapped: 0,
            opens: m,
            text: None,
        };
        match asks {
            Asks::Generate => it.generates(row),
            Asks::GeneratePair => it.template = of_pair(key_type),
            Asks::Derive => it.derives(bench, row),
            Asks::Encapsulate | Asks::Decapsulate => it.encapsulates(row),
            Asks::Wrap | Asks::Unwrap => {
                it.wrapped = bench.kept(CKK_AES, AES_LEN, "").0;
                it.template = open_secret(CKK_AES, b"")[..4].to_vec();
                it.template.push(a(CKA_VALUE_LEN, AES_LEN as CK_ULONG));
            }
            Asks::Begin(Class::Verify) | Asks::SignatureFirst | Asks::MessageSignatures(_)
                if key_type == CKK_HOTP =>
            {
                it.m = hotp(&[counter(1)]);
            }
            _ => {}
        }
        if row.section == "include/vhsm.h" {
            it.pays(bench, row, asks);
        }
        it
    }

    fn generates(&mut self, row: &MechanismSpec) {
        let number = |kind, number: CK_ULONG| a(kind, number);
        match (row.name(), row.params) {
            ("CKM_DSA_PARAMETER_GEN", _) => self.template = vec![number(CKA_PRIME_BITS, 512)],
            ("CKM_DH_PKCS_PARAMETER_GEN", _) => self.template = vec![number(CKA_PRIME_BITS, 2048)],
            ("CKM_X9_42_DH_PARAMETER_GEN", _) => {
                self.template = vec![number(CKA_PRIME_BITS, 512), number(CKA_SUBPRIME_BITS, 160)];
            }
            (_, ParamKind::Derivation(DerivationKind::Pbkdf2)) => {
                self.m = password::pbkdf2(CKP_PKCS5_PBKD2_HMAC_SHA256, b"password", b"salt", 10);
                self.template = readable(32);
            }
            (_, ParamKind::Derivation(DerivationKind::Pbe { iv })) => {
                let iv = if iv { leak(&[0; 8]) } else { null_mut() };
                self.m = Mech::with(id(row), password::pbe_params(b"password", b"salt", 10, iv));
            }
            (_, ParamKind::Derivation(DerivationKind::TlsVersion)) => {
                self.m = Mech::with(id(row), CK_VERSION { major: 3, minor: 2 });
            }
            _ if row.key.sizes.min != row.key.sizes.max => {
                self.template = vec![number(CKA_VALUE_LEN, 32)];
            }
            _ => {}
        }
    }

    /// Of numbers and points it is the pair's own that comes from the other side.
    fn derives(&mut self, bench: &Bench, row: &MechanismSpec) {
        let (s, id) = (&bench.s, id(row));
        let (data, length) = (leak(&[0x5a; 32]), 32);
        if id != CKM_PUB_KEY_FROM_PRIV_KEY {
            self.template = shown();
        }
        self.m = match row.params {
            ParamKind::EncryptData => simple::with_data(id, &[0x5a; 32]),
            ParamKind::CbcEncryptData16 => {
                let iv = [0x3c; 16];
                Mech::with(
                    id,
                    CK_AES_CBC_ENCRYPT_DATA_PARAMS {
                        iv,
                        pData: data,
                        length,
                    },
                )
            }
            ParamKind::CbcEncryptData8 => {
                let iv = [0x3c; 8];
                Mech::with(
                    id,
                    CK_DES_CBC_ENCRYPT_DATA_PARAMS {
                        iv,
                        pData: data,
                        length,
                    },
                )
            }
            ParamKind::Ecdh1 => {
                let point = s.get(self.keys.0, CKA_EC_POINT).works();
                under(id, Mech::ecdh(CKD_NULL, b"", &point))
            }
            ParamKind::PublicNumber => pkcs(&s.get(self.keys.0, CKA_VALUE).works()),
            ParamKind::X942Dh1 => x942(CKD_NULL, b"", &s.get(self.keys.0, CKA_VALUE).works()),
            ParamKind::X942Dh2 => hybrid(s, self.keys),
            ParamKind::Derivation(kind) => self.by_parameter(bench, id, kind),
            _ => self.m,
        };
    }

    fn by_parameter(&mut self, bench: &Bench, id: CK_MECHANISM_TYPE, kind: DerivationKind) -> Mech {
        let other = bench.kept(CKK_GENERIC_SECRET, 20, "").0;
        let (client, server): (&[u8], &[u8]) = (&[0xc1; 32], &[0x5e; 32]);
        let (hash, prf) = (CKM_SHA256, CKM_SHA256_HMAC);
        let version = |wanted| match wanted {
            true => Box::leak(Box::new(CK_VERSION { major: 0, minor: 0 })),
            false => null_mut(),
        };
        match kind {
            DerivationKind::Key => return Mech::with(id, other),
            DerivationKind::Data => return simple::with_data(id, b"data"),
            DerivationKind::TlsMasterKey {
                form,
                version: wanted,
            } => {
                return match form {
                    MasterKeyForm::Tls10 => Mech::with(
                        id,
                        CK_SSL3_MASTER_KEY_DERIVE_PARAMS {
                            RandomInfo: tls::randoms(client, server),
                            pVersion: version(wanted),
                        },
                    ),
                    MasterKeyForm::Tls12 => {
                        Mech::with(id, tls::tls12_master(hash, client, server, version(wanted)))
                    }
                    MasterKeyForm::Extended => Mech::with(id, tls::extended_master(hash, client)),
                };
            }
            DerivationKind::TlsKeyMaterial { names_hash, ivs } => {
                self.several = true;
                self.template = vec![a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 16)];
                let iv_len = if ivs { 16 } else { 0 };
                let returned = Box::leak(Box::new(tls::Returned::new(iv_len)));
                let all = tls::tls12_material(hash, (32, 16, iv_len), (client, server), returned);
                if names_hash {
                    return Mech::with(id, all);
                }
                return Mech::with(
                    id,
                    CK_SSL3_KEY_MAT_PARAMS {
                        ulMacSizeInBits: all.ulMacSizeInBits,
                        ulKeySizeInBits: all.ulKeySizeInBits,
                        ulIVSizeInBits: all.ulIVSizeInBits,
                        bIsExport: CK_FALSE,
                        RandomInfo: all.RandomInfo,
                        pReturnedKeyMaterial: all.pReturnedKeyMaterial,
                    },
                );
            }
            DerivationKind::TlsPrf => {
                self.several = true;
                self.template.clear();
                return Mech::with(
                    id,
                    CK_TLS_PRF_PARAMS {
                        pSeed: leak(b"seed"),
                        ulSeedLen: 4,
                        pLabel: leak(b"label"),
                        ulLabelLen: 5,
                        pOutput: leak(&[0; 40]),
                        pulOutputLen: Box::leak(Box::new(40)),
                    },
                );
            }
            _ => {}
        }
        self.template = readable(if kind == DerivationKind::Bit { 8 } else { 32 });
        match kind {
            DerivationKind::Hkdf => {
                if id == CKM_HKDF_DATA {
                    self.template = vec![a(CKA_CLASS, CKO_DATA), a(CKA_VALUE_LEN, 32)];
                }
                under(
                    id,
                    hkdf::hkdf(hash, Some(hkdf::Salt::Data(b"salt")), Some(b"info")),
                )
            }
            DerivationKind::Kbkdf { counter: true } => {
                kbkdf::kbkdf(id, prf, &[kbkdf::iteration(32), kbkdf::fixed(b"fixed")], b"", &[])
            }
            DerivationKind::Kbkdf { .. } | DerivationKind::KbkdfFeedback => kbkdf::kbkdf(
                id,
                prf,
                &[kbkdf::chained(), kbkdf::fixed(b"fixed")],
                &[0x11; 32],
                &[],
            ),
            // HMAC with SHA-256 of NIST's, with RIPEMD-160 of the maker's own.
            DerivationKind::PrfKdf { nist } => {
                let (function, encoding) = if nist { (7, 1) } else { (10, 3) };
                prf_kdf(MechanismId(id), function, encoding, 1)
            }
            DerivationKind::Bit => simple::from_bit(3),
            DerivationKind::TlsKdf => Mech::with(id, tls::kdf(hash, b"EXPORTER_label", None)),
            DerivationKind::Ike2PrfPlus => ike::ike2_plus(prf, None, b"seed"),
            DerivationKind::IkePrf => ike::ike_prf(prf, true, None, b"initiator", b"responder"),
            DerivationKind::Ike1Prf => ike::ike1_prf(prf, other, None, (b"initiato", b"responde"), 0),
            DerivationKind::Ike1Extended => ike::ike1_extended(prf, None, b"extra"),
            other => panic!("no parameter for {other:?}"),
        }
    }

    fn encapsulates(&mut self, row: &MechanismSpec) {
        self.template = match row.name() {
            "CKM_RSA_X_509" => shown(), // a key as long as the modulus
            _ => readable(32),
        };
        self.m = match row.params {
            ParamKind::Ecdh1 => under(id(row), Mech::ecdh(CKD_NULL, b"", b"")),
            ParamKind::PublicNumber => Mech::new(id(row)),
            ParamKind::X942Dh1 => x942(CKD_NULL, b"", b""),
            _ => self.m,
        };
    }
}

/// The same parameter of another mechanism.
fn under(id: CK_MECHANISM_TYPE, mut m: Mech) -> Mech {
    m.0.mechanism = id;
    m
}

fn of_pair(key_type: CK_KEY_TYPE) -> Vec<CK_ATTRIBUTE> {
    let on = |curve| vec![a(CKA_EC_PARAMS, curve)];
    let set = |set: CK_ULONG| vec![a(CKA_PARAMETER_SET, set)];
    match key_type {
        CKK_RSA => vec![a(CKA_MODULUS_BITS, 1024)],
        CKK_EC => on(curve::P256),
        CKK_EC_EDWARDS => on(curve::ED25519),
        CKK_EC_MONTGOMERY => on(curve::X25519),
        CKK_ML_DSA => set(CKP_ML_DSA_44),
        CKK_ML_KEM => set(CKP_ML_KEM_512),
        CKK_SLH_DSA => set(CKP_SLH_DSA_SHA2_128F),
        _ => group(key_type),
    }
}

fn hybrid(s: &Session, (public, private): Pair) -> Mech {
    let number = s.get(public, CKA_VALUE).works();
    let length = number.len() as CK_ULONG;
    Mech::with(
        CKM_X9_42_DH_HYBRID_DERIVE,
        CK_X9_42_DH2_DERIVE_PARAMS {
            kdf: CKD_NULL,
            ulOtherInfoLen: 0,
            pOtherInfo: null_mut(),
            ulPublicDataLen: length,
            pPublicData: leak(&number),
            ulPrivateDataLen: 0,
            hPrivateData: private,
            ulPublicDataLen2: length,
            pPublicData2: leak(&number),
        },
    )
}

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const VERSION: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_VERSION.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const PARTS: [&str; 3] = [
    "F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1",
    "92382661F8DF9DA87A31EFC88A917545",
    "0123456789ABCDEFFEDCBA9876543210",
];
const TDES_KSN: [u8; 10] = [0xff, 0xff, 0x98, 0x76, 0x54, 0x32, 0x10, 0xe0, 0x00, 0x01];
const AES_KSN: [u8; 12] = [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0, 0, 0, 1];
/// The card of [`PIN_END`], and its transaction counter.
const CARD: &[u8] = b"\x41\x11\x11\x11\x11\x11\x11\x11\xff\xff\x00";
const COUNTER: &[u8] = b"\x00\x1c";

/// A payment key of double length.
fn payment(s: &Session, value: &str, usage: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    let template = with(&open_secret(CKK_DES2, &hex(value)), &[a(USAGE, usage)]);
    s.create(&with(&template, more)).works()
}

/// A local master key of the test's own, whose value is published: the variant TEST key.
fn published_pairs(s: &Session) -> CK_OBJECT_HANDLE {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../vectors/payment/thales_lmk_variant.json")).unwrap();
    let template = [
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, LMK),
        a(CKA_VALUE, hex(file["lmk"].as_str().unwrap())),
        a(CKA_VHSM_LMK_ID.0, "02"),
    ];
    s.create(&template).works()
}

fn flat(row: &MechanismSpec, parts: &[&[u8]]) -> Mech {
    Mech::iv(id(row), &[&[1], &parts.concat()[..]].concat())
}

/// Payment rows: [include/vhsm.h] has their parameters.
impl Fitting {
    fn pays(&mut self, bench: &Bench, row: &MechanismSpec, asks: Asks) {
        self.pins(bench, row);
        self.derives_payment_keys(bench, row);
        if matches!(asks, Asks::Wrap | Asks::Unwrap) {
            self.template.clear();
            self.carries(bench, row);
            self.transports(bench, row);
            self.is_of_another_maker(bench, row);
        }
        match row.name() {
            "CKM_VHSM_LMK_GEN" => {
                self.m = flat(row, &[b"A"]);
                self.template = vec![a(CKA_VHSM_LMK_ID.0, "03")];
            }
            // Under key blocks it encrypts public keys, under variants it makes MACs.
            "CKM_VHSM_LMK_RSA_PUBLIC_KEY" => {
                let encrypts = matches!(asks, Asks::Begin(Class::Encrypt | Class::Decrypt));
                self.m = flat(row, &[]);
                self.keys = bench.kept(LMK, if encrypts { 32 } else { 320 }, "LM");
            }
            _ => {}
        }
    }

    /// Further keys, PIN blocks of format 1 with an account, static keys.
    fn pins(&mut self, bench: &Bench, row: &MechanismSpec) {
        let handle = |usage| bench.kept(CKK_DES2, 16, usage).0.to_be_bytes();
        let (table, data) = (b"0123456789012345", b"4111111111111111");
        let ibm = |row, more| {
            let keys = [handle("P0"), [0; 8]].concat();
            flat(row, &[&[0], table, data, &[4], &keys, PIN_END, more])
        };
        let visa = |row, more| flat(row, &[b"1", &handle("P0"), PIN_END, &[0; 20], more]);
        let (data_end, retail) = ([0; 32], [&[0; 15][..], &[3, 2, 8]].concat());
        self.m = match row.name() {
            "CKM_VHSM_PIN_TRANSLATE" | "CKM_VHSM_PIN_TRANSLATE_ANY" | "CKM_VHSM_PIN_COMPARE" => {
                flat(row, &[PIN_END, &handle("P0"), PIN_END])
            }
            "CKM_VHSM_IBM3624_PIN" | "CKM_VHSM_IBM3624_OFFSET" => ibm(row, b""),
            "CKM_VHSM_IBM3624_CHANGE" => ibm(row, b"1234\0\0\0\0\0\0\0\0"),
            "CKM_VHSM_VISA_PVV_BLOCK" => visa(row, b""),
            "CKM_VHSM_VISA_PVV_CHANGE" => visa(row, b"1234"),
            "CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE" => flat(row, &[&handle("D2")]),
            "CKM_VHSM_EMV_PIN_CHANGE" => {
                let form = [&b"A\x04\x01\x00"[..], CARD, &[0xff; 2]].concat();
                flat(row, &[&[41], &handle("P0"), &handle("E0"), PIN_END, &[1], &form])
            }
            "CKM_VHSM_DATA_TRANSLATE" => flat(row, &[&data_end, &handle("D0"), &data_end]),
            "CKM_VHSM_MAC_TRANSLATE" => flat(row, &[&retail, &handle("M3"), &retail, &[0x3c; 8]]),
            _ => self.m,
        };
    }

    fn derives_payment_keys(&mut self, bench: &Bench, row: &MechanismSpec) {
        let s = &bench.s;
        let deriving = |usage| {
            let base = payment(s, KEY, usage, &[a(MODE, "X")]);
            (base, base)
        };
        let aes = || {
            let said = [a(USAGE, "B0"), a(MODE, "X")];
            let base = s.create(&with(&open_secret(CKK_AES, &hex(KEY)), &said)).works();
            (base, base)
        };
        let part = |at: usize| {
            let version = ["c1", "c2", "c3"][at];
            payment(s, PARTS[at], "P0", &[a(VERSION, version)])
        };
        let (m, keys) = match row.name() {
            "CKM_VHSM_DUKPT_TDES_INITIAL_KEY" => (flat(row, &[&TDES_KSN]), deriving("B0")),
            "CKM_VHSM_DUKPT_TDES_DERIVE" => (flat(row, &[&[0, 1], &TDES_KSN]), deriving("B0")),
            "CKM_VHSM_DUKPT_AES_INITIAL_KEY" => (flat(row, &[&AES_KSN[..8]]), aes()),
            "CKM_VHSM_DUKPT_AES_DERIVE" => (flat(row, &[b"\0\x10\0\0\x02\0\x80", &AES_KSN]), aes()),
            "CKM_VHSM_EMV_CARD_KEY" => (flat(row, &[b"B\0\0\0", CARD]), deriving("E0")),
            "CKM_VHSM_EMV_SESSION_KEY" => (flat(row, &[b"B\x01\0\0", CARD, COUNTER]), deriving("E0")),
            "CKM_VHSM_COMPONENTS_COMBINE" => {
                let base = part(0);
                let others = [part(1), part(2)].map(CK_OBJECT_HANDLE::to_be_bytes);
                (flat(row, &[&[0], others.as_flattened()]), (base, base))
            }
            "CKM_VHSM_COMPONENTS_SPLIT" => {
                let base = payment(s, KEY, "P0", &[]);
                let others = [part(0), part(1)].map(CK_OBJECT_HANDLE::to_be_bytes);
                (flat(row, &[&[3], others.as_flattened()]), (base, base))
            }
            name if name.starts_with("CKM_LUNA_DES2_DUKPT_") => {
                (with_serial(row.id, TDES_KSN.to_vec().leak()), self.keys)
            }
            name if name.starts_with("CKM_PTK_DES") && name.contains("_DERIVE_") => {
                (Mech::iv(id(row), &[0x5a; 24]), self.keys)
            }
            _ => return,
        };
        (self.m, self.keys) = (m, keys);
        self.template.clear();
    }

    /// Key blocks, keys under local master keys and under those of zones.
    fn carries(&mut self, bench: &Bench, row: &MechanismSpec) {
        let s = &bench.s;
        let leaving = |how| payment(s, KEY, "P0", &[a(EXPORTABILITY, how)]);
        let variant = |code: &[u8], scheme, component| flat(row, &[code, &[scheme, component]]);
        match row.name() {
            "CKM_VHSM_TR31" => {
                self.wrapped = leaving("E");
                (self.m, self.opens) = (flat(row, &[b"D"]), flat(row, &[&[0]]));
            }
            "CKM_VHSM_THALES_KEY_BLOCK" => {
                self.wrapped = leaving("E");
                (self.m, self.opens) = (flat(row, &[b"1"]), flat(row, &[&[0]]));
            }
            "CKM_VHSM_LMK_RSA_PRIVATE_KEY" => {
                self.keys = bench.kept(LMK, 320, "LM");
                let private = [a(USAGE, "03"), a(CKA_EXTRACTABLE, true)];
                self.wrapped = s.rsa_with(1024, &[], &private).works().1;
                (self.m, self.opens) = (flat(row, &[]), flat(row, &[]));
            }
            "CKM_VHSM_VARIANT_LMK" | "CKM_VHSM_VARIANT_LMK_FROM_BLOCK" => {
                self.keys = bench.kept(LMK, 320, "LM");
                self.wrapped = leaving(if row.roles.unwrap.is_some() { "S" } else { "E" });
                (self.m, self.opens) = (variant(b"001", b'U', 0), variant(b"001", 0, 0));
            }
            // The first component of a published message: payment_lmk.rs has all of them.
            "CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT" => {
                let pairs = published_pairs(s);
                self.keys = (pairs, pairs);
                self.opens = variant(b"000", 0, 1);
                self.text = Some(b"X2EC8A0412B5D0E86E3C1E5ABFA19B3F5".to_vec());
            }
            "CKM_VHSM_X9_17" | "CKM_VHSM_X9_17_ANY_PARITY" => {
                let gives = [nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, "P0")])];
                let zone = payment(s, KEY, "52", &gives);
                self.keys = (zone, zone);
                self.wrapped = leaving("S");
                (self.m, self.opens) = (flat(row, &[b"X\0"]), flat(row, &[b"\0\0"]));
                if row.roles.wrap.is_none() {
                    let text = s.wrap(under(vhsm::ck::CKM_VHSM_X9_17.0, self.m), zone, self.wrapped);
                    self.text = Some(text.works());
                }
            }
            _ => {}
        }
    }

    /// Keys under keys of pairs: SHA-256, a protection key of AES-256 between.
    fn transports(&mut self, bench: &Bench, row: &MechanismSpec) {
        let s = &bench.s;
        let wrapped = || payment(s, KEY, "P0", &[a(MODE, "B"), a(EXPORTABILITY, "E")]);
        match row.name() {
            "CKM_VHSM_RSA_KEY_TRANSPORT" => {
                let public = [a(CKA_WRAP, true), a(CKA_ENCRYPT, false)];
                let private = [a(CKA_UNWRAP, true), a(CKA_DECRYPT, false)];
                self.keys = s.rsa_with(2048, &public, &private).works();
                self.wrapped = wrapped();
                let form = |version| flat(row, &[&[0x21, 6, version]]);
                (self.m, self.opens) = (form(b'D'), form(0));
            }
            // The wrapping side has a pair of its own, whose public key the other side is told.
            "CKM_VHSM_ECDH_KEY_TRANSPORT" => {
                let pair = || {
                    let private = [a(CKA_UNWRAP, true), a(CKA_DERIVE, false)];
                    let public = [a(CKA_WRAP, true)];
                    s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P521, &public, &private)
                        .works()
                };
                let (own_public, own) = pair();
                let der = s.get(own_public, CKA_EC_POINT).works();
                self.keys = pair();
                self.wrapped = wrapped();
                let form = |own: CK_OBJECT_HANDLE, point: &[u8]| {
                    flat(
                        row,
                        &[&[2, 0x21, 6], &own.to_be_bytes(), &[0, 4], b"info", b"D", point],
                    )
                };
                (self.m, self.opens) = (form(own, b""), form(0, &der[3..]));
            }
            _ => {}
        }
    }

    /// Luna's key wraps are the standard's; ProtectToolkit's key blocks are those of the standard under general keys.
    fn is_of_another_maker(&mut self, bench: &Bench, row: &MechanismSpec) {
        let s = &bench.s;
        match row.name() {
            "CKM_LUNA_AES_KW" | "CKM_LUNA_AES_KWP" => {
                self.template = open_secret(CKK_AES, b"")[..4].to_vec();
            }
            // A published block: payment_compat.rs has all of them.
            "CKM_PTK_UNWRAP_TR31" | "CKM_PTK_UNWRAP_TR31_DISCARD" => {
                let file = include_str!("../../vectors/payment/tr31.json");
                let file: serde_json::Value = serde_json::from_str(file).unwrap();
                let block = |vector: &&serde_json::Value| {
                    let block = vector["block"].as_str().unwrap();
                    block.starts_with("D0112P0AE00E0000") && vector["key"].is_string()
                };
                let vector = file["vectors"].as_array().unwrap().iter().find(block).unwrap();
                let protection = s.import(CKK_AES, &hex(vector["kbpk"].as_str().unwrap()));
                self.keys = (protection, protection);
                self.text = Some(vector["block"].as_str().unwrap().into());
            }
            "CKM_PTK_WRAP_TR31_DERIVE" => {
                let fixed = with(&open_secret(CKK_DES2, &hex(KEY)), &[a(CKA_MODIFIABLE, false)]);
                self.wrapped = s.create(&fixed).works();
                self.m = Mech::iv(id(row), b"00000P0TE00E0000");
            }
            _ => {}
        }
    }
}
