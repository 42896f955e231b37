//! Connections: segments that are split and put together, hostile lengths, clients that die, many at a time, the end.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::Duration;

use crate::server::{PATIENCE, Server, connect, framed, receive, send};

const EC: &[u8] = b"0000ECU1EF828AA8F6B80EB83E19FBC373F3A85X367930344805B1FAD6146EF4ED7502B391DDDA0A7C12CFAA0155000002532114402";
const CW: &[u8] = b"0000CWU9B4934384B19946B040CD702B4D581454123456789012345;8701101";

/// Nothing comes any more, and the server has closed.
fn assert_closed(connection: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end, too.
    let _reset = connection.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}

#[test]
fn a_message_may_come_byte_by_byte_and_many_at_once() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    for byte in framed(EC) {
        connection.write_all(&[byte]).unwrap();
    }
    assert_eq!(receive(&mut connection), b"0000ED00");
    let mut many = Vec::new();
    for number in 0..500 {
        let message = format!("{number:04}B20004{number:04}");
        many.extend_from_slice(&framed(message.as_bytes()));
    }
    // Segments that end anywhere.
    for segment in many.chunks(977) {
        connection.write_all(segment).unwrap();
    }
    for number in 0..500 {
        let answer = format!("{number:04}B300{number:04}");
        assert_eq!(receive(&mut connection), answer.as_bytes());
    }
}

#[test]
fn bad_messages_have_their_codes_and_the_connection_stays() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    let mut ask = |message: &[u8]| {
        send(&mut connection, message);
        receive(&mut connection)
    };
    assert_eq!(ask(b"0000QQ"), b"0000ZZ15");
    assert_eq!(ask(b""), b"ZZ15");
    assert_eq!(ask(b"00"), b"00ZZ15");
    assert_eq!(ask(b"0000N"), b"0000ZZ15");
    assert_eq!(ask(b"0000\xff\x00\x80"), b"0000ZZ15");
    assert_eq!(ask(b"0000EC"), b"0000ED15");
    assert_eq!(ask(b"0000NC%99"), b"0000ND13");
    assert_eq!(ask(b"0000NC%0"), b"0000ND15");
    assert_eq!(ask(b"0000NCrest"), b"0000ND15");
    assert_eq!(ask(b"0000QQ\x19TRAILER"), b"0000ZZ15\x19TRAILER");
    let answer = ask(b"\x00\xff%;NC\x19END");
    assert!(answer.starts_with(b"\x00\xff%;ND00") && answer.ends_with(b"\x19END"));
    assert_eq!(ask(EC), b"0000ED00");
}

#[test]
fn the_longest_message_is_32_kib_and_a_longer_one_ends_the_connection() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    let data = vec![b'x'; 32 * 1024 - 10];
    let longest = [&b"0000B27FF6"[..], &data].concat();
    assert_eq!(longest.len(), 32 * 1024);
    send(&mut connection, &longest);
    assert_eq!(receive(&mut connection), [&b"0000B300"[..], &data].concat());
    for length in [b"\x80\x01", b"\xff\xff"] {
        let mut connection = server.connect();
        connection.write_all(&framed(b"0000B20001x")).unwrap();
        connection.write_all(length).unwrap();
        assert_eq!(receive(&mut connection), b"0000B300x");
        assert_closed(&mut connection);
    }
    assert_eq!(server.ask("B20001x"), "B300x");
}

#[test]
fn clients_that_die_in_the_middle_disturb_nobody() {
    let server = Server::start(&[]);
    for round in 0..50 {
        let mut connection = server.connect();
        let whole = [framed(EC), framed(EC)].concat();
        connection.write_all(&whole[..round * 3]).unwrap();
        drop(connection);
    }
    let mut connection = server.connect();
    send(&mut connection, EC);
    assert_eq!(receive(&mut connection), b"0000ED00");
}

#[test]
fn sixty_four_connections_get_their_own_answers_in_order() {
    let server = Server::start(&[]);
    let address = server.address();
    std::thread::scope(|scope| {
        for client in 0..64 {
            scope.spawn(move || {
                let mut connection = connect(address);
                for round in 0..20 {
                    let echo = format!("{client:04}B20008{client:04}{round:04}");
                    let nonsense = b"0000A?";
                    let messages = [framed(EC), framed(echo.as_bytes()), framed(CW), framed(nonsense)];
                    let messages = messages.concat();
                    let middle = (client * 7 + round) % messages.len();
                    connection.write_all(&messages[..middle]).unwrap();
                    connection.write_all(&messages[middle..]).unwrap();
                    assert_eq!(receive(&mut connection), b"0000ED00");
                    let answer = format!("{client:04}B300{client:04}{round:04}");
                    assert_eq!(receive(&mut connection), answer.as_bytes());
                    assert_eq!(receive(&mut connection), b"0000CX00561");
                    assert_eq!(receive(&mut connection), b"0000ZZ15");
                }
            });
        }
    });
}

#[test]
fn one_connection_too_many_is_turned_away() {
    // The helper's own is the first.
    let server = Server::start(&["--connections", "3"]);
    let mut first = server.connect();
    send(&mut first, EC);
    assert_eq!(receive(&mut first), b"0000ED00");
    let mut second = server.connect();
    send(&mut second, EC);
    assert_eq!(receive(&mut second), b"0000ED00");
    assert_closed(&mut server.connect());
    drop(first);
    let since = std::time::Instant::now();
    // The place is free as soon as the server has seen that the other one went.
    loop {
        let mut connection = server.connect();
        let sent = connection.write_all(&framed(EC));
        let mut answer = [0; 10];
        if sent.is_ok() && connection.read_exact(&mut answer).is_ok() {
            assert_eq!(&answer, b"\x00\x080000ED00");
            break;
        }
        assert!(since.elapsed() < PATIENCE);
    }
}

#[test]
fn a_silent_connection_is_closed_and_one_that_speaks_is_not() {
    let server = Server::start(&["--idle-timeout", "2"]);
    let mut silent = server.connect();
    let mut speaking = server.connect();
    for _ in 0..8 {
        send(&mut speaking, EC);
        assert_eq!(receive(&mut speaking), b"0000ED00");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_closed(&mut silent);
}

#[test]
fn the_server_stops_when_requests_in_flight_are_answered() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&[]);
        let mut connection = server.connect();
        // Is it accepted? Then what is sent from now on is in flight.
        send(&mut connection, EC);
        assert_eq!(receive(&mut connection), b"0000ED00");
        let slow = framed(b"0000LG300");
        let messages = [slow.clone(), slow, framed(b"0000B20004last")].concat();
        connection.write_all(&messages).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        server.signal(signal);
        assert_eq!(receive(&mut connection), b"0000LH00");
        assert_eq!(receive(&mut connection), b"0000LH00");
        assert_eq!(receive(&mut connection), b"0000B300last");
        assert_closed(&mut connection);
        assert!(server.wait().success());
    }
}

#[test]
fn ports_mean_their_lmk_and_the_message_may_name_another() {
    // A port above the first: any that are free in a row.
    let base = (0..20)
        .map(|at| 21_700 + 50 * at + u16::try_from(std::process::id() % 40).unwrap())
        .find(|port| (0..4).all(|at| std::net::TcpListener::bind(("127.0.0.1", port + at)).is_ok()))
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
    let first = format!("127.0.0.1:{base}");
    command.args(["payshield", "--demo", "--lmk-ports", "3", "--listen", &first]);
    let server = Server::spawn(command);
    let values = ["00", "01", "02"].map(|lmk| server.ask(&format!("NC%{lmk}")));
    assert_eq!(server.ask("NC"), values[0]);
    for (at, value) in values.iter().enumerate() {
        let port = base + 1 + u16::try_from(at).unwrap();
        let mut connection = connect(&format!("127.0.0.1:{port}"));
        send(&mut connection, b"0000NC");
        assert_eq!(receive(&mut connection), format!("0000{value}").as_bytes());
        send(&mut connection, b"0000NC%01");
        assert_eq!(receive(&mut connection), format!("0000{}", values[1]).as_bytes());
    }
    assert!(values[0] != values[1] && values[1] != values[2]);
}

#[test]
fn headers_have_the_length_of_the_option() {
    for (length, header) in [("0", ""), ("12", "ABCDEFGHIJKL")] {
        let server = Server::start(&["--header-length", length]);
        let answer = server.ask_bytes(format!("{header}B20002hi").as_bytes());
        assert_eq!(answer, format!("{header}B300hi").as_bytes());
    }
}

/// The message in code page 037, as the Python codec of that name has it.
#[test]
fn ebcdic_is_understood_and_answered() {
    let server = Server::start(&["--ebcdic"]);
    let echo = b"\x00\x01\x02\x03\xc2\xf2\xf0\xf0\xf0\xf3\xc1\xf1\x5e";
    let answer = server.ask_bytes(echo);
    assert_eq!(answer, b"\x00\x01\x02\x03\xc2\xf3\xf0\xf0\xc1\xf1\x5e");
    let answer = server.ask_bytes(b"hdr.\xd5\xc3\x6c\xf0\xf1");
    assert!(
        answer.starts_with(b"hdr.\xd5\xc4\xf0\xf0\xf8\xc5\xf0\xc5\xc3\xf0"),
        "{answer:?}"
    );
}

#[test]
fn commands_and_formats_can_be_switched_off() {
    let options = [
        "--disable",
        "CW,cy",
        "--unlicensed",
        "B2",
        "--disable-format",
        "01",
    ];
    let server = Server::start(&options);
    assert_eq!(server.ask("CW"), "CX68");
    assert_eq!(server.ask("CY"), "CZ68");
    assert_eq!(server.ask("B20001x"), "B367");
    let ec = std::str::from_utf8(&EC[4..]).unwrap();
    assert_eq!(server.ask(ec), "ED69");
    let nc = server.ask("NC");
    assert!(nc.starts_with("ND00"), "{nc}");
}

#[test]
fn test_switches_are_loud() {
    let server = Server::start(&["--approve-all", "--skip-parity", "--lmk-pin", "plain"]);
    let wrong = std::str::from_utf8(&EC[4..EC.len() - 1]).unwrap();
    assert_eq!(server.ask(&format!("{wrong}9")), "ED00");
    let printed = server.printed();
    for option in ["--approve-all", "--skip-parity", "--lmk-pin plain"] {
        assert!(
            printed.contains(&format!("FOR TESTS ONLY, {option}")),
            "{printed}"
        );
    }
    assert!(printed.starts_with("DEMONSTRATION: "), "{printed}");
}

#[test]
fn traces_name_fields_and_hide_secrets() {
    let server = Server::start(&["--trace"]);
    assert_eq!(server.ask_bytes(EC), b"0000ED00");
    assert_eq!(server.ask_bytes(CW), b"0000CX00561");
    server.ask("CWU12");
    server.told_where(|line| line.contains(" < CX 15 "));
    let printed = server.printed();
    for part in [
        "> EC Verify an interchange PIN using the ABA PVV method",
        "    ZPK               U1EF828AA8F6B80EB83E19FBC373F3A85",
        "    account number    *********321",
        "    PVV               4 characters, not shown",
        "< ED 00 no error",
        "    CVV  3 characters, not shown",
        "< CX 15 ",
    ] {
        assert!(printed.contains(part), "{part}:\n{printed}");
    }
    for secret in ["4402", "00561"] {
        assert!(!printed.contains(secret), "{secret}:\n{printed}");
    }
}

/// What `--udp` listens on is asked on a port that was chosen before.
#[test]
fn a_datagram_has_its_length_or_none() {
    // One that is free for both, and that no connection of another test takes meanwhile: below those that the system gives.
    let port = (0..20)
        .map(|at| 23_700 + 50 * at + u16::try_from(std::process::id() % 40).unwrap())
        .find(|port| {
            let free = |bound: std::io::Result<()>| bound.is_ok();
            free(std::net::TcpListener::bind(("127.0.0.1", *port)).map(drop))
                && free(UdpSocket::bind(("127.0.0.1", *port)).map(drop))
        })
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
    let address = format!("127.0.0.1:{port}");
    command.args(["payshield", "--demo", "--udp", "--listen", &address]);
    let server = Server::spawn(command);
    server.told(&format!("listening on {address} with UDP"));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.connect(&address).unwrap();
    let mut answer = [0; 64];
    let mut ask = |datagram: &[u8]| {
        socket.send(datagram).unwrap();
        let length = socket.recv(&mut answer).unwrap();
        answer[..length].to_vec()
    };
    assert_eq!(ask(&framed(b"0000B20001x")), framed(b"0000B300x"));
    assert_eq!(ask(b"0000B20001x"), b"0000B300x");
    assert_eq!(ask(b""), b"ZZ15");
}

/// Data are counted: what looks like a trailer in them is none.
#[test]
fn data_may_hold_the_mark_of_a_trailer() {
    let server = Server::start(&[]);
    assert_eq!(server.ask_bytes(b"0000B20008\x19AAAAAAA"), b"0000B300\x19AAAAAAA");
    assert_eq!(
        server.ask_bytes(b"0000B20008\x19AAAAAAA\x19END"),
        b"0000B300\x19AAAAAAA\x19END"
    );
    let mac = |data: &[u8]| {
        let head = b"0000M600110003U7AD0BB2A32ADE115807C3572FC302BA50008";
        server.ask_bytes(&[&head[..], data].concat())
    };
    let made = mac(b"\x19\x19aaaa\x19a");
    assert_eq!((made.len(), &made[..8]), (8 + 16, &b"0000M700"[..]));
    // Wrong before the data are read: the rest may be a trailer.
    assert_eq!(server.ask_bytes(b"0000M69\x19END"), b"0000M702\x19END");
}
