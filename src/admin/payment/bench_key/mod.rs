//! The key of a calculation: one of a token, or a test key in the clear, with which no token is opened.

mod clear;
mod keys;
mod operations;

use std::sync::Arc;

use clap::Args;

use crate::admin::choose::TokenOption;
use crate::admin::context::Context;
use crate::admin::failure::Failure;
use crate::admin::find::search;
use crate::admin::pin;
use crate::admin::secrets::UserPin;
use crate::admin::uri::{Uri, is_uri};
use crate::attribute::{RawAttribute, RawValue, Value};
use crate::ck::*;
use crate::error::Result;
use crate::module::Module;

pub(super) use clear::{Cipher, ClearKey, TestKey};
pub(super) use operations::Call;

/// Which key.
#[derive(Clone, Debug, Args)]
pub(super) struct KeyOption {
    /// The key on the token: its label or pkcs11: URI
    #[arg(
        short,
        long,
        value_name = "OBJECT",
        required_unless_present = "clear_test_key"
    )]
    key: Option<String>,
    /// A test key in the clear, instead of one on a token. Others on this machine can read it while the command runs
    #[arg(long, value_name = "HEX", conflicts_with = "key")]
    clear_test_key: Option<String>,
    #[command(flatten)]
    token: TokenOption,
    #[command(flatten)]
    pin: UserPin,
}

/// A session of a token.
#[derive(Clone)]
pub(super) struct Bench {
    module: Arc<Module>,
    session: SessionHandle,
}

/// A key that is ready.
pub(super) enum BenchKey {
    /// A key of a token, or of a session of it.
    OnToken { bench: Bench, key: ObjectHandle },
    /// A test key in the clear.
    Clear(Box<ClearKey>),
}

/// What a word names: the secret key of this label, or that of the URI.
fn named(name: &str) -> std::result::Result<Uri, Failure> {
    let mut uri = match is_uri(name) {
        true => Uri::parse(name)?,
        false => Uri {
            object: Some(name.into()),
            ..Uri::default()
        },
    };
    uri.class = Some(CKO_SECRET_KEY);
    Ok(uri)
}

impl KeyOption {
    /// Opens the token and finds the key, or prepares the test key with this usage; `aes` where it is of AES.
    pub(super) fn open(
        &self,
        context: &Context,
        usage: KeyUsage,
        aes: bool,
    ) -> std::result::Result<BenchKey, Failure> {
        self.open_as(context, &TestKey::new(usage, Cipher::of_aes(aes)))
    }

    /// The same; a test key in the clear becomes this one.
    pub(super) fn open_as(
        &self,
        context: &Context,
        test_key: &TestKey,
    ) -> std::result::Result<BenchKey, Failure> {
        if let Some(hex) = &self.clear_test_key {
            return Ok(BenchKey::Clear(Box::new(test_key.read("--clear-test-key", hex)?)));
        }
        let name = self.key.as_deref().unwrap_or_default();
        self.bench(context, name)?.find(name)
    }

    /// The same, and the token on which there is another key of this name, too.
    pub(super) fn open_beside(
        &self,
        context: &Context,
        test_key: &TestKey,
        other: &str,
    ) -> std::result::Result<(BenchKey, Bench), Failure> {
        match (&self.clear_test_key, &self.key) {
            (None, Some(name)) => {
                let bench = self.bench(context, name)?;
                Ok((bench.find(name)?, bench))
            }
            _ => Ok((self.open_as(context, test_key)?, self.bench(context, other)?)),
        }
    }

    /// Opens the token that an object's name or the options name.
    fn bench(&self, context: &Context, object: &str) -> std::result::Result<Bench, Failure> {
        let module = context.module()?;
        let token = self.token.choose(&module, &named(object)?)?;
        let session = pin::session(&module, token.slot)?;
        module.login(session, UserType::User, &self.pin.read()?)?;
        Ok(Bench {
            module: Arc::new(module),
            session,
        })
    }
}

impl Bench {
    /// The key of this label or URI.
    pub(super) fn find(&self, name: &str) -> std::result::Result<BenchKey, Failure> {
        match search(&self.module, self.session, &named(name)?)?.as_slice() {
            [key] => Ok(self.holding(*key)),
            [] => Err(Failure::absent(
                "there is no such secret key",
                "`vhsm object list --class secret-key` shows those that there are",
            )),
            [_, ..] => Err(Failure::absent(
                "more than one secret key fits",
                "name one by its pkcs11: URI; `vhsm object list` shows them",
            )),
        }
    }

    /// The key on this token: a test key becomes one of the session.
    fn take(&self, key: BenchKey) -> Result<BenchKey> {
        let clear = match key {
            BenchKey::OnToken { .. } => return Ok(key),
            BenchKey::Clear(clear) => clear,
        };
        let mut template: Vec<_> = clear.attributes.iter().filter_map(raw).collect();
        template.push(flag(CKA_TOKEN, false));
        Ok(self.holding(self.module.create_object(self.session, &template)?))
    }

    fn holding(&self, key: ObjectHandle) -> BenchKey {
        BenchKey::OnToken {
            bench: self.clone(),
            key,
        }
    }
}

fn flag(attribute: AttributeType, flag: bool) -> RawAttribute {
    RawAttribute {
        attribute,
        value: RawValue::Bytes([u8::from(flag)][..].into()),
    }
}

/// An attribute as a template has it; `None` for what no test key has.
fn raw((attribute, value): (AttributeType, &Value)) -> Option<RawAttribute> {
    let value = match value {
        Value::Bool(flag) => [u8::from(*flag)][..].into(),
        Value::Ulong(number) => number.to_ne_bytes()[..].into(),
        Value::Bytes(bytes) => bytes.clone(),
        Value::Mechanisms(_) | Value::Template(_) => return None,
    };
    Some(RawAttribute {
        attribute,
        value: RawValue::Bytes(value),
    })
}
