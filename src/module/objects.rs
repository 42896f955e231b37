//! Objects: create, copy, destroy, read, change, find.

use std::borrow::Cow;
use std::sync::Arc;

use super::Module;
use super::payment::NewLmks;
use crate::attribute::{AttributeSet, RawAttribute, Value};
use crate::ck::{
    AttributeType, CKA_COPYABLE, CKA_DESTROYABLE, CKA_EC_POINT, CKA_MODIFIABLE, CKA_PRIVATE, CKA_TOKEN,
    ObjectHandle, SessionHandle, UserType,
};
use crate::config::{EcPointEncoding, ReadableKeys};
use crate::error::{Error, Result};
use crate::object::rules::is_sensitive_somewhere;
use crate::object::search::SearchTemplate;
use crate::object::template::{self, Draft, Made, Origin};
use crate::object::{Object, Revealed, modify};
use crate::os::stack;
use crate::session::{Find, Session, Step};

/// Whether an object of this kind may be made or changed in the session [PKCS#11 3.2, 5.6; UG 3.2, 2.6].
pub(super) fn may_write(session: &Session, token_object: bool, private: bool) -> Result<()> {
    if token_object && !session.read_write {
        return Err(Error::SessionReadOnly(
            "a token object needs a session opened with CKF_RW_SESSION",
        ));
    }
    if private && session.token.logged_in() != Some(UserType::User) {
        return Err(Error::UserNotLoggedIn(
            "a private object needs the user; CKA_PRIVATE is TRUE or the default",
        ));
    }
    Ok(())
}

impl Module {
    /// Whether the SO is logged in, who alone may set CKA_TRUSTED.
    pub(super) fn is_so(session: &Session) -> bool {
        session.token.logged_in() == Some(UserType::So)
    }

    /// Checks a template for a new object, and that the session may have such an object.
    pub(super) fn draft(
        &self,
        session: &Session,
        template: AttributeSet,
        origin: Origin<'_>,
        made: Option<Made<'_>>,
    ) -> Result<Draft> {
        let draft = template::draft(template, origin, made, self.settings, Self::is_so(session))?;
        may_write(session, draft.is_token(), draft.is_private())?;
        Ok(draft)
    }

    /// Puts a finished object into the token or the session.
    pub(super) fn insert(&self, session: &Session, attributes: AttributeSet) -> Result<ObjectHandle> {
        let stored = attributes.bool(CKA_TOKEN) == Some(true);
        let lmks = NewLmks::among(std::slice::from_ref(&attributes));
        let create = || session.token.create(session.handle, attributes);
        let [handle] = lmks.insert(session, || create().map(|handle| [handle]))?;
        if !stored {
            self.still_open(session)?;
        }
        Ok(handle)
    }

    /// `C_CreateObject`.
    ///
    /// # Errors
    /// Which attribute breaks which rule; what the session may not do; the store's.
    pub fn create_object(&self, session: SessionHandle, template: &[RawAttribute]) -> Result<ObjectHandle> {
        let created = self.create_apart(session, template);
        // Values that came in with the template left parts of themselves in passing.
        if template.iter().any(|one| is_sensitive_somewhere(one.attribute)) {
            stack::wipe();
        }
        created
    }

    /// A frame of its own, below that of who wipes.
    #[inline(never)]
    fn create_apart(&self, session: SessionHandle, template: &[RawAttribute]) -> Result<ObjectHandle> {
        let session = self.session(session)?;
        let draft = self.draft(&session, template::parse(template)?, Origin::Create, None)?;
        self.insert(&session, draft.complete(AttributeSet::new())?)
    }

    /// `C_CopyObject`.
    ///
    /// # Errors
    /// As [`Module::create_object`]; [`Error::ActionProhibited`] if CKA_COPYABLE is FALSE.
    pub fn copy_object(
        &self,
        session: SessionHandle,
        object: ObjectHandle,
        template: &[RawAttribute],
    ) -> Result<ObjectHandle> {
        let session = self.session(session)?;
        let source = session.token.object(object)?;
        if !source.is_copyable() {
            return Err(Error::ActionProhibited(CKA_COPYABLE));
        }
        let changes = template::parse(template)?;
        let copy = modify::copied(source.attributes(), changes, Self::is_so(&session))?;
        let is = |attribute| copy.bool(attribute) == Some(true);
        may_write(&session, is(CKA_TOKEN), is(CKA_PRIVATE))?;
        self.insert(&session, copy)
    }

    /// `C_DestroyObject`.
    ///
    /// # Errors
    /// [`Error::ObjectHandleInvalid`], [`Error::ActionProhibited`], [`Error::SessionReadOnly`], the store's.
    pub fn destroy_object(&self, session: SessionHandle, object: ObjectHandle) -> Result<()> {
        let session = self.session(session)?;
        let target = session.token.object(object)?;
        may_write(&session, target.is_token(), target.is_private())?;
        if !target.is_destroyable() {
            return Err(Error::ActionProhibited(CKA_DESTROYABLE));
        }
        session.token.destroy(object)
    }

    /// The object of a handle, for `C_GetAttributeValue` and `C_GetObjectSize`.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`], [`Error::ObjectHandleInvalid`].
    pub fn object(&self, session: SessionHandle, object: ObjectHandle) -> Result<Arc<Object>> {
        self.session(session)?.token.object(object)
    }

    /// What `C_GetAttributeValue` tells of one attribute.
    ///
    /// # Errors
    /// [`Error::AttributeSensitive`]; [`Error::AttributeTypeInvalid`] if the object does not have it.
    pub fn attribute<'o>(&self, object: &'o Object, attribute: AttributeType) -> Result<Cow<'o, Value>> {
        let revealed = match self.config.payment.readable_keys {
            ReadableKeys::Refuse => object.reveal(attribute),
            ReadableKeys::Accept => object.reveal_payment_key(attribute),
        };
        match revealed {
            Revealed::Value(point) if attribute == CKA_EC_POINT => {
                Ok(match self.config.strictness.ec_point_encoding {
                    EcPointEncoding::Raw => Cow::Borrowed(point),
                    EcPointEncoding::Der => object.octet_string_point(point),
                })
            }
            Revealed::Value(value) => Ok(Cow::Borrowed(value)),
            Revealed::Sensitive => Err(Error::AttributeSensitive(attribute)),
            Revealed::Absent => Err(Error::AttributeTypeInvalid {
                attribute,
                why: "the object does not have it",
            }),
        }
    }

    /// `C_SetAttributeValue`.
    ///
    /// # Errors
    /// As [`Module::create_object`]; [`Error::ActionProhibited`] if CKA_MODIFIABLE is FALSE.
    pub fn set_attributes(
        &self,
        session: SessionHandle,
        object: ObjectHandle,
        template: &[RawAttribute],
    ) -> Result<()> {
        let session = self.session(session)?;
        let target = session.token.object(object)?;
        may_write(&session, target.is_token(), target.is_private())?;
        if !target.is_modifiable() {
            return Err(Error::ActionProhibited(CKA_MODIFIABLE));
        }
        let changes = template::parse(template)?;
        let so = Self::is_so(&session);
        session
            .token
            .replace(object, |current| modify::modified(current, changes.clone(), so))
    }

    /// `C_FindObjectsInit`.
    ///
    /// # Errors
    /// [`Error::OperationActive`], the store's.
    pub fn find_init(&self, session: SessionHandle, template: &[RawAttribute]) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.find.free()?;
        let found = session.token.find(&SearchTemplate::parse(template))?;
        state.find.begin(Find::begin(found));
        Ok(())
    }

    /// `C_FindObjects`: fills `out` from its start; gives how many handles were written, 0 at the end.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn find(&self, session: SessionHandle, out: &mut [ObjectHandle]) -> Result<usize> {
        let session = self.session(session)?;
        let step = |find: &mut Find| {
            let mut given = 0;
            for place in out.iter_mut() {
                let Some(handle) = std::iter::from_fn(|| find.next_found())
                    .find_map(|found| session.token.handle_of(&found))
                else {
                    break;
                };
                *place = handle;
                given += 1;
            }
            Ok(Step::Goes(given))
        };
        session.state.lock().find.run(step).0
    }

    /// `C_FindObjectsFinal`.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn find_final(&self, session: SessionHandle) -> Result<()> {
        let session = self.session(session)?;
        session.state.lock().find.run(|_| Ok(Step::Over(0))).0.map(drop)
    }
}
