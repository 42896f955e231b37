//! [`Place`]: the token that a command works on. [`Opened`]: the same with the user logged in, and what is done there.

use std::fmt::Write;

use clap::Args;

use super::Template;
use crate::admin::choose::TokenOption;
use crate::admin::context::Context;
use crate::admin::failure::Failure;
use crate::admin::find::search;
use crate::admin::pin;
use crate::admin::secrets::UserPin;
use crate::admin::uri::{Uri, is_uri};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::FlatSource;
use crate::module::Module;
use crate::session::{Output, output};

/// Which token, and its user's PIN.
#[derive(Clone, Debug, Args)]
pub(in crate::admin) struct Place {
    #[command(flatten)]
    token: TokenOption,
    #[command(flatten)]
    pin: UserPin,
}

/// A token with its user logged in.
pub(in crate::admin) struct Opened {
    module: Module,
    session: SessionHandle,
}

/// Handles that one search step gives.
const STEP: usize = 256;

/// The URI of what a user names: a label, or a URI.
fn named(name: &str) -> std::result::Result<Uri, Failure> {
    match is_uri(name) {
        true => Uri::parse(name),
        false => Ok(Uri {
            object: Some(name.into()),
            ..Uri::default()
        }),
    }
}

/// Bytes in hexadecimal digits, as check values are shown.
pub(in crate::admin) fn upper_hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

impl Place {
    /// Opens the token, which the name of an object may tell, and logs in.
    pub(in crate::admin) fn open(
        &self,
        context: &Context,
        object: Option<&str>,
    ) -> std::result::Result<Opened, Failure> {
        let uri = named(object.unwrap_or_default())?;
        let module = context.module_of_console(&[])?;
        let token = self.token.choose(&module, &uri)?;
        let session = pin::session(&module, token.slot)?;
        module.login(session, UserType::User, &self.pin.read()?)?;
        Ok(Opened { module, session })
    }
}

impl Opened {
    /// C_CreateObject.
    pub(in crate::admin) fn create(&self, template: &Template) -> Result<ObjectHandle> {
        self.module.create_object(self.session, template.raw())
    }

    /// C_GenerateKey.
    pub(in crate::admin) fn generate(
        &self,
        id: MechanismId,
        parameter: &[u8],
        template: &Template,
    ) -> Result<ObjectHandle> {
        let parameter = FlatSource(parameter);
        self.module
            .generate_key(self.session, id, &parameter, template.raw())
    }

    /// C_CopyObject.
    pub(in crate::admin) fn copy(&self, key: ObjectHandle, template: &Template) -> Result<ObjectHandle> {
        self.module.copy_object(self.session, key, template.raw())
    }

    /// C_SetAttributeValue.
    pub(in crate::admin) fn change(&self, object: ObjectHandle, template: &Template) -> Result<()> {
        self.module.set_attributes(self.session, object, template.raw())
    }

    /// C_DestroyObject.
    pub(in crate::admin) fn destroy(&self, key: ObjectHandle) -> Result<()> {
        self.module.destroy_object(self.session, key)
    }

    /// C_DeriveKey of the key that components make.
    pub(in crate::admin) fn combine(
        &self,
        components: &[ObjectHandle],
        template: &Template,
    ) -> Result<ObjectHandle> {
        let Some((first, others)) = components.split_first() else {
            return Err(Error::Internal("a key of no components"));
        };
        let mut parameter = vec![1, 0];
        parameter.extend(others.iter().flat_map(|handle| handle.0.to_be_bytes()));
        let made = self.module.derive_key(
            self.session,
            CKM_VHSM_COMPONENTS_COMBINE,
            &FlatSource(&parameter),
            *first,
            template.raw(),
            true,
        )?;
        made.ok_or(Error::Internal("components that make no key"))
    }

    /// C_WrapKey; all forms of payment keys are text.
    pub(in crate::admin) fn wrap(
        &self,
        (id, parameter): (MechanismId, &[u8]),
        under: ObjectHandle,
        key: ObjectHandle,
    ) -> Result<String> {
        let parameter = FlatSource(parameter);
        let out = output::whole(|out| {
            self.module
                .wrap_key(self.session, id, &parameter, under, key, out)
        })?;
        String::from_utf8(out).map_err(|_| Error::Internal("a wrapped payment key is no text"))
    }

    /// C_UnwrapKey.
    pub(in crate::admin) fn unwrap(
        &self,
        (id, parameter): (MechanismId, &[u8]),
        under: ObjectHandle,
        text: &str,
        template: &Template,
    ) -> Result<ObjectHandle> {
        let parameter = FlatSource(parameter);
        self.module.unwrap_key(
            self.session,
            id,
            &parameter,
            under,
            text.as_bytes(),
            template.raw(),
        )
    }

    /// C_Sign of a check value: the method and length in bytes of CKM_VHSM_KEY_CHECK_VALUE.
    pub(in crate::admin) fn made_check_value(
        &self,
        key: ObjectHandle,
        method: u8,
        length: u8,
    ) -> Result<String> {
        let parameter = [1, method, length];
        self.module.sign_init(
            self.session,
            CKM_VHSM_KEY_CHECK_VALUE,
            &FlatSource(&parameter),
            key,
        )?;
        let mut out = [0; 16];
        let length = self.module.sign(self.session, &[], Output::Buffer(&mut out))?;
        Ok(upper_hexadecimal(out.get(..length).unwrap_or_default()))
    }

    /// CKA_CHECK_VALUE; empty if the object has none.
    pub(in crate::admin) fn check_value(&self, key: ObjectHandle) -> Result<String> {
        let attributes = self.told(key, &[CKA_CHECK_VALUE])?;
        Ok(upper_hexadecimal(
            attributes.bytes(CKA_CHECK_VALUE).unwrap_or_default(),
        ))
    }

    /// What C_GetAttributeValue tells of these attributes; those that the object does not have are left out.
    pub(in crate::admin) fn told(
        &self,
        object: ObjectHandle,
        attributes: &[AttributeType],
    ) -> Result<AttributeSet> {
        let object = self.module.object(self.session, object)?;
        let mut told = AttributeSet::new();
        for attribute in attributes {
            match self.module.attribute(&object, *attribute) {
                Ok(value) => told.set(*attribute, Value::clone(&value)),
                Err(Error::AttributeTypeInvalid { .. }) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(told)
    }

    /// C_FindObjects.
    pub(in crate::admin) fn find(&self, template: &Template) -> Result<Vec<ObjectHandle>> {
        self.module.find_init(self.session, template.raw())?;
        let mut handles = Vec::new();
        loop {
            let mut step = [ObjectHandle(0); STEP];
            let count = self.module.find(self.session, &mut step)?;
            handles.extend(step.into_iter().take(count));
            if count < STEP {
                break;
            }
        }
        self.module.find_final(self.session)?;
        Ok(handles)
    }

    /// The secret key of the token with this label or URI.
    pub(in crate::admin) fn secret_key(&self, name: &str) -> std::result::Result<ObjectHandle, Failure> {
        let uri = Uri {
            class: Some(CKO_SECRET_KEY),
            ..named(name)?
        };
        match search(&self.module, self.session, &uri)?.as_slice() {
            [key] => Ok(*key),
            [] => Err(Failure::absent(
                format!("there is no secret key {name:?}"),
                "`vhsm object list --class secret-key` shows those that there are",
            )),
            [_, ..] => Err(Failure::absent(
                format!("more than one secret key fits {name:?}"),
                "name one by its pkcs11: URI; `vhsm object list` shows them",
            )),
        }
    }

    /// Whether no secret key of the token has the label yet.
    pub(in crate::admin) fn check_label_is_free(&self, label: &str) -> std::result::Result<(), Failure> {
        let template = Template::default()
            .flag(CKA_TOKEN, true)
            .number(CKA_CLASS, CKO_SECRET_KEY.0)
            .bytes(CKA_LABEL, label.as_bytes());
        match self.find(&template)?.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(
                format!("there is a secret key with the label {label:?} already"),
                "choose another label, or delete that key with `vhsm object delete`; nothing was changed",
            )),
        }
    }
}
