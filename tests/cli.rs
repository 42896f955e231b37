//! The program as a user sees it: transcripts in `tests/cli/`, and the pages in `man/`.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes the transcripts anew, `TIDY_WRITE=1` the pages.
#![cfg(feature = "program")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reads the environment that it was given, and fails by panics"
)]

#[path = "cli/ceremony.rs"]
mod ceremony;
#[path = "cli/payment.rs"]
mod payment;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one transcript on a data directory of its own, which `prepare` may fill first.
fn transcript(name: &str, prepare: impl FnOnce(&Path)) {
    transcript_with(name, &[], prepare);
}

/// The same with more variables in the environment.
fn transcript_with(name: &str, environment: &[(&str, &str)], prepare: impl FnOnce(&Path)) {
    let directory = tempfile::tempdir().unwrap();
    let configuration = directory.path().join("vhsm.toml");
    let data = directory.path().join("data");
    let text = format!(
        "data_dir = {data:?}\n[pin]\nargon2_memory_kib = 64\nargon2_iterations = 1\nfailures_max_user = 3\n"
    );
    fs::write(&configuration, text).unwrap();
    prepare(&configuration);
    let cases = trycmd::TestCases::new();
    cases
        .env("VHSM_CONF", configuration.to_str().unwrap())
        .env("COLUMNS", "100");
    for (variable, value) in environment {
        cases.env(*variable, *value);
    }
    cases.case(root().join("tests/cli").join(name)).run();
}

#[test]
fn help_shows_every_command_and_the_exit_codes() {
    transcript("help.trycmd", |_| {});
}

#[test]
fn errors_say_what_is_wrong_and_what_helps() {
    transcript("errors.trycmd", |_| {});
}

#[test]
fn mechanisms_are_listed_and_told_one_by_one() {
    transcript("mechanisms.trycmd", |_| {});
}

#[test]
fn a_configuration_is_checked_with_line_and_remedy() {
    transcript("config.trycmd", |_| {});
}

#[test]
fn payment_calculators_give_the_published_values() {
    transcript("payment.trycmd", |_| {});
}

#[test]
fn the_keys_of_transactions_are_those_of_x9_24() {
    transcript("payment_dukpt.trycmd", |_| {});
}

#[test]
fn key_blocks_are_decoded_to_the_published_keys() {
    transcript("payment_key_block.trycmd", |_| {});
}

#[test]
fn cryptograms_of_chip_cards_are_the_published_ones() {
    transcript("payment_arqc.trycmd", |_| {});
}

#[test]
fn pins_and_offsets_are_the_published_ones() {
    transcript("payment_pins.trycmd", |_| {});
}

fn pages(directory: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let page = |entry: fs::DirEntry| {
        (
            entry.file_name().into_string().unwrap(),
            fs::read_to_string(entry.path()).unwrap(),
        )
    };
    entries.map(page).collect()
}

#[test]
fn the_manual_pages_are_those_of_the_program() {
    let made = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_vhsm"))
        .args(["man", "--out"])
        .arg(made.path())
        .status()
        .unwrap();
    assert!(status.success());
    let (made, kept) = (pages(made.path()), root().join("man"));
    if std::env::var_os("TIDY_WRITE").is_some() {
        fs::remove_dir_all(&kept).ok();
        fs::create_dir(&kept).unwrap();
        made.iter()
            .for_each(|(name, text)| fs::write(kept.join(name), text).unwrap());
    }
    for (name, text) in pages(&kept) {
        assert!(
            made.get(&name) == Some(&text),
            "man/{name} is not current: TIDY_WRITE=1 cargo test --test cli"
        );
    }
    assert_eq!(
        made.len(),
        pages(&kept).len(),
        "TIDY_WRITE=1 cargo test --test cli writes man/ anew"
    );
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = Command::new(env!("CARGO_BIN_EXE_vhsm"))
            .args(["completions", shell])
            .output()
            .unwrap();
        assert!(output.status.success());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            script.contains("pin-file") && !script.contains("bench-worker"),
            "{shell}"
        );
    }
}

/// A data directory of its own, and the program on it.
struct Program {
    directory: tempfile::TempDir,
}

impl Program {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let text = format!("data_dir = {data:?}\n[pin]\nargon2_memory_kib = 64\nargon2_iterations = 1\n");
        fs::write(directory.path().join("vhsm.toml"), text).unwrap();
        Self { directory }
    }

    /// The exit code, the standard output and the standard error.
    fn run_with(&self, arguments: &str, environment: &[(&str, &str)]) -> (i32, String, String) {
        self.spawn(&arguments.split(' ').collect::<Vec<_>>(), environment)
    }

    /// The same, of arguments that may hold blanks.
    fn run_on(&self, arguments: &[&str]) -> (i32, String, String) {
        self.spawn(arguments, &[])
    }

    fn spawn(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        let pins = [("VHSM_SO_PIN", "so-pin"), ("VHSM_PIN", "user-pin")];
        let output = command
            .args(arguments)
            .env("VHSM_CONF", self.directory.path().join("vhsm.toml"))
            .envs(pins)
            .envs(environment.iter().copied())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    fn run(&self, arguments: &str) -> (i32, String, String) {
        self.run_with(arguments, &[])
    }

    /// The standard output of what must succeed.
    #[track_caller]
    fn works(&self, arguments: &str) -> String {
        let (code, out, error) = self.run(arguments);
        assert_eq!(code, 0, "{arguments}: {error}");
        out
    }

    fn tamper(&self, sql: &str) {
        let database = rusqlite::Connection::open(self.directory.path().join("data/vhsm.db")).unwrap();
        database.execute_batch(sql).unwrap();
    }
}

fn parsed(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn sound_tokens_are_shown_and_used_beside_a_damaged_one_which_can_be_deleted() {
    for damage in [
        "UPDATE token SET version = 9 WHERE slot = 1",
        "UPDATE token SET id = zeroblob(16) WHERE slot = 1",
    ] {
        let program = Program::new();
        program.works("token init --label broken");
        program.works("token init --label sound");
        program.tamper(damage);
        let listed = program.works("token list");
        assert!(
            listed.contains("sound") && listed.contains("(damaged)"),
            "{listed}"
        );
        assert!(
            listed.contains("in slot 1") && listed.contains("is not what was written"),
            "{listed}"
        );
        let listed = parsed(&program.works("--json token list"));
        assert_eq!(listed[0]["slot"], 1);
        assert!(
            listed[0]["damaged"]
                .as_str()
                .unwrap()
                .contains("the store is damaged")
        );
        assert_eq!(listed[1]["label"], "sound");
        for command in [
            "token show sound",
            "token show",
            "token check sound",
            "pin status sound",
            "object list",
            "object list --slot 2",
            "token init --label third",
        ] {
            program.works(command);
        }
        program.works("token delete --yes third");
        for command in [
            "token show --slot 1",
            "pin status --slot 1",
            "token init --label anew --again --slot 1 --yes",
        ] {
            let (code, _, error) = program.run(command);
            assert_eq!(code, 1, "{command}");
            assert!(error.contains("vhsm token delete --slot 1"), "{command}: {error}");
        }
        assert_eq!(program.run("token show broken").0, 3);
        let (code, _, error) = program.run("token delete --slot 1");
        assert!(code == 5 && error.contains("needs to be confirmed"), "{error}");
        let told = program.works("token delete --slot 1 --yes");
        assert_eq!(told, "the damaged token in slot 1 is deleted\n");
        assert!(!program.works("token list").contains("damaged"));
        program.works("object list sound --token sound");
    }
}

#[test]
fn a_token_is_made_with_both_pins_or_not_at_all() {
    let program = Program::new();
    for (pins, whose) in [
        ([("VHSM_SO_PIN", "so-pin"), ("VHSM_PIN", "12345")], "user"),
        ([("VHSM_SO_PIN", "12345"), ("VHSM_PIN", "user-pin")], "SO"),
    ] {
        let text = fs::read_to_string(program.directory.path().join("vhsm.toml")).unwrap();
        if !text.contains("length_min") {
            let text = text + "length_min = 6\n";
            fs::write(program.directory.path().join("vhsm.toml"), text).unwrap();
        }
        let (code, _, error) = program.run_with("token init --label demo", &pins);
        assert_eq!(code, 4, "{error}");
        assert!(
            error.contains(&format!(
                "the {whose} PIN cannot be set: a PIN has 6 to 255 bytes"
            )),
            "{error}"
        );
        assert!(error.contains("nothing was made"), "{error}");
        assert!(program.works("token list").contains("there is no token yet"));
    }
}

#[test]
fn a_label_that_another_token_has_is_refused_unless_a_twin_is_wanted() {
    let program = Program::new();
    program.works("token init --label demo");
    let (code, _, error) = program.run("token init --label demo");
    assert!(
        code == 1 && error.contains("the token in slot 1 has the label") && error.contains("--twin"),
        "{error}"
    );
    program.works("token init --label demo --again --slot 1 --yes");
    program.works("token init --label demo --twin");
    assert_eq!(
        parsed(&program.works("--json token list"))
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn what_is_too_short_for_a_pin_costs_no_try() {
    let program = Program::new();
    program.works("token init --label demo");
    let empty = program.directory.path().join("empty");
    fs::write(&empty, "\nuser-pin\n").unwrap();
    for pin in ["", "123"] {
        for command in ["object list", "pin set"] {
            let (code, _, error) =
                program.run_with(command, &[("VHSM_PIN", pin), ("VHSM_NEW_PIN", "new-pin")]);
            assert_eq!(code, 4, "{error}");
            assert!(
                error.contains("$VHSM_PIN is") && error.contains("no try was counted"),
                "{error}"
            );
        }
    }
    let command = format!("--json object list --pin-file {}", empty.display());
    let (code, _, error) = program.run(&command);
    assert_eq!(code, 4);
    assert!(
        parsed(&error)["error"]
            .as_str()
            .unwrap()
            .contains("empty is empty"),
        "{error}"
    );
    let (code, ..) = program.run_with("token init --label other", &[("VHSM_PIN", "")]);
    assert_eq!(code, 4);
    let state = parsed(&program.works("--json pin status"));
    assert_eq!(state["user_pin"]["failures"], 0, "{state}");
}

#[test]
fn errors_for_machines_have_the_remedy_apart() {
    let program = Program::new();
    program.works("token init --label demo");
    let told = |program: &Program| {
        let (code, _, error) = program.run("--json token list");
        assert_eq!(code, 1);
        let told = parsed(&error);
        let text = |field: &str| told[field].as_str().unwrap_or_default().to_owned();
        (text("error"), text("remedy"))
    };
    program.tamper("PRAGMA user_version = 99");
    let (what, remedy) = told(&program);
    assert!(what.ends_with("(schema 99, this one knows 1)"), "{what}");
    assert!(
        remedy.starts_with("use that version, or put a backup"),
        "{remedy}"
    );
    let key = program.directory.path().join("data/root.key");
    fs::write(&key, [1; 31]).unwrap();
    let (what, remedy) = told(&program);
    assert!(what.ends_with("it must hold exactly 32 bytes"), "{what}");
    assert_eq!(remedy, "put it back from its backup");
    fs::remove_file(&key).unwrap();
    assert!(told(&program).1.starts_with("put the file back from its backup"));
    fs::write(
        program.directory.path().join("vhsm.toml"),
        "[slots]\nfree_slot = 1\n",
    )
    .unwrap();
    let (what, remedy) = told(&program);
    assert!(
        what.ends_with("line 2: `slots.free_slot` is not a switch"),
        "{what}"
    );
    assert_eq!(remedy, "give true or false, without quotes");
}
