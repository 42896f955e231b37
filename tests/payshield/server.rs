//! A server for the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// A demonstration server, which ends with the value.
pub struct Server {
    process: Child,
    address: String,
    connection: Mutex<TcpStream>,
}

/// How long an answer may take; none does but when the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

impl Server {
    /// Starts `vhsm payshield --demo` with further options.
    pub fn start(options: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_vhsm"))
            .args(["payshield", "--demo", "--listen", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = loop {
            let line = told.next().expect("the server ended before it listened").unwrap();
            if let Some(address) = line.strip_prefix("listening on ") {
                break address.to_owned();
            }
        };
        // What it prints from now on is read, so that it never waits for us.
        std::thread::spawn(move || told.for_each(drop));
        let connection = Mutex::new(connect(&address));
        Self {
            process,
            address,
            connection,
        }
    }

    /// A connection of its own.
    pub fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// Sends a message without its length; gives the answer without its length.
    pub fn ask_bytes(&self, message: &[u8]) -> Vec<u8> {
        let mut connection = self.connection.lock().unwrap();
        send(&mut connection, message);
        receive(&mut connection)
    }

    /// Sends a command with the header `0000`; gives the answer behind the header.
    pub fn ask(&self, command: &str) -> String {
        let answer = self.ask_bytes(format!("0000{command}").as_bytes());
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer
            .strip_prefix("0000")
            .expect("the header is echoed")
            .to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn connect(address: &str) -> TcpStream {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection
}

/// Sends a message with its length.
pub fn send(connection: &mut TcpStream, message: &[u8]) {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    connection.write_all(&[&length[..], message].concat()).unwrap();
}

/// Reads an answer; gives it without its length.
pub fn receive(connection: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    connection.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    connection.read_exact(&mut answer).unwrap();
    answer
}
