//! `vhsm payment key-block`: the header of a key block in words. No key is needed, and nothing is checked but its form.

use clap::Args;
use serde_json::json;

use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::ck::{KeyUsage, ModeOfUse};

/// `vhsm payment key-block`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment key-block D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A2
      Version, usage, algorithm and the rest; the key itself stays what it is.")]
pub(in crate::admin) struct KeyBlockArguments {
    /// The block; a tag R or S before it may stay
    #[arg(value_name = "BLOCK")]
    block: String,
}

/// Characters of a header without optional blocks.
const HEADER_LEN: usize = 16;

/// Shows the header.
pub(super) fn show(arguments: &KeyBlockArguments, context: &Context) -> Outcome {
    let fields = fields(&arguments.block)?;
    match context.output {
        Output::Json => output::json(
            &fields
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect::<serde_json::Map<_, _>>(),
        )?,
        Output::Text => output::pairs(&fields)?,
    }
    Ok(())
}

fn fields(block: &str) -> Result<Vec<(String, String)>, Failure> {
    let block = block.strip_prefix(['R', 'S']).unwrap_or(block);
    let wrong = |what: &str| {
        let remedy = "a key block begins with 16 characters such as D0112P0AE00E0000";
        Failure::new(what.to_owned(), remedy)
    };
    if !block.is_ascii() || block.chars().any(|c| c.is_ascii_control()) {
        return Err(wrong("a key block has printable ASCII characters"));
    }
    let (header, rest) = block
        .split_at_checked(HEADER_LEN)
        .ok_or_else(|| wrong("the key block is shorter than a header"))?;
    let part = |from: usize, to: usize| header.get(from..to).unwrap_or_default();
    let length: usize = part(1, 5)
        .parse()
        .map_err(|_| wrong("the length of the key block is no number"))?;
    let count: usize = part(12, 14)
        .parse()
        .map_err(|_| wrong("the number of optional blocks is no number"))?;
    let mut fields: Vec<(String, String)> = [
        ("version", version(part(0, 1)).to_owned()),
        (
            "length",
            format!(
                "{length} characters{}",
                if length == block.len() {
                    ""
                } else {
                    ", which the block has not"
                }
            ),
        ),
        ("usage", usage(part(5, 7))),
        ("algorithm", algorithm(part(7, 8))),
        ("mode of use", mode(part(8, 9))),
        ("key version", key_version(part(9, 11))),
        ("exportability", exportability(part(11, 12))),
        ("optional blocks", count.to_string()),
        ("LMK or reserved", part(14, 16).to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let mut rest = rest;
    for _ in 0..count {
        let (id, text, behind) =
            optional(rest).ok_or_else(|| wrong("an optional block ends behind the key block"))?;
        fields.push((format!("optional {id}"), text.to_owned()));
        rest = behind;
    }
    Ok(fields)
}

/// The identifier, the text and what stands behind an optional block.
fn optional(text: &str) -> Option<(&str, &str, &str)> {
    let id = text.get(..2)?;
    let short = usize::from_str_radix(text.get(2..4)?, 16).ok()?;
    let (head, length) = match short {
        // A long form: the number of digits of the length, and the length.
        0 => {
            let digits = usize::from_str_radix(text.get(4..6)?, 16).ok()?;
            let end = digits.checked_add(6)?;
            (end, usize::from_str_radix(text.get(6..end)?, 16).ok()?)
        }
        length => (4, length),
    };
    Some((id, text.get(head..length)?, text.get(length..)?))
}

fn version(code: &str) -> &str {
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

fn usage(code: &str) -> String {
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

fn algorithm(code: &str) -> String {
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

fn mode(code: &str) -> String {
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

fn key_version(code: &str) -> String {
    match code.strip_prefix('c') {
        Some(number) => format!("{code}: component {number}"),
        None if code == "00" => "00: none".to_owned(),
        None => code.to_owned(),
    }
}

fn exportability(code: &str) -> String {
    let name = match code {
        "E" => "in a trusted key block",
        "N" => "not at all",
        "S" => "under any key",
        _ => return code.to_owned(),
    };
    format!("{code}: {name}")
}
