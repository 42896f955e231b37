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

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one transcript on a data directory of its own, which `prepare` may fill first.
fn transcript(name: &str, prepare: impl FnOnce(&Path)) {
    let directory = tempfile::tempdir().unwrap();
    let configuration = directory.path().join("vhsm.toml");
    let data = directory.path().join("data");
    let text = format!(
        "data_dir = {data:?}\n[pin]\nargon2_memory_kib = 64\nargon2_iterations = 1\nfailures_max_user = 3\n"
    );
    fs::write(&configuration, text).unwrap();
    prepare(&configuration);
    trycmd::TestCases::new()
        .env("VHSM_CONF", configuration.to_str().unwrap())
        .env("COLUMNS", "100")
        .case(root().join("tests/cli").join(name))
        .run();
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
fn a_configuration_is_checked_with_line_and_remedy() {
    transcript("config.trycmd", |_| {});
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
