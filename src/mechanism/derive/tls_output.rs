//! What the pseudo-random function of TLS makes beside a connection's keys, and the secret that all begins with.

use super::tls::MASTER_LEN;
use super::{params, required_len, wrong_params};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::rng;
use crate::crypto::tls_prf::TlsPrf;
use crate::error::{Error, Result};
use crate::mechanism::derivation::{DeriveObjects, Derived, Heritage, Planned, Sources, Wanted};
use crate::mechanism::generate::contribution;
use crate::mechanism::operation::GenerateKeyMechanism;
use crate::mechanism::params::derivation::DerivationParams;
use crate::mechanism::params::{Params, Reply};
use crate::secret::SecretBytes;

/// Keys by exporters [RFC 5705, 4].
pub(super) struct Exporter;

impl DeriveObjects for Exporter {
    fn plan(&self, _from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        Ok(vec![Planned::secret_key(template, Heritage::AtLeastElseSame)])
    }

    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived> {
        let DerivationParams::TlsKdf {
            prf,
            label,
            randoms,
            context,
        } = params(from.params)?
        else {
            return wrong_params();
        };
        let length = required_len(wanted.first().and_then(|wanted| wanted.length), usize::MAX)?;
        let context = context.as_deref();
        let context_len =
            context.map(|context| u16::try_from(context.len()).unwrap_or(u16::MAX).to_be_bytes());
        let seed: [&[u8]; 5] = [
            label,
            &randoms.client,
            &randoms.server,
            context_len.as_ref().map_or(&[], |length| &length[..]),
            context.unwrap_or_default(),
        ];
        let mut value = SecretBytes::zeros(length);
        prf.fill(from.value()?, &seed, value.as_mut())?;
        Ok(Derived::value(value))
    }
}

/// CKM_TLS_PRF: bytes for the caller, and no object.
pub(super) struct RawOutput;

impl DeriveObjects for RawOutput {
    fn gives_handle(&self) -> bool {
        false
    }

    fn plan(&self, _from: &Sources<'_>, _template: AttributeSet) -> Result<Vec<Planned>> {
        Ok(Vec::new())
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let DerivationParams::TlsPrf { label, seed, length } = params(from.params)? else {
            return wrong_params();
        };
        let mut output = SecretBytes::zeros(*length);
        TlsPrf::Tls10.fill(from.value()?, &[label, seed], output.as_mut())?;
        Ok(Derived::values([]).with(Reply::Bytes(output)))
    }
}

/// CKM_TLS_PRE_MASTER_KEY_GEN: a version and 46 random bytes.
pub(super) struct Premaster;

impl GenerateKeyMechanism for Premaster {
    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        match template.ulong(CKA_VALUE_LEN) {
            Some(length) if length != MASTER_LEN => Err(Error::AttributeValueInvalid {
                attribute: CKA_VALUE_LEN,
                why: "a premaster key has 48 bytes",
            }),
            _ => Ok(()),
        }
    }

    fn generate(&self, of: &Params, _template: &AttributeSet) -> Result<AttributeSet> {
        let DerivationParams::TlsVersion(version) = params(of)? else {
            return wrong_params();
        };
        let mut value = SecretBytes::zeros(to_usize(MASTER_LEN));
        if let Some((start, rest)) = value.as_mut().split_first_chunk_mut() {
            *start = *version;
            rng::system(rest)?;
        }
        Ok(contribution(value))
    }

    fn default_len(&self) -> Option<u64> {
        Some(MASTER_LEN)
    }

    fn is_shared(&self) -> bool {
        true
    }
}
