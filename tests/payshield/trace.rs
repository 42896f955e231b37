//! What `--trace` shows of every field of every command.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::known::{are_answered, ask};
use crate::pin_lmk::PIN;
use crate::pin_verify::{ACCOUNT, PVK, TABLE};
use crate::server::Server;

/// How a field is read or written, as far as a trace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Shown,
    Part,
    Hidden,
}

/// Fields that are shown as they are: nothing of a PIN, of a clear key or of data of a card or a message is in them.
const SHOWN: &[&str] = &[
    "530548CE",
    "530548CF",
    "ARC",
    "ARPC",
    "ARQC",
    "ATC",
    "Atalla variant",
    "BDK",
    "BDK flag",
    "CSCK",
    "CSU",
    "CVK",
    "Ethernet",
    "Ethernet statistics",
    "HMAC",
    "HMAC key",
    "HMAC length",
    "IPB",
    "IV",
    "KCV",
    "KCV type",
    "KCV wanted",
    "KSN",
    "KSN descriptor",
    "LMK",
    "LMK check value",
    "LMKs",
    "MAC",
    "MAC algorithm",
    "MAC key",
    "MAC method",
    "MAC mode",
    "MAC of the IPB",
    "MAC size",
    "MAC status",
    "MK-AC",
    "MK-CVC3",
    "MK-SMC",
    "MK-SMI",
    "PAN length",
    "PAN sequence number",
    "PCI HSM compliance",
    "PIN attacks",
    "PIN attacks exceeded",
    "PIN block",
    "PIN block format",
    "PIN key",
    "PIN key type",
    "PIN length",
    "PIN limit per hour",
    "PIN limit per minute",
    "PVK",
    "PVKI",
    "TAK",
    "TAK of the new MAC",
    "TMK",
    "TPK or ZPK",
    "ZAK",
    "ZEK or ZAK flag",
    "ZMK",
    "ZMK (LMK)",
    "ZMK or TMK",
    "ZMK or TMK flag",
    "ZPK",
    "activities",
    "algorithm",
    "authentication data",
    "authorised",
    "branch and height",
    "buffer",
    "bytes received",
    "bytes sent",
    "card key derivation",
    "check length",
    "command",
    "commands",
    "comment",
    "component",
    "confidentiality session data",
    "counter",
    "data length",
    "delimiter",
    "derivation",
    "destination IV",
    "destination PIN block format",
    "destination format",
    "destination key",
    "encrypted data",
    "end of the LMKs",
    "excluded PIN count",
    "excluded PIN length",
    "expiry",
    "exponent",
    "exponent length",
    "exportability",
    "firmware number",
    "flag",
    "fraud detection exceeded",
    "from percent",
    "hash identifier",
    "header flag",
    "index",
    "input format",
    "integrity session data",
    "key",
    "key (LMK)",
    "key (TMK)",
    "key (ZMK or TMK)",
    "key (ZMK)",
    "key block version",
    "key format",
    "key index",
    "key length",
    "key length flag",
    "key scheme (LMK)",
    "key scheme (TMK)",
    "key scheme (ZMK)",
    "key serial number",
    "key type",
    "key type code",
    "key usage",
    "key version number",
    "length",
    "local port",
    "master key type",
    "maximum PIN length",
    "milliseconds",
    "mode",
    "mode of use",
    "modulus length",
    "network interface",
    "new PIN block",
    "number of blocks",
    "number of components",
    "number of optional blocks",
    "offset",
    "old LMKs",
    "optional blocks",
    "output format",
    "pad mode identifier",
    "padding method",
    "private key",
    "private key flag",
    "private key length",
    "protocol",
    "public key",
    "public key encoding",
    "reboots",
    "records",
    "remote address",
    "remote port",
    "reserved",
    "responses",
    "scheme",
    "scheme and version",
    "seconds",
    "serial number",
    "service code",
    "session key derivation",
    "signature identifier",
    "signature length",
    "sockets",
    "state",
    "status",
    "tampers",
    "test LMKs",
    "to percent",
    "track data length",
    "transaction data length",
    "transactions",
    "unpredictable number",
];

/// Fields that are shown as well, whose names come to what reads them from elsewhere.
const PASSED_ON: &[&str] = &[
    // Of RY's response: right, none or wrong.
    "3-digit CSC",
    "4-digit CSC",
    "5-digit CSC",
    "LMK identifier",
    "MAB",
    "TMK, TPK or PVK",
    "TPK",
    "ZMK that is translated",
    "message block",
    "message type",
    "source ZPK",
];

/// Fields with the number of a card or an account, of which a part is shown.
const IN_PART: &[&str] = &["PAN", "PAN and sequence number", "account number"];

/// Fields of which the length alone is shown.
const HIDDEN: &[&str] = &[
    "5-digit CSC, 4-digit CSC, 3-digit CSC",
    "ARQC",
    "CVC3",
    "CVV",
    "PIN",
    "PIN under the LMK",
    "PIN validation data",
    "PVV",
    "blocks",
    "command",
    "data",
    "data to encrypt",
    "decimalisation table",
    "excluded PIN table",
    "hash",
    "message",
    "offset",
    "proprietary authentication data",
    "random value",
    "response",
    "signature",
    "track data",
    "transaction data",
    "truncated cryptogram",
];

/// What reads or writes a field by its name.
const METHODS: &[(&str, Way)] = &[
    ("secret", Way::Hidden),
    ("secret_digits", Way::Hidden),
    ("secret_hex", Way::Hidden),
    ("account", Way::Part),
    ("card_digits", Way::Part),
    ("card_number", Way::Part),
    ("card_number_until", Way::Part),
    ("array", Way::Shown),
    ("byte", Way::Shown),
    ("bytes", Way::Shown),
    ("digits", Way::Shown),
    ("field", Way::Shown),
    ("hex", Way::Shown),
    ("hex_array", Way::Shown),
    ("hex_or_stored", Way::Shown),
    ("hex_number", Way::Shown),
    ("number", Way::Shown),
    ("read", Way::Shown),
    ("read_scheme", Way::Shown),
];

fn reviewed() -> BTreeSet<(String, Way)> {
    let all = [(SHOWN, Way::Shown), (IN_PART, Way::Part), (HIDDEN, Way::Hidden)];
    let named = all
        .iter()
        .flat_map(|(names, way)| names.iter().map(|name| ((*name).to_owned(), *way)));
    named.collect()
}

/// The name that a call gives to its field, if it is a literal or the constant of the place; `rest` is what stands behind
/// the method.
fn name_of(before: &str, rest: &str) -> Option<String> {
    let rest = match rest.strip_prefix("::<") {
        Some(generic) => generic.split_once('>')?.1,
        None => rest,
    };
    let mut rest = rest.strip_prefix('(')?.trim_start();
    for source in ["call,", "fields,", "&mut call.fields,"] {
        rest = rest.strip_prefix(source).unwrap_or(rest).trim_start();
    }
    let literal = |text: &str| Some(text.strip_prefix('"')?.split_once('"')?.0.to_owned());
    match rest.starts_with("NAME") {
        true => literal(before.rsplit_once("const NAME: &str = ")?.1),
        false => literal(rest),
    }
}

/// The fields that the handlers of a file read and write.
fn fields_of(source: &str, found: &mut BTreeSet<(String, Way)>) {
    let code = source.split("#[cfg(test)]").next().unwrap();
    for (method, way) in METHODS {
        for (at, _) in code.match_indices(method) {
            let (before, behind) = code.split_at(at);
            let begins = !before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
            let name = name_of(before, &behind[method.len()..]);
            found.extend(name.filter(|_| begins).map(|name| (name, *way)));
        }
    }
}

fn walk(directory: &Path, found: &mut BTreeSet<(String, Way)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, found),
            false => fields_of(&std::fs::read_to_string(path).unwrap(), found),
        }
    }
}

/// A new field is one of these lists' before it is in a trace.
#[test]
fn every_field_is_shown_as_reviewed() {
    let mut found = BTreeSet::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/payshield/commands"),
        &mut found,
    );
    let reviewed = reviewed();
    let lacking: Vec<_> = found.difference(&reviewed).collect();
    assert!(lacking.is_empty(), "not reviewed: {lacking:#?}");
    let gone: Vec<_> = reviewed.difference(&found).collect();
    assert!(gone.is_empty(), "no such field any more: {gone:#?}");
}

/// The name and the text of a line of a trace, if it is a field's.
fn field(line: &str) -> Option<(&str, &str)> {
    let line = line
        .strip_prefix("    ")
        .filter(|line| !line.starts_with("not read: "))?;
    let (name, text) = line.split_once("  ")?;
    Some((name, text.trim_start()))
}

/// Ends a trace with a message of its own, and gives all of it.
fn traced(server: &Server) -> String {
    assert_eq!(server.ask("ZY"), "ZZ15");
    server.told_where(|line| line.contains(" > ZY "));
    server.printed()
}

/// The published messages and those with answers of another implementation, among which most commands are.
#[test]
fn traces_of_known_messages_are_as_reviewed() {
    let server = Server::start(&["--trace"]);
    let published: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/payment/payshield_messages.json")).unwrap();
    for message in &published {
        if let Some(request) = message["request"].as_str().filter(|text| text.is_ascii()) {
            server.ask_bytes(request.as_bytes());
        }
    }
    are_answered(
        &server,
        include_str!("../vectors/payment/payshield_card_values.json"),
    );
    are_answered(&server, include_str!("../vectors/payment/payshield_csc.json"));
    are_answered(&server, include_str!("../vectors/payment/payshield_data.json"));
    are_answered(&server, include_str!("../vectors/payment/payshield_emv.json"));
    are_answered(&server, include_str!("../vectors/payment/payshield_macs.json"));
    let reviewed = reviewed();
    let is = |name: &str, way| reviewed.contains(&(name.to_owned(), way));
    let printed = traced(&server);
    let fields: Vec<_> = printed.lines().filter_map(field).collect();
    let is_wrong = |(name, text): &&(&str, &str)| {
        let is_hidden = text.ends_with(" characters, not shown");
        let is_shown = is(name, Way::Shown) || PASSED_ON.contains(name);
        !(is_hidden || is_shown || is(name, Way::Part) && text.contains('*'))
    };
    let wrong: BTreeSet<_> = fields.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(fields.len() > 500, "{}", fields.len());
}

/// What the trace has of messages: without times and addresses.
fn of_messages(printed: &str) -> impl Iterator<Item = &str> {
    let of_message = |line| match str::split_once(line, " > ").or(str::split_once(line, " < ")) {
        Some((_, message)) => Some(message),
        None => Some(line).filter(|line: &&str| line.starts_with("    ")),
    };
    printed.lines().filter_map(of_message)
}

/// Commands refuse this at their first field, or read a few characters of it.
#[test]
fn what_no_command_reads_is_not_shown() {
    let server = Server::start(&["--trace"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
    let told = command
        .args(["--json", "payshield", "commands"])
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let commands = told["commands"].as_array().unwrap();
    assert!(commands.len() > 100);
    for row in commands {
        let code = row["command"].as_str().unwrap();
        for before in ["", "0", "00", "01", "0001", "001"] {
            let answer = ask(
                &server,
                format!("{code}{before}\u{1}PIN=4402;PAN=4123456789012345;").as_bytes(),
            );
            assert!(
                answer.starts_with(row["response"].as_str().unwrap().as_bytes()),
                "{code}"
            );
        }
    }
    // Digits where a code is expected: the header is of another length.
    assert_eq!(server.ask("4402FFFF"), "ZZ15");
    let printed = traced(&server);
    for secret in ["4402", "4123456789", "44 unknown"] {
        let line = of_messages(&printed).find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
    assert!(
        printed.contains(" > ?? unknown command\n    not read: 6 characters"),
        "{printed}"
    );
}

#[test]
fn secrets_of_every_kind_are_hidden() {
    let server = Server::start(&["--trace"]);
    assert_eq!(server.ask("B20006hidden"), "B300hidden");
    let hash = ask(&server, b"GM010000812345678");
    assert_eq!(hash.get(..4), Some(&b"GN00"[..]));
    assert!(
        server
            .ask(&format!("DE{PVK}{PIN}04{ACCOUNT}{TABLE}4012345678N0"))
            .starts_with("DF02")
    );
    assert!(
        server
            .ask(&format!("BA4402FFFFFFFFF{ACCOUNT}"))
            .starts_with("BB00")
    );
    // A clear PIN block where a key is expected, and letters where digits are.
    assert_eq!(server.ask("JE041234F"), "JF15");
    assert_eq!(server.ask("N0XYZ"), "N115");
    let printed = traced(&server);
    for secret in ["hidden", "12345678", TABLE, PIN, "4402", "041234", "XYZ"] {
        let line = of_messages(&printed).find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    for part in [
        "    data    6 characters, not shown",
        "    decimalisation table  16 characters, not shown",
        "    hash  20 characters, not shown",
    ] {
        assert!(printed.contains(part), "{part}:\n{printed}");
    }
}

/// A field that is too short takes what stands behind it for its own: keys, an IV, a KSN.
#[test]
fn what_a_short_field_has_swallowed_is_not_shown() {
    const BLOCK: &str = "S10096C0TC00E00010123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";
    let server = Server::start(&["--trace"]);
    let cvk = "U9B4934384B19946B040CD702B4D58145";
    // One of the two initial values is missing.
    let translate =
        "M401011100AU71CE6CBA2A7DC746208CDCE55374780800AU71CE6CBA2A7DC746208CDCE5537478080123456789ABCDEF";
    for (message, answer) in [
        // 24 digits of the cryptogram are missing, or as many as the card number has.
        (format!("CW{BLOCK}5413330089604111;2512201%02"), "CX15"),
        (
            format!("CW{}5413330089604111{BLOCK}", BLOCK.replace("10096", "00072").get(..57).unwrap()),
            "CX15",
        ),
        // The PAN ends a block whose length is right then.
        (
            "CWS00072C0TC00E00010123456789ABCDEF0123456789ABCDEF0123456754133300896041115413330089604111;2512201%01".into(),
            "CXA4",
        ),
        (format!("CW{}5413330089604111;2512201", &cvk[..17]), "CX15"),
        (format!("CW{}5413330089604111;2512201", &cvk[1..17]), "CX15"),
        (format!("{translate}5413330089604111"), "M515"),
        (format!("{translate}54133300896041112512201"), "M515"),
    ] {
        assert_eq!(server.ask(&message), answer, "{message}");
    }
    // Where the message is right in its form, keys are whole.
    let right = server.ask(&format!("CW{cvk}4123456789012345;8701101"));
    assert_eq!(right, "CX00561");
    let printed = traced(&server);
    let shown = of_messages(&printed).find(|line| line.contains("5413330089604111"));
    assert_eq!(shown, None);
    for part in [
        "    CVK  U and 32 characters, not shown",
        "    CVK  S00072C0TC00E0001 and 56 characters, not shown",
    ] {
        assert!(printed.contains(part), "{part}:\n{printed}");
    }
    assert!(printed.contains(cvk), "{printed}");
}

/// The body of a command under the code of another one that reads it to its end, and answers neither 15 nor a code of key
/// blocks.
#[test]
fn what_another_command_reads_as_a_key_or_a_mac_is_not_shown() {
    let server = Server::start(&["--trace", "--skip-parity"]);
    let parity = Server::start(&["--trace"]);
    const ANOTHER: &str = "333008960411";
    // BG's account and PIN under the LMK, BA's clear PIN and account.
    let of_bg = format!("{ANOTHER}8166471234567");
    let of_ba = format!("4402FFFFFFFFF{ANOTHER}");
    for body in [&of_bg, &of_ba] {
        for (code, refusals) in [("MC", ["MD10", "MD01"]), ("MA", ["MB10", "MB00"])] {
            for (server, expected) in [(&parity, refusals[0]), (&server, refusals[1])] {
                let given = server.ask(&format!("{code}{body}"));
                assert!(given.starts_with(expected), "{code}{body}: {given}");
            }
        }
    }
    let tagged = "U063A0E7C0F2124E56192A4510F395ED7";
    assert!(server.ask(&format!("B0001{tagged}X")).starts_with("B100X"));
    for printed in [traced(&server), traced(&parity)] {
        for secret in ["333008", "960411", "8166", "4712", "4402"] {
            let line = of_messages(&printed).find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
        for part in [
            "    TAK   16 characters, not shown",
            "    MAC   8 characters, not shown",
        ] {
            assert!(printed.contains(part), "{part}:\n{printed}");
        }
    }
    assert!(traced(&server).contains(tagged));
}
