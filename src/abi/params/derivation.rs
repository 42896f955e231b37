//! The parameters of key derivation but for TLS and IKE [PKCS#11 3.2, 6.23, 6.28, 6.29, 6.48].

use super::{CParam, boxed, hash_of_hmac, inner, invalid};
use crate::abi::write::Out;
use crate::ck::{self, MechanismId, ObjectHandle, sys};
use crate::crypto::hash::Hash;
use crate::crypto::prf::Function;
use crate::error::Result;
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams, Hkdf, Password, Salt};
use crate::mechanism::params::{Params, Reply};
use crate::os::probe;
use crate::secret::SecretBytes;

/// Data that goes into a derivation, an agreement or a padding: labels, seeds, contexts. Longer ones are refused.
pub(super) const DATA_BYTES_MAX: u64 = 1 << 20;
impl CParam<'_> {
    pub(super) fn derivation(&self, kind: DerivationKind) -> Result<Params> {
        let params = match kind {
            DerivationKind::Hkdf => self.hkdf()?,
            DerivationKind::Kbkdf { counter } => self.kbkdf(counter)?,
            DerivationKind::KbkdfFeedback => self.kbkdf_feedback()?,
            DerivationKind::PrfKdf { nist } => self.prf_kdf(nist)?,
            DerivationKind::Pbkdf2 => self.pbkdf2()?,
            DerivationKind::Pbe { iv } => self.pbe(iv)?,
            DerivationKind::Data => {
                let params: sys::CK_KEY_DERIVATION_STRING_DATA =
                    self.structure("CK_KEY_DERIVATION_STRING_DATA has a wrong length")?;
                DerivationParams::Data(data(params.pData, params.ulLen)?)
            }
            DerivationKind::Key => {
                let handle = self.structure("CK_OBJECT_HANDLE has a wrong length")?;
                DerivationParams::Key(ObjectHandle(handle))
            }
            DerivationKind::Bit => {
                DerivationParams::Bit(self.structure("CK_EXTRACT_PARAMS has a wrong length")?)
            }
            DerivationKind::TlsVersion => {
                let version: sys::CK_VERSION = self.structure("CK_VERSION has a wrong length")?;
                DerivationParams::TlsVersion([version.major, version.minor])
            }
            DerivationKind::TlsMasterKey { form, version } => self.tls_master_key(form, version)?,
            DerivationKind::TlsKeyMaterial { names_hash, ivs } => self.tls_key_material(names_hash, ivs)?,
            DerivationKind::TlsKdf => self.tls_kdf()?,
            DerivationKind::TlsMac => self.tls_mac()?,
            DerivationKind::TlsPrf => self.tls_prf()?,
            DerivationKind::Ike2PrfPlus => self.ike2_prf_plus()?,
            DerivationKind::IkePrf => self.ike_prf()?,
            DerivationKind::Ike1Prf => self.ike1_prf()?,
            DerivationKind::Ike1Extended => self.ike1_extended()?,
        };
        Ok(Params::Derivation(Box::new(params)))
    }

    /// Writes what a derivation gives back. The readers have looked for every place.
    pub(super) fn answer_derivation(
        &self,
        kind: DerivationKind,
        reply: &Reply,
        handles: &[ObjectHandle],
    ) -> Result<()> {
        match (kind, reply) {
            (DerivationKind::Kbkdf { .. } | DerivationKind::KbkdfFeedback, Reply::None) => {
                self.answer_further_keys(kind, handles)
            }
            (DerivationKind::Kbkdf { .. } | DerivationKind::KbkdfFeedback, Reply::Refused(at)) => {
                match self.further_keys(kind)?.get(*at) {
                    Some(key) => write(key.phKey, 0),
                    None => invalid("there is no such further key"),
                }
            }
            (DerivationKind::Pbe { iv: true }, Reply::Bytes(iv)) => {
                let params: sys::CK_PBE_PARAMS = self.structure("CK_PBE_PARAMS has a wrong length")?;
                fill(params.pInitVector, iv)
            }
            (DerivationKind::TlsMasterKey { form, .. }, Reply::Version(version)) => {
                self.answer_tls_version(form, *version)
            }
            (DerivationKind::TlsKeyMaterial { names_hash, .. }, Reply::KeyMaterial { macs, ivs }) => {
                self.answer_key_material(names_hash, *macs, ivs, handles)
            }
            (DerivationKind::TlsPrf, Reply::Bytes(output)) => self.answer_tls_prf(output),
            (_, Reply::Refused(_)) => Ok(()),
            (_, Reply::None) if handles.is_empty() => Ok(()),
            _ => invalid("there is no place for the reply"),
        }
    }

    fn hkdf(&self) -> Result<DerivationParams> {
        let params: sys::CK_HKDF_PARAMS = self.structure("CK_HKDF_PARAMS has a wrong length")?;
        let (extract, expand) = (flag(params.bExtract)?, flag(params.bExpand)?);
        if !extract && !expand {
            return invalid("neither bExtract nor bExpand is CK_TRUE");
        }
        let salt = || match params.ulSaltType {
            sys::CKF_HKDF_SALT_NULL => Ok(Salt::Data([].into())),
            sys::CKF_HKDF_SALT_DATA => Ok(Salt::Data(data(params.pSalt, params.ulSaltLen)?)),
            sys::CKF_HKDF_SALT_KEY => Ok(Salt::Key(ObjectHandle(params.hSaltKey))),
            _ => invalid("ulSaltType is unknown"),
        };
        Ok(DerivationParams::Hkdf(Hkdf {
            hash: hash_of_hmac(params.prfHashMechanism)?,
            extract: extract.then(salt).transpose()?,
            expand: expand.then(|| data(params.pInfo, params.ulInfoLen)).transpose()?,
        }))
    }

    /// Both forms of the structure, which are alike but for the password's length: it stands in the newer one and
    /// behind a pointer in the older one. No password is as long as the lowest address is high, so that the value tells
    /// the forms apart; and as it could be neither, the system is asked for what stands at the address.
    fn pbkdf2(&self) -> Result<DerivationParams> {
        let params: sys::CK_PKCS5_PBKD2_PARAMS2 =
            self.structure("CK_PKCS5_PBKD2_PARAMS2 has a wrong length")?;
        if params.saltSource != sys::CKZ_SALT_SPECIFIED {
            return invalid("the source of the salt is not CKZ_SALT_SPECIFIED");
        }
        if !params.pPrfData.is_null() || params.ulPrfDataLen != 0 {
            return invalid("the pseudo-random function takes no data");
        }
        let hash = match params.prf {
            sys::CKP_PKCS5_PBKD2_HMAC_SHA1 => Hash::Sha1,
            sys::CKP_PKCS5_PBKD2_HMAC_SHA224 => Hash::Sha224,
            sys::CKP_PKCS5_PBKD2_HMAC_SHA256 => Hash::Sha256,
            sys::CKP_PKCS5_PBKD2_HMAC_SHA384 => Hash::Sha384,
            sys::CKP_PKCS5_PBKD2_HMAC_SHA512 => Hash::Sha512,
            sys::CKP_PKCS5_PBKD2_HMAC_SHA512_224 => Hash::Sha512_224,
            sys::CKP_PKCS5_PBKD2_HMAC_SHA512_256 => Hash::Sha512_256,
            _ => return invalid("the pseudo-random function is not supported"),
        };
        let password_len = match params.ulPasswordLen {
            short if short <= PASSWORD_BYTES_MAX => short,
            address => match probe::number_at(address) {
                Some(length) => length,
                None => return invalid("ulPasswordLen is no length and no address of one"),
            },
        };
        Ok(DerivationParams::Pbkdf2 {
            hash,
            password: password(
                (params.pPassword, password_len),
                (params.pSaltSourceData.cast(), params.ulSaltSourceDataLen),
                params.iterations,
            )?,
        })
    }

    fn pbe(&self, iv: bool) -> Result<DerivationParams> {
        let params: sys::CK_PBE_PARAMS = self.structure("CK_PBE_PARAMS has a wrong length")?;
        if iv {
            has_room(params.pInitVector, 8)?;
        }
        Ok(DerivationParams::Pbe(password(
            (params.pPassword, params.ulPasswordLen),
            (params.pSalt, params.ulSaltLen),
            params.ulIteration,
        )?))
    }
}

/// Longest password in bytes. Far below every address.
const PASSWORD_BYTES_MAX: u64 = 1 << 15;

fn password(password: (*mut u8, u64), salt: (*mut u8, u64), iterations: u64) -> Result<Password> {
    match u32::try_from(iterations) {
        Ok(0) | Err(_) => invalid("the number of iterations is not from 1 to 2^32 - 1"),
        Ok(iterations) => Ok(Password {
            value: SecretBytes::from(inner(password.0, password.1, PASSWORD_BYTES_MAX)?),
            salt: data(salt.0, salt.1)?,
            iterations,
        }),
    }
}

/// Data of a derivation, copied.
pub(super) fn data(pointer: *mut u8, length: u64) -> Result<Box<[u8]>> {
    boxed(inner(pointer, length, DATA_BYTES_MAX)?)
}

pub(super) fn flag(value: sys::CK_BBOOL) -> Result<bool> {
    match value {
        sys::CK_FALSE => Ok(false),
        sys::CK_TRUE => Ok(true),
        _ => invalid("a CK_BBOOL is neither CK_TRUE nor CK_FALSE"),
    }
}

/// A pseudo-random function by the mechanism of its MAC.
pub(super) fn prf(mechanism: u64) -> Result<Function> {
    let hash = match MechanismId(mechanism) {
        ck::CKM_AES_CMAC => return Ok(Function::AesCmac),
        ck::CKM_AES_XCBC_MAC => return Ok(Function::AesXcbc),
        ck::CKM_DES3_CMAC => return Ok(Function::Des3Cmac),
        ck::CKM_MD5_HMAC => Hash::Md5,
        ck::CKM_SHA_1_HMAC => Hash::Sha1,
        ck::CKM_SHA224_HMAC => Hash::Sha224,
        ck::CKM_SHA256_HMAC => Hash::Sha256,
        ck::CKM_SHA384_HMAC => Hash::Sha384,
        ck::CKM_SHA512_HMAC => Hash::Sha512,
        ck::CKM_SHA3_224_HMAC => Hash::Sha3_224,
        ck::CKM_SHA3_256_HMAC => Hash::Sha3_256,
        ck::CKM_SHA3_384_HMAC => Hash::Sha3_384,
        ck::CKM_SHA3_512_HMAC => Hash::Sha3_512,
        _ => return invalid("the pseudo-random function is not supported"),
    };
    Ok(Function::Hmac(hash))
}

/// Whether a pointer can be one to so many items.
pub(super) fn has_room<T>(pointer: *mut T, count: u64) -> Result<()> {
    match crate::abi::read::span(pointer.cast_const(), count) {
        Some(_) => Ok(()),
        None => invalid("a pointer for a result is NULL"),
    }
}

/// Writes one item to where the caller wants it.
pub(super) fn write<T>(pointer: *mut T, value: T) -> Result<()> {
    // SAFETY: the standard makes what a parameter points at part of it; the place is the caller's for the call.
    let place = unsafe { Out::new(pointer) };
    match place.required() {
        Ok(place) => {
            place.write(value);
            Ok(())
        }
        Err(_) => invalid("a pointer for a result is NULL"),
    }
}

/// Writes bytes to where the caller wants them.
pub(super) fn fill(pointer: *mut u8, bytes: &[u8]) -> Result<()> {
    // SAFETY: as `write`.
    let room = unsafe { crate::abi::write::Fill::new(pointer, ck::to_ulong(bytes.len())) };
    match room.slice() {
        Ok(room) => {
            room.copy_from_slice(bytes);
            Ok(())
        }
        Err(_) => invalid("a pointer for a result is NULL"),
    }
}
