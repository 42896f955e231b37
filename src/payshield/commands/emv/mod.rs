//! Chip cards: cryptograms, the issuer's answers to them, scripts.

mod card;
mod cryptogram;
mod script;
mod truncated;

use crate::payshield::activities::Activity;
use crate::payshield::command::CommandSpec;

/// What KQ and KW answer more to.
const DIAGNOSTICS: Activity = Activity::always("diag.host");

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "KQ",
        response: "KR",
        name: "Verify an ARQC and generate an ARPC (static keys, or Mastercard's session keys)",
        request: "mode 1n: 0 verify, 1 verify and generate, 2 generate; scheme 1n: 0 Visa's static keys, 1 Mastercard's session keys; MK-AC; PAN and sequence number 8B; ATC 2B; unpredictable number 4B; [length 2H; data; `;`: modes 0, 1]; ARQC 8B; [ARC 2B: modes 1, 2]; [%nn]",
        reply: "[ARPC 8B: modes 1, 2]; with 01 the right ARQC 8B, where diag.host is authorised",
        activities: &[DIAGNOSTICS],
        errors: &[
            ("01", "the ARQC is wrong"),
            ("04", "invalid mode"),
            ("05", "invalid scheme"),
            ("10", "MK-AC parity error"),
            (
                "80",
                "the data are 1 to 8 bytes, or not as long as their length says",
            ),
            ("81", "there are no data"),
        ],
        handler: cryptogram::verify_static,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "KW",
        response: "KX",
        name: "Verify an ARQC and generate an ARPC (session keys of EMV)",
        request: "mode 1n: 0 verify, 1 and 2 as in KQ, 3 verify and generate by method 2, 4 generate by method 2; scheme 1n: 0 tree of keys, 1 tree, option B, 2 common session keys, 3 common session keys, option B; MK-AC; [IV 16B: schemes 0, 1]; PAN and sequence number 8B, or with schemes 1 and 3 length 2n, bytes, `;`; [branch and height 1n: schemes 0, 1; 0 2 and 16, 1 4 and 8]; ATC 2B; [length 2H; data; `;`: modes 0, 1, 3]; ARQC 8B; [ARC 2B: modes 1, 2]; [CSU 4B; length 1H; bytes: modes 3, 4]; [%nn]",
        reply: "[ARPC 8B: modes 1, 2; 4B: modes 3, 4]; with 01 the right ARQC 8B, where diag.host is authorised",
        activities: &[DIAGNOSTICS],
        errors: &[
            ("01", "the ARQC is wrong"),
            ("04", "invalid mode"),
            ("05", "invalid scheme"),
            ("10", "MK-AC parity error"),
            ("52", "invalid branch and height"),
            (
                "80",
                "the data are 1 to 8 bytes, or not as long as their length says",
            ),
            ("81", "there are no data"),
        ],
        handler: cryptogram::verify_emv,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "K2",
        response: "K3",
        name: "Verify a truncated cryptogram (Mastercard's CAP)",
        request: "mode 1n: 0; scheme 2n: 00; card key derivation 1n: 0 option A, 1 option B; session key derivation 1n: 0 none, 1 \
                  Mastercard's, 2 tree; MK-AC; [IV 16B: session 2]; PAN length 2n: 08 with option A; PAN and sequence number \
                  nB; [`;`: option B]; [branch and height 1n: session 2; as in KW]; ATC 2B; unpredictable number 4B; length 2H; data; `;`; \
                  truncated cryptogram 8B, zeros where the IPB has; IPB of the cryptogram 8B; its MAC 4B, which is not looked \
                  at; [%nn]",
        reply: "",
        errors: &[
            ("01", "the truncated cryptogram is wrong"),
            ("04", "invalid mode"),
            ("05", "invalid scheme"),
            ("10", "MK-AC parity error"),
            ("52", "invalid branch and height"),
            (
                "80",
                "the data are 1 to 8 bytes, or not as long as their length says",
            ),
            ("81", "there are no data"),
        ],
        handler: truncated::verify_truncated,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "KU",
        response: "KV",
        name: "Generate a secure message with integrity, and with confidentiality or a new PIN",
        request: "mode 1n: 0 integrity, 2 confidentiality, 4 a new PIN; scheme 1n: 0 Visa, 1 Mastercard; MK-SMI; PAN and sequence number 8B; session data 8B: ATC behind zeros, or the ARQC; length 4H; message; `;`; modes 2, 4: MK-SMC; session data 8B; offset 4H; length 4H; data to encrypt, or PIN blocks; `;`; mode 4: PIN key type 1: 0 ZPK, 1 TPK, F key block; PIN key; PIN block format 2n; destination format 2n: 34, 41, 42; account number 12n; [MK-AC: 41, 42]; [%nn]",
        reply: "MAC 8B; [length 4H; encrypted data: modes 2, 4]",
        errors: &[
            ("04", "invalid mode"),
            ("05", "invalid scheme"),
            ("10", "MK-SMI parity error"),
            ("11", "parity error of another key"),
            ("22", "invalid account number, or not the card's"),
            ("23", "invalid PIN block format"),
            ("80", "invalid length or offset"),
        ],
        handler: script::secure_message,
        ..CommandSpec::NONE
    },
];
