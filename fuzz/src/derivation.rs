//! Parameters of key derivation as a C program passes them, mostly sensible and sometimes hostile.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};

use arbitrary::{Arbitrary, Result, Unstructured};
use cryptoki_sys::*;
use vhsm::ck::to_ulong;
use vhsm::mechanism::params::derivation::{DerivationKind, MasterKeyForm};

use crate::memory::Arena;
use crate::words::{Bytes, Number};

/// A key that there is: what parameters name by handle, mostly.
pub static KEY: AtomicU64 = AtomicU64::new(0);

/// Mechanisms that parameters name: hashes, their MACs, others.
const FUNCTIONS: [u64; 14] = [
    CKM_SHA_1,
    CKM_SHA256,
    CKM_SHA384,
    CKM_SHA3_256,
    CKM_SHA_1_HMAC,
    CKM_SHA256_HMAC,
    CKM_SHA512_HMAC,
    CKM_SHA3_512_HMAC,
    CKM_AES_CMAC,
    CKM_DES3_CMAC,
    CKM_MD5_HMAC,
    CKM_TLS_PRF,
    0,
    u64::MAX,
];

/// A parameter of one kind; each takes what it needs.
#[derive(Clone, Debug)]
pub struct Derivation {
    kind: DerivationKind,
    flags: [u8; 2],
    function: u8,
    choice: u8,
    numbers: [Number; 3],
    data: [Bytes; 3],
    handles: [Handle; 2],
    fields: Vec<Field>,
    keys: Vec<bool>,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
enum Handle {
    Key,
    Other(u8),
    Any(u64),
}

impl Handle {
    fn number(self) -> u64 {
        match self {
            Self::Key => KEY.load(Ordering::Relaxed),
            Self::Other(small) => u64::from(small),
            Self::Any(handle) => handle,
        }
    }
}

#[derive(Clone, Debug, Arbitrary)]
enum Field {
    Null(u8),
    Counter(u8, Number, bool),
    Length(u8, Number),
    Bytes(Bytes),
    Key(Handle),
    Any(Number, Bytes),
}

impl<'a> Arbitrary<'a> for Derivation {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Self::of(DerivationKind::Hkdf, u)
    }
}

/// Length of the structure in bytes.
pub fn length(kind: DerivationKind) -> u64 {
    to_ulong(match kind {
        DerivationKind::Hkdf => size_of::<CK_HKDF_PARAMS>(),
        DerivationKind::Kbkdf { .. } => size_of::<CK_SP800_108_KDF_PARAMS>(),
        DerivationKind::KbkdfFeedback => size_of::<CK_SP800_108_FEEDBACK_KDF_PARAMS>(),
        DerivationKind::Pbkdf2 => size_of::<CK_PKCS5_PBKD2_PARAMS2>(),
        DerivationKind::Pbe { .. } => size_of::<CK_PBE_PARAMS>(),
        DerivationKind::Data => size_of::<CK_KEY_DERIVATION_STRING_DATA>(),
        DerivationKind::Key | DerivationKind::Bit => 8,
        DerivationKind::TlsVersion => size_of::<CK_VERSION>(),
        DerivationKind::TlsMasterKey { form, .. } => match form {
            MasterKeyForm::Tls10 => size_of::<CK_SSL3_MASTER_KEY_DERIVE_PARAMS>(),
            MasterKeyForm::Tls12 => size_of::<CK_TLS12_MASTER_KEY_DERIVE_PARAMS>(),
            MasterKeyForm::Extended => size_of::<CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS>(),
        },
        DerivationKind::TlsKeyMaterial {
            names_hash: false, ..
        } => size_of::<CK_SSL3_KEY_MAT_PARAMS>(),
        DerivationKind::TlsKeyMaterial { names_hash: true, .. } => size_of::<CK_TLS12_KEY_MAT_PARAMS>(),
        DerivationKind::PrfKdf { .. } => size_of::<PrfKdf>(),
        DerivationKind::TlsKdf => size_of::<CK_TLS_KDF_PARAMS>(),
        DerivationKind::TlsMac => size_of::<CK_TLS_MAC_PARAMS>(),
        DerivationKind::TlsPrf => size_of::<CK_TLS_PRF_PARAMS>(),
        DerivationKind::Ike2PrfPlus => size_of::<CK_IKE2_PRF_PLUS_DERIVE_PARAMS>(),
        DerivationKind::IkePrf => size_of::<CK_IKE_PRF_DERIVE_PARAMS>(),
        DerivationKind::Ike1Prf => size_of::<CK_IKE1_PRF_DERIVE_PARAMS>(),
        DerivationKind::Ike1Extended => size_of::<CK_IKE1_EXTENDED_DERIVE_PARAMS>(),
    })
}

/// Thales Luna's `CK_KDF_PRF_PARAMS`.
#[repr(C)]
#[derive(Clone, Copy)]
struct PrfKdf {
    function: u64,
    label: *mut u8,
    label_len: u64,
    context: *mut u8,
    context_len: u64,
    counter: u64,
    encoding: u64,
}

fn structure<T: Copy>(arena: &mut Arena, value: T) -> (*mut u8, u64) {
    (arena.items(&[value]).cast(), to_ulong(size_of::<T>()))
}

impl Derivation {
    /// Of this kind.
    pub fn of(kind: DerivationKind, u: &mut Unstructured<'_>) -> Result<Self> {
        let flag = |u: &mut Unstructured<'_>| {
            Ok(if u.ratio(1, 16)? {
                u.arbitrary()?
            } else {
                u.int_in_range(0..=1)?
            })
        };
        Ok(Self {
            kind,
            flags: [flag(u)?, flag(u)?],
            function: u.arbitrary()?,
            choice: u.arbitrary()?,
            numbers: u.arbitrary()?,
            data: u.arbitrary()?,
            handles: u.arbitrary()?,
            fields: u.arbitrary()?,
            keys: u.arbitrary()?,
        })
    }

    fn function(&self) -> u64 {
        FUNCTIONS[usize::from(self.function) % FUNCTIONS.len()]
    }

    /// The structure.
    pub fn place(&self, arena: &mut Arena) -> (*mut u8, u64) {
        let [data, more, third] = [0, 1, 2].map(|at| self.data[at].place(arena));
        let [handle, other] = self.handles.map(Handle::number);
        let random_info = CK_SSL3_RANDOM_DATA {
            pClientRandom: data.0,
            ulClientRandomLen: data.1,
            pServerRandom: more.0,
            ulServerRandomLen: more.1,
        };
        let version = match self.choice % 2 {
            0 => null_mut(),
            _ => arena.room(2).cast(),
        };
        let password_len = arena.items(&[more.1]);
        let iv_room = arena.room(8);
        let told = self.numbers[0].0;
        let output_room = arena.room(usize::try_from(told).map_or(8, |told| told.min(1 << 16)));
        let told_at = arena.items(&[told]);
        // Enough to do much and not for long.
        let iterations = self.numbers[0].0 % 5 + (u64::from(self.choice % 16 == 15) << 32);
        match self.kind {
            DerivationKind::Hkdf => structure(
                arena,
                CK_HKDF_PARAMS {
                    bExtract: self.flags[0],
                    bExpand: self.flags[1],
                    prfHashMechanism: self.function(),
                    ulSaltType: u64::from(self.choice % 5),
                    pSalt: data.0,
                    ulSaltLen: data.1,
                    hSaltKey: handle,
                    pInfo: more.0,
                    ulInfoLen: more.1,
                },
            ),
            DerivationKind::Kbkdf { .. } | DerivationKind::KbkdfFeedback => self.kbkdf(arena, data),
            DerivationKind::PrfKdf { .. } => structure(
                arena,
                PrfKdf {
                    function: u64::from(self.function % 12),
                    label: data.0,
                    label_len: data.1,
                    context: more.0,
                    context_len: more.1,
                    counter: u64::from(self.choice % 8 != 7),
                    encoding: u64::from(self.choice % 7),
                },
            ),
            DerivationKind::Pbkdf2 => structure(
                arena,
                CK_PKCS5_PBKD2_PARAMS2 {
                    saltSource: u64::from(self.choice % 8 != 7),
                    pSaltSourceData: data.0.cast(),
                    ulSaltSourceDataLen: data.1,
                    iterations,
                    prf: u64::from(self.function % 10),
                    pPrfData: null_mut(),
                    ulPrfDataLen: 0,
                    pPassword: more.0,
                    ulPasswordLen: match self.flags[0] {
                        0 => more.1,
                        _ => password_len as u64,
                    },
                },
            ),
            DerivationKind::Pbe { .. } => structure(
                arena,
                CK_PBE_PARAMS {
                    pInitVector: if self.flags[0] == 0 { null_mut() } else { iv_room },
                    pPassword: data.0,
                    ulPasswordLen: data.1,
                    pSalt: more.0,
                    ulSaltLen: more.1,
                    ulIteration: iterations,
                },
            ),
            DerivationKind::Data => structure(
                arena,
                CK_KEY_DERIVATION_STRING_DATA {
                    pData: data.0,
                    ulLen: data.1,
                },
            ),
            DerivationKind::Key => structure(arena, handle),
            DerivationKind::Bit => structure(arena, self.numbers[0].0),
            DerivationKind::TlsVersion => structure(
                arena,
                CK_VERSION {
                    major: 3,
                    minor: self.choice,
                },
            ),
            DerivationKind::TlsMasterKey { form, .. } => match form {
                MasterKeyForm::Tls10 => structure(
                    arena,
                    CK_SSL3_MASTER_KEY_DERIVE_PARAMS {
                        RandomInfo: random_info,
                        pVersion: version,
                    },
                ),
                MasterKeyForm::Tls12 => structure(
                    arena,
                    CK_TLS12_MASTER_KEY_DERIVE_PARAMS {
                        RandomInfo: random_info,
                        pVersion: version,
                        prfHashMechanism: self.function(),
                    },
                ),
                MasterKeyForm::Extended => structure(
                    arena,
                    CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS {
                        prfHashMechanism: self.function(),
                        pSessionHash: data.0,
                        ulSessionHashLen: data.1,
                        pVersion: version,
                    },
                ),
            },
            DerivationKind::TlsKeyMaterial { names_hash, .. } => {
                self.material(arena, names_hash, random_info)
            }
            DerivationKind::TlsKdf => structure(
                arena,
                CK_TLS_KDF_PARAMS {
                    prfMechanism: self.function(),
                    pLabel: third.0,
                    ulLabelLength: third.1,
                    RandomInfo: random_info,
                    pContextData: if self.flags[0] == 0 { null_mut() } else { data.0 },
                    ulContextDataLength: if self.flags[0] == 0 { 0 } else { data.1 },
                },
            ),
            DerivationKind::TlsMac => structure(
                arena,
                CK_TLS_MAC_PARAMS {
                    prfHashMechanism: self.function(),
                    ulMacLength: self.numbers[0].0,
                    ulServerOrClient: u64::from(self.choice % 4),
                },
            ),
            DerivationKind::TlsPrf => structure(
                arena,
                CK_TLS_PRF_PARAMS {
                    pSeed: data.0,
                    ulSeedLen: data.1,
                    pLabel: more.0,
                    ulLabelLen: more.1,
                    pOutput: if self.choice % 8 == 7 {
                        null_mut()
                    } else {
                        output_room
                    },
                    pulOutputLen: if self.choice % 8 == 6 { null_mut() } else { told_at },
                },
            ),
            DerivationKind::Ike2PrfPlus => structure(
                arena,
                CK_IKE2_PRF_PLUS_DERIVE_PARAMS {
                    prfMechanism: self.function(),
                    bHasSeedKey: self.flags[0],
                    hSeedKey: handle,
                    pSeedData: data.0,
                    ulSeedDataLen: data.1,
                },
            ),
            DerivationKind::IkePrf => structure(
                arena,
                CK_IKE_PRF_DERIVE_PARAMS {
                    prfMechanism: self.function(),
                    bDataAsKey: self.flags[0],
                    bRekey: self.flags[1],
                    pNi: data.0,
                    ulNiLen: data.1,
                    pNr: more.0,
                    ulNrLen: more.1,
                    hNewKey: handle,
                },
            ),
            DerivationKind::Ike1Prf => structure(
                arena,
                CK_IKE1_PRF_DERIVE_PARAMS {
                    prfMechanism: self.function(),
                    bHasPrevKey: self.flags[0],
                    hKeygxy: handle,
                    hPrevKey: other,
                    pCKYi: data.0,
                    ulCKYiLen: data.1,
                    pCKYr: more.0,
                    ulCKYrLen: more.1,
                    keyNumber: self.choice,
                },
            ),
            DerivationKind::Ike1Extended => structure(
                arena,
                CK_IKE1_EXTENDED_DERIVE_PARAMS {
                    prfMechanism: self.function(),
                    bHasKeygxy: self.flags[0],
                    hKeygxy: handle,
                    pExtraData: data.0,
                    ulExtraDataLen: data.1,
                },
            ),
        }
    }

    fn kbkdf(&self, arena: &mut Arena, iv: (*mut u8, u64)) -> (*mut u8, u64) {
        let fields: Vec<_> = self
            .fields
            .iter()
            .take(20)
            .map(|field| field.place(arena))
            .collect();
        let keys: Vec<_> = self
            .keys
            .iter()
            .take(5)
            .map(|has_place| {
                let length: *mut u64 = arena.items(&[24]);
                CK_DERIVED_KEY {
                    pTemplate: arena.items(&[CK_ATTRIBUTE {
                        type_: CKA_VALUE_LEN,
                        pValue: length.cast(),
                        ulValueLen: 8,
                    }]),
                    ulAttributeCount: 1,
                    phKey: if *has_place {
                        arena.room(8).cast()
                    } else {
                        null_mut()
                    },
                }
            })
            .collect();
        let (field_count, key_count) = (to_ulong(fields.len()), to_ulong(keys.len()));
        let (fields, keys) = (arena.items(&fields), arena.items(&keys));
        match self.kind {
            DerivationKind::KbkdfFeedback => structure(
                arena,
                CK_SP800_108_FEEDBACK_KDF_PARAMS {
                    prfType: self.function(),
                    ulNumberOfDataParams: field_count,
                    pDataParams: fields,
                    ulIVLen: iv.1,
                    pIV: iv.0,
                    ulAdditionalDerivedKeys: key_count,
                    pAdditionalDerivedKeys: keys,
                },
            ),
            _ => structure(
                arena,
                CK_SP800_108_KDF_PARAMS {
                    prfType: self.function(),
                    ulNumberOfDataParams: field_count,
                    pDataParams: fields,
                    ulAdditionalDerivedKeys: key_count,
                    pAdditionalDerivedKeys: keys,
                },
            ),
        }
    }

    fn material(
        &self,
        arena: &mut Arena,
        names_hash: bool,
        random_info: CK_SSL3_RANDOM_DATA,
    ) -> (*mut u8, u64) {
        let [mac, key, iv] = self.numbers.map(|number| number.0);
        let room = usize::try_from(iv / 8).map_or(8, |room| room.min(1024));
        let out = CK_SSL3_KEY_MAT_OUT {
            hClientMacSecret: 0,
            hServerMacSecret: 0,
            hClientKey: 0,
            hServerKey: 0,
            pIVClient: arena.room(room),
            pIVServer: if self.choice % 8 == 7 {
                null_mut()
            } else {
                arena.room(room)
            },
        };
        let params = CK_TLS12_KEY_MAT_PARAMS {
            ulMacSizeInBits: mac,
            ulKeySizeInBits: key,
            ulIVSizeInBits: iv,
            bIsExport: u8::from(self.flags[0] > 1),
            RandomInfo: random_info,
            pReturnedKeyMaterial: if self.choice % 8 == 6 {
                null_mut()
            } else {
                arena.items(&[out])
            },
            prfHashMechanism: self.function(),
        };
        match names_hash {
            true => structure(arena, params),
            false => structure(
                arena,
                CK_SSL3_KEY_MAT_PARAMS {
                    ulMacSizeInBits: mac,
                    ulKeySizeInBits: key,
                    ulIVSizeInBits: iv,
                    bIsExport: params.bIsExport,
                    RandomInfo: random_info,
                    pReturnedKeyMaterial: params.pReturnedKeyMaterial,
                },
            ),
        }
    }
}

impl Field {
    fn place(&self, arena: &mut Arena) -> CK_PRF_DATA_PARAM {
        let (type_, (pointer, length)) = match self {
            Self::Null(kind) => (u64::from(kind % 7), (null_mut(), 0)),
            Self::Counter(kind, width, little_endian) => {
                let format = CK_SP800_108_COUNTER_FORMAT {
                    bLittleEndian: u8::from(*little_endian),
                    ulWidthInBits: width.0,
                };
                (u64::from(kind % 3), structure(arena, format))
            }
            Self::Length(method, width) => {
                let format = CK_SP800_108_DKM_LENGTH_FORMAT {
                    dkmLengthMethod: u64::from(method % 4),
                    bLittleEndian: 0,
                    ulWidthInBits: width.0,
                };
                (CK_SP800_108_DKM_LENGTH, structure(arena, format))
            }
            Self::Bytes(bytes) => (CK_SP800_108_BYTE_ARRAY, bytes.place(arena)),
            Self::Key(handle) => (CK_SP800_108_KEY_HANDLE, structure(arena, handle.number())),
            Self::Any(kind, bytes) => (kind.0, bytes.place(arena)),
        };
        CK_PRF_DATA_PARAM {
            type_,
            pValue: pointer.cast(),
            ulValueLen: length,
        }
    }
}
