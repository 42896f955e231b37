//! A0: a new key, or an initial key of DUKPT, under the LMK and perhaps under a ZMK or TMK.

use crate::ck::*;
use crate::payshield::call::{Call, attribute, flag};
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, check_digits};
use crate::payshield::key_usages;
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, ZMK};

use super::derive::Base;
use super::export::{leaving, wanted_usage};
use super::trailers::{Header, Parts, Trailers};
use super::transport::{self, Leaving, master_role, read_atalla, untagged_zmk};
use super::under_lmk::{self, read_scheme, type_name};
use super::{EXPORT, GENERATE};

/// Where the key goes beside the LMK.
struct Destination<'a> {
    master: KeyField<'a>,
    role: &'static KeyRole,
    scheme: u8,
    atalla: u8,
}

/// A0
pub(super) fn generate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let (derives, exports) = match call.fields.byte("mode")? {
        b'0' => (false, false),
        b'1' => (false, true),
        b'A' => (true, false),
        b'B' => (true, true),
        _ => return Err(Fields::wrong("mode")),
    };
    let code = call.fields.array("key type")?;
    let scheme = read_scheme(call, "key scheme (LMK)")?;
    let base = if derives { Some(Base::read(call)?) } else { None };
    let destination = if exports {
        Some(read_destination(call)?)
    } else {
        None
    };
    let trailers = Trailers::read(call, Parts::Made)?;
    let lmk = call.lmk()?;
    let default_usage = under_lmk::check_key_type(lmk, code)?;
    let usage = trailers.header.map_or(default_usage, |header| header.usage);
    if let Some(header) = trailers.header.filter(|_| lmk.has_key_blocks()) {
        let [algorithm, _] = header.algorithm;
        key_usages::check(header.usage, algorithm, header.mode)?;
    }
    authorise(call, lmk, code, usage, exports)?;
    let master = match &destination {
        Some(destination) => Some(call.key(&destination.master, destination.role)?),
        None => None,
    };
    let header = trailers.header.unwrap_or_default();
    let key = match &base {
        Some(base) => base.derive(call, lmk, (code, usage), &header)?,
        None => {
            let wanted = destination
                .as_ref()
                .and_then(|to| wanted_usage(lmk, to.scheme, &trailers, code));
            let usage = match lmk.has_key_blocks() {
                true => usage,
                false => wanted.unwrap_or(default_usage),
            };
            Made::of(lmk, scheme, &trailers)?.generate(call, &header, (lmk, usage))?
        }
    };
    let kept = Header {
        algorithm: [0; 2],
        ..header
    };
    let made = under_lmk::close(call, lmk, &key, (code, scheme), &kept)?;
    call.reply.field("key (LMK)", &made);
    if let (Some(destination), Some(master)) = (&destination, &master) {
        let leaving = leaving_of(lmk, destination, (&kept, &trailers))?;
        let made = transport::export(call, master, &key, &leaving)?;
        call.reply.field("key (ZMK or TMK)", &made);
    }
    call.reply.field("KCV", &check_digits(&key.check_value));
    Ok(())
}

/// What the new key leaves as: it may do so as its header under the LMK says.
///
/// # Errors
/// 29.
fn leaving_of<'a>(
    lmk: &Lmk,
    destination: &Destination<'_>,
    (kept, trailers): (&Header<'a>, &Trailers<'a>),
) -> Result<Leaving<'a>, Refusal> {
    let mut leaving = leaving(lmk, destination.scheme, destination.atalla, trailers)?;
    if !lmk.has_key_blocks() {
        return Ok(leaving);
    }
    let in_block = matches!(destination.scheme, b'R' | b'S');
    match kept.exportability {
        b'E' if in_block => {}
        b'S' => {}
        b'E' => {
            let why = "a key of exportability E leaves in key blocks only";
            return Err(Refusal::new(ErrorCode::NOT_PERMITTED, why));
        }
        _ => {
            return Err(Refusal::new(
                ErrorCode::NOT_PERMITTED,
                "a key of exportability N does not leave",
            ));
        }
    }
    leaving.header = Header {
        exportability: match leaving.header.exportability {
            0 => kept.exportability,
            narrower => narrower,
        },
        ..*kept
    };
    Ok(leaving)
}

fn authorise(
    call: &Call<'_>,
    lmk: &Lmk,
    code: [u8; 3],
    usage: [u8; 2],
    exports: bool,
) -> Result<(), Refusal> {
    if code == ZMK.key_type || lmk.has_key_blocks() && ZMK.takes(usage) {
        call.authorised(&GENERATE.of_type(&type_name(code, Some(usage))))?;
    }
    match exports {
        true => call.authorised(&EXPORT.of_type(&type_name(code, Some(usage)))),
        false => Ok(()),
    }
}

fn read_destination<'a>(call: &mut Call<'a>) -> Result<Destination<'a>, Refusal> {
    // Clients of old leave the flag out: what begins with neither is a ZMK.
    let has_flag = call.fields.take(b';') || matches!(call.fields.peek(), Some(b'0' | b'1'));
    let role = match has_flag {
        true => master_role(call.fields.byte("ZMK or TMK flag")?)?,
        false => &ZMK,
    };
    let untagged = untagged_zmk(call);
    let master = KeyField::read(&mut call.fields, "ZMK or TMK", untagged)?;
    let scheme = read_scheme(call, "key scheme (ZMK)")?;
    let atalla = read_atalla(call)?;
    Ok(Destination {
        master,
        role,
        scheme,
        atalla,
    })
}

/// Type and length of a key that is made.
pub(in crate::payshield::commands) struct Made {
    mechanism: MechanismId,
    /// Length in bytes, where the mechanism does not say it.
    length: Option<u64>,
    algorithm: u8,
}

const fn made(mechanism: MechanismId, length: Option<u64>, algorithm: u8) -> Made {
    Made {
        mechanism,
        length,
        algorithm,
    }
}

impl Made {
    /// What a message asks for.
    ///
    /// # Errors
    /// 26, A7; A6 for a key block of which nothing is said.
    fn of(lmk: &Lmk, scheme: u8, trailers: &Trailers<'_>) -> Result<Self, Refusal> {
        if !lmk.has_key_blocks() {
            return Self::of_scheme(scheme);
        }
        let header = trailers.header.ok_or_else(|| {
            Refusal::new(
                ErrorCode::KEY_USAGE,
                "a key in a key block needs a header: `#` and its fields",
            )
        })?;
        match &header.algorithm {
            b"D1" => Ok(made(CKM_DES_KEY_GEN, None, b'D')),
            b"T2" => Ok(made(CKM_DES2_KEY_GEN, None, b'T')),
            b"T3" => Ok(made(CKM_DES3_KEY_GEN, None, b'T')),
            b"A1" => Ok(made(CKM_AES_KEY_GEN, Some(16), b'A')),
            b"A2" => Ok(made(CKM_AES_KEY_GEN, Some(24), b'A')),
            b"A3" => Ok(made(CKM_AES_KEY_GEN, Some(32), b'A')),
            _ => Err(Refusal::new(ErrorCode::ALGORITHM, "there is no such algorithm")),
        }
    }

    /// A DES key as long as those of a scheme.
    ///
    /// # Errors
    /// 26.
    pub(in crate::payshield::commands) fn of_scheme(scheme: u8) -> Result<Self, Refusal> {
        match scheme {
            b'Z' => Ok(made(CKM_DES_KEY_GEN, None, b'D')),
            b'U' | b'X' => Ok(made(CKM_DES2_KEY_GEN, None, b'T')),
            b'T' | b'Y' => Ok(made(CKM_DES3_KEY_GEN, None, b'T')),
            _ => Err(Refusal::new(
                ErrorCode::KEY_SCHEME,
                "keys under this LMK have no such scheme",
            )),
        }
    }

    /// Makes the key.
    ///
    /// # Errors
    /// The module's.
    pub(in crate::payshield::commands) fn generate(
        &self,
        call: &Call<'_>,
        header: &Header<'_>,
        (lmk, usage): (&Lmk, [u8; 2]),
    ) -> Result<Held, Refusal> {
        let mut template = vec![
            flag(CKA_EXTRACTABLE, true),
            flag(CKA_SENSITIVE, true),
            attribute(CKA_VHSM_KEY_USAGE, &usage),
        ];
        template.extend(
            self.length
                .map(|length| attribute(CKA_VALUE_LEN, &length.to_ne_bytes())),
        );
        if lmk.has_key_blocks() {
            template.push(attribute(CKA_VHSM_KEY_ALGORITHM, &[self.algorithm]));
            template.push(attribute(CKA_VHSM_MODE_OF_USE, &[header.mode]));
        }
        call.generate(self.mechanism, &[], &template)
    }
}
