//! How a server is run: on a token, by a configuration, with the authorised state, metrics, and a service manager.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Output};

use crate::home::Home;
use crate::server::{PATIENCE, Server, receive, send};

fn run(mut command: Command) -> Output {
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn wait_for_socket(home: &Home) -> std::path::PathBuf {
    let path = home.path("data").join("payshield.sock");
    while !path.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    path
}

#[test]
fn activities_are_authorised_over_the_control_socket() {
    let home = Home::new();
    let mut server = Server::spawn(home.command(&[]));
    let path = wait_for_socket(&home);
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(server.ask("JI"), "JJ17");
    let authorise = |words: &[&str]| run(home.command(&[&["authorise"], words].concat()));
    assert_eq!(text(&authorise(&["status"])), "nothing is authorised\n");
    text(&authorise(&["health.host", "--minutes", "5"]));
    assert_eq!(server.ask("JI"), "JJ00");
    text(&authorise(&["export"]));
    let status = text(&authorise(&["status"]));
    let lines: Vec<&str> = status.lines().collect();
    assert!(
        lines[1].starts_with("health.host  ") && lines[1].ends_with(" seconds"),
        "{status}"
    );
    assert_eq!(lines[0], "export  until it is cancelled");
    text(&authorise(&["cancel"]));
    assert_eq!(server.ask("JI"), "JJ17");
    let refused = authorise(&["no;activity"]);
    assert_eq!(refused.status.code(), Some(1));
    server.signal("TERM");
    assert!(server.wait().success());
    assert!(!path.exists());
    assert_eq!(authorise(&["status"]).status.code(), Some(3));
}

#[test]
fn lmks_are_those_of_the_token_or_those_that_are_named() {
    let home = Home::new();
    let server = Server::spawn(home.command(&[]));
    assert!(server.ask("NC%05").starts_with("ND009D04A0"));
    assert_eq!(server.ask("NC%01"), "ND13");
    drop(server);
    let server = Server::spawn(home.command(&["--lmk", "01=new"]));
    assert!(server.ask("NC").starts_with("ND009D04A0"));
    assert_eq!(server.ask("NC%00"), "ND13");
    drop(server);
    home.configure("lmk = [\"07=new\", \"09=nobody\"]");
    let refused = run(home.command(&[]));
    assert!(!refused.status.success());
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(
        why.contains("no local master key has the label \"nobody\""),
        "{why}"
    );
}

#[test]
fn two_servers_do_not_share_a_control_socket() {
    let home = Home::new();
    let _first = Server::spawn(home.command(&[]));
    wait_for_socket(&home);
    let refused = run(home.command(&[]));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("another server listens there"), "{why}");
}

pub fn scrape(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metrics_count_requests_errors_connections_and_keys() {
    let server = Server::start(&["--metrics", "127.0.0.1:0"]);
    let address = server.told("metrics at http://");
    let address = address.strip_suffix("/metrics").unwrap();
    for _ in 0..2 {
        server.ask("CWU9B4934384B19946B040CD702B4D581454123456789012345;8701101");
    }
    server.ask("CW");
    server.ask("QQ");
    let answer = scrape(address, "/metrics");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for line in [
        "vhsm_payshield_requests_total{command=\"CW\"} 3",
        "vhsm_payshield_errors_total{code=\"15\"} 2",
        "vhsm_payshield_latency_seconds_bucket{le=\"+Inf\"} 4",
        "vhsm_payshield_latency_seconds_bucket{le=\"0.00001\"} ",
        "vhsm_payshield_latency_seconds_count 4",
        "vhsm_payshield_connections 1",
        "vhsm_payshield_cached_keys 1",
        "vhsm_payshield_cache_hits_total 1",
        "vhsm_payshield_cache_misses_total 1",
    ] {
        assert!(answer.contains(line), "{line}:\n{answer}");
    }
    assert!(scrape(address, "/other").starts_with("HTTP/1.1 404 "));
}

/// A small program of the shell puts the socket at descriptor 3, as a service manager does.
#[test]
fn a_service_manager_opens_the_socket_and_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let notify = UnixDatagram::bind(&path).unwrap();
    notify.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut state = [0; 64];
        let length = notify.recv(&mut state).unwrap();
        String::from_utf8_lossy(&state[..length]).into_owned()
    };
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let inherited = socket.try_clone().unwrap();
    let mut command = Command::new("sh");
    let script = format!(
        "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec {} payshield --demo --listen {address} --listen 127.0.0.1:0=01",
        env!("CARGO_BIN_EXE_vhsm")
    );
    assert!(inherited.as_raw_fd() > 2);
    command
        .args(["-c", &script])
        .env("NOTIFY_SOCKET", &path)
        .stdin(std::os::fd::OwnedFd::from(inherited));
    let mut server = Server::spawn(command);
    assert_eq!(server.address(), address);
    // One that the manager does not open is opened beside.
    let beside = server.told_where(|line| line.starts_with("listening on ") && line.ends_with(" for LMK 01"));
    let mut other = crate::server::connect(beside.split(' ').nth(2).unwrap());
    send(&mut other, b"0000NC");
    assert!(receive(&mut other).starts_with(b"0000ND008E0EC0"));
    assert_eq!(server.ask("B20002hi"), "B300hi");
    assert_eq!(told(), "READY=1");
    server.signal("HUP");
    assert_eq!((told().as_str(), told().as_str()), ("RELOADING=1", "READY=1"));
    server.signal("TERM");
    assert_eq!(told(), "STOPPING=1");
    assert!(server.wait().success());
}

#[test]
fn a_load_client_measures_and_says_what_is_wrong() {
    let server = Server::start(&["--header-length", "3"]);
    let bench = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        command.args([
            "payshield",
            "bench",
            "--seconds",
            "1",
            "--connect",
            server.address(),
        ]);
        command.args(words);
        run(command)
    };
    for command in ["ec", "cw"] {
        let output = bench(&["--header-length", "3", "--command", command, "--json"]);
        let told: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
        assert!(told["answers"].as_u64().unwrap() > 10, "{told}");
        assert_eq!(told["errors"], 0);
    }
    let many = [
        "--header-length",
        "3",
        "--connections",
        "8",
        "--in-flight",
        "8",
        "--threads",
        "2",
    ];
    assert!(text(&bench(&many)).contains("\nerrors               0\n"));
    let wrong = bench(&["--header-length", "4"]);
    assert_eq!(wrong.status.code(), Some(1));
    let why = String::from_utf8(wrong.stderr).unwrap();
    assert!(why.contains("answers were wrong or missing"), "{why}");
    let message = |text: &str| bench(&["--header-length", "3", "--message", text, "--json"]);
    // Verified as wrong is an answer, too.
    for sent in [
        "NC%01",
        "CYU9B4934384B19946B040CD702B4D581451114123456789012345;8701101",
    ] {
        let told: serde_json::Value = serde_json::from_str(&text(&message(sent))).unwrap();
        assert!(told["answers"].as_u64().unwrap() > 10, "{told}");
        assert_eq!(told["errors"], 0);
        assert_eq!(told["command"], sent[..2].to_lowercase());
    }
    for (refused, answer) in [("EC", "ED15"), ("NC%77", "ND13"), ("XX", "ZZ15")] {
        let output = message(refused);
        assert_eq!(output.status.code(), Some(1));
        let why = String::from_utf8(output.stderr).unwrap();
        assert!(why.contains(&format!("the first: answer 000{answer}")), "{why}");
    }
    let mut connection = server.connect();
    send(&mut connection, b"000B20001x");
    assert_eq!(receive(&mut connection), b"000B300x");
}
