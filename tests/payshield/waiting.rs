//! What waits holds nobody up: answers that are held back, slow commands, a trace that nobody reads; and all that has come
//! is answered at the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::server::{PATIENCE, Server, connect, framed, receive, send};

const EC: &[u8] = b"0000ECU1EF828AA8F6B80EB83E19FBC373F3A85X367930344805B1FAD6146EF4ED7502B391DDDA0A7C12CFAA0155000002532114402";

/// Threads of a server that no connection holds: two for each processor, and a few.
fn threads_max() -> usize {
    2 * std::thread::available_parallelism().unwrap().get() + 8
}

fn threads(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/task", server.id()))
        .unwrap()
        .count()
}

/// All that comes until the server closes, as messages; a reset would be an error.
fn rest(connection: &mut TcpStream) -> Vec<Vec<u8>> {
    let mut rest = Vec::new();
    connection.read_to_end(&mut rest).unwrap();
    let mut rest = rest.as_slice();
    let mut messages = Vec::new();
    while !rest.is_empty() {
        messages.push(receive(&mut rest));
    }
    messages
}

#[test]
fn answers_that_are_held_back_hold_no_thread_and_a_stop_sends_them() {
    let mut server = Server::start(&[]);
    let count = 4 * threads_max();
    let mut delayed: Vec<TcpStream> = (0..count).map(|_| server.connect()).collect();
    let messages = [&framed(b"0000B20001x")[..], &framed(b"0000LG999").repeat(100)].concat();
    for connection in &mut delayed {
        connection.write_all(&messages).unwrap();
    }
    for connection in &mut delayed {
        // What stands before a delay is not delayed.
        assert_eq!(receive(connection), b"0000B300x");
        assert_eq!(receive(connection), b"0000LH00");
    }
    let threads = threads(&server);
    assert!(threads <= threads_max(), "{threads}");
    assert!(server.ask("NC").starts_with("ND00"));
    server.signal("TERM");
    for connection in &mut delayed {
        assert_eq!(rest(connection), vec![b"0000LH00".to_vec(); 99]);
    }
    assert!(server.wait().success());
}

/// The delays of a chain are those of its commands.
#[test]
fn a_chain_is_held_back_as_long_as_its_commands() {
    let server = Server::start(&[]);
    let since = Instant::now();
    assert_eq!(server.ask("NK0020005LG0600005LG060"), "NL00020004LH000004LH00");
    assert!(since.elapsed().as_millis() >= 120);
}

#[test]
fn slow_commands_take_turns_and_hold_nobody_up() {
    let server = Server::start(&[]);
    let count = 4 * threads_max();
    let mut slow: Vec<TcpStream> = (0..count).map(|_| server.connect()).collect();
    for connection in &mut slow {
        send(connection, b"0000EI0204802");
    }
    // One has its turn: the others wait.
    receive(&mut slow[0]);
    assert!(server.ask("NC").starts_with("ND00"));
    let threads = threads(&server);
    assert!(threads <= threads_max(), "{threads}");
    for connection in &mut slow[1..] {
        assert!(receive(connection).starts_with(b"0000EJ00"));
    }
}

/// What comes in one piece and takes long is answered in turns with what others send.
#[test]
fn many_requests_of_one_client_hold_nobody_up() {
    const COUNT: usize = 600;
    let server = Server::start(&[]);
    let made = server.ask_bytes(b"0000EI0204802%02");
    let block = made.windows(5).position(|five| five == b"FFFFS").unwrap();
    let loaded = [&b"0000EK07"[..], &made[block..], b"%02"].concat();
    assert_eq!(server.ask_bytes(&loaded), b"0000EL00");
    let mut busy: Vec<TcpStream> = (0..threads_max()).map(|_| server.connect()).collect();
    let signatures = framed(b"0000EW0601010001a;07%02").repeat(COUNT);
    let mut other = server.connect();
    for connection in &mut busy {
        connection.write_all(&signatures).unwrap();
    }
    receive(&mut busy[0]);
    send(&mut other, b"0000NC");
    assert!(receive(&mut other).starts_with(b"0000ND00"));
    let mut answered = 0;
    for connection in &busy {
        connection.set_nonblocking(true).unwrap();
        let mut there = vec![0; 1 << 20];
        // Each answer has more than 256 bytes.
        answered += connection.peek(&mut there).unwrap_or(0) / 256;
    }
    assert!(answered < busy.len() * COUNT * 3 / 4, "{answered}");
}

#[test]
fn slow_commands_that_would_begin_long_after_a_stop_are_refused() {
    let mut server = Server::start(&[]);
    let mut connection = server.connect();
    let many = [&framed(b"0000EI0409602%02").repeat(200)[..], &framed(EC)].concat();
    connection.write_all(&many).unwrap();
    assert!(receive(&mut connection).starts_with(b"0000EJ00"));
    server.signal("TERM");
    let answers = rest(&mut connection);
    assert!(server.wait().success());
    assert_eq!(answers.len(), 200);
    let (last, slow) = answers.split_last().unwrap();
    assert_eq!(last, b"0000ED00");
    let done = |answer: &&Vec<u8>| answer.starts_with(b"0000EJ00");
    let refused: Vec<_> = slow.iter().skip_while(done).collect();
    assert!(!refused.is_empty() && refused.iter().all(|answer| **answer == b"0000EJ41"));
}

#[test]
fn all_that_was_sent_before_a_stop_is_answered() {
    for (first, message, count) in [
        (&b"0000NC"[..], EC, 1000),
        (b"0000EI0204802", EC, 1000),
        (b"0000EI0204802", b"0000NC", 20_000),
        (b"0000NC", &[&b"0000B27000"[..], &[b'x'; 0x7000]].concat(), 10),
    ] {
        let mut server = Server::start(&[]);
        let mut connection = server.connect();
        let mut reader = connection.try_clone().unwrap();
        let messages = [framed(first), framed(message).repeat(count)].concat();
        let reading = std::thread::spawn(move || rest(&mut reader));
        connection.write_all(&messages).unwrap();
        server.signal("TERM");
        let answers = reading.join().unwrap();
        assert_eq!(answers.len(), 1 + count);
        assert!(answers.iter().all(|answer| &answer[6..8] == b"00"));
        assert!(server.wait().success());
    }
}

#[test]
fn connections_that_wait_to_be_accepted_are_answered_at_a_stop() {
    let mut server = Server::start(&[]);
    let mut connections: Vec<TcpStream> = (0..50).map(|_| server.connect()).collect();
    for connection in &mut connections {
        connection.write_all(&framed(EC).repeat(3)).unwrap();
    }
    server.signal("INT");
    for connection in &mut connections {
        assert_eq!(rest(connection), vec![b"0000ED00".to_vec(); 3]);
    }
    assert!(server.wait().success());
}

/// A server that listens for datagrams, and where.
fn datagrams() -> (Server, UdpSocket) {
    let port = (0..20)
        .map(|at| 24_700 + 50 * at + u16::try_from(std::process::id() % 40).unwrap())
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
    (server, socket)
}

#[test]
fn datagrams_wait_for_no_other_and_are_answered_at_a_stop() {
    let (mut server, socket) = datagrams();
    let mut answer = [0; 4096];
    let mut received = || {
        let length = socket.recv(&mut answer).unwrap();
        answer[..length].to_vec()
    };
    for _ in 0..20 {
        socket.send(b"0000LG999").unwrap();
    }
    socket.send(b"0000EI0409602%02").unwrap();
    socket.send(b"0000B20001x").unwrap();
    // One after the other, the twenty would be first.
    assert_eq!(received(), b"0000B300x");
    for _ in 0..30 {
        socket.send(EC).unwrap();
    }
    server.signal("TERM");
    let mut answers: Vec<Vec<u8>> = (0..51).map(|_| received()[..8].to_vec()).collect();
    answers.sort();
    assert_eq!(answers[..30], vec![b"0000ED00".to_vec(); 30]);
    assert_eq!(answers[30], b"0000EJ00");
    assert_eq!(answers[31..], vec![b"0000LH00".to_vec(); 20]);
    assert!(server.wait().success());
}

#[test]
fn so_many_datagrams_are_answered_later_and_no_more() {
    let (mut server, socket) = datagrams();
    let mut answer = [0; 4096];
    // Twenty seconds each.
    let chain = [&b"0000NK020"[..], &b"0005LG999".repeat(20)].concat();
    for _ in 0..10 {
        for _ in 0..30 {
            socket.send(&chain).unwrap();
        }
        socket.send(b"0000B20001x").unwrap();
        let length = socket.recv(&mut answer).unwrap();
        assert_eq!(&answer[..length], b"0000B300x");
    }
    server.signal("TERM");
    assert!(server.wait().success());
    socket.set_nonblocking(true).unwrap();
    let mut later = 0;
    while let Ok(length) = socket.recv(&mut answer) {
        assert!(answer[..length].starts_with(b"0000NL00"));
        later += 1;
    }
    assert!((1..=256).contains(&later), "{later}");
}

/// Sends more messages than pipe and queue have room for; each is answered.
fn flood(connection: &mut TcpStream) {
    for _ in 0..40 {
        connection.write_all(&framed(EC).repeat(250)).unwrap();
        for _ in 0..250 {
            assert_eq!(receive(connection), b"0000ED00");
        }
    }
}

#[test]
fn a_trace_that_nobody_reads_stops_nothing_and_says_what_it_lacks() {
    for reads_at_last in [false, true] {
        let mut process = Command::new(env!("CARGO_BIN_EXE_vhsm"))
            .args(["payshield", "--demo", "--trace", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("listening on ") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0);
        }
        let mut connection = connect(line["listening on ".len()..].trim_end());
        flood(&mut connection);
        let signal = |name: &str| {
            let id = process.id().to_string();
            assert!(
                Command::new("kill")
                    .args(["-s", name, &id])
                    .status()
                    .unwrap()
                    .success()
            );
        };
        signal("HUP");
        send(&mut connection, EC);
        assert_eq!(receive(&mut connection), b"0000ED00");
        if reads_at_last {
            while !line.starts_with("not shown, because nobody read: ") {
                line.clear();
                assert_ne!(output.read_line(&mut line).unwrap(), 0);
            }
            // What comes behind is shown again.
            send(&mut connection, b"0000NO99");
            assert_eq!(receive(&mut connection), b"0000NP15");
            while !line.contains(" < NP 15 ") {
                line.clear();
                assert_ne!(output.read_line(&mut line).unwrap(), 0);
            }
        }
        signal("TERM");
        assert!(process.wait().unwrap().success());
    }
}
