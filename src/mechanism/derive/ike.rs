//! The keys of IKE, versions 1 and 2 [PKCS#11 3.2, 6.50; RFC 2409, RFC 7296].

use super::{ANY_SIZE, SECRETS, TOO_LONG, check_type, length_of, params, required_len, row, wrong_params};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::hash::Hash;
use crate::crypto::prf::{Function, Output, Prf};
use crate::error::{Error, Result};
use crate::mechanism::derivation::{DeriveObjects, Derived, Heritage, Planned, Sources, Wanted};
use crate::mechanism::library::{self, AWS_LC};
use crate::mechanism::params::Params;
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams};
use crate::mechanism::spec::MechanismSpec;
use crate::secret::SecretBytes;

const fn ike(
    id: MechanismId,
    section: &'static str,
    params: DerivationKind,
    derive: &'static Ike,
) -> MechanismSpec {
    let libraries = &[AWS_LC, library::AES];
    row(id, section, libraries, params, (SECRETS, ANY_SIZE), derive)
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    ike(
        CKM_IKE_PRF_DERIVE,
        "PKCS#11 3.2, 6.50.3",
        DerivationKind::IkePrf,
        &Ike(CKM_IKE_PRF_DERIVE),
    ),
    ike(
        CKM_IKE1_PRF_DERIVE,
        "PKCS#11 3.2, 6.50.4",
        DerivationKind::Ike1Prf,
        &Ike(CKM_IKE1_PRF_DERIVE),
    ),
    ike(
        CKM_IKE2_PRF_PLUS_DERIVE,
        "PKCS#11 3.2, 6.50.5",
        DerivationKind::Ike2PrfPlus,
        &Ike(CKM_IKE2_PRF_PLUS_DERIVE),
    ),
    ike(
        CKM_IKE1_EXTENDED_DERIVE,
        "PKCS#11 3.2, 6.50.6",
        DerivationKind::Ike1Extended,
        &Ike(CKM_IKE1_EXTENDED_DERIVE),
    ),
];

/// Derives for this mechanism.
struct Ike(MechanismId);

/// Most blocks of a pseudo-random function that make one key [PKCS#11 3.2, 6.50.5, 6.50.6].
const BLOCKS_MAX: usize = 255;

/// The key type of what a pseudo-random function gives.
const fn key_type(prf: Function) -> KeyType {
    match prf {
        Function::AesCmac | Function::AesXcbc => CKK_AES,
        Function::AriaCmac => CKK_ARIA,
        Function::Des3Cmac => CKK_GENERIC_SECRET,
        Function::Hmac(hash) => match hash {
            Hash::Md5 => CKK_MD5_HMAC,
            Hash::Sha1 => CKK_SHA_1_HMAC,
            Hash::Sha224 => CKK_SHA224_HMAC,
            Hash::Sha256 => CKK_SHA256_HMAC,
            Hash::Sha384 => CKK_SHA384_HMAC,
            Hash::Sha512 => CKK_SHA512_HMAC,
            Hash::Sha3_224 => CKK_SHA3_224_HMAC,
            Hash::Sha3_256 => CKK_SHA3_256_HMAC,
            Hash::Sha3_384 => CKK_SHA3_384_HMAC,
            Hash::Sha3_512 => CKK_SHA3_512_HMAC,
            _ => CKK_GENERIC_SECRET,
        },
    }
}

fn default_type(template: &mut AttributeSet, key_type: KeyType) {
    if !template.contains(CKA_KEY_TYPE) {
        template.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    }
}

impl DeriveObjects for Ike {
    fn further_keys(&self, of: &Params) -> Vec<ObjectHandle> {
        match params(of) {
            Ok(DerivationParams::IkePrf { new_key, .. }) => new_key.iter().copied().collect(),
            Ok(DerivationParams::Ike2PrfPlus { seed_key, .. }) => seed_key.iter().copied().collect(),
            Ok(DerivationParams::Ike1Extended { gxy, .. }) => gxy.iter().copied().collect(),
            Ok(DerivationParams::Ike1Prf { previous, gxy, .. }) => {
                previous.iter().copied().chain([*gxy]).collect()
            }
            _ => Vec::new(),
        }
    }

    fn plan(&self, from: &Sources<'_>, mut template: AttributeSet) -> Result<Vec<Planned>> {
        let (prf, is_prf_key) = match params(from.params)? {
            DerivationParams::IkePrf { prf, data_as_key, .. } => {
                default_type(&mut template, key_type(*prf));
                // The type can come in other lengths than the function's: then there is nothing to choose.
                if !template.contains(CKA_VALUE_LEN) {
                    template.set(CKA_VALUE_LEN, Value::Ulong(to_ulong(prf.output_len())));
                }
                (*prf, !data_as_key)
            }
            DerivationParams::Ike1Prf { prf, .. } if template.contains(CKA_KEY_TYPE) => (*prf, true),
            DerivationParams::Ike1Prf { .. } => {
                return Err(Error::TemplateIncomplete {
                    attribute: CKA_KEY_TYPE,
                    why: "the mechanism makes any type",
                });
            }
            DerivationParams::Ike2PrfPlus { prf, .. } | DerivationParams::Ike1Extended { prf, .. } => {
                (*prf, true)
            }
            _ => return wrong_params(),
        };
        match prf {
            _ if !is_prf_key => {}
            Function::AesCmac => check_type(from, self.0, &[CKK_AES])?,
            Function::AesXcbc => check_type(from, self.0, &[CKK_AES, CKK_GENERIC_SECRET])?,
            Function::Des3Cmac => check_type(from, self.0, &[CKK_DES3, CKK_DES2])?,
            Function::AriaCmac => check_type(from, self.0, &[CKK_ARIA])?,
            Function::Hmac(_) => check_type(from, self.0, &[key_type(prf), CKK_GENERIC_SECRET])?,
        }
        let heritage = match is_cut(params(from.params)?) {
            true => Heritage::AtLeast,
            false => Heritage::Free,
        };
        Ok(vec![Planned::secret_key(template, heritage)])
    }

    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived> {
        let length = wanted.first().and_then(|wanted| wanted.length);
        let base = from.value()?;
        let value = match params(from.params)? {
            DerivationParams::IkePrf {
                prf,
                data_as_key: true,
                nonces,
                ..
            } => exactly(&by_nonces(*prf, nonces)?.output(&[base])?, length)?,
            DerivationParams::IkePrf {
                prf, new_key, nonces, ..
            } => {
                let new_key = match new_key {
                    Some(_) => from.further_value(0)?,
                    None => &[],
                };
                exactly(&Prf::new(*prf, base)?.output(&[new_key, nonces])?, length)?
            }
            DerivationParams::Ike1Prf {
                prf,
                previous,
                cookies,
                number,
                ..
            } => {
                let (previous, gxy): (&[u8], _) = match previous {
                    Some(_) => (from.further_value(0)?, from.further_value(1)?),
                    None => (&[], from.further_value(0)?),
                };
                let output = Prf::new(*prf, base)?.output(&[previous, gxy, cookies, &[*number]])?;
                let length = length_of(length, output.len())?;
                SecretBytes::from(output.get(..length).unwrap_or_default())
            }
            DerivationParams::Ike2PrfPlus { prf, seed_key, seed } => {
                let seed_key = match seed_key {
                    Some(_) => from.further_value(0)?,
                    None => &[],
                };
                let length = required_len(length, BLOCKS_MAX * prf.output_len())?;
                chain(&Prf::new(*prf, base)?, length, |last, number| {
                    [last.to_vec(), seed_key.to_vec(), seed.to_vec(), vec![number]]
                })?
            }
            DerivationParams::Ike1Extended { prf, gxy, extra } => {
                let length = required_len(length, BLOCKS_MAX * prf.output_len())?;
                extended(from, *prf, gxy.is_some(), extra, length)?
            }
            _ => return wrong_params(),
        };
        Ok(Derived::value(value))
    }
}

/// Whether a key can come out that is the start of the base key: it has to be as secret as that.
fn is_cut(params: &DerivationParams) -> bool {
    matches!(params, DerivationParams::Ike1Extended { gxy: None, extra, .. } if extra.is_empty())
}

/// The function under the nonces: CMAC takes keys of one length, and makes one of others [RFC 4615].
fn by_nonces(prf: Function, nonces: &[u8]) -> Result<Prf> {
    match prf {
        Function::AesCmac if nonces.len() != 16 => {
            let key = Prf::new(prf, &[0; 16])?.output(&[nonces])?;
            Prf::new(prf, &key)
        }
        Function::Des3Cmac => Err(Error::MechanismParamInvalid(
            "nonces are no key of the pseudo-random function",
        )),
        _ => Prf::new(prf, nonces),
    }
}

/// An output whole: the template may name its length and no other.
fn exactly(output: &Output, length: Option<usize>) -> Result<SecretBytes> {
    match length {
        Some(length) if length != output.len() => Err(TOO_LONG),
        _ => Ok(SecretBytes::from(&output[..])),
    }
}

/// So many bytes of outputs, each of them over what `input` makes of the last and of its own number, from 1.
fn chain<const N: usize>(
    prf: &Prf,
    length: usize,
    input: impl Fn(&[u8], u8) -> [Vec<u8>; N],
) -> Result<SecretBytes> {
    let mut out = SecretBytes::zeros(length);
    let mut last: Option<Output> = None;
    for (at, piece) in out.as_mut().chunks_mut(prf.output_len()).enumerate() {
        let number = u8::try_from(at.saturating_add(1)).map_err(|_| TOO_LONG)?;
        let parts = input(last.as_deref().unwrap_or_default(), number).map(zeroize::Zeroizing::new);
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
        let output = prf.output(&parts)?;
        piece
            .iter_mut()
            .zip(output.iter())
            .for_each(|(to, from)| *to = *from);
        last = Some(output);
    }
    Ok(out)
}

/// [RFC 2409, appendix B and 5.5] no more than the function gives at once is the start of the key itself, if it is long
/// enough and nothing else goes in.
fn extended(
    from: &Sources<'_>,
    prf: Function,
    has_gxy: bool,
    extra: &[u8],
    length: usize,
) -> Result<SecretBytes> {
    let base = from.value()?;
    if !has_gxy
        && extra.is_empty()
        && length <= prf.output_len()
        && let Some(start) = base.get(..length)
    {
        return Ok(SecretBytes::from(start));
    }
    let gxy = match has_gxy {
        true => from.further_value(0)?,
        false => &[],
    };
    let nothing = !has_gxy && extra.is_empty();
    chain(&Prf::new(prf, base)?, length, |last, number| {
        match nothing && number == 1 {
            true => [vec![0], Vec::new(), Vec::new()],
            false => [last.to_vec(), gxy.to_vec(), extra.to_vec()],
        }
    })
}
