//! The parameters of TLS and IKE [PKCS#11 3.2, 6.26 and 6.50].

use super::derivation::{data, fill, flag, has_room, prf, write};
use super::{CParam, hash, invalid};
use crate::abi::read::Item;
use crate::ck::{self, ObjectHandle, sys};
use crate::crypto::tls_prf::TlsPrf;
use crate::error::Result;
use crate::mechanism::params::derivation::{
    DerivationParams, MasterKeyForm, MasterSeed, Randoms, TlsKeyMaterial,
};
use crate::os::probe;
use crate::secret::SecretBytes;

/// Longest MAC key, cipher key or initialisation vector of a cipher suite, in bits.
const KEY_BITS_MAX: u64 = 8 * 1024;
/// Most bytes that CKM_TLS_PRF gives.
const OUTPUT_BYTES_MAX: u64 = 1 << 16;

impl CParam<'_> {
    /// Seed, function, and where the version goes.
    fn master_key_parts(&self, form: MasterKeyForm) -> Result<(TlsPrf, MasterSeed, *mut sys::CK_VERSION)> {
        const WRONG: &str = "the structure of the master key derivation has a wrong length";
        match form {
            MasterKeyForm::Tls10 => {
                let params: sys::CK_SSL3_MASTER_KEY_DERIVE_PARAMS = self.structure(WRONG)?;
                let seed = MasterSeed::Randoms(randoms(&params.RandomInfo)?);
                Ok((TlsPrf::Tls10, seed, params.pVersion))
            }
            MasterKeyForm::Tls12 => {
                let params: sys::CK_TLS12_MASTER_KEY_DERIVE_PARAMS = self.structure(WRONG)?;
                let seed = MasterSeed::Randoms(randoms(&params.RandomInfo)?);
                Ok((
                    TlsPrf::Tls12(hash(params.prfHashMechanism)?),
                    seed,
                    params.pVersion,
                ))
            }
            MasterKeyForm::Extended => {
                let params: sys::CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS = self.structure(WRONG)?;
                let session_hash = data(params.pSessionHash, params.ulSessionHashLen)?;
                if session_hash.is_empty() {
                    return invalid("the session hash is empty");
                }
                let prf = tls12_or_10(params.prfHashMechanism)?;
                Ok((prf, MasterSeed::SessionHash(session_hash), params.pVersion))
            }
        }
    }

    pub(super) fn tls_master_key(&self, form: MasterKeyForm, version: bool) -> Result<DerivationParams> {
        let (prf, seed, place) = self.master_key_parts(form)?;
        if !place.is_null() {
            if !version {
                return invalid("pVersion is not NULL, and the premaster secret has no version");
            }
            has_room(place, 1)?;
        }
        Ok(DerivationParams::TlsMasterKey {
            prf,
            seed,
            wants_version: !place.is_null(),
        })
    }

    pub(super) fn answer_tls_version(&self, form: MasterKeyForm, [major, minor]: [u8; 2]) -> Result<()> {
        let (_, _, place) = self.master_key_parts(form)?;
        write(place, sys::CK_VERSION { major, minor })
    }

    /// Both structures are alike in what they have in common; gives that, and the hash if the structure names one.
    fn key_material_parts(&self, names_hash: bool) -> Result<(sys::CK_SSL3_KEY_MAT_PARAMS, TlsPrf)> {
        const WRONG: &str = "the structure of the key material has a wrong length";
        if !names_hash {
            return Ok((self.structure(WRONG)?, TlsPrf::Tls10));
        }
        let params: sys::CK_TLS12_KEY_MAT_PARAMS = self.structure(WRONG)?;
        let common = sys::CK_SSL3_KEY_MAT_PARAMS {
            ulMacSizeInBits: params.ulMacSizeInBits,
            ulKeySizeInBits: params.ulKeySizeInBits,
            ulIVSizeInBits: params.ulIVSizeInBits,
            bIsExport: params.bIsExport,
            RandomInfo: params.RandomInfo,
            pReturnedKeyMaterial: params.pReturnedKeyMaterial,
        };
        Ok((common, TlsPrf::Tls12(hash(params.prfHashMechanism)?)))
    }

    pub(super) fn tls_key_material(&self, names_hash: bool, ivs: bool) -> Result<DerivationParams> {
        let (params, prf) = self.key_material_parts(names_hash)?;
        if flag(params.bIsExport)? {
            return invalid("bIsExport is CK_TRUE; export cipher suites are not supported");
        }
        let in_bytes = |bits: u64| match bits.is_multiple_of(8) && bits <= KEY_BITS_MAX {
            true => Ok(ck::to_usize(bits / 8)),
            false => invalid("a size in bits is no multiple of 8, or too large"),
        };
        let iv_len = match ivs {
            true => in_bytes(params.ulIVSizeInBits)?,
            false => 0,
        };
        let out = returned(params.pReturnedKeyMaterial)?;
        has_room(params.pReturnedKeyMaterial, 1)?;
        has_room(out.pIVClient, ck::to_ulong(iv_len))?;
        has_room(out.pIVServer, ck::to_ulong(iv_len))?;
        Ok(DerivationParams::TlsKeyMaterial(TlsKeyMaterial {
            prf,
            mac_len: in_bytes(params.ulMacSizeInBits)?,
            key_len: in_bytes(params.ulKeySizeInBits)?,
            iv_len,
            randoms: randoms(&params.RandomInfo)?,
        }))
    }

    pub(super) fn answer_key_material(
        &self,
        names_hash: bool,
        macs: bool,
        [client_iv, server_iv]: &[SecretBytes; 2],
        handles: &[ObjectHandle],
    ) -> Result<()> {
        let (params, _) = self.key_material_parts(names_hash)?;
        let mut out = returned(params.pReturnedKeyMaterial)?;
        let handle = |at: usize| handles.get(at).map_or(0, |handle| handle.0);
        let keys_from = if macs { 2 } else { 0 };
        out.hClientMacSecret = if macs { handle(0) } else { 0 };
        out.hServerMacSecret = if macs { handle(1) } else { 0 };
        out.hClientKey = handle(keys_from);
        out.hServerKey = handle(keys_from + 1);
        fill(out.pIVClient, client_iv)?;
        fill(out.pIVServer, server_iv)?;
        write(params.pReturnedKeyMaterial, out)
    }

    pub(super) fn tls_kdf(&self) -> Result<DerivationParams> {
        let params: sys::CK_TLS_KDF_PARAMS = self.structure("CK_TLS_KDF_PARAMS has a wrong length")?;
        let context = match params.pContextData.is_null() && params.ulContextDataLength == 0 {
            true => None,
            false => Some(data(params.pContextData, params.ulContextDataLength)?),
        };
        if context
            .as_ref()
            .is_some_and(|context| u16::try_from(context.len()).is_err())
        {
            return invalid("the context is longer than 65535 bytes");
        }
        Ok(DerivationParams::TlsKdf {
            prf: tls12_or_10(params.prfMechanism)?,
            label: data(params.pLabel, params.ulLabelLength)?,
            randoms: randoms(&params.RandomInfo)?,
            context,
        })
    }

    pub(super) fn tls_mac(&self) -> Result<DerivationParams> {
        let params: sys::CK_TLS_MAC_PARAMS = self.structure("CK_TLS_MAC_PARAMS has a wrong length")?;
        Ok(DerivationParams::TlsMac {
            prf: tls12_or_10(params.prfHashMechanism)?,
            length: params.ulMacLength,
            server: match params.ulServerOrClient {
                1 => true,
                2 => false,
                _ => return invalid("ulServerOrClient is neither 1 nor 2"),
            },
        })
    }

    pub(super) fn tls_prf(&self) -> Result<DerivationParams> {
        let params: sys::CK_TLS_PRF_PARAMS = self.structure("CK_TLS_PRF_PARAMS has a wrong length")?;
        let length = output_len(&params)?;
        if length == 0 || length > OUTPUT_BYTES_MAX {
            return invalid("the length of the output is not from 1 to 65536");
        }
        has_room(params.pulOutputLen, 1)?;
        has_room(params.pOutput, length)?;
        Ok(DerivationParams::TlsPrf {
            label: data(params.pLabel, params.ulLabelLen)?,
            seed: data(params.pSeed, params.ulSeedLen)?,
            length: ck::to_usize(length),
        })
    }

    pub(super) fn answer_tls_prf(&self, output: &[u8]) -> Result<()> {
        let params: sys::CK_TLS_PRF_PARAMS = self.structure("CK_TLS_PRF_PARAMS has a wrong length")?;
        if output_len(&params)? < ck::to_ulong(output.len()) {
            return invalid("the length of the output has changed");
        }
        fill(params.pOutput, output)?;
        write(params.pulOutputLen, ck::to_ulong(output.len()))
    }

    pub(super) fn ike2_prf_plus(&self) -> Result<DerivationParams> {
        let params: sys::CK_IKE2_PRF_PLUS_DERIVE_PARAMS =
            self.structure("CK_IKE2_PRF_PLUS_DERIVE_PARAMS has a wrong length")?;
        Ok(DerivationParams::Ike2PrfPlus {
            prf: prf(params.prfMechanism)?,
            seed_key: flag(params.bHasSeedKey)?.then_some(ObjectHandle(params.hSeedKey)),
            seed: data(params.pSeedData, params.ulSeedDataLen)?,
        })
    }

    /// [PKCS#11 3.2, 6.50.3] both flags at once are CKR_ARGUMENTS_BAD, as the one exception.
    pub(super) fn ike_prf(&self) -> Result<DerivationParams> {
        let params: sys::CK_IKE_PRF_DERIVE_PARAMS =
            self.structure("CK_IKE_PRF_DERIVE_PARAMS has a wrong length")?;
        let (data_as_key, rekey) = (flag(params.bDataAsKey)?, flag(params.bRekey)?);
        if data_as_key && rekey {
            return Err(crate::error::Error::ArgumentsBad(
                "bDataAsKey and bRekey are both CK_TRUE",
            ));
        }
        let nonces = [
            data(params.pNi, params.ulNiLen)?,
            data(params.pNr, params.ulNrLen)?,
        ];
        Ok(DerivationParams::IkePrf {
            prf: prf(params.prfMechanism)?,
            data_as_key,
            new_key: rekey.then_some(ObjectHandle(params.hNewKey)),
            nonces: nonces.concat().into(),
        })
    }

    pub(super) fn ike1_prf(&self) -> Result<DerivationParams> {
        let params: sys::CK_IKE1_PRF_DERIVE_PARAMS =
            self.structure("CK_IKE1_PRF_DERIVE_PARAMS has a wrong length")?;
        let cookies = [
            data(params.pCKYi, params.ulCKYiLen)?,
            data(params.pCKYr, params.ulCKYrLen)?,
        ];
        Ok(DerivationParams::Ike1Prf {
            prf: prf(params.prfMechanism)?,
            previous: flag(params.bHasPrevKey)?.then_some(ObjectHandle(params.hPrevKey)),
            gxy: ObjectHandle(params.hKeygxy),
            cookies: cookies.concat().into(),
            number: params.keyNumber,
        })
    }

    pub(super) fn ike1_extended(&self) -> Result<DerivationParams> {
        let params: sys::CK_IKE1_EXTENDED_DERIVE_PARAMS =
            self.structure("CK_IKE1_EXTENDED_DERIVE_PARAMS has a wrong length")?;
        Ok(DerivationParams::Ike1Extended {
            prf: prf(params.prfMechanism)?,
            gxy: flag(params.bHasKeygxy)?.then_some(ObjectHandle(params.hKeygxy)),
            extra: data(params.pExtraData, params.ulExtraDataLen)?,
        })
    }
}

fn randoms(info: &sys::CK_SSL3_RANDOM_DATA) -> Result<Randoms> {
    Ok(Randoms {
        client: data(info.pClientRandom, info.ulClientRandomLen)?,
        server: data(info.pServerRandom, info.ulServerRandomLen)?,
    })
}

/// The hash of TLS 1.2, or CKM_TLS_PRF for the function of TLS 1.0 and 1.1.
fn tls12_or_10(mechanism: u64) -> Result<TlsPrf> {
    match mechanism {
        sys::CKM_TLS_PRF => Ok(TlsPrf::Tls10),
        mechanism => hash(mechanism).map(TlsPrf::Tls12),
    }
}

/// What the caller has in the structure that receives the key material.
fn returned(place: *mut sys::CK_SSL3_KEY_MAT_OUT) -> Result<sys::CK_SSL3_KEY_MAT_OUT> {
    // SAFETY: the standard makes what a parameter points at part of it, so it belongs to the call.
    let item = unsafe { Item::new(place.cast_const()) };
    match item.optional() {
        Ok(Some(out)) => Ok(out),
        _ => invalid("pReturnedKeyMaterial is NULL"),
    }
}

/// How many bytes the caller of CKM_TLS_PRF wants. A structure of all zeros but for this pointer could be another
/// mechanism's: the system is asked for what stands there.
fn output_len(params: &sys::CK_TLS_PRF_PARAMS) -> Result<u64> {
    let address = ck::to_ulong(params.pulOutputLen.expose_provenance());
    match probe::number_at(address) {
        Some(length) => Ok(length),
        None => invalid("pulOutputLen is NULL, or names no number"),
    }
}
