//! RSA keys and their signatures.

mod digest_info;
mod generate;
mod private_key;
mod public_key;
mod sign;

use crate::payshield::activities::Activity;
use crate::payshield::command::CommandSpec;

const GENERATE: Activity = Activity::always("generate.rsa.host");
const IMPORT: Activity = Activity::always("import.rsa.host");

/// The codes of private keys.
const PRIVATE_CODES: [(&str, &str); 2] = [
    ("49", "the private key is damaged, or none of this LMK"),
    (
        "78",
        "the private key's length is not the one that its header says",
    ),
];
/// The codes of public keys.
const NO_PUBLIC_KEY: (&str, &str) = ("04", "the public key is none");

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "EI",
        response: "EJ",
        name: "Generate an RSA key pair",
        request: "key type 1n: 0 signature, 1 key management, 2 both, 3 chip card, 4 TLS; modulus bits 4n; public key encoding 2n: 01 \
                  unsigned, 02 DER; [exponent bits 4n; exponent B]; [%nn]; [`#` version 2; count 2n; optional blocks]; \
                  [`&` exportability 1]",
        reply: "public key B; private key length 4n, or FFFF before a key block; private key",
        activities: &[GENERATE],
        errors: &[
            ("03", "invalid public key encoding"),
            ("04", "a modulus has 512 to 4096 bits"),
            ("05", "invalid key type"),
            ("06", "an exponent has 2 to 256 bits"),
            ("08", "the exponent is even"),
            ("48", "more than 2048 bits are protected by an LMK of AES only"),
        ],
        is_slow: true,
        handler: generate::generate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EK",
        response: "EL",
        name: "Load a private key",
        request: "key index 2n: 00 to 20; private key length 4n, or FFFF before a key block; private key; [%nn]",
        reply: "",
        errors: &[("03", "invalid key index"), PRIVATE_CODES[0], PRIVATE_CODES[1]],
        handler: private_key::load,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EM",
        response: "EN",
        name: "Translate a private key from the old LMK to the new LMK",
        request: "private key length 4n, or FFFF before a key block; private key; [%nn]",
        reply: "private key length 4n, or FFFF before a key block; private key",
        errors: &[
            ("33", "there is no old LMK of this identifier"),
            ("48", "more than 2048 bits are protected by an LMK of AES only"),
            PRIVATE_CODES[0],
            PRIVATE_CODES[1],
            ("A1", "the old LMK is of another kind than the private key"),
        ],
        handler: private_key::translate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EO",
        response: "EP",
        name: "Import a public key",
        request: "public key encoding 2n: 01 unsigned, 02 DER; public key B; [authentication data]; [%nn]; [`#` mode of use 1; \
                  version 2; exportability 1; count 2n = 00]",
        reply: "variant LMK: MAC 4B; public key B. Key-block LMK: key block",
        activities: &[IMPORT],
        errors: &[("03", "invalid public key encoding"), NO_PUBLIC_KEY],
        handler: public_key::import,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EQ",
        response: "ER",
        name: "Validate a public key",
        request: "MAC 4B and public key B, or key block; [authentication data]; [%nn]",
        reply: "",
        errors: &[("01", "the MAC is wrong"), NO_PUBLIC_KEY],
        handler: public_key::validate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EU",
        response: "EV",
        name: "Translate a public key from the old LMK to the new LMK",
        request: "MAC 4B and public key B, or key block; [authentication data]; [%nn]",
        reply: "variant LMK: MAC 4B. Key-block LMK: key block",
        errors: &[
            ("01", "the MAC is wrong"),
            NO_PUBLIC_KEY,
            ("33", "there is no old LMK of this identifier"),
            (
                "A1",
                "the old LMK or the new one is of another kind than the public key",
            ),
        ],
        handler: public_key::translate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EW",
        response: "EX",
        name: "Generate an RSA signature",
        request: "hash 2n: 01 SHA-1, 02 MD5, 04 none, 05 to 08 SHA-224, -256, -384, -512; signature 2n: 01 RSA; padding 2n: 01 \
                  PKCS#1 v1.5; length 4n; data B; `;`; private key flag 2n: 99, or the index of one that EK has loaded; \
                  [private key length 4n, or FFFF before a key block; private key: flag 99]; [%nn]",
        reply: "length 4n; signature B",
        errors: &SIGN_CODES,
        handler: sign::sign,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EY",
        response: "EZ",
        name: "Validate an RSA signature",
        request: "hash 2n; signature 2n; padding 2n: as in EW; length 4n; signature B; `;`; length 4n; data B; `;`; MAC 4B and \
                  public key B, or key block; [authentication data]; [%nn]",
        reply: "",
        errors: &VERIFY_CODES,
        handler: sign::verify,
        ..CommandSpec::NONE
    },
];

/// The codes of what EW and EY have in common.
const SCHEME_CODES: [(&str, &str); 5] = [
    ("05", "invalid hash identifier"),
    ("06", "invalid signature identifier"),
    ("07", "invalid pad mode identifier"),
    ("74", "hash 04: the data are no digest with its algorithm"),
    ("79", "hash 04: there is no hash with the identifier in the data"),
];

/// Those of EW.
const SIGN_CODES: [(&str, &str); 10] = [
    SCHEME_CODES[0],
    SCHEME_CODES[1],
    SCHEME_CODES[2],
    ("21", "no private key of this LMK is stored at this index"),
    ("29", "the private key under a variant LMK does not sign"),
    PRIVATE_CODES[0],
    SCHEME_CODES[3],
    ("76", "the digest has no room in the modulus"),
    PRIVATE_CODES[1],
    SCHEME_CODES[4],
];

/// Those of EY.
const VERIFY_CODES: [(&str, &str); 9] = [
    ("01", "the MAC of the public key is wrong"),
    ("02", "the signature is wrong"),
    NO_PUBLIC_KEY,
    SCHEME_CODES[0],
    SCHEME_CODES[1],
    SCHEME_CODES[2],
    SCHEME_CODES[3],
    (
        "76",
        "the signature is not as long as the modulus, or the digest has no room in it",
    ),
    SCHEME_CODES[4],
];
