//! [`CommandSpec`]: a host command as a row. Dispatch, documentation, traces and metrics come from the rows.

use super::activities::Activity;
use super::call::Call;
use super::code::ErrorCode;
use super::lmks::Lmk;
use super::refusal::Refusal;

/// Under which local master keys a command works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LmkKinds {
    /// It uses none.
    None,
    /// Variant LMKs only.
    Variant,
    /// Key-block LMKs only.
    KeyBlock,
    /// Both kinds.
    Both,
}

impl LmkKinds {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Variant => "variant",
            Self::KeyBlock => "key block",
            Self::Both => "both",
        }
    }

    /// Whether a command works under this one.
    #[must_use]
    pub fn has(self, lmk: &Lmk) -> bool {
        match self {
            Self::None => false,
            Self::Variant => !lmk.has_key_blocks(),
            Self::KeyBlock => lmk.has_key_blocks(),
            Self::Both => true,
        }
    }
}

/// Does what the command says: reads the fields of the call and writes those of its reply.
pub type Handler = fn(&mut Call<'_>) -> Result<(), Refusal>;

/// A host command.
#[derive(Clone, Copy)]
pub struct CommandSpec {
    /// Two characters.
    pub code: &'static str,
    /// The response's two characters.
    pub response: &'static str,
    /// What it does.
    pub name: &'static str,
    /// The fields behind the command in order, with lengths: `n` decimal digits, `H` hexadecimal digits, `B` bytes; those
    /// in brackets may be missing.
    pub request: &'static str,
    /// The fields behind the error code.
    pub reply: &'static str,
    /// Under which local master keys it works: [`Call::lmk`] gives it no other.
    pub lmks: LmkKinds,
    /// The authorised activities that it asks for.
    pub activities: &'static [Activity],
    /// Error codes that mean something of its own here, with what.
    pub errors: &'static [(&'static str, &'static str)],
    /// It checks a PIN: its 01 is a wrong one, which is counted.
    pub checks_pin: bool,
    /// It takes a processor for so long that nobody else waits for it, and that few run at a time.
    pub is_slow: bool,
    /// What does it.
    pub handler: Handler,
}

/// What a row does that names no handler: nothing, and it says so.
fn nothing(_call: &mut Call<'_>) -> Result<(), Refusal> {
    Err(Refusal::new(
        ErrorCode::INTERNAL,
        "the row of the command has no handler",
    ))
}

impl CommandSpec {
    /// What rows leave out.
    pub const NONE: Self = Self {
        code: "",
        response: "",
        name: "",
        request: "",
        reply: "",
        lmks: LmkKinds::Both,
        activities: &[],
        errors: &[],
        checks_pin: false,
        is_slow: false,
        handler: nothing,
    };

    /// The authorised activities that it asks for, in words.
    #[must_use]
    pub fn activity(&self) -> Option<String> {
        let told: Vec<String> = self.activities.iter().map(ToString::to_string).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// The row of one that checks a PIN.
    #[must_use]
    pub const fn checking_pins(self) -> Self {
        Self {
            checks_pin: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payshield::demo::Demo;
    use crate::payshield::fields::Fields;
    use crate::payshield::reply::Reply;
    use crate::payshield::settings::Settings;

    #[test]
    fn a_row_without_a_handler_refuses() {
        let home = tempfile::tempdir().unwrap();
        let host = Demo::default().host(home.path(), Settings::default()).unwrap();
        let mut call = Call {
            host: &host,
            session: host.worker(None).unwrap().session,
            fields: Fields::new(b"", false),
            reply: Reply::new(false),
            port_lmk: None,
            lmks: LmkKinds::Both,
            activities: &[],
            peer: None,
        };
        let forgotten = CommandSpec {
            code: "ZY",
            name: "Verify something",
            ..CommandSpec::NONE
        };
        let refused = (forgotten.handler)(&mut call).unwrap_err();
        assert_eq!(refused.code, ErrorCode::INTERNAL);
    }
}
