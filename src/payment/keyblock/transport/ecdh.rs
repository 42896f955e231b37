//! A protection key out of Diffie-Hellman. Between two pairs that both sides keep, what is wrapped is the key block alone
//! [as AWS Payment Cryptography has it]; with a pair of its own, the pair's public point stands in front of it.

use super::{Protection, TOO_SHORT, hash, plan};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::{ec, kdf};
use crate::error::{Error, Result};
use crate::mechanism::library::{AWS_LC, K256};
use crate::mechanism::{
    AsymmetricKey, EcKdf, FlatWithKeys, FurtherKey, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind,
    Params, Roles, Standing, UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget, ec as curves,
};
use crate::payment::keyblock::opened;
use crate::payment::keyblock::parameter::{Opening, VERSION, wrong};
use crate::secret::SecretBytes;

/// The row.
pub(super) const ROW: MechanismSpec = MechanismSpec {
    id: CKM_VHSM_ECDH_KEY_TRANSPORT,
    section: "include/vhsm.h",
    libraries: &[AWS_LC, K256],
    params: ParamKind::Flat {
        min: HEAD_LEN + 1,
        max: 8192,
    },
    key: KeyRule {
        further: &[FurtherKey {
            at: HANDLE_AT,
            function: CKA_UNWRAP,
            rule: &KEYS,
        }],
        ..KEYS
    },
    roles: Roles {
        wrap: Some(&EcdhTransport),
        unwrap: Some(&EcdhTransport),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
};

const KEYS: KeyRule = KeyRule {
    types: &[CKK_EC],
    sizes: KeySizes::bits(256, 521),
    flags: curves::FLAGS,
    ..KeyRule::NONE
};

/// Where the handle of the own key stands in a parameter.
const HANDLE_AT: usize = 4;
/// Length of what a parameter begins with, up to the shared information.
const HEAD_LEN: usize = 14;

struct EcdhTransport;

/// A parameter in its parts.
struct Exchange<'a> {
    kdf: EcKdf,
    protection: Protection,
    info: &'a [u8],
    /// The pair that the key is wrapped with; `None` for one of its own.
    own: Option<&'a KeyMaterial>,
    /// What stands behind the shared information.
    form: &'a [u8],
}

impl<'a> Exchange<'a> {
    /// A parameter to wrap, whose own key was looked up, or one to unwrap, which names none.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    fn of(params: &'a Params) -> Result<Self> {
        match params {
            Params::FlatWithKeys(flat) => {
                Self::read(&flat.bytes, flat.keys.first().and_then(Option::as_deref))
            }
            Params::Flat(bytes)
                if FlatWithKeys::handle(bytes, HANDLE_AT).is_some_and(|handle| handle.0 != 0) =>
            {
                wrong("the key that unwraps is the own one: the parameter names no other")
            }
            Params::Flat(bytes) => Self::read(bytes, None),
            _ => Err(Error::Internal("key transport without its parameter")),
        }
    }

    fn read(bytes: &'a [u8], own: Option<&'a KeyMaterial>) -> Result<Self> {
        let Some(([VERSION, function, code, protection, rest @ ..], behind)) =
            bytes.split_first_chunk::<HEAD_LEN>()
        else {
            return wrong("the first byte is the version of the parameter, 1");
        };
        let hash = hash(*code)?;
        let kdf = match function {
            1 => EcKdf::X963(hash),
            2 => EcKdf::Sp800(hash),
            _ => return wrong("the key derivation is that of ANSI X9.63 (1) or of NIST SP 800-56C (2)"),
        };
        let [.., high, low] = *rest;
        let Some((info, form)) = behind.split_at_checked(u16::from_be_bytes([high, low]).into()) else {
            return wrong("the shared information is longer than the parameter");
        };
        Ok(Self {
            kdf,
            protection: Protection::of(*protection)?,
            info,
            own,
            form,
        })
    }

    /// Two pairs that stay the same give other keys by other information only [NIST SP 800-56A rev. 3, 6.3].
    fn check_info(&self, is_static: bool) -> Result<()> {
        match is_static && self.info.is_empty() {
            true => wrong("pairs that stay the same need shared information"),
            false => Ok(()),
        }
    }

    /// The protection key.
    fn derived(&self, secret: &SecretBytes) -> Result<KeyMaterial> {
        let mut value = SecretBytes::zeros(self.protection.length);
        match self.kdf {
            EcKdf::X963(hash) => kdf::x963(hash, secret, self.info, value.as_mut())?,
            EcKdf::Sp800(hash) => kdf::concatenation(hash, secret, self.info, value.as_mut())?,
        }
        Ok(self.protection.key(value))
    }
}

const WRONG_KEY: Error = Error::Internal("ECDH key transport with another kind of key");

fn public(key: &KeyMaterial) -> Result<&ec::PublicKey> {
    match key.asymmetric()? {
        AsymmetricKey::EcPublic(key) => Ok(key),
        _ => Err(WRONG_KEY),
    }
}

fn private(key: &KeyMaterial) -> Result<&ec::PrivateKey> {
    match key.asymmetric()? {
        AsymmetricKey::EcPrivate(key) => Ok(key),
        _ => Err(WRONG_KEY),
    }
}

/// The strength of a curve in bits [NIST SP 800-57 part 1 rev. 5, table 2].
fn strength(curve: ec::Curve) -> u64 {
    (u64::from(curve.field_bits()) / 2).min(256)
}

/// Length of the point in front of the block.
fn point_len(exchange: &Exchange<'_>, curve: ec::Curve) -> usize {
    exchange.own.map_or(curve.point_len(), |_| 0)
}

impl WrapMechanism for EcdhTransport {
    fn carries_attributes(&self) -> bool {
        true
    }

    fn asked_exportability(&self, _key: &KeyMaterial, params: &Params) -> Result<Option<u8>> {
        let exchange = Exchange::of(params)?;
        Ok(Some(
            exchange.protection.request(exchange.form)?.wanted.exportability,
        ))
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let (exchange, peer) = (Exchange::of(params)?, public(key)?);
        exchange.check_info(exchange.own.is_some())?;
        if let Some(own) = exchange.own
            && private(own)?.curve() != peer.curve()
        {
            return wrong("the two keys are on different curves");
        }
        exchange.protection.request(exchange.form).map(drop)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        let (exchange, curve) = (Exchange::of(params)?, public(key)?.curve());
        let request = exchange.protection.request(exchange.form)?;
        let plan = plan(&exchange.protection.blank(), strength(curve), &request, target)?;
        Ok(point_len(&exchange, curve) + plan.block_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let (exchange, peer) = (Exchange::of(params)?, public(key)?);
        let request = exchange.protection.request(exchange.form)?;
        let front_len = point_len(&exchange, peer.curve());
        let (front, block) = out.split_at_mut_checked(front_len).ok_or(TOO_SHORT)?;
        let secret = match exchange.own {
            Some(own) => private(own)?.shared_secret(&peer.point()?)?,
            None => {
                let own = ec::PrivateKey::generate(peer.curve())?;
                front.copy_from_slice(&own.public_point()?);
                own.shared_secret(&peer.point()?)?
            }
        };
        let protection = exchange.derived(&secret)?;
        let plan = plan(&protection, strength(peer.curve()), &request, target)?;
        Ok(front_len + plan.write(&protection, target.payload, block)?)
    }
}

impl UnwrapMechanism for EcdhTransport {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let (exchange, curve) = (Exchange::of(params)?, private(key)?.curve());
        let (_, point) = exchange.protection.version(exchange.form)?;
        exchange.check_info(!point.is_empty())?;
        if point.is_empty() {
            return Ok(());
        }
        // That it is a point of the curve, and not too short or of another one.
        let point = curve.strip_point(point);
        let key = point.and_then(|point| ec::PublicKey::from_point(curve, point));
        key.map(drop).map_err(|error| match error {
            Error::PublicKeyInvalid(why) => Error::MechanismParamInvalid(why),
            other => other,
        })
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let (exchange, key) = (Exchange::of(params)?, private(key)?);
        let (version, point) = exchange.protection.version(exchange.form)?;
        let (point, block) = match point {
            [] => wrapped
                .split_at_checked(key.curve().point_len())
                .ok_or(Error::WrappedKeyLenRange)?,
            point => (key.curve().strip_point(point)?, wrapped),
        };
        let (binding, parts) = exchange.protection.parts(block, version)?;
        let secret = key.shared_secret(point).map_err(|error| match error {
            Error::PublicKeyInvalid(_) => Error::WrappedKeyInvalid,
            other => other,
        })?;
        opened::open(
            &exchange.derived(&secret)?,
            binding,
            &parts,
            (Opening::PLAIN, template),
        )
    }
}
