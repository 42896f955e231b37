//! TLS 1.2 [PKCS#11 3.2, 6.26] and TLS 1.0 and 1.1.

use super::*;
use std::ptr::null_mut;

pub fn randoms(client: &[u8], server: &[u8]) -> CK_SSL3_RANDOM_DATA {
    let ((client, client_len), (server, server_len)) = (bytes(client), bytes(server));
    CK_SSL3_RANDOM_DATA {
        pClientRandom: client,
        ulClientRandomLen: client_len,
        pServerRandom: server,
        ulServerRandomLen: server_len,
    }
}

pub fn tls12_master(
    hash: CK_MECHANISM_TYPE,
    client: &[u8],
    server: &[u8],
    version: *mut CK_VERSION,
) -> CK_TLS12_MASTER_KEY_DERIVE_PARAMS {
    CK_TLS12_MASTER_KEY_DERIVE_PARAMS {
        RandomInfo: randoms(client, server),
        pVersion: version,
        prfHashMechanism: hash,
    }
}

pub fn extended_master(
    hash: CK_MECHANISM_TYPE,
    session_hash: &[u8],
) -> CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS {
    let (session_hash, length) = bytes(session_hash);
    CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS {
        prfHashMechanism: hash,
        pSessionHash: session_hash,
        ulSessionHashLen: length,
        pVersion: null_mut(),
    }
}

/// What a key block derivation gives back.
pub struct Returned {
    pub out: *mut CK_SSL3_KEY_MAT_OUT,
    client_iv: Vec<u8>,
    server_iv: Vec<u8>,
}

impl Returned {
    pub fn new(iv_len: usize) -> Self {
        let mut returned = Self {
            out: null_mut(),
            client_iv: vec![0xee; iv_len + 2],
            server_iv: vec![0xee; iv_len + 2],
        };
        returned.out = Box::leak(Box::new(CK_SSL3_KEY_MAT_OUT {
            hClientMacSecret: 4711,
            hServerMacSecret: 4711,
            hClientKey: 4711,
            hServerKey: 4711,
            pIVClient: returned.client_iv.as_mut_ptr(),
            pIVServer: returned.server_iv.as_mut_ptr(),
        }));
        returned
    }

    /// The MAC keys of client and server, then the cipher keys.
    fn handles(&self) -> [CK_OBJECT_HANDLE; 4] {
        // SAFETY: leaked in `new`.
        let out = unsafe { *self.out };
        [
            out.hClientMacSecret,
            out.hServerMacSecret,
            out.hClientKey,
            out.hServerKey,
        ]
    }
}

/// Lengths in bytes of MAC keys, cipher keys and initialisation vectors.
pub type Lengths = (usize, usize, usize);

pub fn tls12_material(
    hash: CK_MECHANISM_TYPE,
    (mac, key, iv): Lengths,
    (client, server): (&[u8], &[u8]),
    returned: &Returned,
) -> CK_TLS12_KEY_MAT_PARAMS {
    CK_TLS12_KEY_MAT_PARAMS {
        ulMacSizeInBits: mac as CK_ULONG * 8,
        ulKeySizeInBits: key as CK_ULONG * 8,
        ulIVSizeInBits: iv as CK_ULONG * 8,
        bIsExport: CK_FALSE,
        RandomInfo: randoms(client, server),
        pReturnedKeyMaterial: returned.out,
        prfHashMechanism: hash,
    }
}

/// The key block in the order in which TLS has it.
fn block(s: &Session, returned: &Returned, (mac, key, iv): Lengths) -> Vec<u8> {
    let lengths = [mac, mac, key, key];
    let mut block = Vec::new();
    for (handle, length) in returned.handles().into_iter().zip(lengths) {
        match length {
            0 => assert_eq!(handle, CK_INVALID_HANDLE),
            length => {
                let bytes = value(s, handle);
                assert_eq!(bytes.len(), length);
                block.extend(bytes);
            }
        }
    }
    for place in [&returned.client_iv, &returned.server_iv] {
        assert_eq!(place[iv..], [0xee; 2]);
        block.extend(&place[..iv]);
    }
    block
}

const AES: fn(usize) -> Vec<CK_ATTRIBUTE> =
    |length| vec![a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, length as CK_ULONG)];

/// [NIST CAVP, tls.rsp, TLS 1.2 with SHA-256, COUNT = 0]
struct Cavp {
    premaster: Vec<u8>,
    hello: (Vec<u8>, Vec<u8>),
    randoms: (Vec<u8>, Vec<u8>),
    master: Vec<u8>,
    block: Vec<u8>,
}

fn cavp() -> Cavp {
    Cavp {
        premaster: hex(
            "f8938ecc9edebc5030c0c6a441e213cd24e6f770a50dda07876f8d55da062bcadb386b411fd4fe4313a604fce6c17fbc",
        ),
        hello: (
            hex("36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8c"),
            hex("f6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce"),
        ),
        randoms: (
            hex("62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616"),
            hex("ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868"),
        ),
        master: hex(
            "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf",
        ),
        block: hex(
            "d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531016a2530c51a3a0f7e1d6590d0f0566b2f387f8d11fd4f73\
             1cdd572d2eae927f6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f1ad6f68b43495b10a683755ea2b858d7\
             0ccac7ec8b053c6bd41ca299d4e51928",
        ),
    }
}

/// Four keys and two initialisation vectors that make the whole block of CAVP: 128 bytes.
const CAVP_LENGTHS: Lengths = (20, 32, 12);

#[test]
fn master_keys_of_tls12_are_those_of_cavp() {
    isolated(|| {
        let s = user();
        let cavp = cavp();
        let premaster = generic(&s, &cavp.premaster);
        let mut version = CK_VERSION { major: 9, minor: 9 };
        let params = tls12_master(CKM_SHA256, &cavp.hello.0, &cavp.hello.1, &raw mut version);
        let rsa = Mech::with(CKM_TLS12_MASTER_KEY_DERIVE, params);
        assert_eq!(derived(&s, rsa, premaster, 48), cavp.master);
        assert_eq!(
            (version.major, version.minor),
            (0xf8, 0x93),
            "the premaster key begins with it"
        );
        let dh = Mech::with(
            CKM_TLS12_MASTER_KEY_DERIVE_DH,
            tls12_master(CKM_SHA256, &cavp.hello.0, &cavp.hello.1, null_mut()),
        );
        assert_eq!(derived(&s, dh, premaster, 48), cavp.master);
        let with_place = Mech::with(CKM_TLS12_MASTER_KEY_DERIVE_DH, params);
        s.derive(with_place, premaster, &readable(48))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(dh, premaster, &readable(32))
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let shorter = generic(&s, &[7; 32]);
        s.derive(rsa, shorter, &readable(48)).gives(CKR_KEY_SIZE_RANGE);
        s.derive(dh, shorter, &readable(48)).works();
    });
}

/// [NIST ACVP-Server, gen-val/json-files/TLS-v1.2-KDF-RFC7627, tests 1 to 3] master key and key block.
#[test]
fn extended_master_keys_are_those_of_acvp() {
    isolated(|| {
        let s = user();
        for [premaster, session_hash, client, server, master, key_block] in ACVP {
            let base = generic(&s, &hex(premaster));
            for mechanism in [
                CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE,
                CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH,
            ] {
                let mech = Mech::with(mechanism, extended_master(CKM_SHA256, &hex(session_hash)));
                let key = s.derive(mech, base, &readable_whole()).works();
                assert_eq!(value(&s, key), hex(master));
                let returned = Returned::new(CAVP_LENGTHS.2);
                let (client, server) = (hex(client), hex(server));
                let params = tls12_material(CKM_SHA256, CAVP_LENGTHS, (&client, &server), &returned);
                let mech = Mech::with(CKM_TLS12_KEY_AND_MAC_DERIVE, params);
                derive_nothing(&s, mech, key, &AES(32)).works();
                assert_eq!(block(&s, &returned, CAVP_LENGTHS), hex(key_block));
            }
        }
        let mut version = CK_VERSION { major: 9, minor: 9 };
        let params = CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS {
            pVersion: &raw mut version,
            ..extended_master(CKM_SHA256, &[1; 32])
        };
        let premaster = generic(&s, &[3; 48]);
        s.derive(
            Mech::with(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, params),
            premaster,
            &[],
        )
        .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(
            Mech::with(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, params),
            premaster,
            &[],
        )
        .works();
        assert_eq!((version.major, version.minor), (3, 3));
        let empty = Mech::with(
            CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH,
            extended_master(CKM_SHA256, b""),
        );
        s.derive(empty, premaster, &[]).gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// Premaster key, hash of the session, randoms of client and server, master key, key block.
const ACVP: [[&str; 6]; 3] = [
    [
        "8252B983A6459A6FB3B9DEBE8725247E276139EBF7C9ADCCDD7D240F3ADA7F5E3351B2769B6C8DC169A6D799C3C0FFEB",
        "1359D7DF74CB27C67F74C98D521D442B887EAF0DECF6E382C62434D6C3DD7D0D",
        "ABE7AF69AFFC5E0944F4009B3E7ABD1CC0A5CCE8DB055EFF4A509E5B6DE9475A",
        "50E0A1A1FD64A55259781A5C22580A81F99799C32F52D3F48D2C10C5C692E289",
        "43A5E821FCF5446C712207F7CD161ED213EE3B9D001D418C57231BEFD596B583ECD55AB2C4456B02738698F90BC59AC0",
        "4886E75BE82DD4FB73C540729072D3E29B93C164E1CFFE071F1212B1237B98DC0B0A5895F331F7180CEB30B17BB8C3E92A074B26325FF975237DBD22320C0B88D64931F39C777B1527D36A999AD5FE5EE7F53FC42A509BEB22634B17EC7B768EAF6A87977CF8670B34D0A76EBCE6A659DAB6C15B4B86B98B9A63C50BBE1E2A09",
    ],
    [
        "CBF55E41501394407612D1EC385104FA1A8E59EB00832ECCBD0B92C2404AF47E7171EAEC467F04E06F8DCAE0ADD1BBEE",
        "6D7CBB7E2DFFD4E1AD853998E74C647586838C47B1E113AF5B58586D66A26A4D",
        "F4DD2B599984F5E514320D12DCDA8D11B32E61EFD888F5ABA1AD28B780B2B739",
        "804814A3C29B9D842B5AA0E1F11C4BA580BDACB0A33CAAB74CCF02DA90787397",
        "89902A83BE5FE73E31A5DFE1F631EFFCCB490326F2781E9983B5695E728F10F9EA12F659B62DBE98886959AEC0833092",
        "B0BF5C1F8582FADD3356A1A2D68C438AA17689401A95D5E7564E9743637C2BCD1AE29FC67B553B4A8369548D1F9917FF1FF8F977BC45EC6D7EC2C98515E3ABD5776B111883D19EF82FB49834F4D3749F902BFCE5DE527CE7B622728E9A0D368B8028019793F2BFD854838C9B02DE7E056AD19A71621D986A2FB1757C0901DDE8",
    ],
    [
        "0CC53A1A01C64C6BA1B3C4E062C6CB1F2309CF0D8B39B26A37AAD779C9D3325F03074AAD4EFEFF8DA572FDA404062F99",
        "2F1CA9102C5E327F9A22A583E12EDBF5BE97E6C3F19ACF84C1D21AA47170F4C7",
        "DAB0A5BC72F1D5D22288E30C3E0B08B584DDC22A11DD05F9057E985E19C32CED",
        "53490BA68847A1A40A23DD9E0877D954BC7011C77EE8295D5D607D2296036AB2",
        "E08B8F232729A6703707B2E957E3F5DE71590AC8FC3075B785AA3001BF404232A0511E00555F515122DF44FEA5B119BD",
        "2487A0BBEED5D01AB7B1674E0E0BCF4FE634439029BA679AB496397B969BAEBE18556A4439A838F2519B39A3B111BEAF367FC032F87245000348BCB60D37A725A749D2A1D6578491FF789DA9F9CA4F21F8B9816056B77F7FFE319A597743A79CD8C32395DD3079D129AF57D4B3CD0DE98225C925F5984352E0AC7916AD118CAF",
    ],
];

#[test]
fn the_key_block_of_tls12_is_that_of_cavp() {
    isolated(|| {
        let s = user();
        let cavp = cavp();
        let master = generic(&s, &cavp.master);
        let randoms = (&cavp.randoms.0[..], &cavp.randoms.1[..]);
        let lengths = CAVP_LENGTHS;
        let returned = Returned::new(lengths.2);
        let mech = Mech::with(
            CKM_TLS12_KEY_AND_MAC_DERIVE,
            tls12_material(CKM_SHA256, lengths, randoms, &returned),
        );
        derive_nothing(&s, mech, master, &AES(32)).works();
        assert_eq!(block(&s, &returned, lengths), cavp.block);
        // The safe form gives the same keys and no initialisation vectors, whatever length they should have.
        let safe = Returned::new(0);
        let mech = Mech::with(
            CKM_TLS12_KEY_SAFE_DERIVE,
            tls12_material(CKM_SHA256, lengths, randoms, &safe),
        );
        derive_nothing(&s, mech, master, &AES(32)).works();
        assert_eq!(block(&s, &safe, (20, 32, 0)), cavp.block[..104]);
        // Without MAC keys the block begins with the cipher keys.
        let aead = Returned::new(4);
        let mech = Mech::with(
            CKM_TLS12_KEY_AND_MAC_DERIVE,
            tls12_material(CKM_SHA256, (0, 16, 4), randoms, &aead),
        );
        derive_nothing(&s, mech, master, &AES(16)).works();
        assert_eq!(block(&s, &aead, (0, 16, 4)), cavp.block[..40]);
    });
}

/// [PKCS#11 3.2, 6.26.6]
#[test]
fn the_keys_of_a_connection_are_as_secret_as_the_master_key_and_for_their_use() {
    isolated(|| {
        let s = user();
        for (sensitive, extractable) in [(true, false), (false, true), (true, true)] {
            let master = made(&s, sensitive, extractable);
            let returned = Returned::new(16);
            let mech = Mech::with(
                CKM_TLS12_KEY_AND_MAC_DERIVE,
                tls12_material(CKM_SHA256, (32, 16, 16), (b"client", b"server"), &returned),
            );
            derive_nothing(&s, mech, master, &AES(16)).works();
            for key in returned.handles() {
                assert_eq!(secrecy(&s, key), secrecy(&s, master));
            }
            for mac in &returned.handles()[..2] {
                assert_eq!(s.number(*mac, CKA_KEY_TYPE).works(), CKK_GENERIC_SECRET);
                s.sign(Mech::new(CKM_SHA256_HMAC), *mac, b"x").works();
                assert!(s.flag(*mac, CKA_VERIFY).works());
            }
            for key in &returned.handles()[2..] {
                s.encrypt(Mech::iv(CKM_AES_CBC, &returned.client_iv[..16]), *key, &[0; 16])
                    .works();
                assert!(s.flag(*key, CKA_DECRYPT).works() && s.flag(*key, CKA_DERIVE).works());
            }
            let before = count(&s);
            let other = with(&AES(16), &[a(CKA_SENSITIVE, !sensitive)]);
            derive_nothing(&s, mech, master, &other).gives(CKR_TEMPLATE_INCONSISTENT);
            let other = with(&AES(16), &[a(CKA_EXTRACTABLE, !extractable)]);
            derive_nothing(&s, mech, master, &other).gives(CKR_TEMPLATE_INCONSISTENT);
            assert_eq!(count(&s), before);
        }
    });
}

/// All or nothing: what is wrong with the cipher keys leaves no MAC key, and nothing in the caller's structure.
#[test]
fn a_key_block_that_cannot_be_leaves_no_key_and_writes_nothing() {
    isolated(|| {
        let s = user();
        let master = generic(&s, &[7; 48]);
        let before = count(&s);
        let returned = Returned::new(16);
        let good = tls12_material(CKM_SHA256, (32, 16, 16), (b"client", b"server"), &returned);
        let refused = |params: CK_TLS12_KEY_MAT_PARAMS, template: &[CK_ATTRIBUTE], code| {
            let mech = Mech::with(CKM_TLS12_KEY_AND_MAC_DERIVE, params);
            derive_nothing(&s, mech, master, template).gives(code);
            assert_eq!(count(&s), before);
            assert_eq!(returned.handles(), [4711; 4]);
            assert_eq!(returned.client_iv, [0xee; 18]);
        };
        type P = CK_TLS12_KEY_MAT_PARAMS;
        refused(
            P {
                ulKeySizeInBits: 17 * 8,
                ..good
            },
            &[a(CKA_KEY_TYPE, CKK_AES)],
            CKR_ATTRIBUTE_VALUE_INVALID,
        );
        refused(good, &AES(32), CKR_TEMPLATE_INCONSISTENT);
        refused(good, &[a(CKA_KEY_TYPE, CKK_DES3)], CKR_ATTRIBUTE_VALUE_INVALID);
        refused(good, &[a(CKA_CLASS, CKO_DATA)], CKR_TEMPLATE_INCONSISTENT);
        for params in [
            P {
                ulKeySizeInBits: 129,
                ..good
            },
            P {
                ulMacSizeInBits: CK_ULONG::MAX,
                ..good
            },
            P {
                ulIVSizeInBits: 1 << 40,
                ..good
            },
            P {
                ulKeySizeInBits: 0,
                ..good
            },
            P {
                bIsExport: CK_TRUE,
                ..good
            },
            P { bIsExport: 2, ..good },
            P {
                prfHashMechanism: CKM_TLS_PRF,
                ..good
            },
            P {
                pReturnedKeyMaterial: null_mut(),
                ..good
            },
            P {
                RandomInfo: CK_SSL3_RANDOM_DATA {
                    pClientRandom: null_mut(),
                    ..good.RandomInfo
                },
                ..good
            },
        ] {
            refused(params, &AES(16), CKR_MECHANISM_PARAM_INVALID);
        }
        let out = returned.out;
        // SAFETY: leaked by the test.
        unsafe { (*out).pIVServer = null_mut() };
        refused(good, &AES(16), CKR_MECHANISM_PARAM_INVALID);
        let read_only = Token {
            slot: s.info().works().slotID,
        }
        .ro();
        let mech = Mech::with(CKM_TLS12_KEY_SAFE_DERIVE, good);
        derive_nothing(&read_only, mech, master, &on_token(&AES(16))).gives(CKR_SESSION_READ_ONLY);
        assert_eq!(count(&s), before);
        let safe = Returned::new(0);
        let good = tls12_material(CKM_SHA256, (32, 16, 0), (b"client", b"server"), &safe);
        derive_nothing(
            &s,
            Mech::with(CKM_TLS12_KEY_SAFE_DERIVE, good),
            master,
            &on_token(&AES(16)),
        )
        .works();
        assert_eq!(count(&s), before + 4, "all four on the token");
    });
}

/// [PKCS#11 3.2, 6.26.4]
#[test]
fn a_master_key_of_tls12_is_for_tls12_only() {
    isolated(|| {
        let s = user();
        let premaster = made(&s, true, false);
        let params = tls12_master(CKM_SHA256, b"client", b"server", null_mut());
        let mech = Mech::with(CKM_TLS12_MASTER_KEY_DERIVE, params);
        let master = s.derive(mech, premaster, &[]).works();
        assert_eq!(s.number(master, CKA_VALUE_LEN).works(), 48);
        assert_eq!(secrecy(&s, master), [true, false, true, true]);
        let (data, length) = bytes(b"data");
        let xor = CK_KEY_DERIVATION_STRING_DATA {
            pData: data,
            ulLen: length,
        };
        s.derive(Mech::with(CKM_XOR_BASE_AND_DATA, xor), master, &[])
            .gives(CKR_MECHANISM_INVALID);
        s.sign(Mech::new(CKM_SHA256_HMAC), master, b"x")
            .gives(CKR_MECHANISM_INVALID);
        s.sign(mac(CKM_TLS_MAC, CKM_SHA256, 12, 1), master, b"x").works();
        let fewer = [CKM_TLS_MAC];
        s.derive(mech, premaster, &[a(CKA_ALLOWED_MECHANISMS, &fewer[..])])
            .works();
        let others = [CKM_TLS_MAC, CKM_SHA256_HMAC];
        s.derive(mech, premaster, &[a(CKA_ALLOWED_MECHANISMS, &others[..])])
            .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}

fn mac(mechanism: CK_MECHANISM_TYPE, hash: CK_MECHANISM_TYPE, length: CK_ULONG, who: CK_ULONG) -> Mech {
    Mech::with(
        mechanism,
        CK_TLS_MAC_PARAMS {
            prfHashMechanism: hash,
            ulMacLength: length,
            ulServerOrClient: who,
        },
    )
}

fn count_up(length: u8) -> Vec<u8> {
    (0..length).collect()
}

/// [OpenSSL 3.0, `openssl kdf TLS1-PRF`, label and handshake hash as the seed]
#[test]
fn finished_values_are_those_of_openssl() {
    isolated(|| {
        let s = user();
        let master = generic(&s, &count_up(48));
        let handshake = [0x7a; 32];
        for (prf, length, who, expected) in [
            (CKM_TLS_PRF, 12, 1, "cfe555d0e48d9232baa2c244"),
            (CKM_SHA256, 12, 1, "5f1c0457773a4e778ecd7bcc"),
            (
                CKM_SHA384,
                24,
                1,
                "9b7feec04544b50b879ebea57e15fd08515f7160048bc653",
            ),
            (CKM_TLS_PRF, 12, 2, "c476c8d36588d2c012b12901"),
            (CKM_SHA256, 12, 2, "d4879d589f3af6b02024d152"),
            (
                CKM_SHA384,
                24,
                2,
                "7e0439f366ce17f21721ff84fbbb8f205d26c2207e046cc3",
            ),
        ] {
            for mechanism in [CKM_TLS_MAC, CKM_TLS12_MAC] {
                let mech = mac(mechanism, prf, length, who);
                assert_eq!(s.sign(mech, master, &handshake).works(), hex(expected));
                assert_eq!(
                    s.in_pieces(Class::Sign, mech, master, &handshake, 5).works(),
                    hex(expected)
                );
                s.verify(mech, master, &handshake, &hex(expected)).works();
                let mut wrong = hex(expected);
                wrong[3] ^= 1;
                s.verify(mech, master, &handshake, &wrong)
                    .gives(CKR_SIGNATURE_INVALID);
                s.verify(mech, master, &handshake, &wrong[1..])
                    .gives(CKR_SIGNATURE_LEN_RANGE);
            }
        }
        for (prf, length, who) in [
            (CKM_SHA256, 11, 1),
            (CKM_SHA256, 256, 1),
            (CKM_SHA256, CK_ULONG::MAX, 1),
            (CKM_TLS_PRF, 13, 1),
            (CKM_SHA256, 12, 0),
            (CKM_SHA256, 12, 3),
            (CKM_SHA256_HMAC, 12, 1),
        ] {
            s.sign(mac(CKM_TLS_MAC, prf, length, who), master, b"x")
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

pub fn kdf(prf: CK_MECHANISM_TYPE, label: &[u8], context: Option<&[u8]>) -> CK_TLS_KDF_PARAMS {
    let ((label, label_len), context_len) = (bytes(label), context.unwrap_or_default().len());
    CK_TLS_KDF_PARAMS {
        prfMechanism: prf,
        pLabel: label,
        ulLabelLength: label_len,
        RandomInfo: randoms(&[0xc1; 32], &[0x5e; 32]),
        pContextData: context.map_or(null_mut(), leak),
        ulContextDataLength: context_len as CK_ULONG,
    }
}

/// [OpenSSL 3.0, `openssl kdf TLS1-PRF`, with the seed of RFC 5705, 4]
#[test]
fn exporters_are_those_of_openssl() {
    isolated(|| {
        let s = user();
        let master = generic(&s, &count_up(48));
        let label = b"EXPERIMENTAL label";
        let context = hex("aabbcc");
        for (prf, context, expected) in [
            (
                CKM_SHA256,
                None,
                "13aa266d9c16ddf6ac5826b08d7098d6a6d8387d62f7697f6a17931fb2bd60243b1eba463c28de62",
            ),
            (
                CKM_SHA384,
                Some(&context[..]),
                "787950063e671d21ed8cf96a6dae765442b607c490c6cd65246f6fd9e49cdb2fd37dfd4aa5b3cef2",
            ),
            (
                CKM_TLS_PRF,
                Some(&b""[..]),
                "22cc07a462a6db930fb37600f193e09e4c7ea19a19ff0ac1c19166f0e5881908dcd52837b6dc5773",
            ),
        ] {
            for mechanism in [CKM_TLS_KDF, CKM_TLS12_KDF] {
                let mech = Mech::with(mechanism, kdf(prf, label, context));
                assert_eq!(derived(&s, mech, master, 40), hex(expected));
            }
        }
        let mech = Mech::with(CKM_TLS_KDF, kdf(CKM_SHA256, label, None));
        s.derive(mech, master, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        for bad in [
            CK_TLS_KDF_PARAMS {
                prfMechanism: CKM_SHA256_HMAC,
                ..kdf(CKM_SHA256, label, None)
            },
            CK_TLS_KDF_PARAMS {
                pLabel: null_mut(),
                ..kdf(CKM_SHA256, label, None)
            },
            CK_TLS_KDF_PARAMS {
                ulContextDataLength: 3,
                ..kdf(CKM_SHA256, label, None)
            },
            kdf(CKM_SHA256, label, Some(&[0; 65536])),
        ] {
            s.derive(Mech::with(CKM_TLS_KDF, bad), master, &readable(16))
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // [PKCS#11 3.2, 6.26.8]
        let length = a(CKA_VALUE_LEN, 16);
        for (sensitive, extractable) in [(true, false), (false, true)] {
            let master = made(&s, sensitive, extractable);
            assert_eq!(
                secrecy(&s, s.derive(mech, master, &[length]).works()),
                secrecy(&s, master)
            );
        }
        let closed = made(&s, true, false);
        s.derive(mech, closed, &readable(16))
            .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}

/// [OpenSSL 3.0, `openssl kdf TLS1-PRF` with MD5-SHA1] as SunPKCS11 uses them.
#[test]
fn the_keys_of_tls10_are_those_of_openssl() {
    isolated(|| {
        let s = user();
        let (client, server) = ([0xc1; 32], [0x5e; 32]);
        let premaster = generic(&s, &count_up(48));
        let master = hex(
            "9e601336dfde87087d0d7306fa5205feefbc48e59379ad632b16d2aaacb23fc2395e57b2ed1aef1a32819c6e719908df",
        );
        let mut version = CK_VERSION { major: 9, minor: 9 };
        let params = |version| CK_SSL3_MASTER_KEY_DERIVE_PARAMS {
            RandomInfo: randoms(&client, &server),
            pVersion: version,
        };
        let rsa = Mech::with(CKM_TLS_MASTER_KEY_DERIVE, params(&raw mut version));
        assert_eq!(derived(&s, rsa, premaster, 48), master);
        assert_eq!((version.major, version.minor), (0, 1));
        let dh = Mech::with(CKM_TLS_MASTER_KEY_DERIVE_DH, params(null_mut()));
        assert_eq!(derived(&s, dh, premaster, 48), master);
        // The key block of the same secret: 104 bytes.
        let lengths = (20, 24, 8);
        let returned = Returned::new(lengths.2);
        let material = CK_SSL3_KEY_MAT_PARAMS {
            ulMacSizeInBits: 160,
            ulKeySizeInBits: 192,
            ulIVSizeInBits: 64,
            bIsExport: CK_FALSE,
            RandomInfo: randoms(&client, &server),
            pReturnedKeyMaterial: returned.out,
        };
        derive_nothing(
            &s,
            Mech::with(CKM_TLS_KEY_AND_MAC_DERIVE, material),
            premaster,
            &[a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)],
        )
        .works();
        assert_eq!(
            block(&s, &returned, lengths),
            hex(
                "3b2f6718d35765d05f8f6e1b2ae186e789512ff5905ff3602b2f66af5f519af56646b3639ec5eaf2ac6e395239e28b635515a3a9a8\
                 1b7f55ce4fa6537be83cacc9ad8414bfc47ce8ba296623b0e7c9daa77b287bf405c6d04ad6b2912e05f0d657b9f5b8600a901e"
            )
        );
        let mech = Mech::with(CKM_TLS_KEY_AND_MAC_DERIVE, material);
        derive_nothing(&s, mech, premaster, &[a(CKA_KEY_TYPE, CKK_DES3)]).works();
        let parity = |byte: &u8| byte.count_ones() % 2 == 1;
        assert!(value(&s, returned.handles()[2]).iter().all(parity));
    });
}

#[test]
fn premaster_keys_begin_with_their_version() {
    isolated(|| {
        let s = user();
        let mech = Mech::with(CKM_TLS_PRE_MASTER_KEY_GEN, CK_VERSION { major: 3, minor: 2 });
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let [first, second] = [(); 2].map(|()| value(&s, s.generate_key(mech, &open).works()));
        assert_eq!((first.len(), &first[..2]), (48, &[3, 2][..]));
        assert_ne!(first[2..], second[2..]);
        // Where the template says nothing: TLS in Java reads it, and RSA wraps it.
        let silent = s.generate_key(mech, &[]).works();
        assert_eq!(value(&s, silent).len(), 48);
        let closed = s.generate_key(mech, &[a(CKA_EXTRACTABLE, false)]).works();
        s.get(closed, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
        s.generate_key(mech, &[a(CKA_VALUE_LEN, 48)]).works();
        s.generate_key(mech, &[a(CKA_VALUE_LEN, 47)])
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.generate_key(mech.with_length(1), &[])
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.generate_key(Mech::new(CKM_TLS_PRE_MASTER_KEY_GEN), &[])
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// [OpenSSL 3.0, `openssl kdf TLS1-PRF` with MD5-SHA1] a secret of odd length; the output goes to the caller.
#[test]
fn the_function_of_tls10_is_that_of_openssl() {
    isolated(|| {
        let s = user();
        let secret = generic(&s, &count_up(7));
        let mut output = [0xee; 80];
        let mut length = 77;
        let ((label, label_len), (seed, seed_len)) = (bytes(b"any label"), bytes(&hex("0011223344")));
        let params = CK_TLS_PRF_PARAMS {
            pSeed: seed,
            ulSeedLen: seed_len,
            pLabel: label,
            ulLabelLen: label_len,
            pOutput: output.as_mut_ptr(),
            pulOutputLen: &raw mut length,
        };
        let before = count(&s);
        derive_nothing(&s, Mech::with(CKM_TLS_PRF, params), secret, &[]).works();
        assert_eq!(
            output[..77],
            hex(
                "4be45b0b179207604f99e1cda16c2494c8f7ca19ade522c9482ec087b835bfa8f1f64c649b412a267f0007dabc668c450acfd28670\
                 54b96767439a59fd85232069babf96ff989c3c59f4b8fe88"
            )
        );
        assert_eq!((length, &output[77..]), (77, &[0xee; 3][..]));
        assert_eq!(count(&s), before, "no object is made");
        for wrong in [0, 1 << 17, CK_ULONG::MAX] {
            let mut length = wrong;
            let params = CK_TLS_PRF_PARAMS {
                pulOutputLen: &raw mut length,
                ..params
            };
            derive_nothing(&s, Mech::with(CKM_TLS_PRF, params), secret, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        for bad in [
            CK_TLS_PRF_PARAMS {
                pOutput: null_mut(),
                ..params
            },
            CK_TLS_PRF_PARAMS {
                pulOutputLen: null_mut(),
                ..params
            },
            CK_TLS_PRF_PARAMS {
                pSeed: null_mut(),
                ..params
            },
            CK_TLS_PRF_PARAMS {
                pLabel: null_mut(),
                ..params
            },
        ] {
            derive_nothing(&s, Mech::with(CKM_TLS_PRF, bad), secret, &[]).gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}
