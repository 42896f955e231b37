//! Trust objects: levels that exist, and a certificate that is named by its hash where it is trusted [PKCS#11 3.2, 4.7].

use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::digest;

/// What a certificate is trusted for.
const USES: &[AttributeType] = &[
    CKA_TRUST_SERVER_AUTH,
    CKA_TRUST_CLIENT_AUTH,
    CKA_TRUST_CODE_SIGNING,
    CKA_TRUST_EMAIL_PROTECTION,
    CKA_TRUST_IPSEC_IKE,
    CKA_TRUST_TIME_STAMPING,
    CKA_TRUST_OCSP_SIGNING,
];

const UNKNOWN: u32 = sys::CKT_TRUST_UNKNOWN;
const NOT_TRUSTED: u32 = sys::CKT_NOT_TRUSTED;

pub(super) fn check(attributes: &AttributeSet) -> Result<()> {
    for attribute in [CKA_ISSUER, CKA_SERIAL_NUMBER] {
        if attributes.bytes(attribute).unwrap_or_default().is_empty() {
            return Err(Error::AttributeValueInvalid {
                attribute,
                why: "a certificate has an issuer and a serial number",
            });
        }
    }
    let mut is_trusted = false;
    for attribute in USES.iter().copied() {
        let level = attributes.ulong(attribute).unwrap_or_default();
        if level > u64::from(sys::CKT_TRUST_MUST_VERIFY_TRUST) {
            return Err(Error::AttributeValueInvalid {
                attribute,
                why: "there is no such trust",
            });
        }
        is_trusted |= level != u64::from(UNKNOWN) && level != u64::from(NOT_TRUSTED);
    }
    check_hash(attributes, is_trusted)
}

fn check_hash(attributes: &AttributeSet, is_trusted: bool) -> Result<()> {
    let hash = attributes.bytes(CKA_HASH_OF_CERTIFICATE).unwrap_or_default();
    let algorithm = attributes.ulong(CKA_NAME_HASH_ALGORITHM).map(MechanismId);
    if is_trusted && (hash.is_empty() || algorithm.is_none()) {
        return Err(Error::TemplateIncomplete {
            attribute: match hash {
                [] => CKA_HASH_OF_CERTIFICATE,
                _ => CKA_NAME_HASH_ALGORITHM,
            },
            why: "a certificate that is trusted is named by its hash",
        });
    }
    if hash.is_empty() && algorithm.is_none() {
        return Ok(());
    }
    // Without a name it is SHA-1.
    let algorithm = algorithm.unwrap_or(CKM_SHA_1);
    let length = digest_len(algorithm).ok_or(Error::AttributeValueInvalid {
        attribute: CKA_NAME_HASH_ALGORITHM,
        why: "it has to be a digest of one length",
    })?;
    if !hash.is_empty() && hash.len() != length {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_HASH_OF_CERTIFICATE,
            why: "CKA_NAME_HASH_ALGORITHM gives a hash of another length",
        });
    }
    Ok(())
}

/// The length of a digest without parameters.
fn digest_len(algorithm: MechanismId) -> Option<usize> {
    let row = digest::ROWS
        .iter()
        .find(|row| row.id == algorithm && algorithm != CKM_SHA512_T)?;
    row.roles.digest.map(|digest| digest.digest_len())
}
