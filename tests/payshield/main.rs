//! The host-command server through TCP, as its clients speak with it: `vhsm payshield --demo` with the published TEST LMKs.
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

mod block_size;
mod card_values;
mod connections;
mod csc;
mod data;
mod diagnostics;
mod dukpt;
mod emv;
mod exports;
mod home;
mod initial_keys;
mod keys;
mod known;
mod macs;
mod messages;
mod operation;
mod pin_lmk;
mod pin_translate;
mod pin_verify;
mod processes;
mod pythales;
mod rsa;
mod separation;
mod server;
mod start;
mod storage;
mod tls;
mod trace;
mod waiting;
