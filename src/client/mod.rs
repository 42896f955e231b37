//! A thin safe layer over any PKCS#11 module, loaded with `dlopen`: what the benchmark measures through, and what
//! `vhsm migrate` reads from.
//!
//! A method that is measured is one call through the module's function list; nothing is allocated on the way, so what
//! is measured is the module. `admin::bench` and `admin::migrate` use it: the rest of the program speaks to `Module`.
//!
//! Loading a foreign module runs its code in this process. That is the user's decision; a module that
//! breaks the ABI of PKCS#11 is outside what this layer can keep safe, which is why the benchmark gives
//! each module a process of its own.

mod derivation;
mod library;
mod mechanism;
mod object;
mod operation;
mod session;
mod template;

pub use library::{Library, LibraryInfo, TokenInfo};
pub use mechanism::Mechanism;
pub use object::Had;
pub use session::Session;
pub use template::Template;

use crate::ck::{CKR_OK, CKR_PIN_INCORRECT, Rv};

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file could not be loaded, or is not a PKCS#11 module.
    #[error("{0}")]
    Load(String),
    /// The function list has no such function.
    #[error("{0} is missing in the function list")]
    Missing(&'static str),
    /// The function answered something else than `CKR_OK`.
    #[error("{function}: {rv}")]
    Refused {
        /// The function's name in the standard.
        function: &'static str,
        /// What it answered.
        rv: Rv,
    },
}

impl Error {
    /// Whether the PIN was wrong.
    #[must_use]
    pub fn is_wrong_pin(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                rv: CKR_PIN_INCORRECT,
                ..
            }
        )
    }
}

/// Result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// `Ok` for `CKR_OK`, the answer with the function's name otherwise.
fn check(function: &'static str, rv: u64) -> Result<()> {
    match Rv(rv) {
        CKR_OK => Ok(()),
        rv => Err(Error::Refused { function, rv }),
    }
}

/// Calls one function of the list and checks its answer. The caller writes `unsafe` and says why it is sound.
macro_rules! call {
    ($list:expr, $function:ident ( $($argument:expr),* $(,)? )) => {
        match $list.$function {
            Some(function) => $crate::client::check(stringify!($function), function($($argument),*)),
            None => Err($crate::client::Error::Missing(stringify!($function))),
        }
    };
}
use call;
