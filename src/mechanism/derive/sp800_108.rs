//! Key derivation of NIST SP 800-108 [PKCS#11 3.2, 6.28].

use super::{SECRETS, TOO_LONG, check_type, params, required_len, row, wrong_params};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::hash::Hash;
use crate::crypto::kbkdf::{Field, Mode, Segments};
use crate::crypto::prf::{Function, Prf};
use crate::error::{Error, Result};
use crate::mechanism::derivation::{
    DeriveObjects, Derived, Heritage, Planned, PlannedTemplate, Sources, Wanted,
};
use crate::mechanism::generate::SECRET_LEN_MAX;
use crate::mechanism::library::{self, AWS_LC};
use crate::mechanism::params::Params;
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams, Kbkdf, KbkdfField};
use crate::mechanism::spec::{KeySizes, MechanismSpec};
use crate::secret::SecretBytes;

const fn kbkdf(
    id: MechanismId,
    section: &'static str,
    params: DerivationKind,
    derive: &'static Derive,
) -> MechanismSpec {
    row(
        id,
        section,
        &[AWS_LC, library::AES],
        params,
        (SECRETS, SIZES),
        derive,
    )
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    kbkdf(
        CKM_SP800_108_COUNTER_KDF,
        "PKCS#11 3.2, 6.28.3",
        DerivationKind::Kbkdf { counter: true },
        &Derive(CKM_SP800_108_COUNTER_KDF),
    ),
    kbkdf(
        CKM_SP800_108_FEEDBACK_KDF,
        "PKCS#11 3.2, 6.28.4",
        DerivationKind::KbkdfFeedback,
        &Derive(CKM_SP800_108_FEEDBACK_KDF),
    ),
    kbkdf(
        CKM_SP800_108_DOUBLE_PIPELINE_KDF,
        "PKCS#11 3.2, 6.28.5",
        DerivationKind::Kbkdf { counter: false },
        &Derive(CKM_SP800_108_DOUBLE_PIPELINE_KDF),
    ),
];

/// Derives in the mode of this mechanism; in counter mode under other makers' numbers.
pub(crate) struct Derive(pub(crate) MechanismId);

/// Sizes of its base keys [PKCS#11 3.2, 6.28], in bits.
pub(crate) const SIZES: KeySizes = KeySizes::bits(8, 8 * SECRET_LEN_MAX);

fn kbkdf_params(of: &Params) -> Result<&Kbkdf> {
    match params(of)? {
        DerivationParams::Kbkdf(params) => Ok(params),
        _ => wrong_params(),
    }
}

impl Derive {
    fn mode<'a>(&self, params: &'a Kbkdf) -> Mode<'a> {
        match self.0 {
            CKM_SP800_108_FEEDBACK_KDF => Mode::Feedback(&params.iv),
            CKM_SP800_108_DOUBLE_PIPELINE_KDF => Mode::DoublePipeline,
            _ => Mode::Counter,
        }
    }
}

/// The length field, if there is one: of the keys, or of whole segments, in bits.
fn length_field(params: &Kbkdf, lengths: &[usize]) -> Result<Vec<u8>> {
    let segment_len = params.prf.output_len();
    let field = params.fields.iter().find_map(|field| match field {
        KbkdfField::Length { of_keys, format } => Some((*of_keys, *format)),
        _ => None,
    });
    let Some((of_keys, format)) = field else {
        return Ok(Vec::new());
    };
    let bytes: usize = match of_keys {
        true => lengths.iter().sum(),
        false => lengths
            .iter()
            .map(|length| length.next_multiple_of(segment_len))
            .sum(),
    };
    let bits = to_ulong(bytes).saturating_mul(8);
    format.encode(bits).ok_or(Error::MechanismParamInvalid(
        "the length does not fit into its field",
    ))
}

/// Whether every counter has room for so many segments.
fn check_counters(params: &Kbkdf, segments: usize) -> Result<()> {
    let has_room = |field: &KbkdfField| match field {
        KbkdfField::Counter(format) => format.encode(to_ulong(segments)).is_some(),
        _ => true,
    };
    match params.fields.iter().all(has_room) {
        true => Ok(()),
        false => Err(TOO_LONG),
    }
}

/// The input's fields with the values of the further keys.
fn fields<'a>(params: &'a Kbkdf, from: &Sources<'a>, length: &'a [u8]) -> Result<Vec<Field<'a>>> {
    let mut keys = 0;
    let field = |field: &'a KbkdfField| {
        Ok(match field {
            KbkdfField::Chained => Field::Chained,
            KbkdfField::Counter(format) => Field::Counter(*format),
            KbkdfField::Length { .. } => Field::Bytes(length),
            KbkdfField::Bytes(bytes) => Field::Bytes(bytes),
            KbkdfField::Key(_) => {
                let key = from.further.get(keys);
                keys += 1;
                let key = key.ok_or(Error::Internal("a further key that nobody named"))?;
                Field::Bytes(key.secret()?.value())
            }
        })
    };
    params.fields.iter().map(field).collect()
}

impl DeriveObjects for Derive {
    fn further_keys(&self, params: &Params) -> Vec<ObjectHandle> {
        let fields = kbkdf_params(params).map_or(&[][..], |params| &params.fields);
        let handle = |field: &KbkdfField| match field {
            KbkdfField::Key(handle) => Some(*handle),
            _ => None,
        };
        fields.iter().filter_map(handle).collect()
    }

    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        let params = kbkdf_params(from.params)?;
        match params.prf {
            Function::Hmac(Hash::Md5) => {
                return Err(Error::MechanismParamInvalid("SP 800-108 does not use MD5"));
            }
            Function::Hmac(_) => {}
            Function::AesCmac => check_type(from, self.0, &[CKK_AES])?,
            Function::Des3Cmac => check_type(from, self.0, &[CKK_DES3, CKK_DES2])?,
            Function::AriaCmac => check_type(from, self.0, &[CKK_ARIA])?,
            Function::AesXcbc => {
                return Err(Error::MechanismParamInvalid("SP 800-108 does not use XCBC"));
            }
        }
        let first = Planned::secret_key(template, Heritage::FreeElseSame);
        let further = params.further.iter().map(|template| Planned {
            template: PlannedTemplate::Raw(template.clone()),
            ..Planned::secret_key(AttributeSet::new(), Heritage::FreeElseSame)
        });
        Ok(std::iter::once(first).chain(further).collect())
    }

    fn check_wanted(&self, wanted: &Wanted) -> Result<()> {
        required_len(wanted.length, usize::MAX).map(drop)
    }

    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived> {
        let params = kbkdf_params(from.params)?;
        let lengths: Vec<_> = wanted
            .iter()
            .map(|wanted| required_len(wanted.length, usize::MAX))
            .collect::<Result<_>>()?;
        let segment_len = params.prf.output_len();
        let segments = lengths.iter().map(|length| length.div_ceil(segment_len)).sum();
        check_counters(params, segments)?;
        let length = length_field(params, &lengths)?;
        let fields = fields(params, from, &length)?;
        let prf = Prf::new(params.prf, from.value()?)?;
        let mut segments = Segments::new(&prf, self.mode(params), &fields);
        let mut values = Vec::with_capacity(lengths.len());
        for length in lengths {
            let mut value = SecretBytes::zeros(length);
            segments.fill(value.as_mut())?;
            values.push(value);
        }
        Ok(Derived::values(values))
    }
}
