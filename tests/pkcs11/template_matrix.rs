//! What each attribute answers in each way that objects are made or changed: class and type by way by attribute.
//!
//! A legal value of the attribute is added to the shortest template that works, or what the template has is taken
//! out. `template_matrix.txt` is the reviewed answer; `TEMPLATE_MATRIX_WRITE=1 cargo test --test pkcs11
//! template_matrix` writes it anew, and its difference is what there is to review.

use crate::harness::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use vhsm::ck::AttributeType;

const FILE: &str = "tests/pkcs11/template_matrix.txt";
const HEAD: &str = "\
# What an attribute with a legal value answers when it is added to the shortest template that works: \"ok\", or the
# error, without CKR_ATTRIBUTE_ (READ_ONLY, TYPE_INVALID, VALUE_INVALID) or CKR_TEMPLATE_ (INCOMPLETE, INCONSISTENT).
# \"needed\" is in that template, which is incomplete without it. Flags stand with the value that they are given. For
# C_CopyObject and C_SetAttributeValue the object has the defaults, and the value is another one than it has, but for
# flags. What is not shown answers TYPE_INVALID every way. CKA_CHECK_VALUE and CKA_PUBLIC_KEY_INFO are those of one
# key and wrong for any other. Written by tests/pkcs11/template_matrix.rs, which compares.
";

/// One call with a template; what it made goes again.
type Call<'a> = Box<dyn Fn(&[CK_ATTRIBUTE]) -> Answer + 'a>;

/// A way to make an object or to change one.
struct Way<'a> {
    name: &'static str,
    /// The shortest template that works.
    base: Vec<CK_ATTRIBUTE>,
    /// The object whose values are not to be repeated.
    changes: Option<CK_OBJECT_HANDLE>,
    call: Call<'a>,
}

/// A class with its type, and the ways to get an object of it.
struct Subject<'a> {
    name: &'static str,
    /// Values of an object of the class that shows all of them.
    values: Vec<CK_ATTRIBUTE>,
    ways: Vec<Way<'a>>,
}

/// What all ways need.
struct Keys {
    s: Session,
    kek: CK_OBJECT_HANDLE,
    ecdh: (Mech, CK_OBJECT_HANDLE),
    kem: (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE),
    kem_ciphertext: Vec<u8>,
    hkdf: (Mech, CK_OBJECT_HANDLE),
}

const KWP: CK_MECHANISM_TYPE = CKM_AES_KEY_WRAP_KWP;

impl Keys {
    fn new(s: Session) -> Self {
        let (peer, _) = s.ec(curve::P256);
        let point = s.get(peer, CKA_EC_POINT).works();
        let kem = s.pq_pair("ML-KEM-768", &[]).works();
        let key = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)];
        let (kem_ciphertext, _) = s.encapsulate(Mech::new(CKM_ML_KEM), kem.0, &key).works();
        let params = CK_HKDF_PARAMS {
            bExtract: 1,
            bExpand: 1,
            prfHashMechanism: CKM_SHA256,
            ulSaltType: CKF_HKDF_SALT_NULL,
            pSalt: std::ptr::null_mut(),
            ulSaltLen: 0,
            hSaltKey: 0,
            pInfo: std::ptr::null_mut(),
            ulInfoLen: 0,
        };
        Self {
            kek: s.aes(32),
            ecdh: (Mech::ecdh(CKD_NULL, b"", &point), s.ec(curve::P256).1),
            kem,
            kem_ciphertext,
            hkdf: (Mech::with(CKM_HKDF_DATA, params), s.secret(32)),
            s,
        }
    }

    /// The object goes again, unless it is to stay.
    fn gone(&self, made: Answer<CK_OBJECT_HANDLE>) -> Answer {
        made.map(|object| self.destroy(object))
    }

    fn destroy(&self, object: CK_OBJECT_HANDLE) {
        let rv = self.s.destroy(object).rv();
        assert!([CKR_OK, CKR_ACTION_PROHIBITED].contains(&rv), "{}", name(rv));
    }

    /// All values that an object shows.
    fn values(&self, object: CK_OBJECT_HANDLE) -> Vec<CK_ATTRIBUTE> {
        AttributeType::NAMES
            .iter()
            .filter_map(|(kind, _)| {
                let value = self.s.get(object, kind.0).ok()?;
                (!is_flag(kind.0) && !is_nested(kind.0) && !value.is_empty()).then(|| a(kind.0, value))
            })
            .collect()
    }

    /// C_CreateObject, C_CopyObject and C_SetAttributeValue.
    fn by_application<'a>(
        &'a self,
        name: &'static str,
        template: &[CK_ATTRIBUTE],
        open: CK_OBJECT_HANDLE,
    ) -> Subject<'a> {
        let object = self.s.create(template).works();
        let again = template.to_vec();
        let create = Way {
            name: "create",
            base: template.to_vec(),
            changes: None,
            call: Box::new(|template| self.gone(self.s.create(template))),
        };
        let copy = Way {
            name: "copy",
            base: vec![],
            changes: Some(object),
            call: Box::new(move |template| self.gone(self.s.copy(object, template))),
        };
        let set = Way {
            name: "set",
            base: vec![],
            changes: Some(object),
            call: Box::new(move |template| {
                let object = self.s.create(&again).works();
                let answer = self.s.set(object, template);
                self.destroy(object);
                answer
            }),
        };
        Subject {
            name,
            values: with(&self.values(open), template),
            ways: vec![create, copy, set],
        }
    }

    fn plain<'a>(&'a self, name: &'static str, template: &[CK_ATTRIBUTE]) -> Subject<'a> {
        let object = self.s.create(template).works();
        self.by_application(name, template, object)
    }

    fn data(&self) -> Subject<'_> {
        let subject = self.plain("CKO_DATA", &[a(CKA_CLASS, CKO_DATA)]);
        let (mechanism, base) = self.hkdf;
        let length = [a(CKA_CLASS, CKO_DATA), a(CKA_VALUE_LEN, 16)];
        subject.and("derive", &length, move |template| {
            self.gone(self.s.derive(mechanism, base, template))
        })
    }

    fn secret(
        &self,
        name: &'static str,
        key_type: CK_KEY_TYPE,
        generator: CK_MECHANISM_TYPE,
        length: usize,
        has_length: bool,
    ) -> Subject<'_> {
        let named = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, key_type)];
        let value = [a(CKA_VALUE, vec![1; length])];
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let object = self.s.create(&[&named[..], &value, &open].concat()).works();
        let wrapped = self.s.wrap(Mech::new(KWP), self.kek, object).works();
        let length: &[_] = if has_length {
            &[a(CKA_VALUE_LEN, length as CK_ULONG)]
        } else {
            &[]
        };
        let sized = with(&named, length);
        let (ecdh, base) = self.ecdh;
        let kem = Mech::new(CKM_ML_KEM);
        self.by_application(name, &with(&named, &value), object)
            .and("generate", length, move |template| {
                self.gone(self.s.generate_key(Mech::new(generator), template))
            })
            .and("unwrap", &named, move |template| {
                self.gone(self.s.unwrap_key(Mech::new(KWP), self.kek, &wrapped, template))
            })
            .and("derive", &sized, move |template| {
                self.gone(self.s.derive(ecdh, base, template))
            })
            .and("encapsulate", &sized, move |template| {
                let made = self.s.encapsulate(kem, self.kem.0, template);
                self.gone(made.map(|(_, key)| key))
            })
            .and("decapsulate", &sized, move |template| {
                let made = self
                    .s
                    .decapsulate(kem, self.kem.1, &self.kem_ciphertext, template);
                self.gone(made)
            })
    }

    fn one_time(&self) -> Subject<'_> {
        let named = [a(CKA_CLASS, CKO_OTP_KEY), a(CKA_KEY_TYPE, CKK_HOTP)];
        let value = [a(CKA_VALUE, &[1; 20])];
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let object = self.s.create(&[&named[..], &value, &open].concat()).works();
        self.by_application("CKO_OTP_KEY CKK_HOTP", &with(&named, &value), object)
            .and("generate", &[a(CKA_VALUE_LEN, 20)], |template| {
                self.gone(self.s.generate_key(Mech::new(CKM_HOTP_KEY_GEN), template))
            })
    }

    fn domain(
        &self,
        name: &'static str,
        generator: CK_MECHANISM_TYPE,
        template: &[CK_ATTRIBUTE],
    ) -> Subject<'_> {
        let made = self.s.generate_key(Mech::new(generator), template).works();
        let components = [CKA_KEY_TYPE, CKA_PRIME, CKA_SUBPRIME, CKA_BASE];
        let components: Vec<_> = components
            .iter()
            .filter_map(|kind| Some(a(*kind, self.s.get(made, *kind).ok()?)))
            .collect();
        let base = with(&[a(CKA_CLASS, CKO_DOMAIN_PARAMETERS)], &components);
        self.plain(name, &base)
            .and("generate", template, move |template| {
                self.gone(self.s.generate_key(Mech::new(generator), template))
            })
    }

    /// Both halves of a pair.
    fn pair<'a>(&'a self, pair: &Pair) -> [Subject<'a>; 2] {
        let s = &self.s;
        let generator = Mech::new(pair.generator);
        let chosen = pair.template.clone();
        let open = [
            a(CKA_SENSITIVE, false),
            a(CKA_EXTRACTABLE, true),
            a(CKA_DERIVE, true),
        ];
        let open = if pair.derives { &open[..] } else { &open[..2] };
        let (public, private) = s.generate_pair(generator, &chosen, open).works();
        let components = |object, kinds: &[CK_ATTRIBUTE_TYPE]| -> Vec<_> {
            let named = [CKA_CLASS, CKA_KEY_TYPE];
            let kinds = named.iter().chain(kinds);
            kinds.map(|kind| a(*kind, s.get(object, *kind).works())).collect()
        };
        let (for_public, for_private) = (chosen.clone(), chosen.clone());
        let both_gone = |made: Answer<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)>| {
            made.map(|(public, private)| {
                self.destroy(public);
                self.destroy(private);
            })
        };
        let mut outer = self
            .by_application(pair.public_name, &components(public, pair.public), public)
            .and("generate", &for_public, move |template| {
                both_gone(s.generate_pair(generator, template, &[]))
            });
        if pair.derives {
            let mechanism = Mech::new(CKM_PUB_KEY_FROM_PRIV_KEY);
            outer = outer.and("derive", &[], move |template| {
                self.gone(s.derive(mechanism, private, template))
            });
        }
        let wrapped = s.wrap(Mech::new(KWP), self.kek, private).works();
        let named = components(private, &[]);
        let inner = self
            .by_application(pair.private_name, &components(private, pair.private), private)
            .and("generate", &[], move |template| {
                both_gone(s.generate_pair(generator, &for_private, template))
            })
            .and("unwrap", &named, move |template| {
                self.gone(s.unwrap_key(Mech::new(KWP), self.kek, &wrapped, template))
            });
        [outer, inner]
    }
}

/// A type of key pairs.
struct Pair {
    public_name: &'static str,
    private_name: &'static str,
    generator: CK_MECHANISM_TYPE,
    /// What the public template of a generation needs.
    template: Vec<CK_ATTRIBUTE>,
    /// What imported halves need beside class and type.
    public: &'static [CK_ATTRIBUTE_TYPE],
    private: &'static [CK_ATTRIBUTE_TYPE],
    /// The public key can be derived.
    derives: bool,
}

impl<'a> Subject<'a> {
    fn and(
        mut self,
        name: &'static str,
        base: &[CK_ATTRIBUTE],
        call: impl Fn(&[CK_ATTRIBUTE]) -> Answer + 'a,
    ) -> Self {
        self.ways.push(Way {
            name,
            base: base.to_vec(),
            changes: None,
            call: Box::new(call),
        });
        self
    }

    /// The legal values of an attribute: both of a flag.
    fn legal(&self, kind: CK_ATTRIBUTE_TYPE) -> Vec<CK_ATTRIBUTE> {
        if is_flag(kind) {
            return vec![a(kind, true), a(kind, false)];
        }
        let own = self.values.iter().find(|value| value.type_ == kind).copied();
        vec![own.unwrap_or_else(|| usual(kind))]
    }

    /// The rows that say something.
    fn lines(&self, s: &Session) -> String {
        for way in &self.ways {
            let answer = (way.call)(&way.base);
            assert!(answer.is_ok(), "{}, {}: {answer:?}", self.name, way.name);
        }
        let names: Vec<_> = self.ways.iter().map(|way| way.name.to_owned()).collect();
        let mut rows = vec![(self.name.to_owned(), names)];
        let mut seen = BTreeSet::new();
        for (kind, name) in AttributeType::NAMES {
            if !seen.insert(kind.0) || *name == "CKA_VENDOR_DEFINED" {
                continue;
            }
            for value in self.legal(kind.0) {
                let cells: Vec<_> = self.ways.iter().map(|way| way.cell(s, value)).collect();
                if cells.iter().any(|cell| cell != "TYPE_INVALID") {
                    rows.push((row_name(name, value), cells));
                }
            }
        }
        table(&rows)
    }
}

fn row_name(name: &str, value: CK_ATTRIBUTE) -> String {
    if !is_flag(value.type_) {
        return format!("  {name}");
    }
    let value = if bytes_of(value) == [1] { "TRUE" } else { "FALSE" };
    format!("  {name} {value}")
}

/// Columns of equal width.
fn table(rows: &[(String, Vec<String>)]) -> String {
    let columns = rows[0].1.len();
    let width = |column: usize| rows.iter().map(|(_, cells)| cells[column].len()).max().unwrap();
    let widths: Vec<_> = (0..columns).map(width).collect();
    let first = rows.iter().map(|(name, _)| name.len()).max().unwrap();
    let mut text = String::new();
    for (name, cells) in rows {
        let mut line = format!("{name:first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            write!(line, " | {cell:width$}").unwrap();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

impl Way<'_> {
    fn cell(&self, s: &Session, value: CK_ATTRIBUTE) -> String {
        if self.base.iter().any(|one| one.type_ == value.type_) {
            let rest = without(&self.base, &[value.type_]);
            return match (self.call)(&rest).rv() {
                CKR_OK => "ok".to_owned(),
                CKR_TEMPLATE_INCOMPLETE => "needed".to_owned(),
                missing => format!("needed {}", short(missing)),
            };
        }
        let value = match self.changes {
            Some(object) => another(s, object, value),
            None => value,
        };
        short((self.call)(&with(&self.base, &[value])).rv())
    }
}

fn short(rv: CK_RV) -> String {
    if rv == CKR_OK {
        return "ok".to_owned();
    }
    let name = name(rv);
    ["CKR_ATTRIBUTE_", "CKR_TEMPLATE_", "CKR_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(&name)
        .to_owned()
}

fn bytes_of(attribute: CK_ATTRIBUTE) -> Vec<u8> {
    // SAFETY: attributes of this file have a value of their length.
    unsafe { std::slice::from_raw_parts(attribute.pValue.cast::<u8>(), attribute.ulValueLen as usize) }
        .to_vec()
}

/// A value that the object does not have, but of a flag.
fn another(s: &Session, object: CK_OBJECT_HANDLE, value: CK_ATTRIBUTE) -> CK_ATTRIBUTE {
    let bytes = bytes_of(value);
    if is_flag(value.type_) || is_nested(value.type_) || s.get(object, value.type_) != Ok(bytes.clone()) {
        return value;
    }
    // A number stays small, and text stays text.
    let mut other = bytes;
    let at = if other.len() == 8 { 0 } else { other.len() - 1 };
    other[at] ^= 1;
    a(value.type_, other)
}

fn is_flag(kind: CK_ATTRIBUTE_TYPE) -> bool {
    const FLAGS: &[CK_ATTRIBUTE_TYPE] = &[
        CKA_TOKEN,
        CKA_PRIVATE,
        CKA_MODIFIABLE,
        CKA_COPYABLE,
        CKA_DESTROYABLE,
        CKA_TRUSTED,
        CKA_SENSITIVE,
        CKA_EXTRACTABLE,
        CKA_ALWAYS_SENSITIVE,
        CKA_NEVER_EXTRACTABLE,
        CKA_LOCAL,
        CKA_ENCRYPT,
        CKA_DECRYPT,
        CKA_SIGN,
        CKA_SIGN_RECOVER,
        CKA_VERIFY,
        CKA_VERIFY_RECOVER,
        CKA_WRAP,
        CKA_UNWRAP,
        CKA_DERIVE,
        CKA_ENCAPSULATE,
        CKA_DECAPSULATE,
        CKA_WRAP_WITH_TRUSTED,
        CKA_ALWAYS_AUTHENTICATE,
        CKA_OTP_USER_FRIENDLY_MODE,
    ];
    FLAGS.contains(&kind)
}

fn is_nested(kind: CK_ATTRIBUTE_TYPE) -> bool {
    [
        CKA_WRAP_TEMPLATE,
        CKA_UNWRAP_TEMPLATE,
        CKA_DERIVE_TEMPLATE,
        CKA_ENCAPSULATE_TEMPLATE,
        CKA_DECAPSULATE_TEMPLATE,
    ]
    .contains(&kind)
}

/// A legal value where the object of the class has none.
fn usual(kind: CK_ATTRIBUTE_TYPE) -> CK_ATTRIBUTE {
    const NUMBERS: &[(CK_ATTRIBUTE_TYPE, CK_ULONG)] = &[
        (CKA_CERTIFICATE_TYPE, 0),
        (CKA_CERTIFICATE_CATEGORY, 1),
        (CKA_JAVA_MIDP_SECURITY_DOMAIN, 1),
        (CKA_NAME_HASH_ALGORITHM, CKM_SHA_1),
        (CKA_KEY_TYPE, CKK_AES),
        (CKA_KEY_GEN_MECHANISM, CKM_AES_KEY_GEN),
        (CKA_MODULUS_BITS, 1024),
        (CKA_PRIME_BITS, 1024),
        (CKA_SUBPRIME_BITS, 160),
        (CKA_VALUE_BITS, 512),
        (CKA_VALUE_LEN, 16),
        (CKA_PARAMETER_SET, 2),
        (CKA_PROFILE_ID, 1),
        (CKA_OTP_FORMAT, CK_OTP_FORMAT_DECIMAL),
        (CKA_OTP_LENGTH, 7),
        (CKA_OTP_CHALLENGE_REQUIREMENT, CK_OTP_PARAM_IGNORED),
        (CKA_OTP_TIME_REQUIREMENT, CK_OTP_PARAM_IGNORED),
        (CKA_OTP_PIN_REQUIREMENT, CK_OTP_PARAM_IGNORED),
        (CKA_OTP_COUNTER_REQUIREMENT, CK_OTP_PARAM_MANDATORY),
        (CKA_TRUST_SERVER_AUTH, 3),
        (CKA_TRUST_CLIENT_AUTH, 3),
        (CKA_TRUST_CODE_SIGNING, 3),
        (CKA_TRUST_EMAIL_PROTECTION, 3),
        (CKA_TRUST_IPSEC_IKE, 3),
        (CKA_TRUST_TIME_STAMPING, 3),
        (CKA_TRUST_OCSP_SIGNING, 3),
        (CKA_OBJECT_VALIDATION_FLAGS, 1),
        (CKA_HSS_LEVELS, 1),
        (CKA_HSS_LMS_TYPE, 5),
        (CKA_HSS_LMOTS_TYPE, 4),
        (CKA_HSS_KEYS_REMAINING, 1),
    ];
    if let Some((_, number)) = NUMBERS.iter().find(|(one, _)| *one == kind) {
        return a(kind, *number);
    }
    if is_nested(kind) {
        return nested(kind, &[a(CKA_LABEL, "inner")]);
    }
    match kind {
        CKA_START_DATE | CKA_END_DATE => a(kind, "20300101"),
        CKA_ALLOWED_MECHANISMS => a(kind, &[CKM_AES_ECB][..]),
        CKA_SUBJECT | CKA_ISSUER | CKA_OWNER | CKA_AC_ISSUER => a(kind, hex(NAME)),
        CKA_SERIAL_NUMBER => a(kind, b"\x02\x01\x05"),
        CKA_HASH_OF_CERTIFICATE | CKA_HASH_OF_SUBJECT_PUBLIC_KEY | CKA_HASH_OF_ISSUER_PUBLIC_KEY => {
            a(kind, &[1; 20])
        }
        CKA_OTP_COUNTER => a(kind, &[0, 0, 0, 0, 0, 0, 0, 7]),
        CKA_OBJECT_ID => a(kind, b"\x06\x01\x2a"),
        CKA_EC_PARAMS => a(kind, curve::P256),
        _ => a(kind, b"1"),
    }
}

/// `C=US`.
const NAME: &str = "300d310b3009060355040613025553";

fn pairs(s: &Session) -> Vec<Pair> {
    let group = |generator, bits: &[CK_ATTRIBUTE]| -> Vec<_> {
        let made = s.generate_key(Mech::new(generator), bits).works();
        let kinds = [CKA_PRIME, CKA_SUBPRIME, CKA_BASE];
        kinds
            .iter()
            .filter_map(|kind| Some(a(*kind, s.get(made, *kind).ok()?)))
            .collect()
    };
    let pair = |public_name, private_name, generator, template, public, private| Pair {
        public_name,
        private_name,
        generator,
        template,
        public,
        private,
        derives: false,
    };
    let set = |set: CK_ULONG| vec![a(CKA_PARAMETER_SET, set)];
    let bits = |prime: CK_ULONG, order: CK_ULONG| [a(CKA_PRIME_BITS, prime), a(CKA_SUBPRIME_BITS, order)];
    let mut all = vec![
        pair(
            "CKO_PUBLIC_KEY CKK_RSA",
            "CKO_PRIVATE_KEY CKK_RSA",
            CKM_RSA_PKCS_KEY_PAIR_GEN,
            vec![a(CKA_MODULUS_BITS, 1024)],
            &[CKA_MODULUS, CKA_PUBLIC_EXPONENT],
            &[CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_EC",
            "CKO_PRIVATE_KEY CKK_EC",
            CKM_EC_KEY_PAIR_GEN,
            vec![a(CKA_EC_PARAMS, curve::P256)],
            &[CKA_EC_PARAMS, CKA_EC_POINT],
            &[CKA_EC_PARAMS, CKA_VALUE],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_EC_EDWARDS",
            "CKO_PRIVATE_KEY CKK_EC_EDWARDS",
            CKM_EC_EDWARDS_KEY_PAIR_GEN,
            vec![a(CKA_EC_PARAMS, curve::ED25519)],
            &[CKA_EC_PARAMS, CKA_EC_POINT],
            &[CKA_EC_PARAMS, CKA_VALUE],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_EC_MONTGOMERY",
            "CKO_PRIVATE_KEY CKK_EC_MONTGOMERY",
            CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
            vec![a(CKA_EC_PARAMS, curve::X25519)],
            &[CKA_EC_PARAMS, CKA_EC_POINT],
            &[CKA_EC_PARAMS, CKA_VALUE],
        ),
    ];
    for one in &mut all {
        one.derives = true;
    }
    all.extend([
        pair(
            "CKO_PUBLIC_KEY CKK_DSA",
            "CKO_PRIVATE_KEY CKK_DSA",
            CKM_DSA_KEY_PAIR_GEN,
            group(CKM_DSA_PARAMETER_GEN, &bits(1024, 160)),
            &[CKA_PRIME, CKA_SUBPRIME, CKA_BASE, CKA_VALUE],
            &[CKA_PRIME, CKA_SUBPRIME, CKA_BASE, CKA_VALUE],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_DH",
            "CKO_PRIVATE_KEY CKK_DH",
            CKM_DH_PKCS_KEY_PAIR_GEN,
            group(CKM_DH_PKCS_PARAMETER_GEN, &[a(CKA_PRIME_BITS, 2048)]),
            &[CKA_PRIME, CKA_BASE, CKA_VALUE],
            &[CKA_PRIME, CKA_BASE, CKA_VALUE],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_X9_42_DH",
            "CKO_PRIVATE_KEY CKK_X9_42_DH",
            CKM_X9_42_DH_KEY_PAIR_GEN,
            group(CKM_X9_42_DH_PARAMETER_GEN, &bits(1024, 160)),
            &[CKA_PRIME, CKA_SUBPRIME, CKA_BASE, CKA_VALUE],
            &[CKA_PRIME, CKA_SUBPRIME, CKA_BASE, CKA_VALUE],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_ML_KEM",
            "CKO_PRIVATE_KEY CKK_ML_KEM",
            CKM_ML_KEM_KEY_PAIR_GEN,
            set(CKP_ML_KEM_512),
            &[CKA_PARAMETER_SET, CKA_VALUE],
            &[CKA_PARAMETER_SET, CKA_VALUE],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_ML_DSA",
            "CKO_PRIVATE_KEY CKK_ML_DSA",
            CKM_ML_DSA_KEY_PAIR_GEN,
            set(CKP_ML_DSA_44),
            &[CKA_PARAMETER_SET, CKA_VALUE],
            &[CKA_PARAMETER_SET, CKA_VALUE],
        ),
        pair(
            "CKO_PUBLIC_KEY CKK_SLH_DSA",
            "CKO_PRIVATE_KEY CKK_SLH_DSA",
            CKM_SLH_DSA_KEY_PAIR_GEN,
            set(CKP_SLH_DSA_SHA2_128F),
            &[CKA_PARAMETER_SET, CKA_VALUE],
            &[CKA_PARAMETER_SET, CKA_VALUE],
        ),
    ]);
    all
}

fn matrix() -> String {
    let keys = Keys::new(Token::fresh().user());
    let s = &keys.s;
    let certificate = |kind: CK_ULONG, more: &[CK_ATTRIBUTE]| {
        let kind = a(CKA_CERTIFICATE_TYPE, kind);
        with(
            &[a(CKA_CLASS, CKO_CERTIFICATE), kind, a(CKA_VALUE, b"\x30\x00")],
            more,
        )
    };
    let name = |kind| [a(kind, hex(NAME))];
    let trust = [
        a(CKA_CLASS, CKO_TRUST),
        a(CKA_ISSUER, hex(NAME)),
        a(CKA_SERIAL_NUMBER, b"\x02\x01\x05"),
    ];
    let bits = |prime: CK_ULONG, order: CK_ULONG| [a(CKA_PRIME_BITS, prime), a(CKA_SUBPRIME_BITS, order)];
    let mut subjects = vec![
        keys.data(),
        keys.plain(
            "CKO_CERTIFICATE CKC_X_509",
            &certificate(CKC_X_509, &name(CKA_SUBJECT)),
        ),
        keys.plain(
            "CKO_CERTIFICATE CKC_X_509_ATTR_CERT",
            &certificate(CKC_X_509_ATTR_CERT, &name(CKA_OWNER)),
        ),
        keys.plain("CKO_TRUST", &trust),
        keys.domain(
            "CKO_DOMAIN_PARAMETERS CKK_DSA",
            CKM_DSA_PARAMETER_GEN,
            &[a(CKA_PRIME_BITS, 512)],
        ),
        keys.domain(
            "CKO_DOMAIN_PARAMETERS CKK_DH",
            CKM_DH_PKCS_PARAMETER_GEN,
            &[a(CKA_PRIME_BITS, 2048)],
        ),
        keys.domain(
            "CKO_DOMAIN_PARAMETERS CKK_X9_42_DH",
            CKM_X9_42_DH_PARAMETER_GEN,
            &bits(512, 160),
        ),
        keys.secret(
            "CKO_SECRET_KEY CKK_GENERIC_SECRET",
            CKK_GENERIC_SECRET,
            CKM_GENERIC_SECRET_KEY_GEN,
            32,
            true,
        ),
        keys.secret("CKO_SECRET_KEY CKK_AES", CKK_AES, CKM_AES_KEY_GEN, 32, true),
        keys.secret("CKO_SECRET_KEY CKK_DES3", CKK_DES3, CKM_DES3_KEY_GEN, 24, false),
        keys.secret(
            "CKO_SECRET_KEY CKK_SHA256_HMAC",
            CKK_SHA256_HMAC,
            CKM_SHA256_KEY_GEN,
            32,
            true,
        ),
        keys.one_time(),
    ];
    for pair in pairs(s) {
        subjects.extend(keys.pair(&pair));
    }
    let hss = &vectors(include_str!("../vectors/pqc/hss.txt"))[0];
    let hss = [
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, CKK_HSS),
        a(CKA_VALUE, hss.hex("public")),
    ];
    subjects.push(keys.plain("CKO_PUBLIC_KEY CKK_HSS", &hss));
    let xmss = vectors(include_str!("../vectors/pqc/xmss.txt"))[0].hex("public");
    subjects.push(keys.plain("CKO_PUBLIC_KEY CKK_XMSS", &pq_public(CKK_XMSS, 1, &xmss)));
    let tables: Vec<_> = subjects.iter().map(|subject| subject.lines(s)).collect();
    format!("{HEAD}\n{}", tables.join("\n"))
}

/// OBJ-1: what the tables of the standard say of attributes, as it is answered.
#[test]
fn every_attribute_answers_in_every_template_as_reviewed() {
    isolated(|| {
        let matrix = matrix();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        if std::env::var_os("TEMPLATE_MATRIX_WRITE").is_some() {
            std::fs::write(&path, &matrix).unwrap();
        }
        let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
        let (old, new): (Vec<_>, Vec<_>) = (reviewed.lines().collect(), matrix.lines().collect());
        for (at, line) in new.iter().enumerate() {
            assert_eq!(old.get(at), Some(line), "{FILE}, line {}", at + 1);
        }
        assert_eq!(old.len(), new.len());
    });
}
