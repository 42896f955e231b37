//! Keys out of the bytes of keys, and public keys out of private ones [PKCS#11 3.2, 6.29].

use super::*;

pub fn with_data(mechanism: CK_MECHANISM_TYPE, data: &[u8]) -> Mech {
    let (data, length) = bytes(data);
    Mech::with(
        mechanism,
        CK_KEY_DERIVATION_STRING_DATA {
            pData: data,
            ulLen: length,
        },
    )
}

fn with_key(key: CK_OBJECT_HANDLE) -> Mech {
    Mech::with(CKM_CONCATENATE_BASE_AND_KEY, key)
}

pub fn from_bit(bit: CK_ULONG) -> Mech {
    Mech::with(CKM_EXTRACT_KEY_FROM_KEY, bit)
}

/// [PKCS#11 3.2, 6.29.3 to 6.29.7] the examples of the standard.
#[test]
fn combined_keys_are_those_of_the_standard() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &hex("01234567"));
        let data = hex("89abcdef");
        let other = generic(&s, &data);
        for (mech, expected) in [
            (with_key(other), "0123456789abcdef"),
            (
                with_data(CKM_CONCATENATE_BASE_AND_DATA, &data),
                "0123456789abcdef",
            ),
            (
                with_data(CKM_CONCATENATE_DATA_AND_BASE, &data),
                "89abcdef01234567",
            ),
            (with_data(CKM_XOR_BASE_AND_DATA, &data), "88888888"),
        ] {
            let expected = hex(expected);
            let whole = s.derive(mech, base, &readable_whole()).works();
            assert_eq!(value(&s, whole), expected);
            assert_eq!(s.number(whole, CKA_KEY_TYPE).works(), CKK_GENERIC_SECRET);
            assert_eq!(derived(&s, mech, base, 3), expected[..3]);
            s.derive(mech, base, &readable(expected.len() + 1))
                .gives(CKR_KEY_SIZE_RANGE);
            s.derive(mech, base, &readable(0))
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
            s.derive(mech, base, &[a(CKA_KEY_TYPE, CKK_AES)])
                .gives(CKR_TEMPLATE_INCOMPLETE);
            s.derive(mech, base, &[a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 16)])
                .gives(CKR_KEY_SIZE_RANGE);
        }
        let key = generic(&s, &hex("329f84a9"));
        assert_eq!(derived(&s, from_bit(21), key, 2), hex("9526"));
        assert_eq!(derived(&s, from_bit(0), key, 4), hex("329f84a9"));
        assert_eq!(
            derived(&s, from_bit(8), key, 4),
            hex("9f84a932"),
            "around the end"
        );
        assert_eq!(derived(&s, from_bit(31), key, 1), hex("99"));
        s.derive(from_bit(32), key, &readable(1))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(from_bit(CK_ULONG::MAX), key, &readable(1))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(from_bit(0), key, &readable(5)).gives(CKR_KEY_SIZE_RANGE);
        s.derive(from_bit(0), key, &readable_whole())
            .gives(CKR_TEMPLATE_INCOMPLETE);
    });
}

/// DRV-1: types with a length of their own, and parity.
#[test]
fn derived_des_keys_have_their_length_and_odd_parity() {
    isolated(|| {
        let s = user();
        let base = s.import(CKK_AES, &[0x10; 32]);
        let parity = |byte: &u8| byte.count_ones() % 2 == 1;
        for mech in [
            with_key(base),
            with_data(CKM_CONCATENATE_BASE_AND_DATA, &[0; 8]),
            with_data(CKM_CONCATENATE_DATA_AND_BASE, &[0; 8]),
            with_data(CKM_XOR_BASE_AND_DATA, &[0x0f; 40]),
            from_bit(3),
        ] {
            for (key_type, length) in [(CKK_DES2, 16), (CKK_DES3, 24)] {
                let template = with(&readable_whole(), &[a(CKA_KEY_TYPE, key_type)]);
                let key = s.derive(mech, base, &template).works();
                let bytes = value(&s, key);
                assert_eq!(bytes.len(), length);
                assert!(bytes.iter().all(parity));
            }
        }
        s.derive(with_data(CKM_XOR_BASE_AND_DATA, b""), base, &readable_whole())
            .gives(CKR_KEY_SIZE_RANGE);
        let same = with_data(CKM_CONCATENATE_BASE_AND_DATA, b"");
        assert_eq!(derived(&s, same, base, 32), [0x10; 32]);
    });
}

/// DRV-1, [PKCS#11 3.2, 6.29.3 to 6.29.7]: a key is at least as secret as those that it comes from.
#[test]
fn a_derived_key_is_at_least_as_secret_as_its_sources() {
    isolated(|| {
        let s = user();
        let (closed, open) = (made(&s, true, false), made(&s, false, true));
        let sensitive = made(&s, true, true);
        let length = a(CKA_VALUE_LEN, 16);
        let data = [
            with_data(CKM_CONCATENATE_BASE_AND_DATA, b"data"),
            with_data(CKM_CONCATENATE_DATA_AND_BASE, b"data"),
            with_data(CKM_XOR_BASE_AND_DATA, &[1; 48]),
            from_bit(5),
        ];
        for mech in data {
            let of = |base| secrecy(&s, s.derive(mech, base, &[length]).works());
            assert_eq!(of(closed), [true, false, true, true]);
            assert_eq!(of(sensitive), [true, false, true, false]);
            // Nothing is inherited, and the module's defaults apply.
            assert_eq!(of(open), [true, false, false, false]);
            let told = secrecy(&s, s.derive(mech, open, &readable(16)).works());
            assert_eq!(told, [false, true, false, false]);
            s.derive(mech, closed, &[length, a(CKA_SENSITIVE, false)])
                .gives(CKR_TEMPLATE_INCONSISTENT);
            s.derive(mech, closed, &[length, a(CKA_EXTRACTABLE, true)])
                .gives(CKR_TEMPLATE_INCONSISTENT);
            s.derive(mech, sensitive, &[length, a(CKA_EXTRACTABLE, true)])
                .works();
        }
        let both = |base, other| secrecy(&s, s.derive(with_key(other), base, &[length]).works());
        assert_eq!(both(closed, closed), [true, false, true, true]);
        assert_eq!(both(closed, open), [true, false, false, false]);
        assert_eq!(both(open, closed), [true, false, false, false]);
        assert_eq!(both(closed, sensitive), [true, false, true, false]);
        for (base, other) in [(closed, open), (open, closed), (open, sensitive)] {
            s.derive(with_key(other), base, &[length, a(CKA_SENSITIVE, false)])
                .gives(CKR_TEMPLATE_INCONSISTENT);
        }
        s.derive(with_key(open), open, &readable(16)).works();
    });
}

/// The other key is used as much as the base key is.
#[test]
fn the_other_key_of_a_concatenation_must_be_one_that_derives() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[1; 16]);
        s.derive(with_key(0), base, &[]).gives(CKR_KEY_HANDLE_INVALID);
        let data = s.create(&data("no key", b"x")).works();
        s.derive(with_key(data), base, &[]).gives(CKR_KEY_HANDLE_INVALID);
        let (public, private) = s.ec(curve::P256);
        for half in [public, private] {
            s.derive(with_key(half), base, &[])
                .gives(CKR_KEY_TYPE_INCONSISTENT);
        }
        let idle = with(&open_secret(CKK_AES, &[9; 16]), &[a(CKA_DERIVE, false)]);
        let idle = s.create(&idle).works();
        s.derive(with_key(idle), base, &[])
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let others = [CKM_AES_CBC];
        let other = with(
            &open_secret(CKK_AES, &[9; 16]),
            &[a(CKA_ALLOWED_MECHANISMS, &others[..])],
        );
        let other = s.create(&other).works();
        s.derive(with_key(other), base, &[]).gives(CKR_MECHANISM_INVALID);
        for length in [0, 4, 9] {
            s.derive(with_key(base).with_length(length), base, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let null = CK_KEY_DERIVATION_STRING_DATA {
            pData: std::ptr::null_mut(),
            ulLen: 4,
        };
        s.derive(Mech::with(CKM_XOR_BASE_AND_DATA, null), base, &[])
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// Pairs of every type of private key that the module makes, but for those that are off by default.
fn pairs_of_every_type(
    s: &Session,
    public: &[CK_ATTRIBUTE],
    private: &[CK_ATTRIBUTE],
) -> Vec<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)> {
    let mut pairs = vec![s.rsa_with(1024, public, private).works()];
    for (curve, _) in curve::WEIERSTRASS {
        pairs.push(s.pair_on(CKM_EC_KEY_PAIR_GEN, curve, public, private).works());
    }
    for (mechanism, curve) in [
        (CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED25519),
        (CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve::X25519),
    ] {
        pairs.push(s.pair_on(mechanism, curve, public, private).works());
    }
    let sizes = [
        a(CKA_PRIME_BITS, 1024 as CK_ULONG),
        a(CKA_SUBPRIME_BITS, 160 as CK_ULONG),
    ];
    let group = s.generate_key(Mech::new(CKM_DSA_PARAMETER_GEN), &sizes).works();
    let number = |attribute| a(attribute, s.get(group, attribute).works());
    let (p, q, g) = (number(CKA_PRIME), number(CKA_SUBPRIME), number(CKA_BASE));
    let whole = with(public, &[p, q, g]);
    for (mechanism, group) in [
        (CKM_DSA_KEY_PAIR_GEN, whole.clone()),
        (CKM_X9_42_DH_KEY_PAIR_GEN, whole),
        (CKM_DH_PKCS_KEY_PAIR_GEN, with(public, &[p, g])),
    ] {
        pairs.push(s.generate_pair(Mech::new(mechanism), &group, private).works());
    }
    for (mechanism, set) in [
        (CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_768),
        (CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44),
        (CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_128F),
    ] {
        let set = with(public, &[a(CKA_PARAMETER_SET, set)]);
        pairs.push(s.generate_pair(Mech::new(mechanism), &set, private).works());
    }
    pairs
}

/// What makes a public key, of any type.
const PUBLIC_COMPONENTS: [CK_ATTRIBUTE_TYPE; 12] = [
    CKA_KEY_TYPE,
    CKA_MODULUS,
    CKA_PUBLIC_EXPONENT,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_PRIME,
    CKA_SUBPRIME,
    CKA_BASE,
    CKA_PARAMETER_SET,
    CKA_VALUE,
    CKA_PUBLIC_KEY_INFO,
    CKA_KEY_GEN_MECHANISM,
];

/// [PKCS#11 3.2, 6.29.8] the public key is the one that was made with the private key, for every type of private key, and
/// whether or not that one may derive.
#[test]
fn the_public_key_comes_back_from_the_private_key() {
    isolated(|| {
        let s = user();
        let mech = Mech::new(CKM_PUB_KEY_FROM_PRIV_KEY);
        let more = [
            a(CKA_DERIVE, false),
            a(CKA_PRIVATE, true),
            a(CKA_ALWAYS_AUTHENTICATE, true),
            a(CKA_ID, b"same"),
            a(CKA_SUBJECT, b"subject"),
        ];
        for (public, private) in pairs_of_every_type(&s, &[], &more) {
            let again = s.derive(mech, private, &[a(CKA_LABEL, "again")]).works();
            assert_eq!(s.number(again, CKA_CLASS).works(), CKO_PUBLIC_KEY);
            for attribute in PUBLIC_COMPONENTS {
                assert_eq!(
                    s.get(again, attribute),
                    s.get(public, attribute),
                    "{attribute:#x}"
                );
            }
            assert!(!s.flag(again, CKA_PRIVATE).works() && !s.flag(again, CKA_LOCAL).works());
            assert_eq!(s.get(again, CKA_ID).works(), b"same");
            assert_eq!(s.get(again, CKA_SUBJECT).works(), b"subject");
            assert_eq!(s.get(again, CKA_LABEL).works(), b"again");
            for (of_public, of_private) in FLAGS_OF_HALVES {
                assert_eq!(s.flag(again, of_public), s.flag(private, of_private));
            }
        }
    });
}

/// The use of a public key that is that of the private key.
const FLAGS_OF_HALVES: [(CK_ATTRIBUTE_TYPE, CK_ATTRIBUTE_TYPE); 6] = [
    (CKA_ENCRYPT, CKA_DECRYPT),
    (CKA_VERIFY, CKA_SIGN),
    (CKA_VERIFY_RECOVER, CKA_SIGN_RECOVER),
    (CKA_WRAP, CKA_UNWRAP),
    (CKA_ENCAPSULATE, CKA_DECAPSULATE),
    (CKA_DERIVE, CKA_DERIVE),
];

/// The table of 6.29.8 both ways: what the private key may not, the public one may not, and what it may.
#[test]
fn the_public_key_may_what_the_private_key_may() {
    isolated(|| {
        let s = user();
        let mech = Mech::new(CKM_PUB_KEY_FROM_PRIV_KEY);
        for may in [false, true] {
            let flags = FLAGS_OF_HALVES.map(|(_, of_private)| a(of_private, may));
            for (_, private) in [
                s.rsa_with(1024, &[], &flags).works(),
                s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &flags).works(),
            ] {
                let public = s.derive(mech, private, &[]).works();
                for (of_public, _) in FLAGS_OF_HALVES {
                    assert_eq!(s.flag(public, of_public).works(), may, "{of_public:#x}");
                }
                let told = s.derive(mech, private, &[a(CKA_ENCAPSULATE, !may)]).works();
                assert_eq!(s.flag(told, CKA_ENCAPSULATE).works(), !may);
            }
        }
    });
}

/// A public key that came back does what the pair's own does.
#[test]
fn public_keys_that_came_back_are_of_use() {
    isolated(|| {
        let s = user();
        let mech = Mech::new(CKM_PUB_KEY_FROM_PRIV_KEY);
        for (_, private) in pairs_of_every_type(&s, &[], &[]) {
            let public = s.derive(mech, private, &[]).works();
            let key_type = s.number(private, CKA_KEY_TYPE).works();
            let signing = match key_type {
                CKK_RSA => Mech::new(CKM_SHA256_RSA_PKCS),
                CKK_EC => Mech::new(CKM_ECDSA_SHA256),
                CKK_EC_EDWARDS => Mech::new(CKM_EDDSA),
                CKK_DSA => Mech::new(CKM_DSA_SHA256),
                CKK_ML_DSA => Mech::new(CKM_ML_DSA),
                CKK_SLH_DSA => Mech::new(CKM_SLH_DSA),
                _ => continue,
            };
            let signature = s.sign(signing, private, b"of use").works();
            s.verify(signing, public, b"of use", &signature).works();
            s.verify(signing, public, b"of us", &signature)
                .gives(CKR_SIGNATURE_INVALID);
        }
    });
}

#[test]
fn only_private_keys_have_public_keys() {
    isolated(|| {
        let s = user();
        let mech = Mech::new(CKM_PUB_KEY_FROM_PRIV_KEY);
        let (public, private) = s.ec(curve::P256);
        s.derive(mech, public, &[]).gives(CKR_KEY_TYPE_INCONSISTENT);
        let secret = s.secret(16);
        s.derive(mech, secret, &[]).gives(CKR_KEY_TYPE_INCONSISTENT);
        s.derive(mech, private, &[a(CKA_CLASS, CKO_SECRET_KEY)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.derive(mech, private, &[a(CKA_KEY_TYPE, CKK_RSA)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        assert_ne!(
            s.derive(mech, private, &[a(CKA_EC_POINT, b"another")]).rv(),
            CKR_OK
        );
        let listed = [CKM_ECDSA];
        let (_, private) = s
            .pair_on(
                CKM_EC_KEY_PAIR_GEN,
                curve::P256,
                &[],
                &[a(CKA_ALLOWED_MECHANISMS, &listed[..])],
            )
            .works();
        s.derive(mech, private, &[]).gives(CKR_MECHANISM_INVALID);
    });
}
