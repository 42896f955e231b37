//! The parameters of key derivation: [`DerivationKind`] and [`DerivationParams`], beside
//! [`ParamKind`](super::ParamKind) and [`Params`](super::Params).

use crate::attribute::RawAttribute;
use crate::ck::ObjectHandle;
use crate::crypto::hash::Hash;
use crate::crypto::kbkdf::Number;
use crate::crypto::prf::Function;
use crate::crypto::tls_prf::TlsPrf;
use crate::secret::SecretBytes;

/// Which parameter a derivation takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DerivationKind {
    /// `CK_HKDF_PARAMS`.
    Hkdf,
    /// `CK_SP800_108_KDF_PARAMS`.
    Kbkdf {
        /// The iteration variable is a counter.
        counter: bool,
    },
    /// `CK_SP800_108_FEEDBACK_KDF_PARAMS`.
    KbkdfFeedback,
    /// `CK_KDF_PRF_PARAMS` of Thales Luna.
    PrfKdf {
        /// The functions are those of NIST; else the others.
        nist: bool,
    },
    /// `CK_PKCS5_PBKD2_PARAMS2`, or `CK_PKCS5_PBKD2_PARAMS` with its pointer to the password's length.
    Pbkdf2,
    /// `CK_PBE_PARAMS`.
    Pbe {
        /// An initialisation vector of 8 bytes goes back.
        iv: bool,
    },
    /// `CK_KEY_DERIVATION_STRING_DATA`.
    Data,
    /// `CK_OBJECT_HANDLE`.
    Key,
    /// `CK_EXTRACT_PARAMS`.
    Bit,
    /// `CK_VERSION`.
    TlsVersion,
    /// `CK_SSL3_MASTER_KEY_DERIVE_PARAMS` and its two successors.
    TlsMasterKey {
        /// Which of them.
        form: MasterKeyForm,
        /// The premaster secret holds a version, which goes back.
        version: bool,
    },
    /// `CK_SSL3_KEY_MAT_PARAMS`, or `CK_TLS12_KEY_MAT_PARAMS`.
    TlsKeyMaterial {
        /// The second, which names the hash.
        names_hash: bool,
        /// Initialisation vectors go back.
        ivs: bool,
    },
    /// `CK_TLS_KDF_PARAMS`.
    TlsKdf,
    /// `CK_TLS_MAC_PARAMS`.
    TlsMac,
    /// `CK_TLS_PRF_PARAMS`.
    TlsPrf,
    /// `CK_IKE2_PRF_PLUS_DERIVE_PARAMS`.
    Ike2PrfPlus,
    /// `CK_IKE_PRF_DERIVE_PARAMS`.
    IkePrf,
    /// `CK_IKE1_PRF_DERIVE_PARAMS`.
    Ike1Prf,
    /// `CK_IKE1_EXTENDED_DERIVE_PARAMS`.
    Ike1Extended,
}

/// The form of the parameter of a master key derivation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MasterKeyForm {
    /// `CK_SSL3_MASTER_KEY_DERIVE_PARAMS`.
    Tls10,
    /// `CK_TLS12_MASTER_KEY_DERIVE_PARAMS`.
    Tls12,
    /// `CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS`.
    Extended,
}

/// The parameter of a derivation, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerivationParams {
    /// HKDF [PKCS#11 3.2, 6.48.2].
    Hkdf(Hkdf),
    /// SP 800-108 [PKCS#11 3.2, 6.28.2].
    Kbkdf(Kbkdf),
    /// PBKDF2 [PKCS#11 3.2, 6.23.3].
    Pbkdf2 {
        /// The hash of the HMAC.
        hash: Hash,
        /// Salt and iterations.
        password: Password,
    },
    /// PKCS #12 [PKCS#11 3.2, 6.23.2].
    Pbe(Password),
    /// Bytes beside the key [PKCS#11 3.2, 6.29.2].
    Data(Box<[u8]>),
    /// Another key [PKCS#11 3.2, 6.29.3].
    Key(ObjectHandle),
    /// The first bit of the base key that is taken [PKCS#11 3.2, 6.29.2].
    Bit(u64),
    /// A TLS version: major, minor.
    TlsVersion([u8; 2]),
    /// TLS master keys [PKCS#11 3.2, 6.26.2].
    TlsMasterKey {
        /// The pseudo-random function.
        prf: TlsPrf,
        /// What the master key depends on beside the premaster secret.
        seed: MasterSeed,
        /// Somebody wants the version.
        wants_version: bool,
    },
    /// TLS key blocks [PKCS#11 3.2, 6.26.2].
    TlsKeyMaterial(TlsKeyMaterial),
    /// Keys by the PRF of TLS [PKCS#11 3.2, 6.26.2].
    TlsKdf {
        /// The pseudo-random function.
        prf: TlsPrf,
        /// The label.
        label: Box<[u8]>,
        /// The randoms of both sides.
        randoms: Randoms,
        /// The context, if there is one; an empty one is one.
        context: Option<Box<[u8]>>,
    },
    /// TLS "finished" values [PKCS#11 3.2, 6.26.2].
    TlsMac {
        /// The pseudo-random function.
        prf: TlsPrf,
        /// Length of the value in bytes.
        length: u64,
        /// The server's value.
        server: bool,
    },
    /// Bytes by the PRF of TLS 1.0 [PKCS#11 3.2, 6.26.2].
    TlsPrf {
        /// The label.
        label: Box<[u8]>,
        /// The seed.
        seed: Box<[u8]>,
        /// How many bytes are wanted.
        length: usize,
    },
    /// prf+ of IKEv2 [PKCS#11 3.2, 6.50.2].
    Ike2PrfPlus {
        /// The pseudo-random function.
        prf: Function,
        /// A key that the seed begins with.
        seed_key: Option<ObjectHandle>,
        /// The rest of the seed.
        seed: Box<[u8]>,
    },
    /// The first key of IKE [PKCS#11 3.2, 6.50.2].
    IkePrf {
        /// The pseudo-random function.
        prf: Function,
        /// The nonces are the function's key, and the base key is its data.
        data_as_key: bool,
        /// The new key of a rekeying.
        new_key: Option<ObjectHandle>,
        /// Both nonces, one behind the other.
        nonces: Box<[u8]>,
    },
    /// The keys of IKEv1 [PKCS#11 3.2, 6.50.2].
    Ike1Prf {
        /// The pseudo-random function.
        prf: Function,
        /// The key that was derived before.
        previous: Option<ObjectHandle>,
        /// The exchanged key.
        gxy: ObjectHandle,
        /// Both cookies, one behind the other.
        cookies: Box<[u8]>,
        /// Which key it is.
        number: u8,
    },
    /// Longer keys of IKEv1 [PKCS#11 3.2, 6.50.2].
    Ike1Extended {
        /// The pseudo-random function.
        prf: Function,
        /// The exchanged key.
        gxy: Option<ObjectHandle>,
        /// Extra data.
        extra: Box<[u8]>,
    },
}

/// `CK_HKDF_PARAMS`. At least one of both steps is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hkdf {
    /// The hash of the HMAC.
    pub hash: Hash,
    /// The salt of the extract step.
    pub extract: Option<Salt>,
    /// The information of the expand step.
    pub expand: Option<Box<[u8]>>,
}

/// The salt of HKDF-Extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Salt {
    /// These bytes; none for no salt.
    Data(Box<[u8]>),
    /// The value of this key.
    Key(ObjectHandle),
}

/// `CK_SP800_108_KDF_PARAMS` and its feedback form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kbkdf {
    /// The pseudo-random function.
    pub prf: Function,
    /// What its input is made of.
    pub fields: Vec<KbkdfField>,
    /// The initial value of feedback mode.
    pub iv: Box<[u8]>,
    /// The templates of further keys.
    pub further: Vec<Vec<RawAttribute>>,
}

/// One `CK_PRF_DATA_PARAM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KbkdfField {
    /// The iteration variable, where it is no counter.
    Chained,
    /// A counter: the iteration variable of counter mode, or beside that of the other modes.
    Counter(Number),
    /// The length of what is derived, in bits.
    Length {
        /// Of the keys; otherwise of the segments that they are taken from.
        of_keys: bool,
        /// How it is written.
        format: Number,
    },
    /// These bytes.
    Bytes(Box<[u8]>),
    /// The value of this key.
    Key(ObjectHandle),
}

/// A password with what makes a key of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password {
    /// The password.
    pub value: SecretBytes,
    /// The salt.
    pub salt: Box<[u8]>,
    /// How often the function is applied, at least once.
    pub iterations: u32,
}

/// `CK_SSL3_RANDOM_DATA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Randoms {
    /// The client's.
    pub client: Box<[u8]>,
    /// The server's.
    pub server: Box<[u8]>,
}

/// What a master key depends on beside the premaster secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MasterSeed {
    /// The randoms [RFC 5246, 8.1].
    Randoms(Randoms),
    /// The hash of the session [RFC 7627, 4].
    SessionHash(Box<[u8]>),
}

/// `CK_TLS12_KEY_MAT_PARAMS`. Lengths are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsKeyMaterial {
    /// The pseudo-random function.
    pub prf: TlsPrf,
    /// Length of each MAC key.
    pub mac_len: usize,
    /// Length of each cipher key.
    pub key_len: usize,
    /// Length of each initialisation vector.
    pub iv_len: usize,
    /// The randoms of both sides.
    pub randoms: Randoms,
}
