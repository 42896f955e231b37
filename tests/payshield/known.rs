//! Requests with the answers that another implementation computed.

use serde_json::Value;

use crate::server::Server;

fn bytes(row: &Value, name: &str) -> Vec<u8> {
    if let Some(text) = row[name].as_str() {
        return text.as_bytes().to_vec();
    }
    let digits = row[format!("{name}_hex")]
        .as_str()
        .expect("text or hexadecimal digits");
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// Asks every request of a file and compares the answers; gives how many there were.
pub fn are_answered(server: &Server, file: &str) -> usize {
    let file: Value = serde_json::from_str(file).unwrap();
    let rows = file["messages"].as_array().unwrap();
    let mut wrong = Vec::new();
    for row in rows {
        let given = server.ask_bytes(&[b"0000".to_vec(), bytes(row, "ask")].concat());
        let expected = [b"0000".to_vec(), bytes(row, "answer")].concat();
        if given != expected {
            wrong.push(format!(
                "{row}: {} for {}",
                given.escape_ascii(),
                expected.escape_ascii()
            ));
        }
    }
    assert!(wrong.is_empty(), "of {}:\n{}", rows.len(), wrong.join("\n"));
    rows.len()
}

/// Asks a command that is bytes, with the header `0000`; gives the answer behind the header.
pub fn ask(server: &Server, command: &[u8]) -> Vec<u8> {
    let answer = server.ask_bytes(&[b"0000", command].concat());
    answer
        .strip_prefix(b"0000")
        .expect("the header is echoed")
        .to_vec()
}

/// Whether every row gets its refusal, and the connection stays.
pub fn are_refused(server: &Server, rows: &[(&str, &[u8])]) {
    let mut wrong = Vec::new();
    for (expected, command) in rows {
        let given = ask(server, command);
        if given != expected.as_bytes() {
            wrong.push(format!(
                "{}: {} for {expected}",
                command.escape_ascii(),
                given.escape_ascii()
            ));
        }
    }
    assert!(wrong.is_empty(), "of {}:\n{}", rows.len(), wrong.join("\n"));
    assert!(server.ask("NC").starts_with("ND00"));
}

/// Whether every beginning of a message is refused, with a code of two characters and nothing behind it.
pub fn beginnings_are_refused(server: &Server, command: &[u8]) {
    for length in 2..command.len() {
        let given = ask(server, &command[..length]);
        assert_eq!(given.len(), 4, "{length}: {}", given.escape_ascii());
        assert_ne!(&given[2..], b"00", "{}", command[..length].escape_ascii());
    }
}
