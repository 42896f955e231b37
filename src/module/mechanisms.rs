//! Which mechanisms are offered: the catalog, less what the configuration takes away.

use super::Module;
use crate::catalog;
use crate::ck::{MechanismId, SlotId};
use crate::config::{Choice, Config, Maker, Policy};
use crate::crypto::hash::Hash;
use crate::crypto::prf::Function;
use crate::crypto::tls_prf::TlsPrf;
use crate::error::{Error, Reason, Result};
use crate::mechanism::params::derivation::DerivationParams;
use crate::mechanism::{MechanismSpec, ParamSource, Params, Roles};
use crate::os::known::Known;
use crate::payment::compat;

/// All that configurations of this process have offered, each once: modules that come and go share it.
static OFFERED: Known<Mechanisms> = Known::new();

/// What a configuration offers.
#[derive(PartialEq)]
pub(super) struct Mechanisms {
    /// Their numbers, sorted: a search reads these alone.
    numbers: Box<[MechanismId]>,
    /// The rows, sorted by number.
    rows: Box<[Row]>,
    policy: Policy,
}

/// A row of the catalog. Of one mechanism there may be two, one of them with the limits lifted: the same row is the one at
/// the same place.
#[derive(Clone, Copy)]
struct Row(&'static MechanismSpec);

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// The rows that a configuration offers, in the order of the families.
///
/// # Errors
/// [`Error::Configuration`] for a name that the catalog does not have.
pub fn offered(config: &Config) -> Result<Vec<&'static MechanismSpec>> {
    let named = |names: &[String]| names.iter().map(|name| by_name(name)).collect::<Result<Vec<_>>>();
    let mut rows: Vec<_> = match config.policy {
        Policy::Standard => catalog::all().collect(),
        Policy::Modern => catalog::modern().collect(),
    };
    let enabled = named(&config.mechanisms.enable)?;
    let of_maker = |row: &MechanismSpec| {
        config.mechanisms.compat.iter().any(|maker| {
            let theirs = match maker {
                Maker::Luna => compat::LUNA_ROWS,
                Maker::ProtectToolkit => compat::PROTECTTOOLKIT_ROWS,
            };
            theirs
                .iter()
                .chain(compat::SHARED_ROWS)
                .any(|their| their.id == row.id)
        })
    };
    let is_on =
        |row: &MechanismSpec| row.standing.off.is_none() || enabled.contains(&row.id) || of_maker(row);
    match &config.mechanisms.choice {
        Choice::All => rows.retain(|row| is_on(row)),
        Choice::Allow(names) => {
            let allowed = named(names)?;
            rows.retain(|row| allowed.contains(&row.id));
        }
        Choice::Deny(names) => {
            let denied = named(names)?;
            rows.retain(|row| is_on(row) && !denied.contains(&row.id));
        }
    }
    for row in &mut rows {
        let wanted = enabled.contains(&row.id).then(|| catalog::unlimited(row.id));
        *row = wanted.flatten().unwrap_or(*row);
    }
    Ok(rows)
}

impl Mechanisms {
    pub(super) fn of(config: &Config) -> Result<&'static Self> {
        let mut rows = offered(config)?;
        rows.sort_unstable_by_key(|row| row.id);
        Ok(OFFERED.find_or_add(Self {
            numbers: rows.iter().map(|row| row.id).collect(),
            rows: rows.into_iter().map(Row).collect(),
            policy: config.policy,
        }))
    }

    /// The row of a mechanism.
    pub(super) fn find(&self, id: MechanismId) -> Result<&'static MechanismSpec> {
        let at = self.numbers.binary_search(&id);
        match at.ok().and_then(|at| self.rows.get(at)) {
            Some(row) => Ok(row.0),
            None => Err(Error::MechanismInvalid {
                mechanism: id,
                why: match catalog::find(id).map(|row| row.standing.off) {
                    Some(None) => "switched off by the configuration (`policy`, `[mechanisms]`)",
                    Some(Some(_)) => "off unless `mechanisms.enable` names it; docs/mechanisms.md says why",
                    None => "this module does not have it",
                },
            }),
        }
    }
}

/// Whether the policy leaves this parameter: some mechanisms have their hash in it.
fn allowed_params(policy: Policy, params: &Params) -> Result<()> {
    if policy != Policy::Modern {
        return Ok(());
    }
    let legacy = |hash| matches!(hash, Hash::Md5 | Hash::Sha1 | Hash::Ripemd160);
    match params {
        Params::Derivation(params) if stands_on_legacy(params) => Err(Error::MechanismParamInvalid(
            "`policy = \"modern\"` allows no MD5 and no DES: the parameter names them as pseudo-random function",
        )),
        Params::RsaPss { hash, mgf, .. } if legacy(*hash) || legacy(*mgf) => {
            Err(Error::MechanismParamInvalid(
                "`policy = \"modern\"` allows no SHA-1 in signatures: hashAlg and mgf name another hash",
            ))
        }
        _ => Ok(()),
    }
}

/// Whether the pseudo-random function that a parameter names is one of MD5 or DES.
fn stands_on_legacy(params: &DerivationParams) -> bool {
    match params {
        DerivationParams::TlsKdf { prf, .. }
        | DerivationParams::TlsMac { prf, .. }
        | DerivationParams::TlsMasterKey { prf, .. } => *prf == TlsPrf::Tls10,
        DerivationParams::TlsKeyMaterial(material) => material.prf == TlsPrf::Tls10,
        DerivationParams::Kbkdf(kbkdf) => kbkdf.prf == Function::Des3Cmac,
        DerivationParams::IkePrf { prf, .. }
        | DerivationParams::Ike1Prf { prf, .. }
        | DerivationParams::Ike2PrfPlus { prf, .. }
        | DerivationParams::Ike1Extended { prf, .. } => {
            matches!(prf, Function::Hmac(Hash::Md5) | Function::Des3Cmac)
        }
        _ => false,
    }
}

fn by_name(name: &str) -> Result<MechanismId> {
    catalog::find_name(name).map(|row| row.id).ok_or_else(|| {
        let what = format!("[mechanisms] names {name}, which this module does not have");
        Error::Configuration(Reason::new(what, "see `vhsm mechanisms`"))
    })
}

impl Module {
    /// `C_GetMechanismList`.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`].
    pub fn mechanisms(&self, slot: SlotId) -> Result<Vec<&'static MechanismSpec>> {
        self.slots.exists(slot)?;
        Ok(self.mechanisms.rows.iter().map(|row| row.0).collect())
    }

    /// `C_GetMechanismInfo`.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`], [`Error::MechanismInvalid`].
    pub fn mechanism(&self, slot: SlotId, id: MechanismId) -> Result<&'static MechanismSpec> {
        self.slots.exists(slot)?;
        self.mechanisms.find(id)
    }
}

/// A mechanism that a call asked for: its row, the role that the call wants of it, and its parameter.
pub(super) struct Asked<T> {
    pub(super) spec: &'static MechanismSpec,
    pub(super) role: T,
    pub(super) params: Params,
}

impl Module {
    /// Looks a mechanism up, first its number, then what it does, then its parameter; `cannot` is what is wrong when
    /// the row does not play the role.
    pub(super) fn asked<T>(
        &self,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        role: impl FnOnce(&Roles) -> Option<T>,
        cannot: &'static str,
    ) -> Result<Asked<T>> {
        let spec = self.mechanisms.find(mechanism)?;
        let role = role(&spec.roles).ok_or(Error::MechanismInvalid {
            mechanism: spec.id,
            why: cannot,
        })?;
        let params = params.read(spec.params)?;
        allowed_params(self.mechanisms.policy, &params)?;
        Ok(Asked { spec, role, params })
    }
}
