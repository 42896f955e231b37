//! A server for the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What the server has printed, and that it will print no more.
#[derive(Default)]
struct Told {
    lines: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

/// A server, which ends with the value.
pub struct Server {
    process: Child,
    told: Arc<Told>,
    address: String,
    connection: Mutex<TcpStream>,
}

/// How long an answer may take; none does but when the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

impl Server {
    /// Starts `vhsm payshield --demo` with further options.
    pub fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        command
            .args(["payshield", "--demo", "--listen", "127.0.0.1:0"])
            .args(options);
        Self::spawn(command)
    }

    /// Starts a server by a command of its own, and waits until it listens.
    pub fn spawn(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let told = Arc::new(Told::default());
        let tell = Arc::clone(&told);
        // What it prints is read, so that it never waits for us.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                tell.lines.lock().unwrap().0.push(line);
                tell.more.notify_all();
            }
            tell.lines.lock().unwrap().1 = true;
            tell.more.notify_all();
        });
        let address = wait_for(&told, "listening on ");
        let connection = Mutex::new(connect(&address));
        Self {
            process,
            told,
            address,
            connection,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What follows `start` in the first line that begins with it, once it is there.
    pub fn told(&self, start: &str) -> String {
        wait_for(&self.told, start)
    }

    /// The first line that is so, once it is there.
    pub fn told_where(&self, is: impl Fn(&str) -> bool) -> String {
        let since = Instant::now();
        loop {
            let printed = self.printed();
            if let Some(line) = printed.lines().find(|line| is(line)) {
                return line.to_owned();
            }
            assert!(since.elapsed() < PATIENCE, "{printed}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// All that it has printed so far.
    pub fn printed(&self) -> String {
        self.told.lines.lock().unwrap().0.join("\n")
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until it has ended.
    pub fn wait(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "the server does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A connection of its own.
    pub fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// Sends a message without its length; gives the answer without its length.
    pub fn ask_bytes(&self, message: &[u8]) -> Vec<u8> {
        let mut connection = self.connection.lock().unwrap();
        send(&mut *connection, message);
        receive(&mut *connection)
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
        // It may have ended already.
        let _ended = self.process.kill();
        self.process.wait().unwrap();
    }
}

fn wait_for(told: &Told, start: &str) -> String {
    let mut lines = told.lines.lock().unwrap();
    loop {
        let found = lines.0.iter().find_map(|line| line.strip_prefix(start));
        if let Some(rest) = found {
            return rest.to_owned();
        }
        assert!(!lines.1, "the server ended without {start:?}: {:?}", lines.0);
        let waited = told.more.wait_timeout(lines, PATIENCE).unwrap();
        assert!(
            !waited.1.timed_out(),
            "no line begins with {start:?}: {:?}",
            waited.0.0
        );
        lines = waited.0;
    }
}

/// A connection.
pub fn connect(address: &str) -> TcpStream {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection.set_nodelay(true).unwrap();
    connection
}

/// A message with its length.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    [&length[..], message].concat()
}

/// Sends a message with its length.
pub fn send(connection: &mut impl Write, message: &[u8]) {
    connection.write_all(&framed(message)).unwrap();
}

/// Reads an answer; gives it without its length.
pub fn receive(connection: &mut impl Read) -> Vec<u8> {
    let mut length = [0; 2];
    connection.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    connection.read_exact(&mut answer).unwrap();
    answer
}
