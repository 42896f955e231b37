//! Programs in C, as the module's users are: fork, unloading, exit [PKCS#11 3.2, 5.4; Usage Guide 3.2, 2.5.2].
//!
//! They stand in `tests/c` and are compiled here with `cc`; each gets the module's path and the user's PIN.

use crate::harness::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The smallest stack that the calls themselves fit on when they are not optimised.
const SMALL_STACK_KIB: &str = "16";

/// The program, compiled for this test.
pub(crate) fn compile(name: &str) -> PathBuf {
    compile_with(name, &[])
}

/// The same with more flags for the compiler.
fn compile_with(name: &str, flags: &[&str]) -> PathBuf {
    let always = [
        "-Wno-deprecated-non-prototype",
        "-Wno-unknown-warning-option",
        "-pthread",
    ];
    cc(name, &[&always[..], flags].concat())
}

/// Makes a token, leaves it to the program, and sees it again afterwards.
#[track_caller]
pub(crate) fn run_program(name: &str, more: &[&str]) {
    Token::fresh();
    finalize().works();
    run_compiled(&compile(name), more);
    let s = Token::existing().user();
    s.encrypt(Mech::new(CKM_AES_ECB), s.aes(16), &[0; 16]).works();
}

#[track_caller]
fn run_compiled(program: &Path, more: &[&str]) {
    let pin = std::str::from_utf8(USER_PIN).unwrap();
    let mut command = Command::new(program);
    // The programs end without freeing anything, as many do.
    command.env("ASAN_OPTIONS", "detect_leaks=0");
    command.arg(library_path()).arg(pin).args(more);
    let (status, output) = finish(&mut command, Duration::from_secs(300));
    let status = status.unwrap_or_else(|| panic!("{program:?} {more:?} hangs\n{output}"));
    assert!(
        status.success(),
        "{program:?} {more:?} ended with {status}\n{output}"
    );
}

/// FRK-1, FRK-3
#[test]
fn a_forked_child_is_a_new_application_and_the_parent_goes_on() {
    isolated(|| run_program("fork_child", &[]));
}

/// FRK-2
#[test]
fn a_fork_among_busy_threads_hangs_nobody() {
    isolated(|| run_program("fork_threads", &[]));
}

/// FRK-1
#[test]
fn a_daemon_goes_on_with_the_store_after_its_parent_is_gone() {
    isolated(|| {
        let marker = home().join("marker");
        run_program("daemonize", &[marker.to_str().unwrap()]);
        let end = std::time::Instant::now() + Duration::from_secs(60);
        while std::fs::read_to_string(&marker)
            .unwrap_or_default()
            .lines()
            .count()
            < 1
            && std::time::Instant::now() < end
        {
            std::thread::sleep(Duration::from_millis(50));
        }
        let marks = std::fs::read_to_string(&marker).unwrap_or_default();
        assert!(marks.lines().count() >= 1 && !marks.contains("bad"), "{marks:?}");
        let s = Token::labelled("test").rw();
        let _ = s.login(CKU_USER, USER_PIN);
        assert!(s.find(&[a(CKA_LABEL, "c program")]).works().len() >= 51);
    });
}

/// INI-10
#[test]
fn threads_that_used_the_module_end_well_after_it_was_unloaded() {
    isolated(|| run_program("unload", &[]));
}

/// INI-10
#[test]
fn a_program_may_end_without_finalize() {
    isolated(|| run_program("no_finalize", &["return"]));
}

/// INI-10
#[test]
fn a_program_may_exit_without_finalize() {
    isolated(|| run_program("no_finalize", &["exit"]));
}

/// INI-10
#[test]
fn a_program_may_unload_without_finalize() {
    isolated(|| run_program("no_finalize", &["unloaded"]));
}

/// INI-10
#[test]
fn calls_from_exit_handlers_and_destructors_work() {
    isolated(|| run_program("at_exit", &["live"]));
}

/// INI-10
#[test]
fn calls_from_exit_handlers_after_finalize_are_refused() {
    isolated(|| run_program("at_exit", &["finalized"]));
}

/// INI-13
#[test]
fn a_thousand_c_threads_and_finalize_under_load() {
    isolated(|| run_program("threads", &[]));
}

/// The streams are the host's: a log there neither ends it nor holds it up.
#[track_caller]
fn log_to_stderr_that_is(stream: &str) {
    let file = home().join("vhsm.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("target = \"file\"", "target = \"stderr\"")).unwrap();
    run_program("log_pipe", &[stream]);
}

#[test]
fn a_log_to_a_pipe_that_nobody_reads_does_not_end_the_host() {
    isolated(|| log_to_stderr_that_is("unread"));
}

#[test]
fn a_log_to_a_pipe_that_is_full_does_not_hold_the_host_up() {
    isolated(|| log_to_stderr_that_is("full"));
}

#[test]
fn a_log_to_a_closed_stream_is_no_matter() {
    isolated(|| log_to_stderr_that_is("closed"));
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_not_the_end_of_the_host() {
    isolated(|| run_program("file_limit", &["default"]));
}

#[test]
fn a_handler_of_the_host_is_not_called_for_our_writes() {
    isolated(|| run_program("file_limit", &["handler"]));
}

#[test]
fn a_signal_that_the_host_blocks_stays_blocked_and_what_it_has_pending_stays_so() {
    isolated(|| run_program("file_limit", &["blocked"]));
}

#[test]
fn where_no_file_may_be_written_no_store_is_made_and_the_host_goes_on() {
    isolated(|| run_compiled(&compile("file_limit"), &["nothing"]));
}

/// STO-4
#[test]
fn keys_in_use_stand_where_no_core_dump_comes_and_after_finalize_nowhere() {
    isolated(|| run_program("memory", &["locked"]));
}

/// A PIN that the host has encrypted only is nowhere in the clear after the module has worked with it.
#[test]
fn a_pin_in_a_block_leaves_no_trace_in_memory() {
    isolated(|| run_program("pin_traces", &[]));
}

/// STO-4, FRK-1
#[test]
fn a_child_of_fork_keeps_its_keys_as_its_parent_does() {
    isolated(|| run_program("memory", &["forked"]));
}

/// STO-4
#[test]
fn where_no_memory_can_be_locked_keys_still_come_into_no_core_dump() {
    isolated(|| run_program("memory", &["unlocked"]));
}

/// STO-4
#[test]
fn where_the_vault_gets_no_addresses_keys_work_and_the_log_says_so() {
    isolated(|| {
        run_program("no_vault", &["absent"]);
        assert!(
            log().contains("there is no address space for the vault"),
            "{}",
            log()
        );
    });
}

/// STO-4
#[test]
fn a_vault_that_is_small_is_used_until_it_is_full_and_the_log_says_both() {
    isolated(|| {
        run_program("no_vault", &["small"]);
        for said in ["MiB instead of 256", "the vault is full", "ordinary memory"] {
            assert!(log().contains(said), "{said}: {}", log());
        }
    });
}

/// The stack is wiped as far as there is one.
#[test]
fn a_thread_with_a_small_stack_closes_sessions_and_finalises() {
    isolated(|| run_program("small_stack", &[SMALL_STACK_KIB]));
}

/// Whether the C compiler has AddressSanitizer and its library.
fn has_address_sanitizer() -> bool {
    let directory = tempfile::tempdir().unwrap();
    let (source, program) = (directory.path().join("empty.c"), directory.path().join("empty"));
    std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let mut compiler = Command::new("cc");
    compiler
        .arg("-fsanitize=address")
        .arg("-o")
        .arg(&program)
        .arg(&source);
    let works = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    works(&mut compiler) && works(&mut Command::new(&program))
}

/// STO-3
#[test]
fn address_sanitizer_finds_nothing_in_the_programs() {
    if !has_address_sanitizer() {
        return println!("skipped: the C compiler has no AddressSanitizer");
    }
    isolated(|| {
        Token::fresh();
        finalize().works();
        for (name, more) in [
            ("fork_child", &[][..]),
            ("fork_threads", &[]),
            ("unload", &[]),
            ("no_finalize", &["unloaded"]),
            ("at_exit", &["live"]),
            ("at_exit", &["finalized"]),
            ("threads", &[]),
        ] {
            run_compiled(&compile_with(name, &["-fsanitize=address", "-g"]), more);
        }
    });
}
