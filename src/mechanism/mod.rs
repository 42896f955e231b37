//! What a mechanism is: a row ([`MechanismSpec`]) that names its key rule, its parameter and the roles it plays.
//!
//! One file per family of the standard holds the rows and the code behind them. `catalog.rs` joins the
//! families; nothing else in the product knows a mechanism by name.

pub mod aes;
mod asymmetric;
mod block;
pub mod cmac;
pub mod des;
pub mod digest;
pub mod ec;
pub mod edwards;
mod encapsulation;
pub mod generate;
pub mod hmac;
pub mod key;
pub mod library;
mod mac;
pub mod operation;
pub mod params;
pub mod pq;
pub mod rsa;
mod secret_key;
mod signature;
pub mod spec;
#[cfg(test)]
mod testing;
mod wrap;

pub use asymmetric::AsymmetricKey;
pub use encapsulation::{DecapsulateMechanism, EncapsulateMechanism};
pub use key::KeyMaterial;
pub use library::Library;
pub use operation::*;
pub use params::{ParamKind, ParamSource, Params};
pub use secret_key::SecretKey;
pub use spec::{KeyRule, KeySizes, MechanismSpec, Roles, SizeUnit, Standing};
