//! The key of a calculation: one of a token, or a test key in the clear, with which no token is opened.

use std::sync::Arc;

use clap::Args;

use crate::admin::choose::TokenOption;
use crate::admin::context::Context;
use crate::admin::failure::Failure;
use crate::admin::find::{from_hexadecimal, search};
use crate::admin::pin;
use crate::admin::secrets::UserPin;
use crate::admin::uri::{Uri, is_uri};
use crate::attribute::{AttributeSet, Value};
use crate::catalog;
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{FlatSource, KeyMaterial, MechanismSpec};
use crate::module::Module;
use crate::session::Output;

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

/// A key that is ready.
pub(super) enum BenchKey {
    OnToken {
        module: Box<Module>,
        session: SessionHandle,
        key: ObjectHandle,
    },
    Clear(Arc<KeyMaterial>),
}

impl KeyOption {
    /// Opens the token and finds the key, or prepares the test key with this usage; `aes` where it is of AES.
    pub(super) fn open(
        &self,
        context: &Context,
        usage: KeyUsage,
        aes: bool,
    ) -> std::result::Result<BenchKey, Failure> {
        if let Some(hex) = &self.clear_test_key {
            return clear(hex, usage, aes);
        }
        let name = self.key.as_deref().unwrap_or_default();
        let mut uri = match is_uri(name) {
            true => Uri::parse(name)?,
            false => Uri {
                object: Some(name.into()),
                ..Uri::default()
            },
        };
        uri.class = Some(CKO_SECRET_KEY);
        let module = context.module()?;
        let token = self.token.choose(&module, &uri)?;
        let session = pin::session(&module, token.slot)?;
        module.login(session, UserType::User, &self.pin.read()?)?;
        match search(&module, session, &uri)?.as_slice() {
            [key] => Ok(BenchKey::OnToken {
                key: *key,
                module: Box::new(module),
                session,
            }),
            [] => Err(Failure::absent(
                "there is no such secret key",
                "`vhsm object list --class secret` shows those that there are",
            )),
            [_, ..] => Err(Failure::absent(
                "more than one secret key fits",
                "name one by its pkcs11: URI; `vhsm object list` shows them",
            )),
        }
    }
}

fn clear(hex: &str, usage: KeyUsage, aes: bool) -> std::result::Result<BenchKey, Failure> {
    let remedy = "give 16, 32 or 48 hexadecimal digits of DES, or 32, 48 or 64 of AES";
    let value = from_hexadecimal(hex)
        .map_err(|why| Failure::new(format!("--clear-test-key is not {why}"), remedy))?;
    let key_type = match (value.len(), aes) {
        (16 | 24 | 32, true) => CKK_AES,
        (8, false) => CKK_DES,
        (16, false) => CKK_DES2,
        (24, false) => CKK_DES3,
        (length, _) => {
            let what = format!("--clear-test-key has {length} bytes, which no key of this algorithm has");
            return Err(Failure::new(what, remedy));
        }
    };
    let attributes = AttributeSet::from_iter([
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(key_type.0)),
        (CKA_VALUE, Value::bytes(&value)),
        (CKA_VHSM_KEY_USAGE, Value::bytes(&usage.0)),
    ]);
    Ok(BenchKey::Clear(Arc::new(KeyMaterial::prepare(&attributes)?)))
}

/// The row of a mechanism, if it takes keys of this type.
fn row(id: MechanismId, key: &KeyMaterial) -> Result<&'static MechanismSpec> {
    let row = catalog::find(id).ok_or(Error::Internal("a calculator without its mechanism"))?;
    match row.key.types.contains(&key.key_type) && row.key.sizes.allow_bits(key.bits()) {
        true => Ok(row),
        false => Err(Error::KeyTypeInconsistent {
            role: crate::error::KeyRole::Key,
            key_type: key.key_type,
            mechanism: id,
        }),
    }
}

const NO_ROLE: Error = Error::Internal("a calculator asks a mechanism for what it does not do");

impl BenchKey {
    /// C_Sign.
    pub(super) fn sign(&self, id: MechanismId, parameter: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        let source = FlatSource(parameter);
        match self {
            Self::OnToken { module, session, key } => {
                module.sign_init(*session, id, &source, *key)?;
                let mut out = vec![0; module.sign(*session, data, Output::Length)?];
                let length = module.sign(*session, data, Output::Buffer(&mut out))?;
                out.truncate(length);
                Ok(out)
            }
            Self::Clear(key) => {
                let role = row(id, key)?.roles.sign.ok_or(NO_ROLE)?;
                let params = source.params();
                role.check(key, &params)?;
                let mut out = vec![0; role.signature_len(key, &params)];
                role.sign(key, &params, data, &mut out)?;
                Ok(out)
            }
        }
    }

    /// C_Verify: whether the value is right.
    pub(super) fn verify(
        &self,
        id: MechanismId,
        parameter: &[u8],
        data: &[u8],
        value: &[u8],
    ) -> Result<bool> {
        let source = FlatSource(parameter);
        let verified = match self {
            Self::OnToken { module, session, key } => {
                module.verify_init(*session, id, &source, *key)?;
                module.verify(*session, data, value)
            }
            Self::Clear(key) => {
                let role = row(id, key)?.roles.verify.ok_or(NO_ROLE)?;
                let params = source.params();
                role.check(key, &params)?;
                role.verify(key, &params, data, value)
            }
        };
        match verified {
            Ok(()) => Ok(true),
            Err(Error::SignatureInvalid | Error::SignatureLenRange) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// C_Encrypt.
    pub(super) fn encrypt(&self, id: MechanismId, parameter: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        let source = FlatSource(parameter);
        match self {
            Self::OnToken { module, session, key } => {
                module.encrypt_init(*session, id, &source, *key)?;
                let mut out = vec![0; module.encrypt(*session, data, Output::Length)?];
                let length = module.encrypt(*session, data, Output::Buffer(&mut out))?;
                out.truncate(length);
                Ok(out)
            }
            Self::Clear(key) => {
                let role = row(id, key)?.roles.encrypt.ok_or(NO_ROLE)?;
                let params = source.params();
                role.check(key, &params)?;
                let mut out = vec![0; role.output_len(key, &params, data.len())?];
                let length = role.oneshot(key, &params, data, &mut out)?;
                out.truncate(length);
                Ok(out)
            }
        }
    }
}
