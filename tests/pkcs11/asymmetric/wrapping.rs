//! CKM_RSA_AES_KEY_WRAP and CKM_ECDH_AES_KEY_WRAP with its like. What is unwrapped here was wrapped with Python's
//! `cryptography` 48 (OAEP, ECDH, X963KDF, ConcatKDFHash, `aes_key_wrap_with_padding`) for keys of OpenSSL.

use super::*;

const SECRET: [u8; 37] = {
    let mut secret = [0; 37];
    let mut at = 0;
    while at < 37 {
        secret[at] = at as u8;
        at += 1;
    }
    secret
};

fn rsa_aes(bits: CK_ULONG, hash: CK_MECHANISM_TYPE, mgf: CK_RSA_PKCS_MGF_TYPE, label: &[u8]) -> Mech {
    Mech::with(
        CKM_RSA_AES_KEY_WRAP,
        CK_RSA_AES_KEY_WRAP_PARAMS {
            ulAESKeyBits: bits,
            pOAEPParams: Mech::oaep(hash, mgf, label).0.pParameter.cast(),
        },
    )
}

fn ecdh_aes(mechanism: CK_MECHANISM_TYPE, bits: CK_ULONG, kdf: CK_EC_KDF_TYPE, shared: &[u8]) -> Mech {
    Mech::with(
        mechanism,
        CK_ECDH_AES_KEY_WRAP_PARAMS {
            ulAESKeyBits: bits,
            kdf,
            ulSharedDataLen: shared.len() as CK_ULONG,
            pSharedData: if shared.is_empty() {
                std::ptr::null_mut()
            } else {
                leak(shared)
            },
        },
    )
}

/// A private key in PKCS#8, brought in by AES key wrap.
fn imported(s: &Session, key_type: CK_KEY_TYPE, pkcs8: &[u8]) -> CK_OBJECT_HANDLE {
    let aes = s.import(CKK_AES, &[7; 32]);
    let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
    let wrapped = s.encrypt(kwp, aes, pkcs8).works();
    let template = [a(CKA_CLASS, CKO_PRIVATE_KEY), a(CKA_KEY_TYPE, key_type)];
    s.unwrap_key(kwp, aes, &wrapped, &template).works()
}

/// Both halves of an imported key.
fn pair(s: &Session, key_type: CK_KEY_TYPE, pkcs8: &[u8]) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
    let private = imported(s, key_type, pkcs8);
    let template = [
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_EC_PARAMS, s.get(private, CKA_EC_PARAMS).works()),
        a(CKA_EC_POINT, s.get(private, CKA_EC_POINT).works()),
    ];
    (s.create(&template).works(), private)
}

const P256: &[u8] = include_bytes!("../../../src/object/vectors/prime256v1.pkcs8.der");
const BRAINPOOL: &[u8] = include_bytes!("../../../src/object/vectors/brainpoolP512r1.pkcs8.der");
const P521: &[u8] = include_bytes!("../../../src/object/vectors/secp521r1.pkcs8.der");
const X448: &[u8] = include_bytes!("../../../src/object/vectors/x448.pkcs8.der");
const X25519: &[u8] = include_bytes!("../../../src/object/vectors/x25519.pkcs8.der");

/// Unwraps what others wrapped, and its own; refuses it when it is damaged anywhere.
fn check(
    s: &Session,
    mechanism: Mech,
    (public, private): (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE),
    wrapped: &[u8],
) {
    let opened = |wrapped: &[u8]| s.unwrap_key(mechanism, private, wrapped, &open_generic());
    let key = opened(wrapped).works();
    assert_eq!(taken(s, key), SECRET);
    let target = s.import(CKK_GENERIC_SECRET, &SECRET);
    let own = s.wrap(mechanism, public, target).works();
    assert_ne!(
        s.wrap(mechanism, public, target).works(),
        own,
        "each has a key of its own"
    );
    let key = opened(&own).works();
    assert_eq!(taken(s, key), SECRET);
    for at in [0, 1, wrapped.len() / 2, wrapped.len() - 40, wrapped.len() - 1] {
        let mut damaged = wrapped.to_vec();
        // Not the lowest bit: the first byte of a compressed point tells its sign, which the secret does not depend on.
        damaged[at] ^= 0x20;
        opened(&damaged).gives(CKR_WRAPPED_KEY_INVALID);
    }
    for length in [0, 1, 31, 32, wrapped.len() - 8, wrapped.len() - 1] {
        opened(&wrapped[..length]).gives_one_of(&[CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE]);
    }
    // A short buffer and a question for the length leave no trace, and what is left over is not touched.
    let mut length = own.len() as CK_ULONG - 1;
    let mut out = vec![0xEE; own.len() + 8];
    let mut short = |length: &mut CK_ULONG| {
        call!(C_WrapKey(
            s.handle,
            mechanism.p(),
            public,
            target,
            out.as_mut_ptr(),
            length
        ))
    };
    short(&mut length).gives(CKR_BUFFER_TOO_SMALL);
    assert_eq!(length as usize, own.len());
    short(&mut length).works();
    assert_eq!(out[own.len()..], [0xEE; 8]);
    let key = opened(&out[..own.len()]).works();
    assert_eq!(taken(s, key), SECRET);
}

#[test]
fn rsa_aes_key_wrap_opens_what_others_wrapped() {
    isolated(|| {
        let s = user();
        let private = s.create(&with(&rsa_template(), &rsa_crt())).works();
        let public = s
            .create(&[
                a(CKA_CLASS, CKO_PUBLIC_KEY),
                a(CKA_KEY_TYPE, CKK_RSA),
                a(CKA_MODULUS, s.get(private, CKA_MODULUS).works()),
                a(CKA_PUBLIC_EXPONENT, hex("010001")),
            ])
            .works();
        let pair = (public, private);
        check(&s, rsa_aes(128, CKM_SHA_1, CKG_MGF1_SHA1, b""), pair, &hex(R128));
        let long = rsa_aes(256, CKM_SHA256, CKG_MGF1_SHA256, b"");
        check(
            &s,
            rsa_aes(256, CKM_SHA256, CKG_MGF1_SHA256, b"label"),
            pair,
            &hex(R256),
        );
        let template = [
            a(CKA_CLASS, CKO_PRIVATE_KEY),
            a(CKA_KEY_TYPE, CKK_EC),
            a(CKA_SENSITIVE, false),
            a(CKA_EXTRACTABLE, true),
        ];
        let key = s.unwrap_key(long, private, &hex(RPK8), &template).works();
        let original = imported(&s, CKK_EC, P256);
        assert_eq!(
            s.get(key, CKA_PUBLIC_KEY_INFO).works(),
            s.get(original, CKA_PUBLIC_KEY_INFO).works()
        );
        let again = s.wrap(long, public, key).works();
        s.unwrap_key(long, private, &again, &template).works();
        // The parameter tells the length of the AES key.
        s.unwrap_key(long, private, &hex(RSHORT), &open_generic())
            .gives(CKR_WRAPPED_KEY_INVALID);
        let (small, _) = s.rsa_with(512, &[], &[]).works();
        s.wrap(long, small, key).gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        for bad in [
            rsa_aes(0, CKM_SHA256, CKG_MGF1_SHA256, b""),
            rsa_aes(255, CKM_SHA256, CKG_MGF1_SHA256, b""),
            rsa_aes(256, CKM_AES_CBC, CKG_MGF1_SHA256, b""),
            Mech::new(CKM_RSA_AES_KEY_WRAP),
            long.with_length(8),
        ] {
            s.wrap(bad, public, key).gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn ecdh_aes_key_wrap_opens_what_others_wrapped() {
    isolated(|| {
        let s = user();
        let p256 = pair(&s, CKK_EC, P256);
        let wrap = |bits, kdf, shared: &[u8]| ecdh_aes(CKM_ECDH_AES_KEY_WRAP, bits, kdf, shared);
        check(&s, wrap(256, CKD_SHA256_KDF, b"info"), p256, &hex(E256));
        check(&s, wrap(192, CKD_SHA384_KDF_SP800, b"info"), p256, &hex(E256C));
        check(&s, wrap(128, CKD_NULL, b""), p256, &hex(E256_FIRST));
        // Of the last bytes of the secret, as earlier versions wrapped.
        check(&s, wrap(128, CKD_NULL, b""), p256, &hex(E256N));
        check(
            &s,
            wrap(256, CKD_SHA1_KDF, b"info"),
            pair(&s, CKK_EC, BRAINPOOL),
            &hex(EBP),
        );
        let (p224, _) = s.ec(curve::P224);
        let target = s.import(CKK_GENERIC_SECRET, &SECRET);
        s.wrap(wrap(256, CKD_NULL, b""), p224, target)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        for bad in [
            wrap(0, CKD_NULL, b""),
            wrap(256, CKD_NULL, b"info"),
            wrap(256, 99, b""),
        ] {
            s.wrap(bad, p256.0, target).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.wrap(
            ecdh_aes(CKM_ECDH_X_AES_KEY_WRAP, 256, CKD_SHA256_KDF, b""),
            p256.0,
            target,
        )
        .gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
    });
}

#[test]
fn ecdh_x_aes_key_wrap_opens_what_others_wrapped() {
    isolated(|| {
        let s = user();
        let mechanism = ecdh_aes(CKM_ECDH_X_AES_KEY_WRAP, 256, CKD_SHA512_KDF, b"info");
        check(
            &s,
            mechanism,
            pair(&s, CKK_EC_MONTGOMERY, X25519),
            &hex(X25519_WRAPPED),
        );
    });
}

/// [PKCS#11 3.2, 6.3.21] The point is a DER octet string. A bare one is read, too, as earlier versions wrote it, and the
/// second byte of one may be what the length of the octet string would be.
#[test]
fn ecdh_cof_aes_key_wrap_opens_what_others_wrapped() {
    isolated(|| {
        let s = user();
        let wrap = |bits, kdf, shared: &[u8]| ecdh_aes(CKM_ECDH_COF_AES_KEY_WRAP, bits, kdf, shared);
        let (p256, p521) = (pair(&s, CKK_EC, P256), pair(&s, CKK_EC, P521));
        let sha256 = wrap(256, CKD_SHA256_KDF, b"info");
        for wrapped in [COF256, E256, RAW41] {
            check(&s, sha256, p256, &hex(wrapped));
        }
        check(&s, wrap(192, CKD_SHA384_KDF_SP800, b"info"), p256, &hex(COF256C));
        check(&s, wrap(256, CKD_NULL, b""), p521, &hex(COF521));
        let target = s.import(CKK_GENERIC_SECRET, &SECRET);
        for (mechanism, public, starts, length) in [
            (sha256, p256.0, &[0x04, 65, 0x04][..], 2 + 65 + 48),
            (
                wrap(256, CKD_NULL, b""),
                p521.0,
                &[0x04, 0x81, 133, 0x04],
                3 + 133 + 48,
            ),
        ] {
            let wrapped = s.wrap(mechanism, public, target).works();
            assert!(wrapped.starts_with(starts), "{wrapped:02x?}");
            assert_eq!(wrapped.len(), length);
        }
        let (public, _) = pair(&s, CKK_EC_MONTGOMERY, X25519);
        s.wrap(sha256, public, target)
            .gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
    });
}

/// [PKCS#11 3.2, 6.3.20] The older mechanism takes Montgomery keys as well, those of 448 bits if it is enabled.
#[test]
fn ecdh_aes_key_wrap_opens_what_others_wrapped_for_montgomery_keys() {
    let enabled = "[mechanisms]\nenable = [\"CKM_ECDH_AES_KEY_WRAP\", \"CKM_ECDH_X_AES_KEY_WRAP\"]\n";
    isolated_with(enabled, || {
        let s = user();
        let (x25519, x448) = (
            pair(&s, CKK_EC_MONTGOMERY, X25519),
            pair(&s, CKK_EC_MONTGOMERY, X448),
        );
        for mechanism in [CKM_ECDH_AES_KEY_WRAP, CKM_ECDH_X_AES_KEY_WRAP] {
            let sha512 = ecdh_aes(mechanism, 256, CKD_SHA512_KDF, b"info");
            check(&s, sha512, x25519, &hex(X25519_WRAPPED));
            check(&s, sha512, x448, &hex(X448_WRAPPED));
            let null = ecdh_aes(mechanism, 128, CKD_NULL, b"");
            check(&s, null, x25519, &hex(X25519_FIRST));
        }
    });
}

#[test]
fn ecdh_aes_key_wrap_takes_no_key_of_448_bits_by_default() {
    isolated(|| {
        let s = user();
        let (public, _) = pair(&s, CKK_EC_MONTGOMERY, X448);
        let target = s.import(CKK_GENERIC_SECRET, &SECRET);
        let mechanism = ecdh_aes(CKM_ECDH_AES_KEY_WRAP, 256, CKD_SHA512_KDF, b"info");
        s.wrap(mechanism, public, target)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
    });
}

/// [RFC 7748, 6.1] a point of a small order shares no secret with anybody.
#[test]
fn a_key_of_a_small_order_wraps_nothing() {
    isolated(|| {
        let s = user();
        let zeros = s.create(&[
            a(CKA_CLASS, CKO_PUBLIC_KEY),
            a(CKA_KEY_TYPE, CKK_EC_MONTGOMERY),
            a(CKA_EC_PARAMS, curve::X25519),
            a(CKA_EC_POINT, &[0; 32]),
            a(CKA_WRAP, true),
        ]);
        let target = s.import(CKK_GENERIC_SECRET, &SECRET);
        let mechanism = ecdh_aes(CKM_ECDH_X_AES_KEY_WRAP, 256, CKD_SHA256_KDF, b"");
        s.wrap(mechanism, zeros.works(), target)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
    });
}

const R128: &str =
    "36a3c9a5e6f5e98cced171ce2935f06c0c5f5b59325d505dc8ff76f7f29ad9766ba1fba950aefe747b41934f2defa8e0
    874dd30e0f966bc05d704d00a6cc60c781dd81695ed41754172c4879eec0eb47ccddc28abafeb73ecefd3a1cdd3b6e7a
    ca175e87f908e2ad60d5755957aa59017b7e13f3881096d9b88c53da86879a6def64172045bc1d670a2efe8ae7966220
    407415bce3aca3500619d6fffded42ed86152595dc540f208c9cc55286fec02e7ec60a10fa87a77c21d946eddfbdc4fa
    d4c4676fa6bdca96e02283ffe050eb597105629a5bf9c00048144a1d7e7c4109ac5ff03a89c61674b415cfcbf36c15c2
    5601edb802d36d06705dadb834dd4d97be5be0c7d215581bfc893e630f19b6877da19b6daf648a2f449e3b68979c96d9
    e4b379e67dc5e341434c55f8fc1704df";
const R256: &str =
    "5322cc1b4538a6b29ac8d72d2ec49d65e17601ccb48f1d3b7a5ac2ea91a99507054252baf041778b1008fc31d1eef4b0
    9e6dee00db8b78cbc02423b574621804669e1e53f6003864e909a627fd3be3effdd545496af2c4d3bc5443af27c5faf7
    1f82be9d6e7ed75b67ca6218b29983de912c6c88c66a18cdfb3aa5c432b35dc3f26c5abf425c2b3f6c722b381375a7e3
    64e0213f31a5f3d274ee3f94a9a9c1d4a44078cd78000791ed35fd126fcfcdfae1a7795071e86b161e9cdd4bf6296095
    4d5f1b7a8b787001f0fc176cc138734a7327c0329c641162a26c40591428f7e3848663c1abcf786134acdc8de5213613
    b8c64cc4891c939ee1766c4da896137fcf4f583bacd3a27e74af4050a1607999223f0a0b0c6d60d7214e47976790685a
    d371babd8239c3cba3c270c30ab3a768";
const RPK8: &str =
    "cb0ff0dc3be5c78a319979dccb6fb58c625df382c3d55f2ffc525a667d5b748976d4d37cb47820273131d7ea04710657
    fc28c63422679e9e2c3cdab39c681272eb7512de7b8f3aeb1caa15aa99b1d39cd2cebaf562dcda6ae0e33ce0f4a63b13
    bcc3fb031588cebc6849519c0ca96f8d1429ce10be3f78bdfb37b18751a730aa425eb1c8a06b65aa560c357d6f4f200a
    b4d611a868bd90567cf0232af253fb2b2ad94dc705e6b7e26cfc78d7832e75039cf749a511cc24806a38f1addf855aae
    80b26eebe60318300b23fc79e354302f6a0d521dbe681b8c34d87c36c06cf9b27dad152d7aa154636665870310188cff
    bb0cca47c67310ec1cb1b08856bd2f91549582aee356f3d5952cdd80ae9caaf7293b95efc9639944e985d0cfbf04e683
    c3b70fa8825921ddc30ae8c6e8de7904761f84016006b91e9ed25b71c12da509ef107ff82dd52429e18f75a065923f40
    2763cd201cff4859d4fb3fbc21165abbd91a95ef410c0eb50d94041229750a84302f9dd8230e438c4eb04c3794b3110f
    8772359fc696fcd5f671b459d6d1adbce1a03182b9c7af0b";
const RSHORT: &str =
    "89da98ce5b49858f6655ea3263e8501402b94c599ac0344e58d03f555d043069d7abce10e40843f4929f4b5e7be05d44
    d7715829f273352f0b71843bf774c000aa155b6c4b1329f99e0aa05ce314539a836480bb53781fdac063b493f5e4ec6e
    e710546a8b7f5dcbaf81cede8d70ee46c3e304085ac0ac3253007aa1615a85604a79a3d4fc30680a714be5634a381407
    ca0c12e55a8b8fc96ac2aa8bf01e93a9e37fb06856db91933296ec20a0c20da8d8beb9c78f47b78b1eaad36b3a1c9924
    5c38b6b06f877b2110d8bfff8fdfbb59a77292cd384af750fe6fdd75675f5c4af586e6591e3488a869f423353012514f
    ff26cfdf645beeca202fb3febe4d44e17535788eb04311ea253ae53bfea387f916b19cdd28b020883ae0afae993c91cd
    2fc57b29e7e552a607a600a65b3cb2d7";
const E256: &str =
    "0406c4cd40a03262b7eff3457f2e4476b46a759c765597419041f09055fd5ed2e6830635e06c8fad5fe82e5539044fb6
    73e9b25b1aa11d6f3d548831f9bf85ee5e12252c48ada78c7660400eefb6879c56082267f1bf1c9a685d73015fa1aef6
    ca7099e824a57dba2a4df157c569d77509";
const E256C: &str =
    "030509a3cd747e6c4e7815a24f697fc1393e42811971394992a47717091f5110bcbcf5a21dd16e77973553cf224023ad
    fecd53fc21c9273dd1aac9180a8e3b78205a848c76ce24c86054d1a650422fb693";
const E256N: &str =
    "042f8a0dcdee64227319e2ee8d0a11e0bd35f03c1ba270396b287e8280ae6bbad627f0652e477ac4587900eaa39203cd
    350bde5c41248ba2f11da0c2767293c2dcebeb5ef5904c1cb0082346fb4b331ab8f25b9f7f728d0997fc8bec9fb72eb8
    b5d378c890257e730d5804981d39aa0ab9";
const EBP: &str =
    "044c38055c7cd8453ecdae08518a3a0b633919a0457aa6f1784224ec4ba586d7f5e3736d4cd6a1b6ced056c22dff7b69
    4dd1650325b23bdd47e8f78f89117ff0543ebe13c94b95788eae6db694c47fddd15dd8dd46fc2d1148a83d914defe0f5
    1ec8ec5701e63196c476634b3167cafaa3e32fa5dec91888bbd384ef9efad43e0dd19dee71af2a8219c76aef63ec9d8f
    a08a5ff29d144caaba027d36c663b1e3d19716a52bdeee141766b46cc7aa1437da";
const X25519_WRAPPED: &str =
    "75933a174d64252632d4ea736153dadf91a515d75fde6a0b09f714a9bf4ff24c34f73479a6b44b310e47bbf9ad0535d7
    11bca3578d320373e0236932000625b5f71ed264e2b97f40dd3397ac3d103b62";
const COF256: &str =
    "04410493c3bb2ce5839b18d7a540194a31ecfe12ce5d76b5eb2a1637efe86c15bf2c6cc24901cf46f56d773dd0a30164
    5dddd9f269033b3c5b0a25a0c4c507988e95068095f185014284a80935137078757f87719d65c3814781564173df76bf
    bfe1cf37b6aef5d4000f0e5fb14539276c7e7a";
const COF256C: &str =
    "0421031a626830d68879ffbe1b86296db183f36699ab2822cc982112ec2f65b5f35ca47f2c408edb1d601b1025e4b591
    e9a953f3780c0e285c97f4ba7758188edfe0a32e2f82ba149a6cf7844dc4e8b6a94e65";
const COF521: &str =
    "04818504003670814df37a926228c645c4c7e63bd613fda2e7617405a5ee98c6862cd1c40d56ef63951a6b330a470ef5
    84c5ea14d4def0c343c6aef8d9720b3c147ce10d72bf01ce7d3f5ee55cde6dc1c9551e48b71548495f70a4247289ab35
    a61f3365ed8ec47d86c5e0a32a929168f62303577664088882d6c205add1cbedcece50c9e18b0953628fe4b5d7f7971e
    78998752655ed4c4e24020f879fd103f68ab9f2866d4b9666b74f6619738b06ab546b2580f418f69";
const RAW41: &str =
    "04419a7d9ab4fea0d8f9163dd393b71ea58806ec62dd17292d6216eba365982aeea4b32e2f19238cd2e727ce6c03a23f
    186b15c57fbcaca4decf4a9507e0f582549dccbb3e759135aa4f7146bf350616e95ccaef90687f345d004522355fefbf
    953c39cdda712cf88acc712aec7f8c273b";
const E256_FIRST: &str =
    "04c97f795466eb57e5bedc42c677431591122b1343b5881644414fdb0174311afbe1815db3b4d7004b09aed7ecd15cbe
    6bd5c8e2cfb78643760ac73fd1e900825cad5d0c895f7fb5cb8c5ed085aa7697cff40b0b3f60c76c9d781bd2eee916ac
    738b994182ee623bfc7f5f8d4f798a1217";
const X25519_FIRST: &str =
    "d5204ef7d97e3ae6284f64d8f68bb0e27689f49d148c65fcf72798fec9f62a2e8c672bee1425c3efe86bc699c0afe23e
    4277ba513fa95b00f463bdb52e2153391568bc43326038b2537aef988aa8a801";
const X448_WRAPPED: &str =
    "b8238d2694607ac1f17b75ad5311dc2aef6ca2a3503fe6a6eed76e82f67db646b77995aa72bd713909fa202f2bfa3505
    eace121a8b37ed6e2bc679e4bf078be5b5217d619411fb642bd695600edc0b38284eb457c7462f0cb8800b6d105c702e
    acac5cba829b3c50";
