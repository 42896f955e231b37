//! MACs, hashes and random numbers.

mod form;
mod hash;
mod keyed;
mod legacy;
mod message;

use crate::payshield::command::{CommandSpec, LmkKinds};

const MESSAGE_ERRORS: &[(&str, &str)] = &[
    ("01", "the MAC is wrong"),
    ("02", "invalid mode flag"),
    ("03", "invalid input format flag"),
    ("04", "invalid MAC algorithm"),
    ("05", "invalid key type"),
    ("06", "invalid message length"),
    ("09", "invalid padding method"),
    ("10", "MAC key parity error"),
    ("11", "MY: parity error of the key that makes the new MAC"),
];

const LEGACY_ERRORS: &[(&str, &str)] = &[
    ("01", "the MAC is wrong"),
    ("10", "MAC key parity error"),
    ("11", "ME, MO: parity error of the key that makes the new MAC"),
    ("80", "no data have this length"),
];

const MS_ERRORS: &[(&str, &str)] = &[
    ("03", "invalid message type"),
    ("04", "invalid key type"),
    ("05", "invalid message block number"),
    ("06", "invalid key length"),
    ("10", "MAC key parity error"),
    ("80", "no data have this length"),
];

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "M6",
        response: "M7",
        name: "Generate a MAC",
        request: "mode 1n: 0 whole, 1 first, 2 middle, 3 last; input format 1n: 0 binary, 1 hexadecimal, 2 text; MAC size 1n: 0 8H, 1 16H; algorithm 1n: 1 and 3 of ISO 9797-1, 6 CMAC (mode 0); padding 1n: 0 none, 1 to 3 of ISO 9797-1; key type 3H: 003, 008, before a key block also FFF; key; [IV 16H: modes 2, 3]; length 4H; data; [%nn]",
        reply: "[IV 16H: modes 1, 2]; [MAC 8H or 16H: modes 0, 3]",
        errors: MESSAGE_ERRORS,
        handler: message::generate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "M8",
        response: "M9",
        name: "Verify a MAC",
        request: "as M6 before [%nn]; MAC 8H or 16H: modes 0, 3; [%nn]",
        reply: "[IV 16H: modes 1, 2]",
        errors: MESSAGE_ERRORS,
        handler: message::verify,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MY",
        response: "MZ",
        name: "Verify and translate a MAC",
        request: "mode 1n: 0; input format 1n; MAC size 1n; algorithm 1n; padding 1n; key type 3H; key; MAC size, algorithm, padding, key type and key of the new MAC; length 4H; data; MAC 8H or 16H; [%nn]",
        reply: "MAC 8H or 16H",
        errors: MESSAGE_ERRORS,
        handler: message::translate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MA",
        response: "MB",
        name: "Generate a MAC (ANSI X9.9)",
        request: "TAK; data to the end or to `~`: text, or bytes as hexadecimal digits; [%nn]",
        reply: "MAC 8H",
        errors: LEGACY_ERRORS,
        handler: legacy::generate_text,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MC",
        response: "MD",
        name: "Verify a MAC (ANSI X9.9)",
        request: "TAK; MAC 8H; data as in MA; [%nn]",
        errors: LEGACY_ERRORS,
        handler: legacy::verify_text,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "ME",
        response: "MF",
        name: "Verify and translate a MAC (ANSI X9.9)",
        request: "TAK; TAK of the new MAC; MAC 8H; data as in MA; [%nn]",
        reply: "MAC 8H",
        errors: LEGACY_ERRORS,
        handler: legacy::translate_text,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MK",
        response: "ML",
        name: "Generate a binary MAC (ANSI X9.9)",
        request: "TAK; length 3H; data; [%nn]",
        reply: "MAC 8H",
        errors: LEGACY_ERRORS,
        handler: legacy::generate_binary,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MM",
        response: "MN",
        name: "Verify a binary MAC (ANSI X9.9)",
        request: "TAK; MAC 8H; length 3H; data; [%nn]",
        errors: LEGACY_ERRORS,
        handler: legacy::verify_binary,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MO",
        response: "MP",
        name: "Verify and translate a binary MAC (ANSI X9.9)",
        request: "TAK; TAK of the new MAC; MAC 8H; length 3H; data; [%nn]",
        reply: "MAC 8H",
        errors: LEGACY_ERRORS,
        handler: legacy::translate_binary,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MQ",
        response: "MR",
        name: "Generate a MAC of a large message (ISO 9797-1 algorithm 1)",
        request: "message block 1n: 0 only, 1 first, 2 middle, 3 last; ZAK; [IV 16H: blocks 2, 3]; length 3H; data; [%nn]",
        reply: "MAB 16H",
        errors: &[
            ("05", "invalid message block number"),
            ("10", "ZAK parity error"),
            ("80", "no data have this length"),
        ],
        handler: legacy::large,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MS",
        response: "MT",
        name: "Generate a MAC of a large message (ANSI X9.19)",
        request: "message block 1n: 0 only, 1 first, 2 middle, 3 last; key type 1n: 0 TAK, 1 ZAK; key length 1n: 0 single, 1 double; message type 1n: 0 binary, 1 hexadecimal; key; [IV 16H: blocks 2, 3]; length in bytes 4H; data; [%nn]",
        reply: "MAB 16H",
        errors: MS_ERRORS,
        handler: legacy::large_retail,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "LQ",
        response: "LR",
        name: "Generate an HMAC",
        request: "hash 2: FF, or that of the key's usage (as in GM); HMAC length in bytes 4n; key format 2n: 04; key length 4: FFFF; key block of usage 61 to 65; [`;`]; length 5n; data; [%nn]",
        reply: "length 4n; HMAC",
        lmks: LmkKinds::KeyBlock,
        errors: &[
            ("04", "no HMAC of this hash has this length"),
            ("05", "invalid hash identifier, or not that of the key"),
            ("07", "invalid key format"),
            ("80", "invalid key length"),
            ("81", "there is less data than the length says"),
            ("A1", "the key is one under a variant LMK"),
        ],
        handler: keyed::generate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "GM",
        response: "GN",
        name: "Hash data",
        request: "hash 2n: 01 SHA-1, 02 MD5, 05 SHA-224, 06 SHA-256, 07 SHA-384, 08 SHA-512; length 5n; data",
        reply: "hash",
        lmks: LmkKinds::None,
        errors: &[("05", "invalid hash identifier")],
        handler: hash::hash,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "N0",
        response: "N1",
        name: "Generate a random value",
        request: "length in bytes 3n: 001 to 256",
        reply: "random bytes",
        lmks: LmkKinds::None,
        errors: &[("01", "invalid length")],
        handler: hash::random,
        ..CommandSpec::NONE
    },
];
