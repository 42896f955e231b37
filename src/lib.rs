//! vhsm: a virtual HSM. `libvhsm.so` implements PKCS#11 3.2 over an encrypted store; payment operations are
//! vendor-defined mechanisms over the same keys. ARCHITECTURE.md describes the floors of the code.

mod abi;
pub mod attribute;
pub mod catalog;
pub mod ck;
pub mod config;
pub mod crypto;
pub mod error;
pub mod logging;
pub mod mechanism;
pub mod module;
pub mod object;
pub mod os;
pub mod payment;
pub mod secret;
pub mod session;
pub mod store;
pub mod token;

#[cfg(feature = "program")]
pub mod admin;
#[cfg(feature = "program")]
pub mod client;
#[cfg(feature = "program")]
pub mod payshield;
