//! Published messages get their published answers.

use serde_json::Value;

use crate::server::Server;

/// Messages with keys whose halves are the same, which a server refuses with 75 unless it is started with `--skip-parity`.
const WEAK_KEYS: &[u64] = &[55, 56, 57];

/// Messages that take a double key out under a single ZMK, which a server that takes no weak keys refuses with 27.
const UNDER_SINGLE_DES: &[u64] = &[51, 52];

/// Messages that get another answer, and why.
const OTHERWISE: &[(u64, &str, &str)] = &[(
    57,
    "0000CN20",
    "the account is not the PIN block's, so that the fill is none: the simulator whose message it is does not look at it",
)];

fn messages() -> Vec<Value> {
    serde_json::from_str(include_str!("../vectors/payment/payshield_messages.json")).unwrap()
}

fn bytes(message: &Value, name: &str) -> Vec<u8> {
    match (message[name].as_str(), message[format!("{name}_hex")].as_str()) {
        // Characters stand for bytes.
        (Some(text), _) => text
            .chars()
            .map(|one| u8::try_from(u32::from(one)).unwrap())
            .collect(),
        (None, Some(digits)) => {
            let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
            (0..digits.len()).step_by(2).map(digit).collect()
        }
        (None, None) => panic!("{message} has no {name}"),
    }
}

#[test]
fn published_messages_get_their_answers() {
    let double = Server::start(&["--lmk-pin", "plain"]);
    let single = Server::start(&["--lmk-pin", "plain", "--zmk-length", "single"]);
    let weak = Server::start(&["--lmk-pin", "plain", "--skip-parity"]);
    let weak_single = Server::start(&["--lmk-pin", "plain", "--skip-parity", "--zmk-length", "single"]);
    let mut asked = 0;
    let mut wrong = Vec::new();
    for message in messages() {
        let command = message["command"].as_str().unwrap();
        if message["match"] != "exact" || message["lmk"] == "pythales" {
            continue;
        }
        let id = message["id"].as_u64().unwrap();
        let server = match message["single_zmk"] == true {
            true if UNDER_SINGLE_DES.contains(&id) => &weak_single,
            true => &single,
            false if WEAK_KEYS.contains(&id) => &weak,
            false => &double,
        };
        let request = bytes(&message, "request");
        if UNDER_SINGLE_DES.contains(&id) {
            assert_eq!(single.ask_bytes(&request), b"0000AV27", "{id}");
        }
        let given = server.ask_bytes(&request);
        let expected = match OTHERWISE.iter().find(|(other, ..)| *other == id) {
            Some((_, answer, _)) => answer.as_bytes().to_vec(),
            None => bytes(&message, "response"),
        };
        asked += 1;
        if given != expected {
            let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
            wrong.push(format!(
                "{} {command}: {} for {}",
                message["id"],
                text(&given),
                text(&expected)
            ));
        }
    }
    assert!(wrong.is_empty(), "of {asked}:\n{}", wrong.join("\n"));
}
