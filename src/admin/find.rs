//! Which objects a command is about: by label, identifier, class or URI; opens the token and searches.

use std::sync::Arc;

use clap::Args;

use super::choose::{self, TokenOption};
use super::context::Context;
use super::failure::Failure;
use super::pin;
use super::secrets::UserPin;
use super::uri::{CLASSES, Uri, is_uri};
use crate::attribute::{RawAttribute, RawValue};
use crate::ck::*;
use crate::module::{Module, TokenSummary};
use crate::object::Object;

const EXAMPLES: &str = "\
Examples:
  vhsm object list
      All objects of the only token; asks for the user PIN.
  vhsm object list --public
      Only what can be seen without a PIN.
  vhsm object show --class private signer
      The private keys labelled \"signer\", with all attributes that are not sensitive.
  vhsm object delete 'pkcs11:token=demo;id=%01;type=public'
      What the URI names, after a confirmation.";

/// Handles that one search step gives.
const STEP: usize = 256;

/// Which objects.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Which {
    /// Objects with this label, or what this pkcs11: URI names
    #[arg(value_name = "OBJECT")]
    object: Option<String>,
    /// Objects with this identifier (CKA_ID)
    #[arg(long, value_name = "HEX", value_parser = hexadecimal)]
    id: Option<Hex>,
    /// Objects of this class
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(CLASSES.map(|(name, _)| name)))]
    class: Option<String>,
    /// Do not log in: only public objects
    #[arg(long, conflicts_with = "pin_file")]
    public: bool,
    #[command(flatten)]
    token: TokenOption,
    #[command(flatten)]
    pin: UserPin,
}

/// Bytes in hexadecimal.
#[derive(Clone, Debug)]
struct Hex(Vec<u8>);

fn hexadecimal(text: &str) -> Result<Hex, String> {
    from_hexadecimal(text).map(Hex)
}

/// Bytes of hexadecimal digits, colons between them left out; the error says what they should be.
pub(super) fn from_hexadecimal(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<_> = text
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(16))
        .collect();
    let digits: Option<Vec<u32>> = digits.into_iter().collect();
    let digits = digits
        .filter(|digits| digits.len() % 2 == 0)
        .ok_or("an even number of hexadecimal digits")?;
    let byte = |pair: &[u32]| pair.iter().fold(0, |byte, digit| byte * 16 + digit);
    digits
        .chunks(2)
        .map(|pair| u8::try_from(byte(pair)).map_err(|e| e.to_string()))
        .collect()
}

/// The objects that were found, and where.
pub(super) struct Found {
    /// The open module.
    pub(super) module: Module,
    /// The token.
    pub(super) token: TokenSummary,
    /// The session, logged in if the user did not say otherwise.
    pub(super) session: SessionHandle,
    handles: Vec<ObjectHandle>,
}

impl Which {
    /// What the user wants, all options together.
    pub(super) fn uri(&self) -> Result<Uri, Failure> {
        let mut uri = match &self.object {
            Some(text) if is_uri(text) => Uri::parse(text)?,
            Some(label) => Uri {
                object: Some(label.clone().into_bytes()),
                ..Uri::default()
            },
            None => Uri::default(),
        };
        if let Some(Hex(id)) = &self.id {
            uri.id = Some(id.clone());
        }
        if let Some((_, class)) = CLASSES
            .iter()
            .find(|(name, _)| Some(*name) == self.class.as_deref())
        {
            uri.class = Some(*class);
        }
        Ok(uri)
    }

    /// Opens the token, logs in and searches.
    pub(super) fn find(&self, context: &Context) -> Result<Found, Failure> {
        let uri = self.uri()?;
        let module = context.module()?;
        let token = self.token.choose(&module, &uri)?;
        let session = pin::session(&module, token.slot)?;
        if !self.public {
            module.login(session, UserType::User, &self.pin.read()?)?;
        }
        let handles = search(&module, session, &uri)?;
        Ok(Found {
            module,
            token,
            session,
            handles,
        })
    }
}

/// The token objects that a URI names.
pub(super) fn search(
    module: &Module,
    session: SessionHandle,
    uri: &Uri,
) -> Result<Vec<ObjectHandle>, Failure> {
    let attribute = |attribute, value: &[u8]| RawAttribute {
        attribute,
        value: RawValue::Bytes(value.into()),
    };
    let mut template = vec![attribute(CKA_TOKEN, &[1])];
    template.extend(uri.object.as_deref().map(|label| attribute(CKA_LABEL, label)));
    template.extend(uri.id.as_deref().map(|id| attribute(CKA_ID, id)));
    template.extend(
        uri.class
            .map(|class| attribute(CKA_CLASS, &class.0.to_ne_bytes())),
    );
    module.find_init(session, &template)?;
    let mut handles = Vec::new();
    loop {
        let mut step = [ObjectHandle(0); STEP];
        let count = module.find(session, &mut step)?;
        handles.extend(step.into_iter().take(count));
        if count < STEP {
            break;
        }
    }
    module.find_final(session)?;
    Ok(handles)
}

impl Found {
    /// The objects, without the profiles that every token has.
    pub(super) fn objects(&self) -> impl Iterator<Item = Result<(ObjectHandle, Arc<Object>), Failure>> {
        let object = |handle: &ObjectHandle| Ok((*handle, self.module.object(self.session, *handle)?));
        let kept = |found: &Result<(_, Arc<Object>), Failure>| {
            found
                .as_ref()
                .map_or(true, |(_, object)| object.class() != CKO_PROFILE)
        };
        self.handles.iter().map(object).filter(kept)
    }

    /// The URI of an object.
    pub(super) fn uri(&self, object: &Object) -> Uri {
        let value = |attribute| object.attributes().bytes(attribute);
        let unnamed = [CKA_LABEL, CKA_ID]
            .iter()
            .all(|attribute| value(*attribute).is_none_or(<[u8]>::is_empty));
        // The URI of an object without a name says so: without a word of names it would fit all others, too.
        let bytes = |attribute| value(attribute).filter(|bytes| unnamed || !bytes.is_empty());
        Uri {
            object: bytes(CKA_LABEL).map(<[u8]>::to_vec),
            id: bytes(CKA_ID).map(<[u8]>::to_vec),
            class: Some(object.class()).filter(|class| CLASSES.iter().any(|(_, known)| known == class)),
            ..choose::uri(&self.token)
        }
    }
}
