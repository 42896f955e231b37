//! What a caller sees: behaviour of `libvhsm.so` through its C interface, one sentence per test.
//!
//! The comment of a test cites what it judges: an item of the standard's behaviour list (`OUT-1`: conventions of
//! output, first rule) or the section. Each test has a process, a configuration and a token of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::missing_errors_doc,
    reason = "tests say what they expect; these lints guard the library"
)]
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "words for tests, not an interface"
)]

mod harness;

mod aeads;
mod asymmetric;
mod at_rest;
mod ciphers;
mod clients;
mod codes;
mod coverage;
mod damage;
mod derivation;
mod digests;
mod duals;
mod failures;
mod foundation;
mod hash_signatures;
mod hostile;
mod keys;
mod library;
mod message_signatures;
mod messages;
mod objects;
mod operations;
mod oracles;
mod otp;
mod payment;
mod payment_attacks;
mod payment_compat;
mod payment_csc;
mod payment_data;
mod payment_dukpt;
mod payment_emv;
mod payment_fpe;
mod payment_guards;
mod payment_keyblock;
mod payment_leaving;
mod payment_lmk;
mod payment_lmk_pins;
mod payment_lmk_rsa;
mod payment_macs;
mod payment_narrowing;
mod payment_pins;
mod payment_transport;
mod payment_values;
mod pins;
mod policy;
mod pq_kem;
mod pq_keys;
mod pq_signatures;
mod programs;
mod properties;
mod recover;
mod refusals;
mod sessions;
mod slots;
mod state;
mod store;
mod template_matrix;
