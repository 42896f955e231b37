//! Diffie-Hellman in prime fields: RFC 5114, NIST CAVP, RFC 3526 and RFC 7919.

use super::dsa::power;
use super::*;

/// The other side's number as the parameter of CKM_DH_PKCS_DERIVE.
pub fn pkcs(peer: &[u8]) -> Mech {
    Mech::iv(CKM_DH_PKCS_DERIVE, peer)
}

/// The parameter of CKM_X9_42_DH_DERIVE.
pub fn x942(kdf: CK_ULONG, other_info: &[u8], peer: &[u8]) -> Mech {
    Mech::with(
        CKM_X9_42_DH_DERIVE,
        CK_X9_42_DH1_DERIVE_PARAMS {
            kdf,
            ulOtherInfoLen: other_info.len() as CK_ULONG,
            pOtherInfo: pointer(other_info),
            ulPublicDataLen: peer.len() as CK_ULONG,
            pPublicData: leak(peer),
        },
    )
}

fn pointer(bytes: &[u8]) -> *mut u8 {
    match bytes {
        [] => std::ptr::null_mut(),
        some => leak(some),
    }
}

fn private(s: &Session, key_type: CK_KEY_TYPE, vector: &[(String, String)], x: &str) -> CK_OBJECT_HANDLE {
    let mut template = vec![
        a(CKA_CLASS, CKO_PRIVATE_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_PRIME, number(vector, "P")),
        a(CKA_BASE, number(vector, "G")),
        a(CKA_VALUE, number(vector, x)),
    ];
    if key_type != CKK_DH {
        template.push(a(CKA_SUBPRIME, number(vector, "Q")));
    }
    s.create(&template).works()
}

fn rfc_5114() -> Vectors {
    let mut joined = Vec::new();
    let mut current: Vec<(String, String)> = Vec::new();
    for block in include_str!("../../vectors/dh/rfc5114.txt").lines() {
        match block.split_once(" = ") {
            _ if block.starts_with('[') => current.clear(),
            Some((name, value)) => {
                current.push((name.trim().to_owned(), value.trim().to_owned()));
                if name == "Z" {
                    joined.push(current.clone());
                }
            }
            None => {}
        }
    }
    Vectors(joined)
}

#[test]
fn both_sides_of_rfc_5114_get_its_secret() {
    isolated(|| {
        let s = user();
        let vectors = rfc_5114();
        assert_eq!(vectors.0.len(), 3);
        for vector in &vectors.0 {
            let secret = number(vector, "Z");
            for (x, y) in [("XstatCAVS", "YstatIUT"), ("XstatIUT", "YstatCAVS")] {
                let peer = number(vector, y);
                let ours = private(&s, CKK_X9_42_DH, vector, x);
                let key = s
                    .derive(x942(CKD_NULL, b"", &peer), ours, &open_generic())
                    .works();
                assert_eq!(taken(&s, key), secret);
                let ours = private(&s, CKK_DH, vector, x);
                for peer in [peer.clone(), [vec![0; 3], peer].concat()] {
                    let key = s.derive(pkcs(&peer), ours, &open_generic()).works();
                    assert_eq!(taken(&s, key), secret);
                }
            }
        }
    });
}

/// The secret is truncated from its leading end [PKCS#11 3.2, 6.4.10].
#[test]
fn a_shorter_key_is_the_end_of_the_secret() {
    isolated(|| {
        let s = user();
        let vectors = rfc_5114();
        let vector = &vectors.0[0];
        let (secret, peer) = (number(vector, "Z"), number(vector, "YstatCAVS"));
        let ours = private(&s, CKK_DH, vector, "XstatIUT");
        let aes = |length: CK_ULONG| {
            let template = [
                a(CKA_KEY_TYPE, CKK_AES),
                a(CKA_VALUE_LEN, length),
                a(CKA_SENSITIVE, false),
                a(CKA_EXTRACTABLE, true),
            ];
            s.derive(pkcs(&peer), ours, &template)
        };
        let key = aes(32).works();
        assert_eq!(taken(&s, key), secret[secret.len() - 32..]);
        let long = with(&open_generic(), &[a(CKA_VALUE_LEN, secret.len() as CK_ULONG + 1)]);
        s.derive(pkcs(&peer), ours, &long).gives(CKR_KEY_SIZE_RANGE);
    });
}

/// "Fails": the other side's number is not one of the group's, which is refused; or ours, of which the file then does not
/// tell the private half; or the file's Z was changed.
#[test]
fn x9_42_judges_exchanges_as_cavp() {
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dh/kas_ffc.txt"), "COUNT");
        assert_eq!(vectors.0.len(), 24);
        for vector in &vectors.0 {
            let (result, secret) = (text(vector, "Result"), number(vector, "Z"));
            let peer = number(vector, "YstatCAVS");
            let ours = private(&s, CKK_X9_42_DH, vector, "XstatIUT");
            let derived = s.derive(x942(CKD_NULL, b"", &peer), ours, &open_generic());
            let template = [
                a(CKA_CLASS, CKO_PUBLIC_KEY),
                a(CKA_KEY_TYPE, CKK_X9_42_DH),
                a(CKA_PRIME, number(vector, "P")),
                a(CKA_SUBPRIME, number(vector, "Q")),
                a(CKA_BASE, number(vector, "G")),
            ];
            let public = |name| s.create(&with(&template, &[a(CKA_VALUE, number(vector, name))]));
            if result.starts_with("F (1") {
                derived.gives(CKR_MECHANISM_PARAM_INVALID);
                public("YstatCAVS").gives(CKR_ATTRIBUTE_VALUE_INVALID);
                continue;
            }
            let derived = taken(&s, derived.works());
            let length = derived.len();
            let padded = [vec![0; length - secret.len().min(length)], secret].concat();
            if !result.starts_with("F (3") {
                assert_eq!(derived == padded, result.starts_with('P'), "{result}");
            }
            match result.starts_with("F (3") {
                true => public("YstatIUT").gives(CKR_ATTRIBUTE_VALUE_INVALID),
                false => {
                    let public = public("YstatIUT").works();
                    assert_eq!(
                        s.get(ours, CKA_PUBLIC_KEY_INFO).works(),
                        s.get(public, CKA_PUBLIC_KEY_INFO).works()
                    );
                }
            }
        }
    });
}

/// `OtherInfo` of RFC 2631, 2.1.6, with a key of three times 64 bits in `suppPubInfo`.
const OTHER_INFO: &str = "301d3013060b2a864886f70d0109100306040400000001a206040 4000000c0";

/// Secrets of RFC 5114, A.1; the derived keys were computed with Python's `hashlib`: the hash of the secret and of
/// `OtherInfo` with its counter, or of secret, counter and information.
#[test]
fn x9_42_derives_keys_as_another_implementation() {
    isolated(|| {
        let s = user();
        let vectors = rfc_5114();
        let vector = &vectors.0[0];
        let ours = private(&s, CKK_X9_42_DH, vector, "XstatIUT");
        let peer = number(vector, "YstatCAVS");
        let derive = |kdf, info: &[u8], length: CK_ULONG| {
            let template = with(&open_generic(), &[a(CKA_VALUE_LEN, length)]);
            s.derive(x942(kdf, info, &peer), ours, &template)
        };
        let key = derive(CKD_SHA1_KDF_ASN1, &hex(OTHER_INFO), 50).works();
        assert_eq!(
            taken(&s, key),
            hex(
                "855712955e49e494cfe5798c5dbd95ff226caa9556ab62b30be0102c33f5125e312d3c5361261085aaa37056105dbbac89da"
            )
        );
        let key = derive(CKD_SHA1_KDF_CONCATENATE, b"info", 50).works();
        assert_eq!(
            taken(&s, key),
            hex(
                "6fc8e69719bc9805d962d90ca7b83948ce048dd049078d6a9057a30659fdac6d40c3a40ef240eafcd269032d306b89ef52c7"
            )
        );
        let whole = s.derive(
            x942(CKD_SHA1_KDF_CONCATENATE, b"info", &peer),
            ours,
            &open_generic(),
        );
        assert_eq!(
            taken(&s, whole.works()),
            hex(
                "6fc8e69719bc9805d962d90ca7b83948ce048dd049078d6a9057a30659fdac6d40c3a40ef240eafcd269032d306b89ef52c7"
            )[..20]
        );
        for wrong in [&b""[..], b"\x30\x00", b"info", &hex(OTHER_INFO)[..30]] {
            derive(CKD_SHA1_KDF_ASN1, wrong, 20).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        derive(CKD_NULL, b"info", 20).gives(CKR_MECHANISM_PARAM_INVALID);
        derive(CKD_SHA256_KDF, b"info", 20).gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// Two exchanges of one group of NIST CAVP, with different secrets, so that their order shows. The derived key was computed
/// with Python's `hashlib`: the hash of both secrets, a counter and the information.
#[test]
fn the_hybrid_form_derives_from_both_secrets() {
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dh/kas_ffc.txt"), "COUNT");
        let (one, two) = (&vectors.0[0], &vectors.0[2]);
        assert_eq!(number(one, "P"), number(two, "P"));
        assert!(text(one, "Result").starts_with('P') && text(two, "Result").starts_with('P'));
        let (first, second) = (
            private(&s, CKK_X9_42_DH, one, "XstatIUT"),
            private(&s, CKK_X9_42_DH, two, "XstatIUT"),
        );
        let (peer, other) = (number(one, "YstatCAVS"), number(two, "YstatCAVS"));
        let hybrid = |kdf, info: &[u8], key| {
            Mech::with(
                CKM_X9_42_DH_HYBRID_DERIVE,
                CK_X9_42_DH2_DERIVE_PARAMS {
                    kdf,
                    ulOtherInfoLen: info.len() as CK_ULONG,
                    pOtherInfo: pointer(info),
                    ulPublicDataLen: peer.len() as CK_ULONG,
                    pPublicData: leak(&peer),
                    ulPrivateDataLen: 0,
                    hPrivateData: key,
                    ulPublicDataLen2: other.len() as CK_ULONG,
                    pPublicData2: leak(&other),
                },
            )
        };
        let secrets = [number(one, "Z"), number(two, "Z")];
        assert_ne!(secrets[0], secrets[1]);
        let key = s
            .derive(hybrid(CKD_NULL, b"", second), first, &open_generic())
            .works();
        assert_eq!(taken(&s, key), secrets.concat());
        let template = with(&open_generic(), &[a(CKA_VALUE_LEN, 50 as CK_ULONG)]);
        let mechanism = hybrid(CKD_SHA1_KDF_CONCATENATE, b"info", second);
        let key = s.derive(mechanism, first, &template).works();
        assert_eq!(
            taken(&s, key),
            hex(
                "61cc0bfc3fd853c1b7839297494e4dabe4376b521cd5909cbf51ce53e969f4bb45333c2184732543ad66ce3ee3a7cdd6d1e3"
            )
        );
        s.derive(hybrid(CKD_NULL, b"", 0), first, &open_generic())
            .gives(CKR_KEY_HANDLE_INVALID);
        let secret_key = s.secret(20);
        s.derive(hybrid(CKD_NULL, b"", secret_key), first, &open_generic())
            .gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

/// The group of `ffdhe2048.txt` with its keys.
fn ffdhe_2048() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let lines = include_str!("../../vectors/dh/ffdhe2048.txt").lines();
    for (name, value) in lines.filter_map(|line| line.split_once(" = ")) {
        all.push((name.to_owned(), value.to_owned()));
    }
    all
}

/// CKM_PUB_KEY_FROM_PRIV_KEY, with the pairs of RFC 5114, of `ffdhe2048.txt` and of CAVP.
#[test]
fn public_numbers_of_private_ones_are_those_of_others() {
    isolated(|| {
        let s = user();
        let ffdhe = Vectors(vec![ffdhe_2048()]);
        let sources = [
            (rfc_5114(), [("XstatCAVS", "YstatCAVS"), ("XstatIUT", "YstatIUT")]),
            (ffdhe, [("Xours", "Yours"), ("Xtheirs", "Ytheirs")]),
        ];
        let mut pairs = Vec::new();
        for (vectors, names) in &sources {
            for vector in &vectors.0 {
                for (key_type, (x, y)) in [CKK_DH, CKK_X9_42_DH]
                    .into_iter()
                    .flat_map(|kind| names.map(|name| (kind, name)))
                {
                    pairs.push((private(&s, key_type, vector, x), number(vector, y)));
                }
            }
        }
        assert_eq!(pairs.len(), 16);
        for vector in &Vectors::read(include_str!("../../vectors/dsa/keypair.txt"), "X").0 {
            pairs.push((private(&s, CKK_DSA, vector, "X"), number(vector, "Y")));
        }
        assert!(pairs.len() > 16);
        for (private, expected) in pairs {
            let public = s
                .derive(Mech::new(CKM_PUB_KEY_FROM_PRIV_KEY), private, &[])
                .works();
            assert_eq!(s.get(public, CKA_VALUE).works(), expected);
        }
    });
}

/// A safe prime's subgroup is nearly as long as the prime, for X9.42 as well [PKCS#11 3.2, 6.4.11: 160 bits or more].
#[test]
fn x9_42_takes_the_groups_of_safe_primes() {
    isolated(|| {
        let s = user();
        let vector = ffdhe_2048();
        let secret = number(&vector, "Z");
        for (x, y) in [("Xours", "Ytheirs"), ("Xtheirs", "Yours")] {
            let ours = private(&s, CKK_X9_42_DH, &vector, x);
            let derivation = x942(CKD_NULL, b"", &number(&vector, y));
            let key = s.derive(derivation, ours, &open_generic()).works();
            assert_eq!(taken(&s, key), secret);
        }
        let group = [
            a(CKA_PRIME, number(&vector, "P")),
            a(CKA_BASE, number(&vector, "G")),
        ];
        let whole = with(&group, &[a(CKA_SUBPRIME, number(&vector, "Q"))]);
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let generate = Mech::new(CKM_X9_42_DH_KEY_PAIR_GEN);
        let (public, made) = s.generate_pair(generate, &whole, &open).works();
        let x = s.get(made, CKA_VALUE).works();
        // [RFC 7919, 5.2] short private numbers suffice.
        assert!((20..=29).contains(&x.len()), "{}", x.len());
        assert_eq!(
            s.get(public, CKA_VALUE).works(),
            power(&number(&vector, "G"), &x, &number(&vector, "P"))
        );
        // Another base of the subgroup, of which nothing is known but its order.
        let other = [
            a(CKA_PRIME, number(&vector, "P")),
            a(CKA_SUBPRIME, number(&vector, "Q")),
            a(CKA_BASE, &[4]),
        ];
        let (public, made) = s.generate_pair(generate, &other, &open).works();
        let y = power(&[4], &s.get(made, CKA_VALUE).works(), &number(&vector, "P"));
        assert_eq!(s.get(public, CKA_VALUE).works(), y);
        // No subgroup: not its order, the prime itself, and a base outside of it (p - 2, which is no square).
        let mut less = number(&vector, "Q");
        *less.last_mut().unwrap() -= 2;
        for wrong in [less, number(&vector, "P"), vec![0xff; 257], vec![3; 2000]] {
            s.generate_pair(generate, &with(&group, &[a(CKA_SUBPRIME, wrong)]), &open)
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        let mut outside = number(&vector, "P");
        *outside.last_mut().unwrap() -= 2;
        let wrong = [
            a(CKA_PRIME, number(&vector, "P")),
            a(CKA_SUBPRIME, number(&vector, "Q")),
            a(CKA_BASE, outside.clone()),
        ];
        s.generate_pair(generate, &wrong, &open)
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        let ours = private(&s, CKK_X9_42_DH, &vector, "Xours");
        s.derive(x942(CKD_NULL, b"", &outside), ours, &open_generic())
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

#[test]
fn public_numbers_outside_of_the_group_are_refused() {
    isolated(|| {
        let s = user();
        let vectors = rfc_5114();
        let vector = &vectors.0[1];
        let p = number(vector, "P");
        let less_one = [&p[..p.len() - 1], &[p[p.len() - 1] - 1]].concat();
        let more = [&p[..p.len() - 1], &[p[p.len() - 1] + 1]].concat();
        let (pkcs3, x9_42) = (
            private(&s, CKK_DH, vector, "XstatIUT"),
            private(&s, CKK_X9_42_DH, vector, "XstatIUT"),
        );
        for wrong in [
            vec![0],
            vec![1],
            vec![0, 0, 1],
            less_one,
            p,
            more,
            vec![0xff; 300],
        ] {
            s.derive(pkcs(&wrong), pkcs3, &open_generic())
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.derive(x942(CKD_NULL, b"", &wrong), x9_42, &open_generic())
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // 2 is not in the subgroup; PKCS#3 keys do not say which that is.
        s.derive(pkcs(&[2]), pkcs3, &open_generic()).works();
        s.derive(x942(CKD_NULL, b"", &[2]), x9_42, &open_generic())
            .gives(CKR_MECHANISM_PARAM_INVALID);
        for none in [Mech::new(CKM_DH_PKCS_DERIVE), pkcs(&[1; 3000])] {
            s.derive(none, pkcs3, &open_generic())
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// [PKCS#11 3.2, 6.4.10 and 6.4.14] The ciphertext is a public number, with which a derivation gives the same key.
#[test]
fn both_sides_of_an_encapsulation_have_one_key_and_it_is_the_derived_one() {
    isolated(|| {
        let s = Token::fresh().user();
        let (short, safe) = (&rfc_5114().0[0], &ffdhe_2048());
        let template = with(&open_generic(), &[a(CKA_VALUE_LEN, 24 as CK_ULONG)]);
        for (vector, key_type, mechanism) in [
            (short, CKK_DH, CKM_DH_PKCS_KEY_PAIR_GEN),
            (short, CKK_X9_42_DH, CKM_X9_42_DH_KEY_PAIR_GEN),
            (safe, CKK_DH, CKM_DH_PKCS_KEY_PAIR_GEN),
            (safe, CKK_X9_42_DH, CKM_X9_42_DH_KEY_PAIR_GEN),
        ] {
            let p = number(vector, "P");
            let mut group = vec![a(CKA_PRIME, &p[..]), a(CKA_BASE, &number(vector, "G")[..])];
            if key_type == CKK_X9_42_DH {
                group.push(a(CKA_SUBPRIME, &number(vector, "Q")[..]));
            }
            let (public, private) = s.generate_pair(Mech::new(mechanism), &group, &[]).works();
            let with_number = |number: &[u8]| match key_type {
                CKK_DH => pkcs(number),
                _ => x942(CKD_NULL, b"", number),
            };
            let none = match key_type {
                CKK_DH => Mech::new(CKM_DH_PKCS_DERIVE),
                _ => x942(CKD_NULL, b"", b""),
            };
            let (ciphertext, key) = s.encapsulate(none, public, &template).works();
            assert_eq!(ciphertext.len(), p.len());
            let secret = s.get(key, CKA_VALUE).works();
            assert_eq!(secret.len(), 24);
            let again = s.decapsulate(none, private, &ciphertext, &template).works();
            assert_eq!(s.get(again, CKA_VALUE).works(), secret);
            let derived = s.derive(with_number(&ciphertext), private, &template).works();
            assert_eq!(s.get(derived, CKA_VALUE).works(), secret);
            s.encapsulate(with_number(&ciphertext), public, &template)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.decapsulate(none, private, &ciphertext[1..], &template)
                .gives(CKR_WRAPPED_KEY_LEN_RANGE);
            s.decapsulate(none, private, &vec![0; p.len()], &template)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
    });
}

/// The groups of RFC 7919 and RFC 3526 as OpenSSL 3.0 has them (`openssl genpkey -genparam -algorithm DH -pkeyopt
/// group:…`): their last bytes, in which they differ.
#[test]
fn safe_primes_that_are_made_are_those_of_the_standards() {
    isolated(|| {
        let s = user();
        for (bits, last) in [
            (1536, "670c354e4abc9804f1746c08ca237327ffffffffffffffff"),
            (2048, "c6f34a26c1b2effa886b423861285c97ffffffffffffffff"),
            (3072, "3c1b20ee3fd59d7c25e41d2b66c62e37ffffffffffffffff"),
            (4096, "4db5a851f44182e1c68a007e5e655f6affffffffffffffff"),
            (6144, "a41d570d7938dad4a40e329cd0e40e65ffffffffffffffff"),
            (8192, "011e2a94838ff88cd68c8bb7c5c6424cffffffffffffffff"),
        ] {
            let template = [a(CKA_PRIME_BITS, bits as CK_ULONG)];
            let made = s
                .generate_key(Mech::new(CKM_DH_PKCS_PARAMETER_GEN), &template)
                .works();
            let p = s.get(made, CKA_PRIME).works();
            assert_eq!(p.len(), bits / 8);
            assert_eq!(p[p.len() - 24..], hex(last));
            assert_eq!(s.get(made, CKA_BASE).works(), [2]);
            assert!(s.flag(made, CKA_LOCAL).works());
            let group = [a(CKA_PRIME, p), a(CKA_BASE, &[2])];
            let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
            let pair = || {
                s.generate_pair(Mech::new(CKM_DH_PKCS_KEY_PAIR_GEN), &group, &open)
                    .works()
            };
            let ((public, private), (other_public, other)) = (pair(), pair());
            // [RFC 7919, 5.2] short private numbers suffice.
            assert!((200..=400).contains(&s.number(private, CKA_VALUE_BITS).works()));
            let (ours, theirs) = (
                s.get(public, CKA_VALUE).works(),
                s.get(other_public, CKA_VALUE).works(),
            );
            let key = s.derive(pkcs(&theirs), private, &open_generic()).works();
            let secret = taken(&s, key);
            assert_eq!(secret.len(), bits / 8);
            let key = s.derive(pkcs(&ours), other, &open_generic()).works();
            assert_eq!(taken(&s, key), secret);
            if bits <= 4096 {
                let x = s.get(private, CKA_VALUE).works();
                assert_eq!(ours, power(&[2], &x, &s.get(public, CKA_PRIME).works()));
            }
        }
    });
}

#[test]
fn private_numbers_have_the_length_of_the_template() {
    isolated(|| {
        let s = user();
        let vectors = rfc_5114();
        let vector = &vectors.0[0];
        let group = [
            a(CKA_PRIME, number(vector, "P")),
            a(CKA_BASE, number(vector, "G")),
        ];
        let make = |bits: CK_ULONG| {
            let private = [
                a(CKA_VALUE_BITS, bits),
                a(CKA_SENSITIVE, false),
                a(CKA_EXTRACTABLE, true),
            ];
            s.generate_pair(Mech::new(CKM_DH_PKCS_KEY_PAIR_GEN), &group, &private)
        };
        for bits in [160, 161, 256, 1022] {
            let (public, private) = make(bits).works();
            assert_eq!(s.number(private, CKA_VALUE_BITS).works(), bits);
            let x = s.get(private, CKA_VALUE).works();
            assert_eq!(x.len() as CK_ULONG, bits.div_ceil(8));
            assert_eq!(
                s.get(public, CKA_VALUE).works(),
                power(&number(vector, "G"), &x, &number(vector, "P"))
            );
        }
        for bits in [0, 8, 159, 1023, 1024, CK_ULONG::MAX] {
            make(bits).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        let x942 = with(&group, &[a(CKA_SUBPRIME, number(vector, "Q"))]);
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let (public, private) = s
            .generate_pair(Mech::new(CKM_X9_42_DH_KEY_PAIR_GEN), &x942, &open)
            .works();
        let x = s.get(private, CKA_VALUE).works();
        assert!(x.len() <= 20);
        assert_eq!(
            s.get(public, CKA_VALUE).works(),
            power(&number(vector, "G"), &x, &number(vector, "P"))
        );
        assert_eq!(s.get(private, CKA_SUBPRIME).works(), number(vector, "Q"));
    });
}

#[test]
fn x9_42_parameters_have_the_lengths_that_were_asked_for() {
    isolated(|| {
        let s = user();
        let make = |prime_bits: CK_ULONG, order_bits: CK_ULONG| {
            let template = [a(CKA_PRIME_BITS, prime_bits), a(CKA_SUBPRIME_BITS, order_bits)];
            s.generate_key(Mech::new(CKM_X9_42_DH_PARAMETER_GEN), &template)
        };
        for (prime_bits, order_bits) in [(512, 160), (1024, 168), (1024, 512)] {
            let made = make(prime_bits, order_bits).works();
            assert_eq!(s.number(made, CKA_PRIME_BITS).works(), prime_bits);
            assert_eq!(s.number(made, CKA_SUBPRIME_BITS).works(), order_bits);
            let [p, q, g] = [CKA_PRIME, CKA_SUBPRIME, CKA_BASE].map(|kind| s.get(made, kind).works());
            assert_eq!(power(&g, &q, &p), [1]);
        }
        for (prime_bits, order_bits) in [
            (0, 160),
            (1000, 160),
            (8192, 256),
            (1024, 159),
            (1024, 0),
            (512, 512),
        ] {
            make(prime_bits, order_bits).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        for bits in [0, 511, 2049, 8191, CK_ULONG::MAX] {
            s.generate_key(Mech::new(CKM_DH_PKCS_PARAMETER_GEN), &[a(CKA_PRIME_BITS, bits)])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}
