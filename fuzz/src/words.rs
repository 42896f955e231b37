//! The words of inputs: bytes, mechanisms and templates as a C program passes them, mostly sensible and sometimes
//! hostile. Hostile is what a module can see: NULL with a length, and lengths that no memory has.

use std::ptr::null_mut;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use cryptoki_sys::{
    CK_AES_CBC_ENCRYPT_DATA_PARAMS, CK_AES_CTR_PARAMS, CK_ATTRIBUTE, CK_CCM_PARAMS, CK_CHACHA20_PARAMS,
    CK_DES_CBC_ENCRYPT_DATA_PARAMS, CK_ECDH_AES_KEY_WRAP_PARAMS, CK_ECDH1_DERIVE_PARAMS, CK_EDDSA_PARAMS,
    CK_GCM_PARAMS, CK_HASH_SIGN_ADDITIONAL_CONTEXT, CK_KEY_DERIVATION_STRING_DATA, CK_MECHANISM,
    CK_OTP_PARAM, CK_OTP_PARAMS, CK_RSA_AES_KEY_WRAP_PARAMS, CK_RSA_PKCS_OAEP_PARAMS, CK_RSA_PKCS_PSS_PARAMS,
    CK_SALSA20_CHACHA20_POLY1305_PARAMS, CK_SALSA20_PARAMS, CK_SIGN_ADDITIONAL_CONTEXT,
    CK_X9_42_DH1_DERIVE_PARAMS, CK_X9_42_DH2_DERIVE_PARAMS,
};
use vhsm::attribute::Value;
use vhsm::ck::*;
use vhsm::mechanism::ParamKind;
use vhsm::object::rules::{Kind, kind_of};

use crate::derivation::Derivation;
use crate::memory::Arena;
use crate::samples::{PRIVATE_KEYS, SAMPLES};

/// Most bytes of one piece of data.
const BYTES_MAX: usize = 2048;

/// Bytes by pointer and length.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// As they are.
    Given(Vec<u8>),
    /// NULL with this length.
    Null(u64),
    /// A pointer with a length that no memory has.
    Impossible(u64),
}

impl Bytes {
    /// Pointer and length.
    pub fn place(&self, arena: &mut Arena) -> (*mut u8, u64) {
        match self {
            Self::Given(bytes) => (arena.bytes(bytes), to_ulong(bytes.len())),
            Self::Null(length) => (null_mut(), *length),
            Self::Impossible(length) => (arena.room(8), *length),
        }
    }
}

impl<'a> Arbitrary<'a> for Bytes {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=31)? {
            0 => Self::Null(u.int_in_range(0..=40)?),
            1 => Self::Null(u.arbitrary()?),
            2 => Self::Impossible(impossible(u)?),
            3..=12 => {
                let length = u.int_in_range(0..=BYTES_MAX)?;
                Self::Given(vec![u.arbitrary()?; length])
            }
            _ => Self::Given(short(u)?),
        })
    }
}

/// Bytes of the input itself.
fn short(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let length = u.int_in_range(0..=64)?;
    let length = length.min(u.len());
    u.bytes(length).map(<[u8]>::to_vec)
}

fn impossible(u: &mut Unstructured<'_>) -> Result<u64> {
    Ok(*u.choose(&[u64::MAX, u64::MAX - 7, 1 << 63, (1 << 63) - 1, (1 << 46) + 1])?)
}

/// Where a result goes.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub enum Room {
    /// NULL: the length is asked for.
    Query,
    /// Room of this many bytes.
    Exactly(u16),
    /// Enough.
    Enough,
    /// Enough, and the caller names more than there is.
    Boundless,
    /// NULL for the length.
    NoLength,
}

/// A placed [`Room`].
pub struct Placed {
    /// The buffer.
    pub pointer: *mut u8,
    /// Its length, to be written.
    pub length: *mut u64,
    named: u64,
}

/// Bytes that every result of these inputs has room in.
pub const ENOUGH: usize = 2 * BYTES_MAX + (20 << 10);

impl Room {
    /// Pointers to the buffer and to its length.
    pub fn place(self, arena: &mut Arena) -> Placed {
        let (bytes, named) = match self {
            Self::Query => (0, 0),
            Self::Exactly(length) => (usize::from(length), u64::from(length)),
            Self::Enough | Self::NoLength => (ENOUGH, to_ulong(ENOUGH)),
            Self::Boundless => (ENOUGH, u64::MAX),
        };
        let pointer = match self {
            Self::Query => null_mut(),
            _ => arena.room(bytes),
        };
        let length = match self {
            Self::NoLength => null_mut(),
            _ => arena.items(&[named]),
        };
        Placed {
            pointer,
            length,
            named,
        }
    }
}

impl Placed {
    /// The length that was written.
    pub fn told(&self) -> u64 {
        // SAFETY: the place is the arena's, or there is none and nobody asks.
        unsafe { self.length.read_unaligned() }
    }

    /// What holds after every call that got this room.
    pub fn check(&self, rv: u64) {
        match Rv(rv) {
            CKR_OK => {
                assert!(!self.length.is_null());
                assert_ne!(self.told(), CK_UNAVAILABLE_INFORMATION);
                assert!(self.pointer.is_null() || self.told() <= self.named);
            }
            CKR_BUFFER_TOO_SMALL => assert!(!self.pointer.is_null() && self.told() > self.named),
            _ => {}
        }
    }

    /// The bytes that were written.
    pub fn output(&self) -> Vec<u8> {
        let length = to_usize(self.told());
        assert!(length <= ENOUGH && !self.pointer.is_null());
        // SAFETY: so many bytes are the arena's.
        unsafe { std::slice::from_raw_parts(self.pointer, length) }.to_vec()
    }
}

// ---- mechanisms ----

/// A mechanism's parameter.
#[derive(Clone, Debug, Arbitrary)]
pub enum Param {
    /// No parameter.
    None,
    /// Bytes as they are.
    Raw(Bytes),
    /// As many equal bytes as the mechanism wants.
    Iv(u8),
    /// `CK_AES_CTR_PARAMS`.
    Ctr { bits: u8, block: [u8; 16] },
    /// `CK_GCM_PARAMS`, perhaps without `ulIvBits`.
    Gcm {
        iv: Bytes,
        aad: Bytes,
        tag_bits: Number,
        old: bool,
    },
    /// `CK_RSA_PKCS_OAEP_PARAMS`.
    Oaep {
        hash: u8,
        mgf: u8,
        source: u8,
        label: Bytes,
    },
    /// `CK_RSA_PKCS_PSS_PARAMS`.
    Pss { hash: u8, mgf: u8, salt_len: Number },
    /// `CK_MAC_GENERAL_PARAMS`.
    Mac(Number),
    /// `CK_ECDH1_DERIVE_PARAMS`; the point of a sample, or any.
    Ecdh {
        kdf: u8,
        shared: Bytes,
        sample: Option<u8>,
        public: Bytes,
    },
    /// `CK_OTP_PARAMS`.
    Otp(Vec<(Number, Bytes)>),
    /// A structure of key derivation.
    Derivation(Derivation),
    /// `CK_EDDSA_PARAMS`.
    Eddsa { flag: u8, context: Bytes },
    /// `CK_CCM_PARAMS`.
    Ccm {
        data_len: Number,
        nonce: Bytes,
        aad: Bytes,
        tag_len: Number,
    },
    /// `CK_CHACHA20_PARAMS` and `CK_SALSA20_PARAMS`; lengths in bits that mostly fit the bytes.
    Stream {
        counter: Bytes,
        counter_bits: Option<Number>,
        nonce: Bytes,
        nonce_bits: Option<Number>,
    },
    /// `CK_SALSA20_CHACHA20_POLY1305_PARAMS`.
    StreamPoly1305 { nonce: Bytes, in_bits: bool, aad: Bytes },
    /// `CK_KEY_DERIVATION_STRING_DATA` and the structures with an initialisation vector before the data.
    EncryptData { iv: [u8; 16], data: Bytes },
    /// `CK_X9_42_DH1_DERIVE_PARAMS`.
    X942 { kdf: u8, info: Bytes, public: Bytes },
    /// `CK_X9_42_DH2_DERIVE_PARAMS`.
    X942Hybrid {
        kdf: u8,
        info: Bytes,
        public: Bytes,
        private: u8,
        second: Bytes,
    },
    /// `CK_RSA_AES_KEY_WRAP_PARAMS`, perhaps with NULL for the parameter of OAEP.
    RsaWrap {
        bits: KeyBits,
        oaep: bool,
        hash: u8,
        mgf: u8,
        label: Bytes,
    },
    /// `CK_ECDH_AES_KEY_WRAP_PARAMS`.
    EcdhWrap { bits: KeyBits, kdf: u8, shared: Bytes },
    /// `CK_SIGN_ADDITIONAL_CONTEXT`.
    SignContext { hedge: u8, context: Bytes },
    /// `CK_HASH_SIGN_ADDITIONAL_CONTEXT`.
    HashSignContext { hedge: u8, context: Bytes, hash: u8 },
}

impl Param {
    /// Whether it is a structure with pointers.
    fn has_pointers(&self) -> bool {
        !matches!(
            self,
            Self::None | Self::Raw(_) | Self::Iv(_) | Self::Ctr { .. } | Self::Pss { .. } | Self::Mac(_)
        )
    }
}

/// The length of an AES key in bits, mostly one that there is.
#[derive(Clone, Copy, Debug)]
pub struct KeyBits(pub u64);

impl<'a> Arbitrary<'a> for KeyBits {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match u.int_in_range(0..=15)? {
            0 => u.arbitrary()?,
            choice => [128, 192, 256][choice % 3],
        }))
    }
}

/// A number that is mostly near those that mean something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Number(pub u64);

impl<'a> Arbitrary<'a> for Number {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match u.int_in_range(0..=7)? {
            0 => u.arbitrary()?,
            1 => impossible(u)?,
            2..=4 => *u.choose(&[
                0, 1, 4, 8, 12, 16, 20, 24, 32, 48, 64, 96, 104, 112, 120, 128, 256, 512, 1024,
            ])?,
            _ => u64::from(u.arbitrary::<u8>()?),
        }))
    }
}

/// A mechanism with its parameter.
#[derive(Clone, Debug)]
pub struct Mechanism {
    /// Its number.
    pub id: MechanismId,
    /// Its parameter.
    pub param: Param,
    /// Bytes by which `ulParameterLen` is too short.
    pub shorter: u8,
}

/// The hashes that parameters name, some of which there are not.
const HASHES: [u64; 12] = [
    CKM_SHA_1.0,
    CKM_SHA224.0,
    CKM_SHA256.0,
    CKM_SHA384.0,
    CKM_SHA512.0,
    CKM_SHA512_224.0,
    CKM_SHA512_256.0,
    CKM_SHA3_256.0,
    CKM_SHA3_512.0,
    0,
    0x210,
    u64::MAX,
];

impl<'a> Arbitrary<'a> for Mechanism {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        static IDS: LazyLock<Vec<MechanismId>> =
            LazyLock::new(|| vhsm::catalog::all().map(|row| row.id).collect());
        let id = match u.ratio(1, 64)? {
            true => MechanismId(u.arbitrary()?),
            false => *u.choose(&IDS)?,
        };
        Self::of(id, u)
    }
}

impl Mechanism {
    /// This mechanism, with a parameter that mostly has its form.
    pub fn of(id: MechanismId, u: &mut Unstructured<'_>) -> Result<Self> {
        let kind = vhsm::catalog::find(id).map(|row| row.params);
        let param = match (u.ratio(7, 8)?, kind) {
            (true, Some(kind)) => param_of(kind, u)?,
            _ => match u.arbitrary::<Param>()? {
                // Pointers would stand where the mechanism reads something else, and differ from place to place.
                pointers if Param::has_pointers(&pointers) => Param::None,
                other => other,
            },
        };
        let shorter = match u.ratio(1, 32)? {
            true => u.arbitrary()?,
            false => 0,
        };
        Ok(Self { id, param, shorter })
    }

    /// The structure.
    pub fn place(&self, arena: &mut Arena) -> *mut CK_MECHANISM {
        let (pointer, length) = self.param.place(self.id, arena);
        let length = length.saturating_sub(u64::from(self.shorter));
        arena.items(&[CK_MECHANISM {
            mechanism: self.id.0,
            pParameter: pointer.cast(),
            ulParameterLen: length - u64::from(self.would_be_followed(length)),
        }])
    }

    /// Whether the parameter has the length of a structure with pointers and is none: a module cannot see that.
    fn would_be_followed(&self, length: u64) -> bool {
        let kind = vhsm::catalog::find(self.id).map(|row| row.params);
        let lengths: &[u64] = match kind {
            Some(ParamKind::Gcm) => &[40, 48, 56],
            Some(ParamKind::RsaOaep | ParamKind::Ecdh1 | ParamKind::X942Dh1) => &[40],
            Some(
                ParamKind::OptionalEddsa
                | ParamKind::OptionalSignContext
                | ParamKind::Salsa20
                | ParamKind::CbcEncryptData8,
            ) => &[24],
            Some(ParamKind::Ccm) => &[48, 64],
            Some(
                ParamKind::ChaCha20
                | ParamKind::HashSignContext
                | ParamKind::EcdhAesKeyWrap
                | ParamKind::StreamPoly1305
                | ParamKind::CbcEncryptData16,
            ) => &[32],
            Some(ParamKind::X942Dh2) => &[72],
            Some(ParamKind::EncryptData | ParamKind::RsaAesKeyWrap) => &[16],
            Some(ParamKind::OptionalOtp) => &[16],
            Some(ParamKind::Derivation(kind)) => &[crate::derivation::length(kind)],
            _ => return false,
        };
        lengths.contains(&length) && !(self.param.has_pointers() && self.shorter == 0)
    }
}

fn param_of(kind: ParamKind, u: &mut Unstructured<'_>) -> Result<Param> {
    Ok(match kind {
        // No row's own: it is that of messages.
        ParamKind::None | ParamKind::OptionalMessage(_) => Param::None,
        ParamKind::OptionalIv(_) | ParamKind::OptionalEddsa | ParamKind::OptionalSignContext
            if u.ratio(1, 4)? =>
        {
            Param::None
        }
        ParamKind::Iv(_) | ParamKind::OptionalIv(_) => Param::Iv(u.arbitrary()?),
        ParamKind::AesCtr => Param::Ctr {
            bits: u.arbitrary()?,
            block: u.arbitrary()?,
        },
        ParamKind::Gcm => Param::Gcm {
            iv: u.arbitrary()?,
            aad: u.arbitrary()?,
            tag_bits: u.arbitrary()?,
            old: u.arbitrary()?,
        },
        ParamKind::Ccm => Param::Ccm {
            data_len: u.arbitrary()?,
            nonce: u.arbitrary()?,
            aad: u.arbitrary()?,
            tag_len: u.arbitrary()?,
        },
        ParamKind::ChaCha20 | ParamKind::Salsa20 => Param::Stream {
            counter: u.arbitrary()?,
            counter_bits: u.arbitrary()?,
            nonce: u.arbitrary()?,
            nonce_bits: u.arbitrary()?,
        },
        ParamKind::StreamPoly1305 => Param::StreamPoly1305 {
            nonce: u.arbitrary()?,
            in_bits: u.arbitrary()?,
            aad: u.arbitrary()?,
        },
        ParamKind::EncryptData | ParamKind::CbcEncryptData16 | ParamKind::CbcEncryptData8 => {
            Param::EncryptData {
                iv: u.arbitrary()?,
                data: u.arbitrary()?,
            }
        }
        ParamKind::RsaOaep => Param::Oaep {
            hash: u.arbitrary()?,
            mgf: u.arbitrary()?,
            source: u.arbitrary()?,
            label: u.arbitrary()?,
        },
        ParamKind::RsaPss => Param::Pss {
            hash: u.arbitrary()?,
            mgf: u.arbitrary()?,
            salt_len: u.arbitrary()?,
        },
        ParamKind::MacGeneral => Param::Mac(u.arbitrary()?),
        ParamKind::Ecdh1 => Param::Ecdh {
            kdf: u.arbitrary()?,
            shared: u.arbitrary()?,
            sample: u.arbitrary()?,
            public: u.arbitrary()?,
        },
        ParamKind::OptionalEddsa => Param::Eddsa {
            flag: u.arbitrary()?,
            context: u.arbitrary()?,
        },
        ParamKind::OptionalSignContext => Param::SignContext {
            hedge: u.arbitrary()?,
            context: u.arbitrary()?,
        },
        ParamKind::HashSignContext => Param::HashSignContext {
            hedge: u.arbitrary()?,
            context: u.arbitrary()?,
            hash: u.arbitrary()?,
        },
        ParamKind::OptionalOtp if u.ratio(1, 4)? => Param::None,
        ParamKind::OptionalOtp => Param::Otp(u.arbitrary()?),
        ParamKind::Derivation(kind) => Param::Derivation(Derivation::of(kind, u)?),
        ParamKind::X942Dh1 => Param::X942 {
            kdf: u.arbitrary()?,
            info: u.arbitrary()?,
            public: u.arbitrary()?,
        },
        ParamKind::X942Dh2 => Param::X942Hybrid {
            kdf: u.arbitrary()?,
            info: u.arbitrary()?,
            public: u.arbitrary()?,
            private: u.arbitrary()?,
            second: u.arbitrary()?,
        },
        ParamKind::RsaAesKeyWrap => Param::RsaWrap {
            bits: u.arbitrary()?,
            oaep: u.ratio(15, 16)?,
            hash: u.arbitrary()?,
            mgf: u.arbitrary()?,
            label: u.arbitrary()?,
        },
        ParamKind::EcdhAesKeyWrap => Param::EcdhWrap {
            bits: u.arbitrary()?,
            kdf: u.arbitrary()?,
            shared: u.arbitrary()?,
        },
        ParamKind::PublicNumber | ParamKind::Flat { .. } => Param::Raw(u.arbitrary()?),
    })
}

impl Param {
    fn place(&self, id: MechanismId, arena: &mut Arena) -> (*mut u8, u64) {
        fn structure<T: Copy>(arena: &mut Arena, value: T) -> (*mut u8, u64) {
            (arena.items(&[value]).cast(), to_ulong(size_of::<T>()))
        }
        let hash = |choice: &u8| HASHES[usize::from(*choice) % HASHES.len()];
        match self {
            Self::None => (null_mut(), 0),
            Self::Raw(bytes) => bytes.place(arena),
            Self::Iv(byte) => match vhsm::catalog::find(id).map(|row| row.params) {
                Some(ParamKind::Iv(length) | ParamKind::OptionalIv(length)) => {
                    (arena.bytes(&vec![*byte; length]), to_ulong(length))
                }
                _ => (arena.bytes(&[*byte; 16]), 16),
            },
            Self::Ctr { bits, block } => structure(
                arena,
                CK_AES_CTR_PARAMS {
                    ulCounterBits: u64::from(*bits),
                    cb: *block,
                },
            ),
            Self::Gcm {
                iv,
                aad,
                tag_bits,
                old,
            } => {
                let ((iv, iv_len), (aad, aad_len)) = (iv.place(arena), aad.place(arena));
                match old {
                    true => structure(arena, [iv as u64, iv_len, aad as u64, aad_len, tag_bits.0]),
                    false => structure(
                        arena,
                        CK_GCM_PARAMS {
                            pIv: iv,
                            ulIvLen: iv_len,
                            ulIvBits: iv_len.wrapping_mul(8),
                            pAAD: aad,
                            ulAADLen: aad_len,
                            ulTagBits: tag_bits.0,
                        },
                    ),
                }
            }
            Self::Oaep {
                hash: choice,
                mgf,
                source,
                label,
            } => {
                let (label, label_len) = label.place(arena);
                structure(
                    arena,
                    CK_RSA_PKCS_OAEP_PARAMS {
                        hashAlg: hash(choice),
                        mgf: u64::from(mgf % 11),
                        source: u64::from(source % 3 != 0),
                        pSourceData: label.cast(),
                        ulSourceDataLen: label_len,
                    },
                )
            }
            Self::Pss {
                hash: choice,
                mgf,
                salt_len,
            } => structure(
                arena,
                CK_RSA_PKCS_PSS_PARAMS {
                    hashAlg: hash(choice),
                    mgf: u64::from(mgf % 11),
                    sLen: salt_len.0,
                },
            ),
            Self::Mac(length) => structure(arena, length.0),
            Self::X942 { kdf, info, public } => {
                let ((info, info_len), (public, public_len)) = (info.place(arena), public.place(arena));
                structure(
                    arena,
                    CK_X9_42_DH1_DERIVE_PARAMS {
                        kdf: u64::from(kdf % 6),
                        ulOtherInfoLen: info_len,
                        pOtherInfo: info,
                        ulPublicDataLen: public_len,
                        pPublicData: public,
                    },
                )
            }
            Self::X942Hybrid {
                kdf,
                info,
                public,
                private,
                second,
            } => {
                let ((info, info_len), (public, public_len)) = (info.place(arena), public.place(arena));
                let (second, second_len) = second.place(arena);
                structure(
                    arena,
                    CK_X9_42_DH2_DERIVE_PARAMS {
                        kdf: u64::from(kdf % 6),
                        ulOtherInfoLen: info_len,
                        pOtherInfo: info,
                        ulPublicDataLen: public_len,
                        pPublicData: public,
                        ulPrivateDataLen: 0,
                        hPrivateData: u64::from(*private),
                        ulPublicDataLen2: second_len,
                        pPublicData2: second,
                    },
                )
            }
            Self::RsaWrap {
                bits,
                oaep,
                hash: choice,
                mgf,
                label,
            } => {
                let (label, label_len) = label.place(arena);
                let inner = CK_RSA_PKCS_OAEP_PARAMS {
                    hashAlg: hash(choice),
                    mgf: u64::from(mgf % 11),
                    source: 1,
                    pSourceData: label.cast(),
                    ulSourceDataLen: label_len,
                };
                let inner = match oaep {
                    true => arena.items(&[inner]),
                    false => null_mut(),
                };
                structure(
                    arena,
                    CK_RSA_AES_KEY_WRAP_PARAMS {
                        ulAESKeyBits: bits.0,
                        pOAEPParams: inner,
                    },
                )
            }
            Self::EcdhWrap { bits, kdf, shared } => {
                let (shared, shared_len) = shared.place(arena);
                structure(
                    arena,
                    CK_ECDH_AES_KEY_WRAP_PARAMS {
                        ulAESKeyBits: bits.0,
                        kdf: u64::from(kdf % 30),
                        ulSharedDataLen: shared_len,
                        pSharedData: shared,
                    },
                )
            }
            Self::Ecdh {
                kdf,
                shared,
                sample,
                public,
            } => {
                let (shared, shared_len) = shared.place(arena);
                let (public, public_len) = match sample.and_then(sample_point) {
                    Some(point) => Bytes::Given(point).place(arena),
                    None => public.place(arena),
                };
                structure(
                    arena,
                    CK_ECDH1_DERIVE_PARAMS {
                        kdf: u64::from(kdf % 28),
                        ulSharedDataLen: shared_len,
                        pSharedData: shared,
                        ulPublicDataLen: public_len,
                        pPublicData: public,
                    },
                )
            }
            Self::Ccm {
                data_len,
                nonce,
                aad,
                tag_len,
            } => {
                let ((nonce, nonce_len), (aad, aad_len)) = (nonce.place(arena), aad.place(arena));
                structure(
                    arena,
                    CK_CCM_PARAMS {
                        ulDataLen: data_len.0,
                        pNonce: nonce,
                        ulNonceLen: nonce_len,
                        pAAD: aad,
                        ulAADLen: aad_len,
                        ulMACLen: tag_len.0,
                    },
                )
            }
            Self::Stream { .. } | Self::StreamPoly1305 { .. } | Self::EncryptData { .. } => {
                self.place_cipher(id, arena)
            }
            Self::Otp(items) => {
                let place = |(kind, value): &(Number, Bytes)| (kind.0 % 9, value.clone());
                let items: Vec<_> = items.iter().take(20).map(place).collect();
                let mut params = Vec::new();
                for (kind, value) in items {
                    let (value, length) = value.place(arena);
                    params.push(CK_OTP_PARAM {
                        type_: kind,
                        pValue: value.cast(),
                        ulValueLen: length,
                    });
                }
                let params = CK_OTP_PARAMS {
                    pParams: arena.items(&params),
                    ulCount: to_ulong(params.len()),
                };
                structure(arena, params)
            }
            Self::Derivation(derivation) => derivation.place(arena),
            Self::Eddsa { flag, context } => {
                let (context, context_len) = context.place(arena);
                structure(
                    arena,
                    CK_EDDSA_PARAMS {
                        phFlag: flag % 3,
                        ulContextDataLen: context_len,
                        pContextData: context,
                    },
                )
            }
            Self::SignContext { hedge, context } => {
                let (context, context_len) = context.place(arena);
                structure(
                    arena,
                    CK_SIGN_ADDITIONAL_CONTEXT {
                        hedgeVariant: u64::from(hedge % 4),
                        pContext: context,
                        ulContextLen: context_len,
                    },
                )
            }
            Self::HashSignContext { hedge, context, hash } => {
                let (context, context_len) = context.place(arena);
                structure(
                    arena,
                    CK_HASH_SIGN_ADDITIONAL_CONTEXT {
                        hedgeVariant: u64::from(hedge % 4),
                        pContext: context,
                        ulContextLen: context_len,
                        hash: HASHES[usize::from(*hash) % HASHES.len()],
                    },
                )
            }
        }
    }
}

impl Param {
    /// The structures of stream ciphers and of derivation by encryption. Where a pointer's length is the mechanism's to
    /// know, there are as many bytes as it can want.
    fn place_cipher(&self, id: MechanismId, arena: &mut Arena) -> (*mut u8, u64) {
        fn structure<T: Copy>(arena: &mut Arena, value: T) -> (*mut u8, u64) {
            (arena.items(&[value]).cast(), to_ulong(size_of::<T>()))
        }
        fn enough(bytes: &Bytes, arena: &mut Arena) -> (*mut u8, u64) {
            match bytes {
                Bytes::Given(given) => {
                    let mut given = given.clone();
                    let told = to_ulong(given.len());
                    given.resize(given.len().max(24), 0);
                    (arena.bytes(&given), told)
                }
                other => other.place(arena),
            }
        }
        let kind = vhsm::catalog::find(id).map(|row| row.params);
        match self {
            Self::Stream {
                counter,
                counter_bits,
                nonce,
                nonce_bits,
            } => {
                let ((counter, counter_len), (nonce, nonce_len)) =
                    (enough(counter, arena), enough(nonce, arena));
                let bits =
                    |told: &Option<Number>, length: u64| told.map_or(length.wrapping_mul(8), |told| told.0);
                match kind {
                    Some(ParamKind::Salsa20) => structure(
                        arena,
                        CK_SALSA20_PARAMS {
                            pBlockCounter: counter,
                            pNonce: nonce,
                            ulNonceBits: bits(nonce_bits, nonce_len),
                        },
                    ),
                    _ => structure(
                        arena,
                        CK_CHACHA20_PARAMS {
                            pBlockCounter: counter,
                            blockCounterBits: bits(counter_bits, counter_len),
                            pNonce: nonce,
                            ulNonceBits: bits(nonce_bits, nonce_len),
                        },
                    ),
                }
            }
            Self::StreamPoly1305 { nonce, in_bits, aad } => {
                let ((nonce, nonce_len), (aad, aad_len)) = (enough(nonce, arena), aad.place(arena));
                structure(
                    arena,
                    CK_SALSA20_CHACHA20_POLY1305_PARAMS {
                        pNonce: nonce,
                        ulNonceLen: nonce_len.wrapping_mul(if *in_bits { 8 } else { 1 }),
                        pAAD: aad,
                        ulAADLen: aad_len,
                    },
                )
            }
            Self::EncryptData { iv, data } => {
                let (data, length) = data.place(arena);
                match kind {
                    Some(ParamKind::CbcEncryptData16) => structure(
                        arena,
                        CK_AES_CBC_ENCRYPT_DATA_PARAMS {
                            iv: *iv,
                            pData: data,
                            length,
                        },
                    ),
                    Some(ParamKind::CbcEncryptData8) => structure(
                        arena,
                        CK_DES_CBC_ENCRYPT_DATA_PARAMS {
                            iv: *iv.first_chunk().expect("16 bytes"),
                            pData: data,
                            length,
                        },
                    ),
                    _ => structure(
                        arena,
                        CK_KEY_DERIVATION_STRING_DATA {
                            pData: data,
                            ulLen: length,
                        },
                    ),
                }
            }
            _ => (null_mut(), 0),
        }
    }
}

fn sample_point(choice: u8) -> Option<Vec<u8>> {
    let sample = &SAMPLES[usize::from(choice) % (2 * PRIVATE_KEYS.len())];
    sample.bytes(CKA_EC_POINT).map(<[u8]>::to_vec)
}

// ---- templates ----

/// A template: a sample, or nothing, and what is changed of it.
#[derive(Clone, Debug, Default, Arbitrary)]
pub struct Template {
    sample: Option<u8>,
    changes: Vec<Change>,
}

#[derive(Clone, Debug, Arbitrary)]
enum Change {
    Add(Attribute),
    AddToo(Attribute),
    Remove(u8),
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    kind: u64,
    value: AttributeValue,
}

#[derive(Clone, Debug)]
enum AttributeValue {
    Bytes(Bytes),
    Template(Vec<Attribute>),
}

/// All attribute types that have a name.
static TYPES: LazyLock<Vec<AttributeType>> = LazyLock::new(|| {
    let all = AttributeType::NAMES.iter().chain(AttributeType::VENDOR_NAMES);
    all.map(|(attribute, _)| *attribute).collect()
});

impl<'a> Arbitrary<'a> for Attribute {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let kind = match u.ratio(1, 64)? {
            true => AttributeType(u.arbitrary()?),
            false => *u.choose(&TYPES)?,
        };
        let value = match (u.ratio(7, 8)?, kind_of(kind)) {
            (true, Some(Kind::Template)) => AttributeValue::Template(
                (0..u.int_in_range(0..=3)?)
                    .map(|_| u.arbitrary())
                    .collect::<Result<_>>()?,
            ),
            (true, Some(of)) => AttributeValue::Bytes(value_of(kind, of, u)?),
            _ => AttributeValue::Bytes(u.arbitrary()?),
        };
        Ok(Self { kind: kind.0, value })
    }
}

/// A value of this form; that of a sample if one has it.
fn value_of(attribute: AttributeType, kind: Kind, u: &mut Unstructured<'_>) -> Result<Bytes> {
    if u.ratio(1, 3)? {
        let sample = &SAMPLES[u.choose_index(SAMPLES.len())?];
        if let Some(value) = sample.value(attribute) {
            return Ok(Bytes::Given(in_c(value)));
        }
    }
    Ok(match kind {
        Kind::Bool => Bytes::Given(vec![u8::from(u.arbitrary::<bool>()?)]),
        Kind::Ulong => Bytes::Given(u.arbitrary::<Number>()?.0.to_ne_bytes().to_vec()),
        Kind::Date => Bytes::Given(b"20260229".to_vec()),
        Kind::Mechanisms => {
            let list: Vec<_> = vhsm::catalog::all().map(|row| row.id.0.to_ne_bytes()).collect();
            let from = u.choose_index(list.len())?;
            Bytes::Given(list[from..].concat())
        }
        Kind::Code(2) => Bytes::Given(u.choose(&[b"C0", b"V2", b"P0"])?.to_vec()),
        Kind::ModeOfUse => Bytes::Given(u.choose(&[b"C", b"V", b"N", b"X"])?.to_vec()),
        Kind::Exportability => Bytes::Given(u.choose(&[b"E", b"N", b"S"])?.to_vec()),
        _ => u.arbitrary()?,
    })
}

/// A value as C has it.
fn in_c(value: &Value) -> Vec<u8> {
    match value {
        Value::Bool(value) => vec![u8::from(*value)],
        Value::Ulong(value) => value.to_ne_bytes().to_vec(),
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Mechanisms(_) | Value::Template(_) => Vec::new(),
    }
}

impl Template {
    /// A template of this sample with nothing changed.
    pub fn sample(sample: u8) -> Self {
        Self {
            sample: Some(sample),
            changes: Vec::new(),
        }
    }

    /// One more attribute, in the place of an earlier one of its type.
    pub fn with(mut self, attribute: AttributeType, value: &Value) -> Self {
        self.changes.push(Change::Add(Attribute {
            kind: attribute.0,
            value: AttributeValue::Bytes(Bytes::Given(in_c(value))),
        }));
        self
    }

    /// Without the attributes of this type.
    pub fn without(mut self, attribute: AttributeType) -> Self {
        let at = TYPES.iter().position(|kind| *kind == attribute);
        self.changes
            .extend(at.and_then(|at| u8::try_from(at).ok()).map(Change::Remove));
        self
    }

    /// The attributes.
    pub fn attributes(&self) -> Vec<Attribute> {
        let sample = self.sample.map(|at| &SAMPLES[usize::from(at) % SAMPLES.len()]);
        let mut all: Vec<_> = sample
            .into_iter()
            .flat_map(|sample| sample.iter())
            .map(|(kind, value)| Attribute {
                kind: kind.0,
                value: AttributeValue::Bytes(Bytes::Given(in_c(value))),
            })
            .collect();
        for change in &self.changes {
            match change {
                Change::Add(attribute) => {
                    all.retain(|other| other.kind != attribute.kind);
                    all.push(attribute.clone());
                }
                Change::AddToo(attribute) => all.push(attribute.clone()),
                Change::Remove(at) => {
                    let kind = TYPES[usize::from(*at) % TYPES.len()];
                    all.retain(|other| other.kind != kind.0);
                }
            }
        }
        all
    }

    /// The array and its count.
    pub fn place(&self, arena: &mut Arena) -> (*mut CK_ATTRIBUTE, u64) {
        place_all(&self.attributes(), arena)
    }

    /// The given values with their types.
    pub fn given(&self) -> Vec<(AttributeType, Vec<u8>)> {
        let given = |attribute: Attribute| match attribute.value {
            AttributeValue::Bytes(Bytes::Given(bytes)) => Some((AttributeType(attribute.kind), bytes)),
            _ => None,
        };
        self.attributes().into_iter().filter_map(given).collect()
    }
}

/// Whether a module may take the value for an array of attributes.
fn is_template(kind: u64) -> bool {
    let name = AttributeType(kind).to_string();
    name.contains("TEMPLATE")
}

/// An array of attributes and its count.
fn place_all(attributes: &[Attribute], arena: &mut Arena) -> (*mut CK_ATTRIBUTE, u64) {
    let mut array = Vec::new();
    for Attribute { kind, value } in attributes {
        let (pointer, length) = match value {
            // Bytes that have the length of attributes would be taken for such, with their pointers.
            AttributeValue::Bytes(Bytes::Given(bytes)) if is_template(*kind) && bytes.len() % 24 == 0 => {
                (arena.bytes(bytes), to_ulong(bytes.len()).saturating_sub(1))
            }
            AttributeValue::Bytes(bytes) => bytes.place(arena),
            AttributeValue::Template(inner) => {
                let (pointer, count) = place_all(inner, arena);
                (pointer.cast(), count * to_ulong(size_of::<CK_ATTRIBUTE>()))
            }
        };
        array.push(CK_ATTRIBUTE {
            type_: *kind,
            pValue: pointer.cast(),
            ulValueLen: length,
        });
    }
    (arena.items(&array), to_ulong(array.len()))
}
