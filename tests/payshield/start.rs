//! What a server refuses at its start, and what it shows of its state.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use crate::home::Home;
use crate::macs::TAK;
use crate::pin_lmk::PIN;
use crate::pin_translate::OTHER;
use crate::pin_verify::{ACCOUNT, BLOCK, PVK, TABLE, TPK, ZPK};
use crate::server::Server;

fn demo(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
    command.args(["payshield", "--demo", "--listen", "127.0.0.1:0"]);
    command.args(words).output().unwrap()
}

fn refused(output: &Output, code: i32, why: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(why), "{why}:\n{text}");
}

/// A demonstration with a control socket, and what `vhsm payshield authorise` says of it.
struct Asked {
    server: Server,
    directory: tempfile::TempDir,
}

impl Asked {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("control");
        let server = Server::start(&["--control", path.to_str().unwrap(), "--metrics", "127.0.0.1:0"]);
        while !path.exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Self { server, directory }
    }

    fn authorise(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        command.args(["payshield", "authorise", "--control"]);
        command.arg(self.directory.path().join("control"));
        command.args(words).output().unwrap()
    }

    fn status(&self) -> String {
        let output = self.authorise(&["status"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn all_is_authorised_again_after_a_host_has_cancelled_it() {
    let asked = Asked::new();
    assert_eq!(asked.status(), "everything but diag  until it is cancelled\n");
    assert_eq!(asked.server.ask("RA"), "RB00001");
    assert_eq!(asked.server.ask("JI"), "JJ17");
    for all in ["all", "*"] {
        assert!(asked.authorise(&[all]).status.success());
        assert_eq!(asked.status(), "everything  until it is cancelled\n");
        assert_eq!(asked.server.ask("JI"), "JJ00");
        assert_eq!(asked.server.ask("RA"), "RB00001");
        assert_eq!(asked.server.ask("RA"), "RB00000");
    }
}

#[test]
fn what_has_ended_is_gone_everywhere() {
    let asked = Asked::new();
    assert_eq!(asked.server.ask("RA"), "RB00001");
    let mut socket = UnixStream::connect(asked.directory.path().join("control")).unwrap();
    socket.write_all(b"authorise health.host 1\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "ok\n");
    assert_eq!(asked.server.ask("JI"), "JJ00");
    assert_eq!(asked.status(), "health.host  1 seconds\n");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(asked.server.ask("JI"), "JJ17");
    assert_eq!(asked.status(), "nothing is authorised\n");
    // LMK 00, not authorised, no activity, variant, DES.
    assert!(asked.server.ask("JK").contains("00000V0"));
    assert_eq!(asked.server.ask("RA"), "RB00000");
}

#[test]
fn what_no_command_asks_for_is_not_authorised() {
    let asked = Asked::new();
    let output = asked.authorise(&["nonsense.foo.bar"]);
    refused(&output, 1, "no command asks for nonsense.foo.bar");
    refused(&output, 1, "help: there are all, component.");
    // No key has such a usage, or such a type; of keys that are made and come in, ZMKs alone want it.
    for activity in [
        "export.ZZ.host",
        "component.999",
        "generate.001.host",
        "import.P0.host",
    ] {
        let output = asked.authorise(&[activity]);
        refused(&output, 1, &format!("no command asks for {activity}"));
    }
    assert_eq!(asked.status(), "everything but diag  until it is cancelled\n");
}

#[test]
fn who_says_nothing_keeps_nobody_from_control_and_metrics() {
    let asked = Asked::new();
    let path = asked.directory.path().join("control");
    let silent: Vec<_> = (0..300).map(|_| UnixStream::connect(&path).unwrap()).collect();
    assert!(asked.authorise(&["export"]).status.success());
    let address = asked.server.told("metrics at http://");
    let address = address.strip_suffix("/metrics").unwrap();
    let idle: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    let answer = crate::operation::scrape(address, "/metrics");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    drop((silent, idle));
}

#[test]
fn commands_and_formats_that_there_are_not_are_refused() {
    refused(&demo(&["--disable", "QX"]), 1, "there is no host command \"QX\"");
    refused(
        &demo(&["--unlicensed", "EC,QX"]),
        1,
        "there is no host command \"QX\"",
    );
    refused(
        &demo(&["--disable-format", "99"]),
        1,
        "there is no PIN block format \"99\"",
    );
    let home = Home::new();
    home.configure("disabled = [\"QX\"]");
    refused(
        &home.command(&[]).output().unwrap(),
        1,
        "payshield.disabled: there is no host command \"QX\"",
    );
    let output = demo(&["--listen", "127.0.0.1:0=07"]);
    refused(&output, 1, "127.0.0.1:0=07: the token has no LMK 07");
}

#[test]
fn switches_for_tests_are_refused_where_they_do_not_work_or_are_not_allowed() {
    let home = Home::new();
    let run = |words: &[&str]| home.command(words).output().unwrap();
    refused(&run(&["--skip-parity"]), 2, "--demo");
    refused(
        &run(&["--skip-parity", "--token", "payments"]),
        2,
        "cannot be used with",
    );
    home.configure("test_switches = false");
    for words in [&["--approve-all"][..], &["--lmk-pin", "plain"]] {
        refused(&run(words), 2, "the configuration takes no such switch");
    }
}

#[test]
fn a_start_for_machines_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
    command.args(["--json", "payshield", "--demo"]);
    refused(&command.output().unwrap(), 2, "for people alone");
}

#[test]
fn what_stays_until_the_next_start_is_named() {
    let home = Home::new();
    let server = Server::spawn(home.command(&[]));
    home.configure("lmk = [\"05=new\"]\nmetrics = \"127.0.0.1:0\"\nfirmware = \"1234-5678\"");
    server.signal("HUP");
    assert_eq!(
        server.told("read the configuration anew; changed, and as before until the next start: "),
        "payshield.lmk, payshield.metrics"
    );
    assert!(server.ask("NC%05").ends_with("1234-5678"));
}

/// Where the log is the standard error, the reason is there alone.
#[test]
fn a_failed_reload_is_told_once() {
    for log in ["", "[log]\ntarget = \"none\"\n"] {
        let home = Home::new();
        home.configure_more(log);
        let mut command = home.command(&[]);
        command.stderr(std::fs::File::create(home.path("errors")).unwrap());
        let server = Server::spawn(command);
        assert_eq!(server.ask("B20002hi"), "B300hi");
        while !home.path("data").join("payshield.sock").exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        home.configure("disabled = [\"QX\"]");
        server.signal("HUP");
        server.told("everything stays as it was");
        let errors = std::fs::read_to_string(home.path("errors")).unwrap();
        let told = server.printed() + &errors;
        assert_eq!(told.matches("no host command \"QX\"").count(), 1, "{told}");
        assert_eq!(errors.contains("QX"), log.is_empty(), "{errors}");
    }
}

/// An activity that has no end is logged so.
#[test]
fn the_log_says_how_long_an_activity_is_authorised() {
    let home = Home::new();
    home.configure_log();
    let server = Server::spawn(home.command(&[]));
    while !home.path("data").join("payshield.sock").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for words in [
        &["authorise", "all"][..],
        &["authorise", "export", "--minutes", "5"],
    ] {
        assert!(home.command(words).output().unwrap().status.success());
    }
    let log = home.log();
    assert!(
        log.contains("payshield: all is authorised without an end\n"),
        "{log}"
    );
    assert!(
        log.contains("payshield: export is authorised for 300 seconds\n"),
        "{log}"
    );
    drop(server);
}

#[test]
fn traces_hide_what_messages_say_and_most_of_card_numbers() {
    let server = Server::start(&["--trace"]);
    assert_eq!(server.ask("LAK000010123456789ABCDEF"), "LB00");
    assert_eq!(server.ask("LEK00001"), "LF000123456789ABCDEF");
    assert_eq!(server.ask("GM0600010top secret").get(..4), Some("GN00"));
    let mac = server.ask(&format!("M600011003{TAK}000FNow is the time"));
    assert_eq!(mac.get(..4), Some("M700"));
    server.ask("CWU9B4934384B19946B040CD702B4D581454123456789012345;8701101");
    server.ask("RA");
    server.told("    activities");
    let printed = server.printed();
    for part in [
        "    PAN           412345******2345",
        "    expiry        8701",
        "    data             10 characters, not shown",
        "    blocks            16 characters, not shown",
    ] {
        assert!(printed.contains(part), "{part}:\n{printed}");
    }
    for secret in ["4123456789012345", "top secret", "the time", "0123456789ABCDEF"] {
        assert!(!printed.contains(secret), "{secret}:\n{printed}");
    }
}

/// What the environment names as a configuration is nothing to a demonstration, even if it cannot be read; `--config` is.
#[test]
fn a_demonstration_reads_no_configuration_but_one_that_is_named() {
    let home = Home::new();
    home.configure("disabled = [\"NC\"]");
    let demo = |configuration: &std::path::Path, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        command.args(words);
        command.args(["payshield", "--demo", "--listen", "127.0.0.1:0"]);
        command.env("VHSM_CONF", configuration);
        Server::spawn(command)
    };
    let named = home.path("vhsm.toml");
    assert!(demo(&named, &[]).ask("NC").starts_with("ND00"));
    assert!(demo(&home.path("gone"), &[]).ask("NC").starts_with("ND00"));
    let words = ["--config", named.to_str().unwrap()];
    assert_eq!(demo(&home.path("gone"), &words).ask("NC"), "ND68");
    let mut help = Command::new(env!("CARGO_BIN_EXE_vhsm"));
    let help = help.args(["payshield", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let help: Vec<&str> = help.split_whitespace().collect();
    assert!(
        help.join(" ")
            .contains("Reads no configuration but that of --config, not that of $VHSM_CONF either")
    );
}

#[test]
fn what_a_killed_demonstration_has_left_goes_with_the_next_one() {
    let place = tempfile::tempdir().unwrap();
    let demo = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        command.args(["payshield", "--demo", "--listen", "127.0.0.1:0"]);
        command.env("TMPDIR", place.path());
        Server::spawn(command)
    };
    let there = || {
        let entries = std::fs::read_dir(place.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<BTreeSet<String>>()
    };
    let living = demo();
    let of_living = there();
    let mut killed = demo();
    killed.signal("KILL");
    killed.wait();
    assert_eq!(there().len(), 2);
    // Directories that are none of demonstrations, or not theirs alone, and links to what looks like one.
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir(elsewhere.path().join("token")).unwrap();
    std::fs::write(elsewhere.path().join("lock"), "").unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), place.path().join("vhsm-demo-link")).unwrap();
    for (name, files) in [("plain", &["mine"][..]), ("shared", &["lock", "mine"])] {
        let directory = place.path().join(format!("vhsm-demo-{name}"));
        std::fs::create_dir(&directory).unwrap();
        for file in files {
            std::fs::write(directory.join(file), name).unwrap();
        }
    }
    let linked = place.path().join("vhsm-demo-linked");
    std::fs::create_dir(&linked).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("lock"), linked.join("lock")).unwrap();
    let others = ["link", "linked", "plain", "shared"].map(|name| format!("vhsm-demo-{name}"));
    let next = demo();
    let of_next: Vec<String> = there()
        .into_iter()
        .filter(|name| !of_living.contains(name) && !others.contains(name))
        .collect();
    assert_eq!(of_next.len(), 1, "{of_next:?}");
    assert!(place.path().join(&of_next[0]).join("token").is_dir());
    for other in others.iter().chain(&of_living) {
        assert!(there().contains(other), "{other}");
    }
    for file in ["vhsm-demo-plain/mine", "vhsm-demo-shared/mine"] {
        assert!(place.path().join(file).exists(), "{file}");
    }
    assert!(elsewhere.path().join("token").is_dir());
    assert!(elsewhere.path().join("lock").exists());
    for server in [&living, &next] {
        assert_eq!(server.ask("B20002hi"), "B300hi");
        assert!(server.ask("A00009U").starts_with("A100"));
    }
    // One that ends by itself takes its own.
    for mut server in [living, next] {
        server.signal("TERM");
        assert!(server.wait().success());
    }
    assert_eq!(there(), BTreeSet::from(others));
}

#[test]
fn directories_that_stay_are_counted_in_one_line() {
    let home = Home::new();
    home.configure_log();
    let place = tempfile::tempdir().unwrap();
    for number in 0..3 {
        std::fs::create_dir(place.path().join(format!("vhsm-demo-{number}"))).unwrap();
    }
    let mut command = home.command(&["--demo", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", place.path());
    let server = Server::spawn(command);
    assert_eq!(server.ask("B20002hi"), "B300hi");
    let log = home.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(" stay")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].ends_with("something else in them: 3"), "{log}");
}

#[test]
fn a_server_that_crashes_leaves_no_core_file() {
    let directory = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_vhsm");
    let script = format!("ulimit -c unlimited; exec {program} payshield --demo --listen 127.0.0.1:0");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(directory.path());
    let mut server = Server::spawn(command);
    assert_eq!(server.ask("B20002hi"), "B300hi");
    server.signal("ABRT");
    let ended = server.wait();
    assert_eq!(ended.signal(), Some(6));
    assert!(!ended.core_dumped());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// Under an LMK that separates key type 002, a TPK of type 002 is none; the log says so.
#[test]
fn a_key_of_another_type_is_told_from_one_of_even_parity() {
    let home = Home::new();
    home.configure_log();
    let server = Server::spawn(home.command(&[]));
    assert!(server.told("LMK 00  ").ends_with(", key type 002 separated"));
    let demo = Server::start(&[]);
    assert!(demo.told("LMK 00  ").ends_with(", key type 002 not separated"));
    let translate = format!("CA{TPK}{OTHER}12{BLOCK}0101{ACCOUNT}");
    assert!(demo.ask(&translate).starts_with("CB00"));
    let answer = server.ask(&translate);
    assert_eq!(answer, "CB10");
    let log = home.log();
    assert!(
        log.contains("the key is not of key type 70D under LMK 00"),
        "{log}"
    );
    assert!(log.contains("the LMK separates key type 002"), "{log}");
}

/// The log says of each refusal what would help against it.
#[test]
fn refusals_are_told_with_their_remedies() {
    let home = Home::new();
    home.configure("unlicensed = [\"B2\"]\ndisabled = [\"N0\"]\ndisabled_formats = [\"05\"]");
    home.configure_log();
    let server = Server::spawn(home.command(&[]));
    for (message, answer, reason) in [
        (
            "B20001x".into(),
            "B367",
            "B2 67: the command is not licensed: `payshield.unlicensed` or",
        ),
        (
            "N0008".into(),
            "N168",
            "N0 68: the command is switched off: `payshield.disabled` or",
        ),
        (
            format!("CC{OTHER}{OTHER}12{BLOCK}0105{ACCOUNT}"),
            "CD69",
            "CC 69: PIN block format 05 is switched off: `payshield.disabled_formats` or",
        ),
        (
            format!("CC{OTHER}{OTHER}12{BLOCK}0103{ACCOUNT}"),
            "CD23",
            "`payshield.restrict_pin_blocks = false` lets it through",
        ),
        (
            format!("EA{ZPK}{PVK}12{BLOCK}0104{ACCOUNT}{TABLE}4012345678N00000FFFFFFFF"),
            "EB25",
            "EA 25: the decimalisation table is none under the LMK; `payshield.clear_tables = true` takes",
        ),
        (
            format!("DE{PVK}{PIN}04{ACCOUNT}{TABLE}4012345678N0"),
            "DF25",
            "DE 25: the decimalisation table is none under the LMK; `payshield.clear_tables = true` takes",
        ),
        (
            format!("BU011{OTHER}"),
            "BV17",
            "kcv.host is not authorised; `vhsm payshield authorise kcv.host` does it; check values of 16 digits also \
             need mechanisms.enable = [\"CKM_VHSM_KEY_CHECK_VALUE_WHOLE\"]",
        ),
    ] {
        assert_eq!(server.ask(&message), answer, "{message}");
        assert!(home.log().contains(reason), "{reason}:\n{}", home.log());
    }
    let short = server.ask(&format!("BU011{OTHER};001"));
    assert!(short.starts_with("BV00"), "{short}");
}

/// Whatever the facts name is there, or is said not to be.
#[test]
fn commands_that_are_not_there_are_named() {
    for code in [
        "A2", "NE", "PG", "RC", "QA", "QC", "LU", "LW", "LY", "QE", "QF", "OI", "OK", "OU", "OW", "PI", "PO",
        "PU", "PW",
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        let output = command.args(["payshield", "commands", code]).output().unwrap();
        refused(&output, 3, &format!("{code} is not there: "));
    }
    let home = Home::new();
    home.configure_log();
    let server = Server::spawn(home.command(&["--trace"]));
    for (code, why) in [
        ("PE", "there is no printer"),
        ("CS", "which number names which field of the header is not public"),
        (
            "KY",
            "the two public descriptions, of two generations of the device",
        ),
    ] {
        assert_eq!(server.ask(&format!("{code}more")), "ZZ15");
        let log = home.log();
        assert!(
            log.contains(&format!("payshield: {code} 15: the command is not there: {why}")),
            "{log}"
        );
        server.told_where(|line| line.contains(&format!(" > {code} is not there: {why}")));
    }
    assert_eq!(server.ask("XX"), "ZZ15");
    assert!(home.log().contains("XX 15: there is no such command"));
    server.told_where(|line| line.ends_with(" > XX unknown command"));
}

/// A small program of the shell gives the server a socket, and 64 descriptors at most, more of which it may take.
#[test]
fn descriptors_are_raised_as_far_as_the_system_lets() {
    let spawn = |script: &str, rest: &str| {
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_vhsm");
        command.args([
            "-c",
            &format!("{script}; exec {program} payshield --demo --listen 127.0.0.1:0 {rest}"),
        ]);
        Server::spawn(command)
    };
    let server = spawn("ulimit -Sn 64", "--connections 200");
    let kept: Vec<_> = (0..150).map(|_| server.connect()).collect();
    let mut last = server.connect();
    crate::server::send(&mut last, b"0000B20001x");
    assert_eq!(crate::server::receive(&mut last), b"0000B300x");
    assert!(!server.printed().contains("WARNING"));
    drop(kept);
    let server = spawn("ulimit -n 300", "--connections 2000");
    assert!(
        server.printed().contains("WARNING: 2000 connections"),
        "{}",
        server.printed()
    );
}

/// The log of a server whose configuration says nothing of one is the standard error, from warnings on.
#[test]
fn warnings_are_on_the_standard_error_unless_the_configuration_says_otherwise() {
    for (more, said) in [("", true), ("[log]\ntarget = \"none\"\n", false)] {
        let home = Home::new();
        home.configure_more(more);
        let errors = std::fs::File::create(home.path("errors")).unwrap();
        let mut command = home.command(&[]);
        command.stderr(errors);
        let server = Server::spawn(command);
        assert_eq!(server.ask("RA"), "RB00000");
        let mut one = server.connect();
        one.write_all(b"\x00\x08").unwrap();
        let log = std::fs::read_to_string(home.path("errors")).unwrap();
        assert_eq!(log.contains("WARN payshield: RA cancelled 0"), said, "{log}");
    }
}

#[test]
fn new_lmks_separate_key_type_002_unless_it_is_said_otherwise() {
    let home = Home::new();
    for (id, more, separates) in [
        ("06", &[][..], true),
        ("07", &["--separate-002", "no"], false),
        ("08", &["--separate-002", "yes"], true),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        command.arg("--config").arg(home.path("vhsm.toml"));
        command.args(["--json", "lmk", "generate", "--kind", "variant", "--id", id]);
        command.arg("--pin-file").arg(home.path("pin")).args(more);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(made[0]["separate_002"], separates, "{made}");
    }
}

#[test]
fn a_server_without_a_current_lmk_warns() {
    let home = Home::new();
    let mut retire = home.program(&["lmk", "retire", "--id", "00", "--yes", "--pin-file"]);
    let output = retire.arg(home.path("pin")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    home.configure_log();
    let warns = |words: &[&str]| {
        let server = Server::spawn(home.command(words));
        (
            server.printed().contains("WARNING: all local master keys"),
            server.ask("NC"),
        )
    };
    assert_eq!(warns(&["--lmk", "00=old"]), (true, "ND13".to_owned()));
    let log = home.log();
    assert!(
        log.contains("WARN payshield: all local master keys that are served are old"),
        "{log}"
    );
    let (warned, answer) = warns(&[]);
    assert!(!warned && answer.starts_with("ND00"), "{answer}");
}

#[test]
fn the_table_tells_all_of_commands_and_what_is_not_there() {
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        let output = command
            .args(["payshield", "commands"])
            .args(words)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&[]);
    assert!(
        text.contains(
            "\nJI/JJ  Reset health check accumulated counts  [LMKs: none; authorised: health.host]\n"
        )
    );
    assert!(text.contains("\nNot there, and why:\n"), "{text}");
    let told: serde_json::Value = serde_json::from_str(&run(&["--json"])).unwrap();
    let rows = told["commands"].as_array().unwrap();
    let row = rows.iter().find(|row| row["command"] == "B2").unwrap();
    assert_eq!(
        (&row["lmks"], &row["errors"][0]["code"]),
        (&"none".into(), &"80".into())
    );
    assert!(told["absent"].as_array().unwrap().len() > 10);
}

/// RY, KQ and KW with the right cryptogram, GQ with a MAC: their refusals have fields.
#[test]
fn a_refusal_with_fields_has_its_line_in_the_log() {
    let home = Home::new();
    home.configure_log();
    let server = Server::spawn(home.command(&[]));
    while !home.path("data").join("payshield.sock").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let authorise = home.command(&["authorise", "diag.host"]).output().unwrap();
    assert!(authorise.status.success(), "{authorise:?}");
    let cvk = "U9B4934384B19946B040CD702B4D58145";
    let mk_ac = "U7475636CC30B93B493CF5EA53799EBCC";
    let bdk = "U8E3D3E2FD5919657F05A1AA90D32A014";
    let card = "\u{12}\u{34}\u{56}\u{78}\u{12}\u{34}\u{56}\u{01}\u{00}\u{1c}";
    let data = "10sixteen bytes!!!;notright";
    for (request, answer, reason) in [
        (
            format!("RY40{cvk}37123456789012300009912000000000000"),
            "RZ014222",
            "RY 01: a CSC is wrong",
        ),
        (
            format!("KQ00{mk_ac}{card}1234{data}"),
            "KR01",
            "KQ 01: the ARQC is wrong",
        ),
        (
            format!("KW02{mk_ac}{card}{data}"),
            "KX01",
            "KW 01: the ARQC is wrong",
        ),
        (
            format!(
                "GQ111{bdk}{PVK}A05FFFF9876543210E000011B9C1845EB993A7A01{ACCOUNT}151129CCC78173FC4FB64\
                 00114012345678909D987"
            ),
            "GR0100",
            "GQ 01: ",
        ),
    ] {
        let given = server.ask(&request);
        assert!(given.starts_with(answer), "{given}");
        let log = home.log();
        assert_eq!(
            log.matches(&format!("payshield: {reason}")).count(),
            1,
            "{reason}: {log}"
        );
    }
}
