//! The host-command server: answers the messages of Thales payShield's clients. Each command is a row of one table
//! ([`commands::all`]) and becomes calls of the vendor mechanisms through [`crate::module::Module`]; nothing is computed
//! here. Keys that come in messages are session objects of the module and are kept for those that come again.

pub mod absent;
pub mod activities;
pub mod answer;
pub mod authorised;
mod buffers;
pub mod call;
mod card_fields;
pub mod code;
pub mod command;
pub mod commands;
pub mod connection;
pub mod connections;
pub mod control;
pub mod counters;
pub mod datagram;
pub mod demo;
#[cfg(test)]
mod diagnostic_tests;
pub mod ebcdic;
pub mod envelope;
pub mod expected;
pub mod fields;
pub mod functions;
pub mod health;
pub mod held;
pub mod hex;
pub mod host;
mod indices;
pub mod key_field;
pub mod key_usages;
pub mod lmks;
pub mod metrics;
pub mod pairs;
pub mod private_keys;
pub mod pythales;
pub mod refusal;
pub mod reply;
pub mod roles;
pub mod rules;
pub mod server;
pub mod settings;
mod shown_block;
pub mod slow;
pub mod storage;
pub mod stored;
pub mod table;
pub mod tls;
pub mod token_key;
pub mod trace;
pub mod visitors;
