//! Parameters in a saved operation [PKCS#11 3.2, 5.6: C_GetOperationState].

use super::{ParamKind, Params, ShortBytes};
use crate::error::{Error, Result};

impl Params {
    /// The parameter as bytes, for [`Params::restore`].
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`] for parameters of mechanisms whose states are not saved.
    pub fn save(&self) -> Result<Vec<u8>> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Iv(iv) => Ok(iv.to_vec()),
            Self::AesCtr { counter_bits, block } => Ok([&counter_bits.to_be_bytes()[..], block].concat()),
            Self::MacGeneral(length) => Ok(length.to_be_bytes().to_vec()),
            Self::Flat(bytes) => Ok(bytes.to_vec()),
            _ => Err(Error::StateUnsaveable),
        }
    }

    /// The parameter of a mechanism that takes this kind, from what [`Params::save`] gave; `None` if it is no such
    /// parameter.
    #[must_use]
    pub fn restore(kind: ParamKind, saved: &[u8]) -> Option<Self> {
        match kind {
            ParamKind::None | ParamKind::OptionalIv(_) if saved.is_empty() => Some(Self::None),
            ParamKind::Iv(length) | ParamKind::OptionalIv(length) if saved.len() == length => {
                Some(Self::Iv(ShortBytes::new(saved)))
            }
            ParamKind::AesCtr => {
                let (bits, block) = saved.split_first_chunk()?;
                Some(Self::AesCtr {
                    counter_bits: u32::from_be_bytes(*bits),
                    block: block.try_into().ok()?,
                })
            }
            ParamKind::MacGeneral => Some(Self::MacGeneral(u64::from_be_bytes(saved.try_into().ok()?))),
            ParamKind::Flat { min, max } if (min..=max).contains(&saved.len()) => {
                Some(Self::Flat(saved.into()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_comes_back_for_its_kind_alone() {
        let kinds = [
            ParamKind::None,
            ParamKind::Iv(16),
            ParamKind::Iv(8),
            ParamKind::AesCtr,
            ParamKind::MacGeneral,
        ];
        let counter = Params::AesCtr {
            counter_bits: 64,
            block: [3; 16],
        };
        for (params, fitting) in [
            (Params::None, &kinds[..1]),
            (Params::Iv(ShortBytes::new(&[7; 16])), &kinds[1..2]),
            (counter, &kinds[3..4]),
        ] {
            let saved = params.save().unwrap();
            for kind in kinds {
                let restored = Params::restore(kind, &saved);
                assert_eq!(
                    restored,
                    fitting.contains(&kind).then(|| params.clone()),
                    "{kind:?}"
                );
            }
        }
        let flat = Params::Flat([1, 2, 3].into());
        let kind = |min, max| ParamKind::Flat { min, max };
        assert_eq!(flat.save(), Ok(vec![1, 2, 3]));
        assert_eq!(Params::restore(kind(3, 11), &[1, 2, 3]), Some(flat));
        assert_eq!(Params::restore(kind(4, 11), &[1, 2, 3]), None);
        let length = Params::MacGeneral(5);
        let saved = length.save().unwrap();
        assert_eq!(Params::restore(ParamKind::MacGeneral, &saved), Some(length));
    }

    #[test]
    fn parameters_of_other_mechanisms_are_not_saved() {
        let gcm = Params::Gcm {
            iv: ShortBytes::new(&[1; 12]),
            aad: [].into(),
            tag_bits: 128,
        };
        assert_eq!(gcm.save(), Err(Error::StateUnsaveable));
        assert_eq!(Params::restore(ParamKind::Gcm, &[1; 12]), None);
    }
}
