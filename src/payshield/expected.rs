//! [`Expected`]: what a key of a message under a local master key is to be; [`Call::open`] takes in what is so.

use super::call::{Call, attribute, flag};
use super::code::ErrorCode;
use super::held::Held;
use super::key_field::KeyField;
use super::lmks::Lmk;
use super::refusal::Refusal;
use super::roles::KeyRole;
use crate::ck::*;

/// Whether a key is a component, and under which variant components of its type stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Component {
    /// A key.
    None,
    /// The component of this number, under a variant of its own.
    Apart(u8),
    /// The component of this number, under the variant of its key.
    Plain(u8),
}

impl Component {
    const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Apart(number) | Self::Plain(number) => number,
        }
    }

    const fn mechanism(self) -> MechanismId {
        match self {
            Self::Plain(_) => CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT,
            _ => CKM_VHSM_VARIANT_LMK,
        }
    }
}

/// What a key is to be.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The key type code under a variant LMK.
    pub key_type: [u8; 3],
    /// What it is used as where no key block says it, if it is none that goes without saying for the type.
    pub usage: Option<[u8; 2]>,
    /// Which of the roles a key block is to be for; none: the command takes all.
    pub roles: &'a [KeyRole],
    /// Whether it is a component.
    pub component: Component,
}

impl<'a> Expected<'a> {
    /// A key of this type, whatever its key block is for.
    #[must_use]
    pub const fn of_type(key_type: [u8; 3], usage: Option<[u8; 2]>) -> Self {
        Self {
            key_type,
            usage,
            roles: &[],
            component: Component::None,
        }
    }

    /// A key of this role under an LMK.
    #[must_use]
    pub fn of_role(lmk: &Lmk, role: &'a KeyRole) -> Self {
        let key_type = match role.separated {
            Some(code) if lmk.separates_002 => code,
            _ => role.key_type,
        };
        Self {
            roles: std::slice::from_ref(role),
            ..Self::of_type(key_type, Some(role.usage))
        }
    }

    /// That a key block is for what it is to be, and no component in place of a key.
    ///
    /// # Errors
    /// A6, A9.
    pub fn hold(&self, field: &KeyField<'_>, held: &Held) -> Result<(), Refusal> {
        if !field.is_block() {
            return Ok(());
        }
        check_usage(self.roles, held.usage)?;
        match self.component {
            Component::None => refuse_component(field),
            _ => Ok(()),
        }
    }
}

/// That a key block's usage is one of these roles; none: of any.
///
/// # Errors
/// A6.
pub fn check_usage(roles: &[KeyRole], usage: [u8; 2]) -> Result<(), Refusal> {
    if roles.is_empty() || roles.iter().any(|role| role.takes(usage)) {
        return Ok(());
    }
    let mut names: Vec<&str> = roles.iter().map(|role| role.name).collect();
    names.dedup();
    let reason = format!(
        "a key block of usage {} is no {}",
        String::from_utf8_lossy(&usage),
        names.join(", ")
    );
    Err(Refusal::new(ErrorCode::KEY_USAGE, reason))
}

/// That a key block has no component.
///
/// # Errors
/// A9.
pub fn refuse_component(field: &KeyField<'_>) -> Result<(), Refusal> {
    match field.is_block_of_component() {
        true => {
            let reason = "the key is a component (the key version in its header)";
            Err(Refusal::new(ErrorCode::KEY_VERSION, reason))
        }
        false => Ok(()),
    }
}

impl Call<'_> {
    /// Takes in a key that is under this LMK, if it is what it is expected to be.
    ///
    /// # Errors
    /// 10 for parity, A1 for a scheme of the other kind of LMK, A2 to A9 for key blocks, and the like.
    pub fn open(&self, lmk: &Lmk, field: &KeyField<'_>, expected: &Expected<'_>) -> Result<Held, Refusal> {
        let held = self.unwrapped(lmk, field, expected)?;
        expected.hold(field, &held)?;
        Ok(held)
    }

    fn unwrapped(&self, lmk: &Lmk, field: &KeyField<'_>, expected: &Expected<'_>) -> Result<Held, Refusal> {
        let extractable = flag(CKA_EXTRACTABLE, true);
        match (lmk.has_key_blocks(), field.scheme) {
            (true, b'S') => self.unwrap(
                CKM_VHSM_THALES_KEY_BLOCK,
                &[1, 0, 2],
                lmk.handle,
                field.block(),
                &[extractable],
            ),
            (false, b'Z' | b'U' | b'T' | b'X' | b'Y') => {
                let mut template = vec![extractable];
                template.extend(expected.usage.map(|usage| attribute(CKA_VHSM_KEY_USAGE, &usage)));
                let [a, b, c] = expected.key_type;
                let parameter = [1, a, b, c, field.scheme, expected.component.number()];
                let mechanism = expected.component.mechanism();
                // A single key has no tag there.
                let text = field.text.strip_prefix(b"Z").unwrap_or(field.text);
                let made = self.unwrap(mechanism, &parameter, lmk.handle, text, &template);
                made.map_err(|refused| {
                    let refused = refused.recode(ErrorCode::KEY_BLOCK_LENGTH, ErrorCode::KEY_LENGTH);
                    of_another_type(refused, lmk, expected)
                })
            }
            _ => Err(other_kind()),
        }
    }
}

/// A1.
#[must_use]
pub fn other_kind() -> Refusal {
    Refusal::new(
        ErrorCode::LMK_SCHEME,
        "the key's scheme is one of the other kind of LMK",
    )
}

/// What even parity means: under another variant or another LMK a key comes out as other bytes.
fn of_another_type(refused: Refusal, lmk: &Lmk, expected: &Expected<'_>) -> Refusal {
    if refused.code != ErrorCode::SOURCE_PARITY {
        return refused;
    }
    let separation = match (lmk.separates_002, &expected.key_type) {
        (true, b"002" | b"70D" | b"80D" | b"90D") => {
            "; the LMK separates key type 002 (`vhsm lmk list`): terminals' keys are 70D, 80D and 90D"
        }
        (false, b"002") => "; the LMK does not separate key type 002 (`vhsm lmk list`)",
        _ => "",
    };
    let key = match expected.component {
        Component::None => "key",
        _ => "component",
    };
    let reason = format!(
        "the {key} is not of key type {} under LMK {:02} (another type, variant or LMK), or not of odd parity{separation}",
        String::from_utf8_lossy(&expected.key_type),
        lmk.id
    );
    Refusal::new(refused.code, reason)
}
