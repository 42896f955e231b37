//! The token that objects come from, behind its own module.

use std::path::{Path, PathBuf};

use crate::admin::failure::Failure;
use crate::ck::*;
use crate::client::{Error, Had, Library, Mechanism, Session, Template};
use crate::secret::SecretBytes;

/// Where packages put SoftHSM's module.
const PLACES: [&str; 6] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// A token of SoftHSM with a session on it.
pub(super) struct Source {
    session: Session,
    /// The token's label.
    pub(super) label: String,
}

fn failure(error: &Error) -> Failure {
    Failure::new(format!("SoftHSM: {error}"), "")
}

impl Source {
    /// Loads the module and opens a session on the token of this label or serial number, or on the only one.
    pub(super) fn open(module: Option<&Path>, token: Option<&str>) -> Result<Self, Failure> {
        let path = match module {
            Some(path) => path.to_owned(),
            None => PLACES
                .map(PathBuf::from)
                .into_iter()
                .find(|path| path.exists())
                .ok_or_else(|| {
                    Failure::absent(
                        "SoftHSM's module is in none of the usual places",
                        "install SoftHSM 2, or name the file with --module",
                    )
                })?,
        };
        let told =
            |error: Error| Failure::new(format!("{}: {error}", path.display()), "is it SoftHSM's module?");
        let library = Library::load(&path).map_err(told)?;
        library.initialize().map_err(|error| {
            let remedy = "SOFTHSM2_CONF names SoftHSM's configuration; may this user read it and its tokens?";
            Failure::new(format!("{}: {error}", path.display()), remedy)
        })?;
        let mut fitting = Vec::new();
        for slot in library.slots().map_err(told)? {
            let info = library.token_info(slot).map_err(told)?;
            let is_meant = token.is_none_or(|token| token == info.label || token == info.serial);
            if info.initialized && is_meant {
                fitting.push((slot, info.label));
            }
        }
        match (fitting.pop(), fitting.is_empty()) {
            (Some((slot, label)), true) => Ok(Self {
                session: Session::open(library, slot).map_err(told)?,
                label,
            }),
            (None, _) => Err(Failure::absent(
                "SoftHSM has no such token",
                "`softhsm2-util --show-slots` shows all; SOFTHSM2_CONF names SoftHSM's configuration",
            )),
            (Some(_), false) => Err(Failure::absent(
                "more than one token of SoftHSM fits",
                "name one by its serial number with --from-token; `softhsm2-util --show-slots` shows them",
            )),
        }
    }

    /// Logs the user in.
    pub(super) fn login(&self, pin: &[u8]) -> Result<(), Failure> {
        self.session
            .login(UserType::User, pin)
            .map_err(|error| match error.is_wrong_pin() {
                true => Failure::no_pin(
                    "SoftHSM: wrong PIN",
                    "give its user PIN with --from-pin-file or in $VHSM_FROM_PIN",
                ),
                false => failure(&error),
            })
    }

    /// All objects of the token.
    pub(super) fn objects(&self) -> Result<Vec<ObjectHandle>, Failure> {
        let mut objects = Vec::new();
        self.session
            .find_init(&Template::new().bool(CKA_TOKEN, true))
            .map_err(|error| failure(&error))?;
        while let Some(object) = self.session.find_next().map_err(|error| failure(&error))? {
            objects.push(object);
        }
        self.session.find_final().map_err(|error| failure(&error))?;
        Ok(objects)
    }

    /// One attribute of an object.
    pub(super) fn attribute(&self, object: ObjectHandle, attribute: AttributeType) -> Result<Had, Error> {
        self.session.attribute_value(object, attribute)
    }

    /// Makes a key that lives as long as the session, to wrap others with: its handle and value.
    pub(super) fn wrapping_key(&self) -> Result<(ObjectHandle, SecretBytes), Error> {
        let template = Template::new()
            .bool(CKA_TOKEN, false)
            .bool(CKA_PRIVATE, true)
            .bool(CKA_SENSITIVE, false)
            .bool(CKA_EXTRACTABLE, true)
            .bool(CKA_WRAP, true)
            .ulong(CKA_VALUE_LEN, 32);
        let key = self
            .session
            .generate_key(&Mechanism::plain(CKM_AES_KEY_GEN), &template)?;
        match self.session.attribute_value(key, CKA_VALUE)? {
            Had::Value(value) => Ok((key, value)),
            Had::Sensitive | Had::Absent => Err(Error::Missing("CKA_VALUE of a key made to wrap with")),
        }
    }

    /// A key wrapped as RFC 5649 has it, which SoftHSM calls CKM_AES_KEY_WRAP_PAD.
    pub(super) fn wrapped(&self, wrapping: ObjectHandle, key: ObjectHandle) -> Result<Vec<u8>, Error> {
        self.session
            .wrap_key(&Mechanism::plain(CKM_AES_KEY_WRAP_PAD), wrapping, key)
    }
}
