//! The standard's words in safe Rust: newtypes, constants and names. No pointers, no behaviour.
//!
//! Every constant keeps its name of PKCS#11 3.2 (`CKA_LABEL`, `CKM_AES_CBC`, …) and is of the newtype
//! it belongs to, so that an attribute type cannot be given where a mechanism is wanted.

#[cfg(not(target_pointer_width = "64"))]
compile_error!("vhsm is built for 64-bit systems: CK_ULONG, usize and u64 must be one size");

mod attribute_types;
mod certificate_types;
mod key_types;
mod lmk;
mod makers;
mod mechanism_ids;
mod number_map;
mod object_classes;
mod payment;
mod return_values;
mod vendor;

pub use attribute_types::*;
pub use certificate_types::*;
pub use key_types::*;
pub use lmk::*;
pub use makers::*;
pub use mechanism_ids::*;
pub use number_map::NumberMap;
pub use object_classes::*;
pub use payment::*;
pub use return_values::*;
pub use vendor::*;

/// The raw C declarations, for `abi/` and for flags that have no newtype.
pub use cryptoki_sys as sys;

use std::fmt;

/// Defines the constants of one newtype and the table of their names.
macro_rules! standard_names {
    ($type:ident: $($name:ident,)+) => {
        $(
            #[doc = concat!("`", stringify!($name), "` [PKCS#11 3.2].")]
            pub const $name: $type = $type(cryptoki_sys::$name);
        )+
        impl $type {
            /// Every value of the standard with its name; aliases of one value stand next to each other.
            pub const NAMES: &'static [($type, &'static str)] = &[$(($name, stringify!($name)),)+];
        }
    };
}
use standard_names;

macro_rules! newtypes {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub u64);

            impl $name {
                /// The standard's name of this value, the first one where there are several.
                #[must_use]
                pub fn name(self) -> Option<&'static str> {
                    self.names().next()
                }

                /// The value of this name.
                #[must_use]
                pub fn named(name: &str) -> Option<Self> {
                    let mut names = Self::NAMES.iter().chain(Self::VENDOR_NAMES);
                    names.find(|(_, known)| *known == name).map(|(value, _)| *value)
                }

                /// All names of this value.
                pub fn names(self) -> impl Iterator<Item = &'static str> {
                    let names = Self::NAMES.iter().chain(Self::VENDOR_NAMES);
                    names.filter(move |(value, _)| *value == self).map(|(_, name)| *name)
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    match self.name() {
                        Some(name) => f.write_str(name),
                        None => write!(f, "{:#x}", self.0),
                    }
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }
        )+
    };
}

newtypes! {
    /// `CK_ATTRIBUTE_TYPE`.
    AttributeType,
    /// `CK_MECHANISM_TYPE`.
    MechanismId,
    /// `CK_OBJECT_CLASS`.
    ObjectClass,
    /// `CK_KEY_TYPE`.
    KeyType,
    /// `CK_CERTIFICATE_TYPE`.
    CertificateType,
    /// `CK_RV`.
    Rv,
}

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
            pub struct $name(pub u64);

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(&self.0, f)
                }
            }
        )+
    };
}

handles! {
    /// `CK_SESSION_HANDLE`. Never 0.
    SessionHandle,
    /// `CK_OBJECT_HANDLE`. Never 0.
    ObjectHandle,
    /// `CK_SLOT_ID`: small, positive, stable.
    SlotId,
}

/// `CK_UNAVAILABLE_INFORMATION`.
pub const CK_UNAVAILABLE_INFORMATION: u64 = cryptoki_sys::CK_UNAVAILABLE_INFORMATION;

/// Vendor numbers start here: `CKx_VENDOR_DEFINED | "VH" << 16`.
pub const VHSM_VENDOR_BASE: u64 = 0x8000_0000 | 0x5648_0000;

macro_rules! no_vendor_names {
    ($($name:ident)+) => { $(impl $name { const VENDOR_NAMES: &'static [(Self, &'static str)] = &[]; })+ };
}
no_vendor_names! { ObjectClass CertificateType }

/// `CK_USER_TYPE` of C_Login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserType {
    /// `CKU_SO`: the security officer.
    So,
    /// `CKU_USER`: the normal user.
    User,
    /// `CKU_CONTEXT_SPECIFIC`: re-authentication for one operation.
    ContextSpecific,
}

/// `usize` of a number of the standard; sizes are equal by the check above.
#[must_use]
#[allow(clippy::as_conversions, reason = "CK_ULONG and usize are both 64 bits wide")]
pub const fn to_usize(value: u64) -> usize {
    value as usize
}

/// `CK_ULONG` of a length.
#[must_use]
#[allow(clippy::as_conversions, reason = "CK_ULONG and usize are both 64 bits wide")]
pub const fn to_ulong(value: usize) -> u64 {
    value as u64
}
