//! IKE [PKCS#11 3.2, 6.50].

use super::*;
use std::ptr::null_mut;

pub fn ike_prf(
    prf: CK_MECHANISM_TYPE,
    data_as_key: bool,
    new_key: Option<CK_OBJECT_HANDLE>,
    ni: &[u8],
    nr: &[u8],
) -> Mech {
    let ((ni, ni_len), (nr, nr_len)) = (bytes(ni), bytes(nr));
    Mech::with(
        CKM_IKE_PRF_DERIVE,
        CK_IKE_PRF_DERIVE_PARAMS {
            prfMechanism: prf,
            bDataAsKey: CK_BBOOL::from(data_as_key),
            bRekey: CK_BBOOL::from(new_key.is_some()),
            pNi: ni,
            ulNiLen: ni_len,
            pNr: nr,
            ulNrLen: nr_len,
            hNewKey: new_key.unwrap_or(0),
        },
    )
}

pub fn ike1_prf(
    prf: CK_MECHANISM_TYPE,
    gxy: CK_OBJECT_HANDLE,
    previous: Option<CK_OBJECT_HANDLE>,
    (i, r): (&[u8], &[u8]),
    number: u8,
) -> Mech {
    let ((i, i_len), (r, r_len)) = (bytes(i), bytes(r));
    Mech::with(
        CKM_IKE1_PRF_DERIVE,
        CK_IKE1_PRF_DERIVE_PARAMS {
            prfMechanism: prf,
            bHasPrevKey: CK_BBOOL::from(previous.is_some()),
            hKeygxy: gxy,
            hPrevKey: previous.unwrap_or(0),
            pCKYi: i,
            ulCKYiLen: i_len,
            pCKYr: r,
            ulCKYrLen: r_len,
            keyNumber: number,
        },
    )
}

pub fn ike2_plus(prf: CK_MECHANISM_TYPE, seed_key: Option<CK_OBJECT_HANDLE>, seed: &[u8]) -> Mech {
    let (seed, seed_len) = bytes(seed);
    Mech::with(
        CKM_IKE2_PRF_PLUS_DERIVE,
        CK_IKE2_PRF_PLUS_DERIVE_PARAMS {
            prfMechanism: prf,
            bHasSeedKey: CK_BBOOL::from(seed_key.is_some()),
            hSeedKey: seed_key.unwrap_or(0),
            pSeedData: seed,
            ulSeedDataLen: seed_len,
        },
    )
}

pub fn ike1_extended(prf: CK_MECHANISM_TYPE, gxy: Option<CK_OBJECT_HANDLE>, extra: &[u8]) -> Mech {
    let (extra, extra_len) = bytes(extra);
    Mech::with(
        CKM_IKE1_EXTENDED_DERIVE,
        CK_IKE1_EXTENDED_DERIVE_PARAMS {
            prfMechanism: prf,
            bHasKeygxy: CK_BBOOL::from(gxy.is_some()),
            hKeygxy: gxy.unwrap_or(0),
            pExtraData: extra,
            ulExtraDataLen: extra_len,
        },
    )
}

/// [RFC 4434, 4.2] AES-XCBC-PRF-128 of the bytes 00 to 13 under keys of three lengths, as IKEv2 uses a key: with a new key
/// and nonces behind each other, and nonces as the key, which is computed by PyCryptodome.
#[test]
fn xcbc_is_a_function_of_ike_with_keys_of_any_length() {
    isolated(|| {
        let s = user();
        let data: Vec<u8> = (0..20).collect();
        for (key, expected) in [
            (
                "000102030405060708090a0b0c0d0e0f",
                "47f51b4564966215b8985c63055ed308",
            ),
            ("00010203040506070809", "0fa087af7d866e7653434e602fdde835"),
            (
                "000102030405060708090a0b0c0d0e0fedcb",
                "8cd3c93ae598a9803006ffb67c40e9e4",
            ),
        ] {
            let base = generic(&s, &hex(key));
            let new_key = generic(&s, &data[..4]);
            let mech = ike_prf(CKM_AES_XCBC_MAC, false, Some(new_key), &data[4..12], &data[12..]);
            assert_eq!(derived(&s, mech, base, 16), hex(expected));
        }
        let gxy = generic(&s, &[0x5c; 96]);
        let mech = ike_prf(CKM_AES_XCBC_MAC, true, None, &[0xa1; 16], &[0xb2; 24]);
        assert_eq!(
            derived(&s, mech, gxy, 16),
            hex("218bc35a2b4c3dced9ce8d1b168d0d08")
        );
        let aes = s.import(CKK_AES, &(0..16).collect::<Vec<u8>>());
        assert_eq!(
            derived(&s, ike2_plus(CKM_AES_XCBC_MAC, None, b"seed"), aes, 24),
            hex("432640c8f7be72856563e498ae15cfd22cd1865c17f0ae30")
        );
    });
}

/// [NIST CAVP, ikev1_dsa.rsp, SHA-1, COUNT = 0, as the crate `kdfs` quotes it]
#[test]
fn the_keys_of_ikev1_are_those_of_cavp() {
    isolated(|| {
        let s = user();
        let (i, r) = (hex("382e5c8b0a3fa307"), hex("ba4b7616700a2413"));
        let gxy = generic(&s, &hex(IKEV1_GXY));
        let prf = CKM_SHA_1_HMAC;
        let mech = ike_prf(
            prf,
            true,
            None,
            &hex("ced5635da6796075"),
            &hex("6244b427712fb776"),
        );
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let skeyid = s.derive(mech, gxy, &open).works();
        assert_eq!(value(&s, skeyid), hex("dc37ac99de6dcfbd1ee74af7fb36f9b4b0a7829d"));
        assert_eq!(s.number(skeyid, CKA_KEY_TYPE).works(), CKK_SHA_1_HMAC);
        let mut previous = None;
        for (number, expected) in [
            "486293ed547adb562cefdaf43d3d8457b196f2b6",
            "f4053b5ca07e59bb41b8f401037ca90b72b3917e",
            "49a1d53a80fb77e663552964fbbcb45092021473",
        ]
        .into_iter()
        .enumerate()
        {
            let mech = ike1_prf(prf, gxy, previous, (&i, &r), number as u8);
            let key = s.derive(mech, skeyid, &readable_whole()).works();
            assert_eq!(value(&s, key), hex(expected));
            assert_eq!(derived(&s, mech, skeyid, 16), hex(expected)[..16], "cut");
            s.derive(mech, skeyid, &readable(21)).gives(CKR_KEY_SIZE_RANGE);
            s.derive(mech, skeyid, &open).gives(CKR_TEMPLATE_INCOMPLETE);
            previous = Some(key);
        }
    });
}

const IKEV1_GXY: &str = "
    2a2e0bbe8da3657a83f3d35826e49e2d38e557e912a1b9e6c30c63577b3eab715466202862027f2c26f3090743555579
    611771db0b92bef93834432a3a7762fc8a0f4889fd281d6082770d10a40d7bad61e832f041e620d6787e7f62ab2861dd
    fbe272e0d9d3cdec5f1bbf750e24b8b32d6d714968ad69ce5086c32ad2742ebc";

/// [NIST CAVP, ikev2.rsp, SHA-1, COUNT = 0, as the crate `kdfs` quotes it]
#[test]
fn the_keys_of_ikev2_are_those_of_cavp() {
    isolated(|| {
        let s = user();
        let prf = CKM_SHA_1_HMAC;
        let (ni, nr) = (hex("3651fef5c9c35e93"), hex("c09a8b90a3f04d59"));
        let (gir, new_gir) = (generic(&s, &hex(IKEV2_GIR)), generic(&s, &hex(IKEV2_GIR_NEW)));
        let skeyseed = s
            .derive(ike_prf(prf, true, None, &ni, &nr), gir, &readable(20))
            .works();
        assert_eq!(
            value(&s, skeyseed),
            hex("cd2e8050137832245f1dbacc6e4f0a92f94d45d6")
        );
        let nonces = [ni.clone(), nr.clone()].concat();
        let spis = hex("8e5c3ae507221684b1f201bb155c3acd");
        let dkm = s
            .derive(
                ike2_plus(prf, None, &[nonces.clone(), spis].concat()),
                skeyseed,
                &readable(132),
            )
            .works();
        assert_eq!(
            value(&s, dkm),
            hex(
                "6f1b12cad3cbe097b35430356d869d54cddb0198ec859174d53ceb92dddedbe2436db69f60977c58fa63bbb667f8d36920b109baae8f6c61\
                 a9ac49feda01843225d080ec5539d5881a25521ffb2a0a91874a9c0a27fcc2d717eb8963a9e3a89c7ab264757284c28cf8c3ca40576f4220\
                 b052b1fb8e9ad60ba3c80557323331a8cbb89f20"
            )
        );
        let sk_d = s
            .derive(
                Mech::with(CKM_EXTRACT_KEY_FROM_KEY, 0 as CK_ULONG),
                dkm,
                &readable(20),
            )
            .works();
        assert_eq!(
            derived(&s, ike2_plus(prf, None, &nonces), sk_d, 132),
            hex(
                "4727dc0ef94eb326ce131cf282fb652faa638ad0ddae3786a11bcc0309876009f8c485de011ad962c5b1ca8a41ff8145445749079c5686e2\
                 6ffebbc342f06981f3da745e11ca0976424d1f8caec623d59dc7186deb20a27b411d1dcb70a365440bf7de905088b0692e8addc094e18d19\
                 39bdb67e89798ca6b239e2ccb81c2409dac0106c"
            )
        );
        assert_eq!(
            derived(&s, ike2_plus(prf, Some(new_gir), &nonces), sk_d, 132),
            hex(
                "b109c21ad4c0797768c1cec9e63554681e48f224bca7f23c20c4ea7041983451e9aa1d5408656c8a975ff1b9d9a12c75ffeb64bdecb30174\
                 664cccb4e14f1c377b7f6d1525af77c7092aac3e47f917ebae8297fb5539d2008ce830823a09cc197361d4a289c72745f6ce9fefe812be5b\
                 f55b3200fbb82e41a4a40877d3fe106db909707b"
            )
        );
        assert_eq!(
            derived(&s, ike_prf(prf, false, Some(new_gir), &ni, &nr), sk_d, 20),
            hex("3b03bce748c96d5e8306918d2ff89b68f0648da3")
        );
    });
}

const IKEV2_GIR: &str = "
    d084a30166a50fb7325c3960874a839449ef9741c2f4f947d0201dd8c1269273d79509f37e3ca3eb4fa2fe2a28254e28
    9cd3f34dad4eb4df1a07685a4b8a94fa61e2491f7598b3ce65547ff133b3f63d1ac4175eaa695033f3cedb026a6873a3
    6455172a8540b8a5d23a0143bed0390ee49b168269d75fffee9fb62be965993c";
const IKEV2_GIR_NEW: &str = "
    52f00ab174c25d5b7139ae5ff4e8e9eddee5992d2e36adf8a559ffd90dab1442e4fbe429d320c0f33552a17d1557fa41
    ea70e8fb916c4fa27ed52b5f8ebd8461afa78f1159159a64055ac5f6319e29c28eae58cbc6847770f32c3fed1d047504
    84f854790f95e9ec01bc5bc461f24966462e359511329305038e94deb6dd42c2";

/// [Python 3.11 `hmac` and cryptography 48 `CMAC`, after RFC 2409, appendix B and 5.5, RFC 7296, 2.13, and RFC 4615]
#[test]
fn longer_keys_and_other_functions_are_those_of_python() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &(0..20).collect::<Vec<u8>>());
        let gxy = generic(&s, &[0x5c; 96]);
        let (ni, nr) = ([0xa1; 16], [0xb2; 24]);
        let psk = generic(&s, &(0..11).collect::<Vec<u8>>());
        assert_eq!(
            derived(&s, ike_prf(CKM_SHA256_HMAC, false, None, &ni, &nr), psk, 32),
            hex("b444a3a9b0268a166233a5d2826d3e64916ab9e98b71fdc9e9be5be7620de20c")
        );
        let none = ike1_extended(CKM_SHA_1_HMAC, None, b"");
        assert_eq!(
            derived(&s, none, base, 50),
            hex(
                "1e5fd6a5cbc98bd4c1fe20d5e5fb2ed1df330c93a33c043ca850a65fd7aeae177920debbed728c58ac1a67969ca9324cc1e7"
            )
        );
        let start: Vec<u8> = (0..16).collect();
        assert_eq!(
            derived(&s, none, base, 16),
            start,
            "cut, where nothing else goes in"
        );
        let long = generic(&s, &(0..32).collect::<Vec<u8>>());
        assert_eq!(
            derived(&s, none, long, 20),
            (0..20).collect::<Vec<u8>>(),
            "no more than the function gives"
        );
        let expected = hex("59686d8c15f4ad448dd664d114ab67d8566e2135b2f2543978167dd05dd16e7e");
        for length in [21, 32] {
            assert_eq!(
                derived(&s, none, long, length),
                expected[..length],
                "more than that"
            );
        }
        let extra = ike1_extended(CKM_SHA_1_HMAC, None, b"extra");
        assert_eq!(
            derived(&s, extra, base, 30),
            hex("d7a2315e1defb6a3784d03466de569d3a22fb6a36b650973386f46ad1e34")
        );
        assert_eq!(
            derived(&s, extra, base, 16),
            hex("d7a2315e1defb6a3784d03466de569d3")
        );
        assert_eq!(
            derived(&s, ike1_extended(CKM_SHA256_HMAC, Some(gxy), b"extra"), base, 100),
            hex(
                "ae204e27837ed87de1448bf6592be9a81148eea5db2470f15226a93b60e0332cf8c61605cf32cad8e9d532d98cfa71ca763ae09f2f\
                 fd0c2b5f87f24650b1ad0834439951f75d2cbbdb543e7b1306e55df1a55383c158e8e2e3364c1c85660d90da2eeb69"
            )
        );
        assert_eq!(
            derived(&s, ike2_plus(CKM_SHA512_HMAC, None, b"seed"), base, 200),
            hex(
                "504f3d32d6a09877bee9ad2d5a2ea6325b500031b53478a95d53f3db3dd6d5e4220f73970819efa048811c50ffddb795a758ee4440\
                 1db7ef3f835b93499c5bb25c446417e45df093366c0254118a39bc96bc430024fece73b066bad1e93f100fb77890238025ae4e49cd\
                 7e8c059a6be9209fa6196fce9e71ac02cd162395dbbc871caa6d63b598b28f2e0623814e4eec0cd22fcf23579ff5c316dd55c78ba3\
                 c25ca8d7d9d2fc08cbf38cfaa545b88c278b2406f7655f2399ec01fbb182f821305e8d65da24480a72"
            )
        );
        let cmac = |nr: &[u8]| derived(&s, ike_prf(CKM_AES_CMAC, true, None, &ni, nr), gxy, 16);
        assert_eq!(
            cmac(&nr),
            hex("e8f725af842aea65946e3e41b5766e04"),
            "nonces of 40 bytes"
        );
        assert_eq!(
            cmac(b""),
            hex("c8d078be1cca5a13ca2b13811ef6eef2"),
            "nonces of 16 bytes"
        );
        let aes = s.import(CKK_AES, &start);
        assert_eq!(
            derived(&s, ike2_plus(CKM_AES_CMAC, None, b"seed"), aes, 24),
            hex("c66110eb2920999bcd039ad68310f9c544a21e6611f7857a")
        );
    });
}

/// [PKCS#11 3.2, 6.50.3 to 6.50.6]
#[test]
fn ike_names_what_is_missing_and_what_is_wrong() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[7; 20]);
        let prf = CKM_SHA_1_HMAC;
        s.derive(ike_prf(prf, false, None, b"i", b"r"), base, &readable(16))
            .gives(CKR_KEY_SIZE_RANGE);
        s.derive(ike_prf(prf, true, Some(base), b"i", b"r"), base, &readable(20))
            .gives(CKR_ARGUMENTS_BAD);
        s.derive(ike_prf(prf, false, Some(0), b"i", b"r"), base, &readable(20))
            .gives(CKR_KEY_HANDLE_INVALID);
        s.derive(ike_prf(CKM_SHA_1, false, None, b"i", b"r"), base, &readable(20))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(
            ike_prf(CKM_AES_CMAC, false, None, b"i", b"r"),
            base,
            &readable(16),
        )
        .gives(CKR_KEY_TYPE_INCONSISTENT);
        for mech in [ike2_plus(prf, None, b"seed"), ike1_extended(prf, None, b"extra")] {
            s.derive(mech, base, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
            s.derive(mech, base, &readable(255 * 20)).works();
            s.derive(mech, base, &readable(255 * 20 + 1))
                .gives(CKR_KEY_SIZE_RANGE);
            for length in [0, 1, 39, 41] {
                s.derive(mech.with_length(length), base, &readable(20))
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        s.derive(ike1_prf(prf, 0, None, (b"i", b"r"), 0), base, &readable(20))
            .gives(CKR_KEY_HANDLE_INVALID);
        let flags = CK_IKE1_EXTENDED_DERIVE_PARAMS {
            prfMechanism: prf,
            bHasKeygxy: 7,
            hKeygxy: 0,
            pExtraData: null_mut(),
            ulExtraDataLen: 0,
        };
        s.derive(Mech::with(CKM_IKE1_EXTENDED_DERIVE, flags), base, &readable(20))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let null = CK_IKE1_EXTENDED_DERIVE_PARAMS {
            bHasKeygxy: 0,
            ulExtraDataLen: 5,
            ..flags
        };
        s.derive(Mech::with(CKM_IKE1_EXTENDED_DERIVE, null), base, &readable(20))
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// What may be read of a key that comes from a closed one holds none of its bytes: where the start of the base key would
/// come out, it stays as secret as that.
#[test]
fn no_key_that_may_be_read_has_bytes_of_a_closed_one() {
    isolated(|| {
        let s = user();
        let secret: Vec<u8> = (0..64_u32).map(|at| ((at * 37) ^ 0x40) as u8).collect();
        let mut template = open_secret(CKK_GENERIC_SECRET, &secret);
        template.retain(|one| one.type_ != CKA_SENSITIVE && one.type_ != CKA_EXTRACTABLE);
        template.extend([a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)]);
        let closed = s.create(&template).works();
        let gxy = generic(&s, &[0x5c; 96]);
        for (prf, longest) in [
            (CKM_SHA_1_HMAC, 20),
            (CKM_SHA256_HMAC, 32),
            (CKM_SHA384_HMAC, 48),
            (CKM_SHA512_HMAC, 64),
            (CKM_SHA3_512_HMAC, 64),
            (CKM_AES_XCBC_MAC, 16),
        ] {
            let start = ike1_extended(prf, None, b"");
            for length in [1, 8, longest, longest + 1] {
                s.derive(start, closed, &readable(length))
                    .gives(CKR_TEMPLATE_INCONSISTENT);
                let one = [a(CKA_VALUE_LEN, length as CK_ULONG), a(CKA_EXTRACTABLE, true)];
                s.derive(start, closed, &one).gives(CKR_TEMPLATE_INCONSISTENT);
            }
            let kept = s.derive(start, closed, &[a(CKA_VALUE_LEN, 16)]).works();
            assert_eq!(secrecy(&s, kept)[..2], [true, false]);
            for mech in [
                ike1_extended(prf, None, b"extra"),
                ike1_extended(prf, Some(gxy), b""),
                ike2_plus(prf, None, b"seed"),
                ike1_prf(prf, gxy, None, (b"i", b"r"), 0),
            ] {
                for length in [8, longest] {
                    let open = derived(&s, mech, closed, length);
                    assert!(
                        !secret
                            .windows(4)
                            .any(|part| open.windows(4).any(|other| other == part))
                    );
                }
            }
        }
        // The other way round, keys of other functions and ciphers are no base keys.
        for key_type in [CKK_AES, CKK_SHA384_HMAC, CKK_HKDF] {
            let other = s.import(key_type, &secret[..32]);
            for mech in [
                ike1_extended(CKM_SHA256_HMAC, None, b"extra"),
                ike2_plus(CKM_SHA256_HMAC, None, b"seed"),
                ike1_prf(CKM_SHA256_HMAC, gxy, None, (b"i", b"r"), 0),
                ike_prf(CKM_SHA256_HMAC, false, None, b"i", b"r"),
            ] {
                s.derive(mech, other, &readable(16))
                    .gives(CKR_KEY_TYPE_INCONSISTENT);
            }
        }
    });
}
