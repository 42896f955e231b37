//! What `libvhsm.so` shows to the dynamic linker, and what it does not contain.
//!
//! Read with `nm`, `readelf` and `strings`-like search: binutils come with the C compiler.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests say what they expect; these lints guard the library"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Words that only the program's libraries have in them.
const PROGRAM_ONLY: &[&str] = &[
    "clap_builder",
    "clap_complete",
    "clap_mangen",
    "comfy_table",
    "indicatif",
    "libloading",
    "rpassword",
];

fn built_with_the_tests() -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    deps.join("libvhsm.so")
}

fn output_of(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn exported(library: &Path) -> Vec<String> {
    let text = output_of("nm", &["--dynamic", "--defined-only", "--format=posix"], library);
    let mut names: Vec<String> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// Debug information names every file of the package, linked or not: it is taken off first.
#[track_caller]
fn links_nothing_of_the_program(library: &Path) {
    let directory = tempfile::tempdir().unwrap();
    let stripped = directory.path().join("libvhsm.so");
    let status = Command::new("objcopy")
        .arg("--strip-debug")
        .args([library, &stripped])
        .status()
        .unwrap();
    assert!(status.success(), "objcopy: {status}");
    let bytes = std::fs::read(stripped).unwrap();
    assert!(contains(&bytes, "rusqlite"), "what is searched is the library");
    let found: Vec<_> = PROGRAM_ONLY
        .iter()
        .filter(|word| contains(&bytes, word))
        .collect();
    assert!(found.is_empty(), "{} contains {found:?}", library.display());
}

#[test]
fn exactly_three_functions_are_exported() {
    let names = exported(&built_with_the_tests());
    assert_eq!(
        names,
        ["C_GetFunctionList", "C_GetInterface", "C_GetInterfaceList"]
    );
}

/// aws-lc takes its memory from OPENSSL_memory_alloc and the like where the host defines them: keys would stand there.
#[test]
fn nothing_of_a_library_is_looked_for_in_the_host() {
    let text = output_of(
        "nm",
        &["--dynamic", "--undefined-only", "--format=posix"],
        &built_with_the_tests(),
    );
    assert!(text.contains("malloc"), "what is read is the list:\n{text}");
    let found: Vec<_> = text
        .lines()
        .filter(|line| line.to_lowercase().contains("openssl"))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_library_names_itself_and_asks_never_to_be_unloaded() {
    let text = output_of("readelf", &["--dynamic", "--wide"], &built_with_the_tests());
    assert!(text.contains("[libvhsm.so]"), "no soname:\n{text}");
    assert!(text.contains("NODELETE"), "no nodelete:\n{text}");
}

/// A shared libcrypto or libsqlite would be whichever the host program has loaded.
#[test]
fn the_library_needs_no_other_library_than_the_systems() {
    let text = output_of("readelf", &["--dynamic", "--wide"], &built_with_the_tests());
    let system = [
        "libc.so",
        "libm.so",
        "libgcc_s.so",
        "libpthread.so",
        "libdl.so",
        "ld-linux",
        "librt.so",
    ];
    for line in text.lines().filter(|line| line.contains("(NEEDED)")) {
        assert!(system.iter().any(|name| line.contains(name)), "{line}");
    }
}

#[test]
fn the_library_contains_nothing_of_the_program() {
    links_nothing_of_the_program(&built_with_the_tests());
}

#[test]
fn without_the_program_feature_its_libraries_are_not_even_built() {
    let arguments = [
        "tree",
        "--no-default-features",
        "--edges=normal",
        "--prefix=none",
        "--locked",
        "--offline",
    ];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(
        tree.contains("rusqlite"),
        "the tree is that of the library:\n{tree}"
    );
    // cryptoki-sys brings libloading along; what is not called is not linked.
    for word in PROGRAM_ONLY.iter().filter(|word| **word != "libloading") {
        assert!(
            !tree
                .lines()
                .any(|line| line.starts_with(&word.replace('_', "-")) || line.starts_with(word)),
            "{word}"
        );
    }
}
