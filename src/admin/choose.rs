//! Which token a command is about: by label, serial number, URI or slot; the only one if nothing is said.

use super::failure::Failure;
use super::uri::{Uri, is_uri};
use crate::ck::SlotId;
use crate::module::{DamagedToken, MANUFACTURER, MODEL, Module, TokenSummary};

/// A token as the first word behind the command.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TokenArgument {
    /// The token: its label, serial number or pkcs11: URI; may be left out if there is only one
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
    /// The token in this slot
    #[arg(long, value_name = "NUMBER", conflicts_with = "token")]
    slot: Option<u64>,
}

/// A token as an option.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TokenOption {
    /// The token: its label, serial number or pkcs11: URI; may be left out if there is only one
    #[arg(short, long, value_name = "TOKEN")]
    token: Option<String>,
    /// The token in this slot
    #[arg(long, value_name = "NUMBER", conflicts_with = "token")]
    slot: Option<u64>,
}

impl TokenArgument {
    /// The slot, if it holds a token that is damaged.
    pub(super) fn damaged(&self, module: &Module) -> Result<Option<DamagedToken>, Failure> {
        let (_, damaged) = module.token_summaries()?;
        Ok(damaged.into_iter().find(|token| Some(token.slot.0) == self.slot))
    }

    /// Whether the user named a token.
    pub(super) fn is_given(&self) -> bool {
        self.token.is_some() || self.slot.is_some()
    }

    /// The token.
    pub(super) fn choose(&self, module: &Module) -> Result<TokenSummary, Failure> {
        choose(
            module,
            &wanted(self.token.as_deref(), self.slot, &Uri::default())?,
        )
    }
}

impl TokenOption {
    /// This token, if no option names one.
    pub(super) fn or_named(self, name: Option<&str>) -> Self {
        match self.slot {
            Some(_) => self,
            None => Self {
                token: self.token.or_else(|| name.map(str::to_owned)),
                ..self
            },
        }
    }

    /// The token, which the URI of an object may name as well.
    pub(super) fn choose(&self, module: &Module, object: &Uri) -> Result<TokenSummary, Failure> {
        choose(module, &wanted(self.token.as_deref(), self.slot, object)?)
    }
}

/// What the user wants: a label or serial number, or the token part of a URI.
enum Wanted {
    Name(String),
    Uri(Box<Uri>),
}

fn wanted(token: Option<&str>, slot: Option<u64>, object: &Uri) -> Result<Wanted, Failure> {
    Ok(match (token, slot) {
        (Some(text), _) if is_uri(text) => Wanted::Uri(Box::new(Uri::parse(text)?)),
        (Some(text), _) => Wanted::Name(text.to_owned()),
        (None, Some(slot)) => Wanted::Uri(Box::new(Uri {
            slot: Some(SlotId(slot)),
            ..Uri::default()
        })),
        (None, None) => Wanted::Uri(Box::new(object.clone())),
    })
}

fn choose(module: &Module, wanted: &Wanted) -> Result<TokenSummary, Failure> {
    let (all, damaged) = module.token_summaries()?;
    if all.is_empty() && damaged.is_empty() {
        return Err(Failure::absent(
            "there is no token yet",
            "`vhsm token init --label LABEL` makes one",
        ));
    }
    let mut fitting: Vec<_> = all.into_iter().filter(|token| fits(token, wanted)).collect();
    // Of a damaged token nothing is known but its slot.
    let slot = match wanted {
        Wanted::Uri(uri) => uri.slot,
        Wanted::Name(_) => None,
    };
    match (fitting.pop(), fitting.is_empty()) {
        (Some(token), true) => Ok(token),
        (None, _) => match damaged.iter().find(|token| Some(token.slot) == slot) {
            Some(token) => Err(unusable(token)),
            None if damaged.is_empty() => Err(Failure::absent(
                "there is no such token",
                "`vhsm token list` shows all",
            )),
            None => Err(Failure::absent(
                "there is no such token, or it is one that is damaged",
                "`vhsm token list` shows all; put the database back from its backup",
            )),
        },
        (Some(_), false) => Err(Failure::absent(
            "more than one token fits",
            "name one by its serial number; `vhsm token list` shows them",
        )),
    }
}

/// What to say of a damaged token that a command is about.
pub(super) fn unusable(token: &DamagedToken) -> Failure {
    let remedy = format!(
        "put the database back from its backup, or give the token up with `vhsm token delete --slot {}`",
        token.slot
    );
    Failure::from(token.why.clone()).with_remedy(remedy)
}

fn fits(token: &TokenSummary, wanted: &Wanted) -> bool {
    let (label, serial) = (label(token), serial(token));
    match wanted {
        Wanted::Name(name) => *name == label || *name == serial,
        Wanted::Uri(uri) => {
            let is = |part: &Option<Vec<u8>>, value: &str| {
                part.as_ref().is_none_or(|part| part == value.as_bytes())
            };
            is(&uri.token, &label)
                && is(&uri.serial, &serial)
                && is(&uri.manufacturer, MANUFACTURER)
                && is(&uri.model, MODEL)
                && uri.slot.is_none_or(|slot| slot == token.slot)
        }
    }
}

/// The label of a token without padding.
pub(super) fn label(token: &TokenSummary) -> String {
    unpadded(&token.header.label)
}

/// The serial number of a token without padding.
pub(super) fn serial(token: &TokenSummary) -> String {
    unpadded(&token.header.serial)
}

fn unpadded(field: &[u8]) -> String {
    String::from_utf8_lossy(field).trim_end_matches(' ').to_owned()
}

/// The URI of a token.
pub(super) fn uri(token: &TokenSummary) -> Uri {
    Uri {
        token: Some(label(token).into_bytes()),
        serial: Some(serial(token).into_bytes()),
        manufacturer: Some(MANUFACTURER.into()),
        model: Some(MODEL.into()),
        ..Uri::default()
    }
}
