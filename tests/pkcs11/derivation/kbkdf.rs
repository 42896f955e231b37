//! SP 800-108 [PKCS#11 3.2, 6.28].

use super::*;
use std::ptr::null_mut;

const COUNTER: CK_MECHANISM_TYPE = CKM_SP800_108_COUNTER_KDF;
const FEEDBACK: CK_MECHANISM_TYPE = CKM_SP800_108_FEEDBACK_KDF;
const PIPELINE: CK_MECHANISM_TYPE = CKM_SP800_108_DOUBLE_PIPELINE_KDF;

fn field<T: Copy + 'static>(kind: CK_ULONG, value: T) -> CK_PRF_DATA_PARAM {
    let value: *mut T = Box::leak(Box::new(value));
    CK_PRF_DATA_PARAM {
        type_: kind,
        pValue: value.cast(),
        ulValueLen: size_of::<T>() as CK_ULONG,
    }
}

fn format(bits: CK_ULONG) -> CK_SP800_108_COUNTER_FORMAT {
    CK_SP800_108_COUNTER_FORMAT {
        bLittleEndian: CK_FALSE,
        ulWidthInBits: bits,
    }
}

/// The iteration variable of counter mode.
pub fn iteration(bits: CK_ULONG) -> CK_PRF_DATA_PARAM {
    field(CK_SP800_108_ITERATION_VARIABLE, format(bits))
}

/// The iteration variable of the other modes.
pub fn chained() -> CK_PRF_DATA_PARAM {
    CK_PRF_DATA_PARAM {
        type_: CK_SP800_108_ITERATION_VARIABLE,
        pValue: null_mut(),
        ulValueLen: 0,
    }
}

fn counter(bits: CK_ULONG) -> CK_PRF_DATA_PARAM {
    field(CK_SP800_108_COUNTER, format(bits))
}

pub fn fixed(data: &[u8]) -> CK_PRF_DATA_PARAM {
    CK_PRF_DATA_PARAM {
        type_: CK_SP800_108_BYTE_ARRAY,
        pValue: leak(data).cast(),
        ulValueLen: data.len() as CK_ULONG,
    }
}

fn length(method: CK_ULONG, bits: CK_ULONG) -> CK_PRF_DATA_PARAM {
    let format = CK_SP800_108_DKM_LENGTH_FORMAT {
        dkmLengthMethod: method,
        bLittleEndian: CK_FALSE,
        ulWidthInBits: bits,
    };
    field(CK_SP800_108_DKM_LENGTH, format)
}

fn key_value(key: CK_OBJECT_HANDLE) -> CK_PRF_DATA_PARAM {
    field(CK_SP800_108_KEY_HANDLE, key)
}

fn further(template: &[CK_ATTRIBUTE], place: *mut CK_OBJECT_HANDLE) -> CK_DERIVED_KEY {
    CK_DERIVED_KEY {
        pTemplate: Box::leak(template.to_vec().into_boxed_slice()).as_mut_ptr(),
        ulAttributeCount: template.len() as CK_ULONG,
        phKey: place,
    }
}

fn array<T: Copy>(items: &[T]) -> (*mut T, CK_ULONG) {
    match items {
        [] => (null_mut(), 0),
        items => (
            Box::leak(items.to_vec().into_boxed_slice()).as_mut_ptr(),
            items.len() as CK_ULONG,
        ),
    }
}

fn params(
    prf: CK_MECHANISM_TYPE,
    fields: &[CK_PRF_DATA_PARAM],
    keys: &[CK_DERIVED_KEY],
) -> CK_SP800_108_KDF_PARAMS {
    let ((fields, field_count), (keys, key_count)) = (array(fields), array(keys));
    CK_SP800_108_KDF_PARAMS {
        prfType: prf,
        ulNumberOfDataParams: field_count,
        pDataParams: fields,
        ulAdditionalDerivedKeys: key_count,
        pAdditionalDerivedKeys: keys,
    }
}

/// The mechanism in one of its three modes; the initial value is feedback mode's.
pub fn kbkdf(
    mode: CK_MECHANISM_TYPE,
    prf: CK_MECHANISM_TYPE,
    fields: &[CK_PRF_DATA_PARAM],
    iv: &[u8],
    keys: &[CK_DERIVED_KEY],
) -> Mech {
    let plain = params(prf, fields, keys);
    if mode != FEEDBACK {
        return Mech::with(mode, plain);
    }
    let (iv, iv_len) = bytes(iv);
    let with_iv = CK_SP800_108_FEEDBACK_KDF_PARAMS {
        prfType: prf,
        ulNumberOfDataParams: plain.ulNumberOfDataParams,
        pDataParams: plain.pDataParams,
        ulIVLen: iv_len,
        pIV: iv,
        ulAdditionalDerivedKeys: plain.ulAdditionalDerivedKeys,
        pAdditionalDerivedKeys: plain.pAdditionalDerivedKeys,
    };
    Mech::with(mode, with_iv)
}

/// The PRF and the type of its keys, by the name that CAVP gives it.
fn prf(name: &str) -> (CK_MECHANISM_TYPE, CK_KEY_TYPE) {
    match name {
        "CMAC_AES128" | "CMAC_AES192" | "CMAC_AES256" => (CKM_AES_CMAC, CKK_AES),
        "CMAC_TDES2" => (CKM_DES3_CMAC, CKK_DES2),
        "CMAC_TDES3" => (CKM_DES3_CMAC, CKK_DES3),
        "HMAC_SHA1" => (CKM_SHA_1_HMAC, CKK_GENERIC_SECRET),
        "HMAC_SHA224" => (CKM_SHA224_HMAC, CKK_GENERIC_SECRET),
        "HMAC_SHA256" => (CKM_SHA256_HMAC, CKK_GENERIC_SECRET),
        "HMAC_SHA384" => (CKM_SHA384_HMAC, CKK_GENERIC_SECRET),
        "HMAC_SHA512" => (CKM_SHA512_HMAC, CKK_GENERIC_SECRET),
        other => panic!("{other}"),
    }
}

/// [tests/vectors/kdf/kbkdf_counter.txt: NIST CAVP]
#[test]
fn counter_mode_is_that_of_cavp() {
    isolated(|| {
        let s = user();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/kdf/kbkdf_counter.txt");
        let text = std::fs::read_to_string(path).unwrap();
        let mut run = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let [name, bits, key, before, after, expected] =
                line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let (prf, key_type) = prf(name);
            let base = s.import(key_type, &hex(key));
            let mut fields = vec![iteration(bits.parse().unwrap())];
            if before != "-" {
                fields.insert(0, fixed(&hex(before)));
            }
            if after != "-" {
                fields.push(fixed(&hex(after)));
            }
            let expected = hex(expected);
            let mech = kbkdf(COUNTER, prf, &fields, b"", &[]);
            assert_eq!(derived(&s, mech, base, expected.len()), expected, "{line}");
            s.destroy(base).works();
            run += 1;
        }
        assert_eq!(run, 252);
    });
}

/// [NIST CAVP, KDFFeedback_gen.rsp of FeedbackModewzeroiv and FeedbackModenocounter, KDFDblPipeline_gen.rsp of
/// PipelineModewithCounter and PipelineModeWOCounter; as the crate `kdfs` quotes them]
#[test]
fn feedback_and_pipeline_modes_are_those_of_cavp() {
    isolated(|| {
        let s = user();
        for (mode, prf_name, counter_bits, key, iv, data, expected) in CAVP {
            let (prf, key_type) = prf(prf_name);
            let base = s.import(key_type, &hex(key));
            let mut fields = vec![chained(), fixed(&hex(data))];
            if *counter_bits > 0 {
                fields.insert(1, counter(*counter_bits));
            }
            let expected = hex(expected);
            let mech = kbkdf(*mode, prf, &fields, &hex(iv), &[]);
            assert_eq!(derived(&s, mech, base, expected.len()), expected);
        }
    });
}

/// Mode, PRF, bits of the counter behind the iteration variable, key, initial value, fixed data, output.
type Case = (
    CK_MECHANISM_TYPE,
    &'static str,
    CK_ULONG,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const CAVP: &[Case] = &[
    (
        FEEDBACK,
        "CMAC_AES128",
        16,
        "d7f5fa7551645de0b36aecd46565f954",
        "",
        "fb5294ed40a0e4aa70a7be13913070a4c5cfc05f89b9f7dd26a493b8c63889c7c3b0b60dd6d598ffa296a426224c727a501946",
        "7164471f559812581a53aaf7fb6d6c53a1293115cda873887efcc7ce6b3a026b2d19f0d38db8590e218a2676df88f53cab3313ed63bd1e4828f3c066ea5eb1fd",
    ),
    (
        FEEDBACK,
        "CMAC_AES128",
        0,
        "5c996c922f65de97d4408373229814c6",
        "28dc945cb8337ab5336c3e9b5bad21c7",
        "62afe5fed91e797221a854336b0aadd8a05ad0e3c8345729897b2efcec5a1178a2fa4c063007b67a7015e0d6b7271ea8d86b44",
        "88a9aae193abdd3fe8143bab66014ae41dc2d12ea9d08f5871588fc5d827924eb9942989d7a36d4b3b107997566472cad5942bd13cb5cff32b9dae30f1bb6300",
    ),
    (
        FEEDBACK,
        "CMAC_TDES2",
        0,
        "1cc91ac93ce93215c74ca11cb900fcb3",
        "9e24eef3fe79719f",
        "28400c621bc2f7ae04de8ab279009803885e7966b2391e7a2cf28ca458f83f48882135066d31f701fb46937cf867dabbfa1bac",
        "3f46494db77b4497075e0abea59b15c4d97b5055e48eaf1db3c8601205bace9a6053c20867f6756ad0e2fc5c81c69f0427ef66ceb1d1d18f4f2678e10cb93913",
    ),
    (
        FEEDBACK,
        "HMAC_SHA512",
        0,
        "91cce7832e1caf170f6961b6b65805c4cb487f719819a2343149040cf9d88d09d112db117c97dea0e15d7c0fa03727082c0909f420a10b9b082958ecb9ad3d21",
        "",
        "1a20ea91b6104c8d36b0353d7a2880c1e167b572857b78204e9206cb6ea06cace3555e87442debbc780f94f223c22a5819568a",
        "819fe4adc7d6e06ec9700e4ba19291b9b2dd7c76b6ee85f3eec5f2bc5928311596a4a316875555a0ec467636122b3629d2f5ca092dbf620423c5650fc1a18a8b2cb1ffc8a1845751a5329a0d1a2a22119a1e129bb5c86d4c92cd6a189513ea8ea615b64e94fddfe2c79b3c50884454c7153103aba3af59cbb3ab35719e3291bb296bdce9d0a7d3f8a1c08cf68e5b74f556f3a389d89b5a55142b023bb0bde0899d3ed55f710a1bc0bc934aa736280fcdc90408417129fb0c57413b955ea8d919d59b3566a00edf54ff9d825c24d18f2fc6622ae0273982394953e45912f0967d6a398c446d8d9af7dd4048683ffd3415c318efe2a7f21a975cda34f84940c7c4995a",
    ),
    (
        PIPELINE,
        "CMAC_AES128",
        8,
        "08a5a251b8e4826fbf73292f4cd6c790",
        "",
        "aa5acbce73a98d4c4f361d5c22a2cc6f6bdc30027aa31af1ba8b15a5bd5b6a34d133519ad1a82483c2d2a6dd9a97273a780421",
        "ff1c72ec38b8968a1ce0942a571a1f522ddd2a1c6ffc2b60c90bb54a5c0e9de40d289686cbff127b408ec64ef615b18c1abc0736ae4c94e33e54d832e686276e",
    ),
    (
        PIPELINE,
        "CMAC_AES256",
        32,
        "2451975a33ab0c7535e00abe7b57982335b0471ad857a093c6765e6c58443852",
        "",
        "fb95eb3c47dcad3b783b045b29bcb6f5aefc0389735843b92b4d8fab97d61350b76b2a83442d7c5aa497aa1cf441760281a08b",
        "2f157687f782c8b64325826e3c755194c70abffd9d78c4678924b9d73dcced86dcaf7dfa3bf56cf03fa45c7fca05ca1092c41bbd934131e95db2b204241a9d02",
    ),
    (
        PIPELINE,
        "CMAC_AES128",
        0,
        "ada2452f1f141a82c7a1b7d3e09ffed1",
        "",
        "335660eb265d2044efa06eacd848d3f9f57d219011343318f3a964df4a6fb1bf6cbdee711c7fcbe73b8f257f992e47e8b065af",
        "a73bd29176e38e761222ae07d639181f4b2c555a3b261815cde5d88a67c8b95c58b6b66ea4f10608c6d799b051519fc8e89de00cdc556350a7d966475086f9af",
    ),
];

/// [OpenSSL 3.0, `openssl kdf KBKDF`: counter of 32 bits, label, a zero, context, length of 32 bits] the hashes and the
/// length field that CAVP's files do not have.
#[test]
fn labels_contexts_and_lengths_give_what_openssl_gives() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &(0..48).collect::<Vec<u8>>());
        for (mode, prf, iv_len, expected) in OPENSSL {
            let mut fields = vec![
                iteration(32),
                fixed(&hex("deadbeef")),
                fixed(&[0]),
                fixed(&hex("feedbeef")),
                length(CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, 32),
            ];
            if *mode == FEEDBACK {
                fields.splice(..1, [chained(), counter(32)]);
            }
            let mech = kbkdf(*mode, *prf, &fields, &vec![0x11; *iv_len], &[]);
            assert_eq!(derived(&s, mech, base, 70), hex(expected));
        }
    });
}

const OPENSSL: &[(CK_MECHANISM_TYPE, CK_MECHANISM_TYPE, usize, &str)] = &[
    (
        COUNTER,
        CKM_SHA_1_HMAC,
        0,
        "8bde360cd2848b622704eb935c4bc0c786da05b4ff4f6b1f32947184635947b7c771b648c47ea8e3208db9cba1230bc240d038a8d78a9d8f56bcc9546528be1e21e3e066f206",
    ),
    (
        COUNTER,
        CKM_SHA512_HMAC,
        0,
        "5c673b36b69404b0f2260e7fa6a779eb6c779e771612cc48eb08594e9d74f952cc76d526f5151863103b687c7b40a2890663db2da9c18ced3116856f7ddaf56834bdd8dfe5cc",
    ),
    (
        COUNTER,
        CKM_SHA3_224_HMAC,
        0,
        "241e11ea424dc6a43d432817160c6cb8c80a6db09ee66ed96fd49ee5c3d53aec3e55bb3babae3161d0ca2fa127c8597536c680e56bce38dbdd382ffabe63fa5e111f559478e1",
    ),
    (
        COUNTER,
        CKM_SHA3_256_HMAC,
        0,
        "bd47b4341f7ff5bab48b604ca6cc70fb74b333c094dbb960d57b776f6ac66f96b2c9661ae40ef1dde366eb1593944ca0516590b51c516bc04e2c708ff8978e3838cad4e66c58",
    ),
    (
        COUNTER,
        CKM_SHA3_384_HMAC,
        0,
        "e1ca4e65528ab71b3adb60f9998696e550b2911e477da906ad7460392145ed6f5379da0ea8ff8f3e6c1ea6e11717ebc8d1aa7dc086cb85ef09e5c1ce037744f1a43d09ab48eb",
    ),
    (
        COUNTER,
        CKM_SHA3_512_HMAC,
        0,
        "345ae6fba15e55f241504910dee7b06e66cd44285d4344dadfc7b72667527beee97e54750a045a47ba6e8a68e74c139ecf17a883183071e432414f7c1f7eb641c54ae8871192",
    ),
    (
        FEEDBACK,
        CKM_SHA_1_HMAC,
        20,
        "5de737f1e9a9e850bcd23361a7e9c2bdae26ffdebc14bbfe3a2acc3e7ab7ab73b1d312235a5528765f9d5d5c97a915739eae848842a84a3eb9b73519b433e13deb0764b852c5",
    ),
    (
        FEEDBACK,
        CKM_SHA224_HMAC,
        28,
        "e80110039bae69a9934dd1e31e1cd5391331c948edbcd61b3e21f1d64467476d956b32e887d2dd93164cf23fbb4dbfcdd7218720ca16b2a430b5f30db7eb5e7c3a7a7534c260",
    ),
    (
        FEEDBACK,
        CKM_SHA256_HMAC,
        32,
        "c5701bcf7416b594fa673296f83107d03f430988fde3a1678850c0d594a7e4a86a25e9d504a3fc08492b69ea703865e36b93137d6d91c8a67c9eadc14d2311a0abd203908edd",
    ),
    (
        FEEDBACK,
        CKM_SHA384_HMAC,
        48,
        "b28a45aaf2c0d6baf5d72a3c448814a4371e72e8d234cb3fafcdb6b2744765bd74fbfbba567d83a5b29d6a86075b81d6bb4b1125a227a0c50bc2c3cc22408bb8b61c5ab8175b",
    ),
    (
        FEEDBACK,
        CKM_SHA512_HMAC,
        64,
        "3e3c6f343a9dc365400c057781bd502853214133ed62ba35bffad0baee3f4ea95efa22faac6ea540a2f2581a8b99b4b928d4d17af439155218087e35e68cd64f6238263a522c",
    ),
];

/// [PKCS#11 3.2, 6.28.7] the example of the standard: no segment has a part in two keys.
#[test]
fn further_keys_come_from_segments_of_their_own() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[7; 32]);
        let fields = [iteration(32), fixed(b"label")];
        let whole = derived(&s, kbkdf(COUNTER, CKM_SHA256_HMAC, &fields, b"", &[]), base, 96);
        let mut others = [0; 2];
        let at = others.as_mut_ptr();
        let keys = [
            further(&readable(16), at),
            further(
                &[
                    a(CKA_KEY_TYPE, CKK_AES),
                    a(CKA_VALUE_LEN, 32),
                    a(CKA_LABEL, "the third"),
                ],
                // SAFETY: the second of two.
                unsafe { at.add(1) },
            ),
        ];
        let mech = kbkdf(COUNTER, CKM_SHA256_HMAC, &fields, b"", &keys);
        let first = s.derive(mech, base, &readable(48)).works();
        assert_eq!(value(&s, first), whole[..48]);
        assert_eq!(value(&s, others[0]), whole[64..80], "the third segment");
        assert_eq!(s.get(others[1], CKA_LABEL).works(), b"the third");
        assert_eq!(s.number(others[1], CKA_KEY_TYPE).works(), CKK_AES);
        s.encrypt(Mech::iv(CKM_AES_CBC, &[0; 16]), others[1], &[0; 16])
            .works();
    });
}

/// [PKCS#11 3.2, 6.28.2] 512 bits of keys, 768 bits of segments.
#[test]
fn the_length_is_that_of_the_keys_or_of_their_segments() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[7; 32]);
        for (method, bits) in [
            (CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, 512_u16),
            (CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS, 768),
        ] {
            let mut other = 0;
            let keys = [further(&readable(16), &raw mut other)];
            let told = [iteration(16), length(method, 16)];
            let mech = kbkdf(COUNTER, CKM_SHA256_HMAC, &told, b"", &keys);
            let first = s.derive(mech, base, &readable(48)).works();
            let fields = [iteration(16), fixed(&bits.to_be_bytes())];
            let same = derived(&s, kbkdf(COUNTER, CKM_SHA256_HMAC, &fields, b"", &[]), base, 80);
            assert_eq!(value(&s, first), same[..48]);
            assert_eq!(value(&s, other), same[64..]);
        }
        let little = CK_SP800_108_DKM_LENGTH_FORMAT {
            dkmLengthMethod: CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS,
            bLittleEndian: CK_TRUE,
            ulWidthInBits: 24,
        };
        let counter = CK_SP800_108_COUNTER_FORMAT {
            bLittleEndian: CK_TRUE,
            ulWidthInBits: 16,
        };
        let told = [
            field(CK_SP800_108_ITERATION_VARIABLE, counter),
            field(CK_SP800_108_DKM_LENGTH, little),
        ];
        // The counter 01 00 and 256 bits, 00 01 00, written the other way round.
        let big_endian = [iteration(8), fixed(&[0, 0x00, 0x01, 0])];
        let first = derived(&s, kbkdf(COUNTER, CKM_SHA256_HMAC, &told, b"", &[]), base, 32);
        let same = derived(
            &s,
            kbkdf(COUNTER, CKM_SHA256_HMAC, &big_endian, b"", &[]),
            base,
            32,
        );
        assert_eq!(first, same);
        s.derive(
            kbkdf(COUNTER, CKM_SHA256_HMAC, &[iteration(8), length(1, 8)], b"", &[]),
            base,
            &readable(32),
        )
        .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// DRV-2, OBJ-2: whatever is wrong with one key, there is none, on the token neither.
#[test]
fn all_keys_are_made_or_none() {
    isolated(|| {
        let s = Token::fresh().user();
        let base = generic(&s, &[7; 32]);
        let before = count(&s);
        let fields = [iteration(32), fixed(b"label")];
        for (template, code) in [
            (
                vec![a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 17)],
                CKR_ATTRIBUTE_VALUE_INVALID,
            ),
            (vec![a(CKA_KEY_TYPE, CKK_AES)], CKR_TEMPLATE_INCOMPLETE),
            (
                vec![a(CKA_KEY_TYPE, CKK_RSA), a(CKA_VALUE_LEN, 16)],
                CKR_ATTRIBUTE_VALUE_INVALID,
            ),
            (vec![a(CKA_CLASS, CKO_DATA)], CKR_TEMPLATE_INCONSISTENT),
            (
                vec![a(CKA_VALUE, b"x"), a(CKA_VALUE_LEN, 1)],
                CKR_ATTRIBUTE_READ_ONLY,
            ),
            (vec![], CKR_TEMPLATE_INCOMPLETE),
            (vec![a(CKA_VALUE_LEN, 1_u64 << 40)], CKR_KEY_SIZE_RANGE),
        ] {
            let mut places = [4711, 4712];
            let at = places.as_mut_ptr();
            let keys = [
                further(&on_token(&readable(16)), at),
                // SAFETY: the second of two.
                further(&template, unsafe { at.add(1) }),
            ];
            let mech = kbkdf(COUNTER, CKM_SHA256_HMAC, &fields, b"", &keys);
            s.derive(mech, base, &on_token(&readable(16))).gives(code);
            assert_eq!(count(&s), before);
            assert_eq!(places, [4711, 0], "the offending template is named");
        }
    });
}

/// [PKCS#11 3.2, 6.28.8]
#[test]
fn keys_are_as_secret_as_the_base_key_unless_the_template_says_otherwise() {
    isolated(|| {
        let s = user();
        let fields = [iteration(32)];
        let mech = kbkdf(COUNTER, CKM_SHA256_HMAC, &fields, b"", &[]);
        let length = a(CKA_VALUE_LEN, 16);
        let (closed, open) = (made(&s, true, false), made(&s, false, true));
        assert_eq!(
            secrecy(&s, s.derive(mech, closed, &[length]).works()),
            [true, false, true, true]
        );
        assert_eq!(
            secrecy(&s, s.derive(mech, open, &[length]).works()),
            [false, true, false, false]
        );
        assert_eq!(
            secrecy(&s, s.derive(mech, closed, &readable(16)).works()),
            [false, true, false, false]
        );
        let with_key = kbkdf(
            COUNTER,
            CKM_SHA256_HMAC,
            &[iteration(32), key_value(closed)],
            b"",
            &[],
        );
        let shut = [length, a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)];
        assert_eq!(
            secrecy(&s, s.derive(with_key, open, &shut).works()),
            [true, false, true, true]
        );
        assert_eq!(
            secrecy(&s, s.derive(mech, open, &shut).works()),
            [true, false, false, false]
        );
    });
}

#[test]
fn the_value_of_a_key_stands_in_the_input() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[7; 32]);
        let other = s.import(CKK_AES, &[9; 16]);
        for (mode, first) in [
            (COUNTER, iteration(32)),
            (FEEDBACK, chained()),
            (PIPELINE, chained()),
        ] {
            let by_key = [first, key_value(other), fixed(b"end"), key_value(other)];
            let by_bytes = [first, fixed(&[9; 16]), fixed(b"end"), fixed(&[9; 16])];
            let [by_key, by_bytes] = [by_key, by_bytes]
                .map(|fields| derived(&s, kbkdf(mode, CKM_SHA256_HMAC, &fields, b"", &[]), base, 70));
            assert_eq!(by_key, by_bytes);
        }
        let idle = with(&open_secret(CKK_AES, &[9; 16]), &[a(CKA_DERIVE, false)]);
        let idle = s.create(&idle).works();
        let mech = kbkdf(
            COUNTER,
            CKM_SHA256_HMAC,
            &[iteration(32), key_value(idle)],
            b"",
            &[],
        );
        s.derive(mech, base, &readable(16))
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
    });
}

#[test]
fn cmac_takes_keys_of_its_cipher_only() {
    isolated(|| {
        let s = user();
        let fields = [iteration(8)];
        let with_prf = |prf| kbkdf(COUNTER, prf, &fields, b"", &[]);
        let generic_key = generic(&s, &[7; 16]);
        for prf in [CKM_AES_CMAC, CKM_DES3_CMAC] {
            s.derive(with_prf(prf), generic_key, &readable(16))
                .gives(CKR_KEY_TYPE_INCONSISTENT);
        }
        let aes = s.import(CKK_AES, &[7; 16]);
        s.derive(with_prf(CKM_AES_CMAC), aes, &readable(16)).works();
        s.derive(with_prf(CKM_SHA256_HMAC), aes, &readable(16)).works();
        // 255 segments of 16 bytes, and no more.
        s.derive(with_prf(CKM_AES_CMAC), aes, &readable(255 * 16)).works();
        s.derive(with_prf(CKM_AES_CMAC), aes, &readable(255 * 16 + 1))
            .gives(CKR_KEY_SIZE_RANGE);
    });
}

#[test]
fn bad_parameters_of_sp800_108_are_refused() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[7; 32]);
        let refused = |mode, fields: &[CK_PRF_DATA_PARAM]| {
            s.derive(
                kbkdf(mode, CKM_SHA256_HMAC, fields, b"", &[]),
                base,
                &readable(16),
            )
            .gives(CKR_MECHANISM_PARAM_INVALID);
        };
        refused(COUNTER, &[]);
        refused(COUNTER, &[fixed(b"x")]);
        refused(COUNTER, &[iteration(8), iteration(8)]);
        refused(COUNTER, &[chained()]);
        refused(COUNTER, &[iteration(8), counter(8)]);
        refused(FEEDBACK, &[iteration(8)]);
        refused(PIPELINE, &[iteration(8)]);
        refused(FEEDBACK, &[chained(), counter(8), counter(8)]);
        refused(COUNTER, &[iteration(8), length(1, 16), length(1, 16)]);
        refused(COUNTER, &[iteration(8), length(3, 16)]);
        refused(COUNTER, &[iteration(8), length(1, 0)]);
        refused(COUNTER, &[iteration(8), length(1, 72)]);
        for bits in [0, 7, 9, 33, 40, CK_ULONG::MAX] {
            refused(COUNTER, &[iteration(bits)]);
        }
        refused(COUNTER, &[iteration(8), fixed(b"")]);
        let odd = |param: CK_PRF_DATA_PARAM, length| CK_PRF_DATA_PARAM {
            ulValueLen: length,
            ..param
        };
        refused(COUNTER, &[odd(iteration(8), 15)]);
        refused(COUNTER, &[iteration(8), odd(key_value(base), 7)]);
        refused(COUNTER, &[iteration(8), odd(fixed(b"x"), CK_ULONG::MAX)]);
        refused(
            COUNTER,
            &[
                iteration(8),
                CK_PRF_DATA_PARAM {
                    pValue: null_mut(),
                    ..fixed(b"x")
                },
            ],
        );
        refused(
            COUNTER,
            &[
                iteration(8),
                CK_PRF_DATA_PARAM {
                    type_: 6,
                    ..fixed(b"x")
                },
            ],
        );
        let good = params(CKM_SHA256_HMAC, &[iteration(8)], &[]);
        for bad in [
            CK_SP800_108_KDF_PARAMS {
                prfType: CKM_SHA256,
                ..good
            },
            CK_SP800_108_KDF_PARAMS {
                prfType: CKM_MD5_HMAC,
                ..good
            },
            CK_SP800_108_KDF_PARAMS {
                pDataParams: null_mut(),
                ..good
            },
            CK_SP800_108_KDF_PARAMS {
                ulNumberOfDataParams: CK_ULONG::MAX,
                ..good
            },
            CK_SP800_108_KDF_PARAMS {
                ulAdditionalDerivedKeys: 1,
                ..good
            },
            params(
                CKM_SHA256_HMAC,
                &[iteration(8)],
                &[further(&readable(16), null_mut())],
            ),
        ] {
            s.derive(Mech::with(COUNTER, bad), base, &readable(16))
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.derive(Mech::with(COUNTER, good), base, &readable_whole())
            .gives(CKR_TEMPLATE_INCOMPLETE);
        derive_nothing(
            &s,
            kbkdf(COUNTER, CKM_SHA256_HMAC, &[iteration(8)], b"", &[]),
            base,
            &readable(16),
        )
        .gives(CKR_ARGUMENTS_BAD);
    });
}
