//! The key of an operation: held by the operation alone while it runs, so that two threads with the same key do
//! not pass a counter to and fro.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::ck::ObjectHandle;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::message::Nonces;
use crate::mechanism::{CountingSign, KeyMaterial, Params, SignMechanism};
use crate::object::Object;
use crate::token::{Stamp, Token};

/// A key that an operation holds. One word, since it wanders from operation to operation.
pub struct OperationKey(Box<Held>);

impl Deref for OperationKey {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

impl DerefMut for OperationKey {
    fn deref_mut(&mut self) -> &mut Held {
        &mut self.0
    }
}

/// What is held with a key.
pub struct Held {
    /// Its handle.
    pub handle: ObjectHandle,
    /// The object as it was when the operation began.
    pub object: Arc<Object>,
    /// The state of the token's caches when the object was looked up.
    pub stamp: Stamp,
    /// The operation's parameter names another private key.
    pub names_private: bool,
    token: Arc<Token>,
    authentication: Authentication,
    /// The operations of the session that were begun before.
    begun: u64,
}

/// Whether a key that wants its PIN for each use has had it [PKCS#11 3.2, 4.10: CKA_ALWAYS_AUTHENTICATE].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Authentication {
    NotWanted,
    Wanted,
    Done,
}

impl OperationKey {
    /// Holds a key.
    #[must_use]
    pub fn new(
        token: &Arc<Token>,
        handle: ObjectHandle,
        object: Arc<Object>,
        stamp: Stamp,
        begun: u64,
    ) -> Self {
        let wanted = object.always_authenticates();
        let authentication = if wanted {
            Authentication::Wanted
        } else {
            Authentication::NotWanted
        };
        Self(Box::new(Held {
            handle,
            object,
            stamp,
            names_private: false,
            token: Arc::clone(token),
            authentication,
            begun,
        }))
    }

    /// The same key for another operation.
    #[must_use]
    pub fn again(mut self) -> Self {
        self.0.names_private = false;
        self
    }
}

impl Held {
    /// Which operation of the session it is for: a later one has a greater number.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// The prepared key.
    ///
    /// # Errors
    /// None in an operation that has begun: the key was prepared then.
    pub fn material(&self) -> Result<&Arc<KeyMaterial>> {
        self.object.material()
    }

    /// The nonces of the key, which belong to all operations with it.
    ///
    /// # Errors
    /// [`Error::KeyHandleInvalid`] if they are asked for the first time and the key is gone.
    pub fn nonces(&self) -> Result<&Nonces> {
        self.token.nonces(self.handle, &self.object, KeyRole::Key)
    }

    /// Signs a whole message. A key that counts its signatures is counted on before one is made.
    ///
    /// # Errors
    /// What is wrong with the data, for which nothing is counted; what counting says; the store's.
    pub fn sign(
        &self,
        mechanism: &dyn SignMechanism,
        params: &Params,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let key = self.material()?;
        let Some(counting) = mechanism.counting() else {
            return mechanism.sign(key, params, data, out);
        };
        counting.check_data(data)?;
        let count = self.count(counting, params)?;
        counting.sign(key, params, count, data, out)
    }

    /// Takes one count from the key: the next one is kept before this one is used.
    ///
    /// # Errors
    /// What the mechanism says; the store's.
    fn count(&self, role: &dyn CountingSign, params: &Params) -> Result<u64> {
        if let Some(chosen) = role.chosen(params) {
            return Ok(chosen);
        }
        let taken = Cell::new(0);
        self.token.replace(self.handle, |current| {
            let mut next = current.clone();
            taken.set(role.take(params, &mut next)?);
            Ok(next)
        })?;
        Ok(taken.get())
    }

    /// Asks whether data may be processed with the key.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`] until the key has had its PIN.
    pub fn authenticated(&self) -> Result<()> {
        match self.authentication {
            Authentication::NotWanted | Authentication::Done => Ok(()),
            Authentication::Wanted => Err(Error::UserNotLoggedIn(
                "CKA_ALWAYS_AUTHENTICATE is TRUE; call C_Login with CKU_CONTEXT_SPECIFIC",
            )),
        }
    }

    /// Whether the key wants its PIN for this operation, or has had it.
    #[must_use]
    pub fn wants_authentication(&self) -> bool {
        self.authentication != Authentication::NotWanted
    }

    /// The key was used: the next message wants its PIN again.
    pub fn used(&mut self) {
        if self.authentication == Authentication::Done {
            self.authentication = Authentication::Wanted;
        }
    }

    /// The PIN was right: the key may be used for this operation.
    pub fn authenticate(&mut self) {
        self.authentication = Authentication::Done;
    }
}
