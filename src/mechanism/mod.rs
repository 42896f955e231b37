//! What a mechanism is: a row ([`MechanismSpec`]) that names its key rule, its parameter and the roles it plays.
//!
//! One file per family of the standard holds the rows and the code behind them. `catalog.rs` joins the
//! families; nothing else in the product knows a mechanism by name.

mod aead;
pub mod aes;
mod asymmetric;
pub mod blake2b;
mod block;
pub mod block_ciphers;
pub mod chacha;
pub mod cmac;
pub mod counting;
pub mod derivation;
pub mod derive;
pub mod des;
mod describe;
pub mod dh;
pub mod digest;
pub mod digest_derive;
pub mod dsa;
pub mod ec;
pub mod edwards;
mod encapsulation;
pub mod generate;
pub mod hmac;
pub mod hotp;
pub mod key;
mod key_operation;
mod key_rule;
mod key_types;
pub mod library;
pub mod limit;
mod mac;
pub mod message;
pub mod operation;
pub mod params;
pub mod payment_key;
pub mod pq;
pub mod rsa;
pub mod salsa;
mod secret_key;
pub mod sha512_t;
mod signature;
pub mod spec;
pub mod standing;
mod stream_cipher;
#[cfg(test)]
mod testing;
mod wrap;

pub use asymmetric::AsymmetricKey;
pub(crate) use block::DataModes;
pub use counting::CountingSign;
pub use derivation::{DeriveObjects, Derived, Heritage, Planned, PlannedTemplate, Sources, Wanted};
pub use encapsulation::{DecapsulateMechanism, EncapsulateMechanism};
pub use key::KeyMaterial;
pub use key_types::value_lengths;
pub(crate) use key_types::{OF_KEY_BLOCKS, SECRETS, SECRETS_OR_ARIA};
pub use library::Library;
pub use limit::Limit;
pub(crate) use mac::compare as compare_macs;
pub(crate) use operation::single_part_only;
pub use operation::*;
pub use params::{
    EcKdf, FlatBytes, FlatSource, FlatWithKeys, ParamKind, ParamSource, Params, Reply, ShortBytes,
};
pub use secret_key::SecretKey;
pub use spec::{FurtherKey, KeyRule, KeySizes, MechanismSpec, Roles, SizeUnit};
pub use standing::Standing;
