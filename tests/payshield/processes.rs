//! Servers beside each other and after each other on one token: what the token has is everybody's and survives, what a host
//! loads into a server is that server's.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use vhsm::payment::lmk::test_keys::TEST_DES3;

use crate::home::Home;
use crate::pin_lmk::PIN;
use crate::pin_verify::{ACCOUNT, PVK, ZPK};
use crate::server::{Server, framed};

/// A published CVV, as in payshield_messages.json.
const CVV: (&str, &str) = (
    "CWU9B4934384B19946B040CD702B4D581454123456789012345;8701101",
    "CX00561",
);

fn beside(home: &Home, control: &Path) -> Server {
    let mut command = home.command(&["--control"]);
    command.arg(control);
    Server::spawn(command)
}

#[test]
fn two_servers_serve_one_token() {
    let home = Home::new();
    let first = Server::spawn(home.command(&[]));
    let second = beside(&home, &home.path("second.sock"));
    for server in [&first, &second] {
        assert_eq!(server.ask(CVV.0), CVV.1);
        assert!(server.ask("NC%05").starts_with("ND009D04A0"));
    }
    // A key that one has made is good for the other: hosts keep keys, the token keeps what they are under.
    let made = first.ask("A00009U");
    let (key, check) = made.strip_prefix("A100").unwrap().split_at(33);
    assert_eq!(second.ask(&format!("BUFF1{key};009;001")), format!("BV00{check}"));
    // Loaded by a host: of that server alone.
    assert_eq!(first.ask(&format!("LAK00002{}", &ZPK[1..])), "LB00");
    assert_eq!(first.ask("LEK00002"), format!("LF00{}", &ZPK[1..]));
    assert_eq!(second.ask("LEK00002"), "LF12");
    assert_eq!(first.ask("BM01041234"), "BN00");
    let value = format!("DG{PVK}{PIN}{ACCOUNT}1");
    assert_eq!(first.ask(&value), "DH86");
    assert!(second.ask(&value).starts_with("DH00"));
    // So is what is authorised.
    let authorised = home.command(&["authorise", "health.host"]).status().unwrap();
    assert!(authorised.success());
    assert_eq!(first.ask("JI"), "JJ00");
    assert_eq!(second.ask("JI"), "JJ17");
    // One that ends, and how, is nothing to the other.
    first.signal("KILL");
    drop(first);
    assert_eq!(second.ask(CVV.0), CVV.1);
}

#[test]
fn a_master_key_that_comes_is_served_from_the_next_start_on() {
    let home = Home::new();
    let first = Server::spawn(home.command(&[]));
    home.load_lmk(*b"07", "third", TEST_DES3);
    assert_eq!(first.ask("NC%07"), "ND13");
    assert_eq!(first.ask(CVV.0), CVV.1);
    let second = beside(&home, &home.path("second.sock"));
    assert!(second.ask("NC%07").starts_with("ND008E0EC0"));
    assert_eq!(first.ask("NC%07"), "ND13");
}

fn read(connection: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 2];
    connection.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    connection.read_exact(&mut answer)?;
    Ok(answer)
}

/// Asks for as long as the server lives, many requests at a time, and counts what is answered.
fn work(mut connection: TcpStream, messages: &[&str], answers: Arc<AtomicUsize>) -> JoinHandle<()> {
    let messages: Vec<String> = messages.iter().map(|message| format!("0000{message}")).collect();
    let framed = |message: &String| framed(message.as_bytes());
    let all: Vec<u8> = messages.iter().flat_map(framed).collect();
    std::thread::spawn(move || {
        while connection.write_all(&all).is_ok() {
            for message in &messages {
                let Ok(answer) = read(&mut connection) else { return };
                assert_eq!(answer[..5], message.as_bytes()[..5], "{message}");
                assert_eq!(&answer[6..8], b"00", "{message}");
                answers.fetch_add(1, Ordering::Relaxed);
            }
        }
    })
}

#[test]
fn a_server_that_is_killed_at_work_is_followed_by_another_at_once() {
    let home = Home::new();
    let mut server = Server::spawn(home.command(&[]));
    let address = server.address().to_owned();
    let made = server.ask("A00009U");
    let (key, check) = made.strip_prefix("A100").unwrap().split_at(33);
    let check_value = (format!("BUFF1{key};009;001"), format!("BV00{check}"));
    for (number, milliseconds) in [(10, 0), (11, 40), (12, 150)] {
        let messages = [
            CVV.0,
            "A00009U",
            "NC%05",
            &check_value.0,
            "LAK001010123456789ABCDEF",
        ];
        let messages = messages.repeat(16);
        let answers = Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (0..4)
            .map(|_| work(server.connect(), &messages, Arc::clone(&answers)))
            .collect();
        let id = [b'1', b'0' + number % 10];
        home.load_lmk(id, "further", TEST_DES3);
        while answers.load(Ordering::Relaxed) < 100 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        server.signal("KILL");
        assert!(!server.wait().success());
        workers.into_iter().for_each(|worker| worker.join().unwrap());

        server = Server::spawn(home.command(&["--listen", &address]));
        assert_eq!(server.address(), address);
        assert_eq!(server.ask(CVV.0), CVV.1);
        assert_eq!(server.ask(&check_value.0), check_value.1);
        for there in 10..=number {
            let answer = server.ask(&format!("NC%{there}"));
            assert!(answer.starts_with("ND008E0EC0"), "{there}: {answer}");
        }
        assert_eq!(server.ask("LEK00101"), "LF12");
        // The control socket is the new one's.
        let status = home.command(&["authorise", "status"]).output().unwrap();
        assert_eq!(
            String::from_utf8(status.stdout).unwrap(),
            "nothing is authorised\n"
        );
    }
    let mut checked = home.program(&["token", "check", "--pin-file"]);
    let checked = checked.arg(home.path("pin")).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}
