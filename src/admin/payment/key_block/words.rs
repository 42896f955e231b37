//! What the codes of a key block's header mean [ANSI X9.143:2021, tables 1 to 7].

use crate::ck::{KeyUsage, ModeOfUse};

pub(super) fn version(code: &str) -> &str {
    match code {
        "A" => "A: variant binding of triple DES (TR-31:2005, outdated)",
        "B" => "B: derivation binding of triple DES",
        "C" => "C: variant binding of triple DES",
        "D" => "D: derivation binding of AES, CBC",
        "E" => "E: derivation binding of AES, CTR (ISO 20038)",
        "0" => "0: Thales, under an LMK of triple DES",
        "1" => "1: Thales, under an LMK of AES",
        other => other,
    }
}

pub(super) fn usage(code: &str) -> String {
    let known = <[u8; 2]>::try_from(code.as_bytes())
        .ok()
        .map(KeyUsage)
        .and_then(meaning);
    match known {
        Some(meaning) => format!("{code}: {meaning}"),
        None => code.to_owned(),
    }
}

/// What keys of a usage are for [ANSI X9.143, table 2].
const fn meaning(usage: KeyUsage) -> Option<&'static str> {
    Some(match &usage.0 {
        b"B0" => "base derivation key (DUKPT)",
        b"B1" => "initial key (DUKPT)",
        b"B2" => "base key variant",
        b"B3" => "key derivation, other than X9.24",
        b"C0" => "card verification",
        b"D0" => "data encryption",
        b"D1" => "asymmetric key for data encryption",
        b"D2" => "data encryption, decimalisation table",
        b"D3" => "data encryption, sensitive data",
        b"E0" => "EMV issuer's master key: application cryptograms",
        b"E1" => "EMV issuer's master key: confidentiality",
        b"E2" => "EMV issuer's master key: integrity",
        b"E3" => "EMV issuer's master key: data authentication code",
        b"E4" => "EMV issuer's master key: dynamic numbers",
        b"E5" => "EMV: card personalisation",
        b"E6" => "EMV issuer's master key: other",
        b"I0" => "initialisation vector",
        b"K0" => "key encryption or wrapping",
        b"K1" => "key block protection",
        b"K2" => "asymmetric key for TR-34",
        b"K3" => "asymmetric key for key agreement",
        b"K4" => "key block protection, ISO 20038",
        b"M0" => "MAC, ISO 16609 algorithm 1 with triple DES",
        b"M1" => "MAC, ISO 9797-1 algorithm 1",
        b"M2" => "MAC, ISO 9797-1 algorithm 2",
        b"M3" => "MAC, ISO 9797-1 algorithm 3",
        b"M4" => "MAC, ISO 9797-1 algorithm 4",
        b"M5" => "MAC, ISO 9797-1:1999 algorithm 5",
        b"M6" => "CMAC",
        b"M7" => "HMAC",
        b"P0" => "PIN encryption",
        b"P1" => "PIN generation",
        b"S0" => "asymmetric key for signatures",
        b"S1" => "asymmetric key of a certification authority",
        b"S2" => "asymmetric key, other than X9.24",
        b"V0" => "PIN verification, other",
        b"V1" => "PIN verification, IBM 3624",
        b"V2" => "PIN verification, Visa PVV",
        b"V3" => "PIN verification, X9.132 algorithm 1",
        b"V4" => "PIN verification, X9.132 algorithm 2",
        b"V5" => "PIN verification, X9.132 algorithm 3",
        _ => return None,
    })
}

pub(super) fn algorithm(code: &str) -> String {
    let name = match code {
        "A" => "AES",
        "D" => "DES",
        "E" => "elliptic curve",
        "H" => "HMAC",
        "R" => "RSA",
        "S" => "DSA",
        "T" => "triple DES",
        _ => return code.to_owned(),
    };
    format!("{code}: {name}")
}

pub(super) fn mode(code: &str) -> String {
    let known = match code.as_bytes() {
        [code] => ModeOfUse::of(*code),
        _ => None,
    };
    let Some(mode) = known else {
        return code.to_owned();
    };
    let name = match mode {
        ModeOfUse::EncryptDecrypt => "encrypt and decrypt, wrap and unwrap",
        ModeOfUse::GenerateVerify => "make and check values",
        ModeOfUse::DecryptOnly => "decrypt, unwrap",
        ModeOfUse::EncryptOnly => "encrypt, wrap",
        ModeOfUse::GenerateOnly => "make values",
        ModeOfUse::Unrestricted => "no restriction",
        ModeOfUse::Sign => "sign",
        ModeOfUse::SignDecrypt => "sign and decrypt",
        ModeOfUse::VerifyOnly => "check values",
        ModeOfUse::Derive => "derive keys",
        ModeOfUse::Variant => "make variants",
    };
    format!("{code}: {name}")
}

pub(super) fn key_version(code: &str) -> String {
    match code.strip_prefix('c') {
        Some(number) => format!("{code}: component {number}"),
        None if code == "00" => "00: none".to_owned(),
        None => code.to_owned(),
    }
}

pub(super) fn exportability(code: &str) -> String {
    let name = match code {
        "E" => "in key blocks only",
        "N" => "not at all",
        "S" => "in any form",
        _ => return code.to_owned(),
    };
    format!("{code}: {name}")
}

/// What an optional block holds; `None` for identifiers of vendors and those that are not known here.
pub(super) fn optional(id: &str) -> Option<&'static str> {
    Some(match id {
        "AL" => "life of an asymmetric key",
        "BI" => "identifier of a base derivation key",
        "CT" => "certificate",
        "DA" => "derivations that are allowed",
        "FL" => "flags",
        "HM" => "hash of HMAC",
        "IK" => "identifier of an initial key",
        "KC" => "check value of the key",
        "KP" => "check value of the protection key",
        "KS" => "key set, or initial key serial number",
        "KV" => "version of the set of key block fields",
        "LB" => "label",
        "PB" => "padding",
        "PK" => "check value of the protection key that it was exported under",
        "TC" => "time when the key was made",
        "TS" => "time when the block was made",
        "WP" => "how well the key was wrapped before",
        _ => return None,
    })
}
