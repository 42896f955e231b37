//! The load: connections on one thread, each with so many requests in flight. Requests are written, and answers read, as
//! many at a time as there are.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::figures::Latency;
use super::samples::Sample;

const LENGTH: usize = 2;
const READ: usize = 32 * 1024;
/// How long an answer may take; a server that needs longer is lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every connection does.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    pub(super) in_flight: usize,
    pub(super) samples: Vec<Sample>,
    pub(super) duration: Duration,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) answers: u64,
    pub(super) errors: u64,
    pub(super) first_error: Option<String>,
    pub(super) latency: Latency,
    pub(super) took: Duration,
}

impl Outcome {
    /// Adds what was measured at the same time.
    pub(super) fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
        self.latency.add(&other.latency);
        self.took = self.took.max(other.took);
    }

    fn wrong(&mut self, count: usize, why: impl FnOnce() -> String) {
        self.errors += u64::try_from(count).unwrap_or(0);
        if self.first_error.is_none() {
            self.first_error = Some(why());
        }
    }
}

/// Runs so many connections on this thread.
pub(super) fn run(load: &Load, connections: usize) -> io::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(load.address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let mut tasks = JoinSet::new();
        let began = Instant::now();
        for stream in streams {
            let client = Client::new(load.clone(), began + load.duration);
            tasks.spawn(client.run(stream));
        }
        let mut all = Outcome::default();
        while let Some(done) = tasks.join_next().await {
            all.add(done.map_err(io::Error::other)?);
        }
        all.took = began.elapsed().min(load.duration + PATIENCE);
        Ok(all)
    })
}

struct Client {
    load: Load,
    end: Instant,
    /// When requests were sent, the oldest first, with the numbers of their samples and their own.
    sent: VecDeque<(Instant, usize, u32)>,
    number: u32,
    sample: usize,
    requests: Vec<u8>,
    answers: Vec<u8>,
    outcome: Outcome,
}

impl Client {
    fn new(load: Load, end: Instant) -> Self {
        Self {
            sent: VecDeque::with_capacity(load.in_flight),
            load,
            end,
            number: 0,
            sample: 0,
            requests: Vec::new(),
            answers: Vec::with_capacity(READ),
            outcome: Outcome::default(),
        }
    }

    async fn run(mut self, mut stream: TcpStream) -> Outcome {
        if let Err(error) = self.talk(&mut stream).await {
            let lost = self.sent.len().max(1);
            self.outcome.wrong(lost, || error.to_string());
        }
        self.outcome
    }

    async fn talk(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        loop {
            let now = Instant::now();
            if now < self.end {
                self.ask(now);
            }
            if !self.requests.is_empty() {
                stream.write_all(&self.requests).await?;
                self.requests.clear();
            }
            if self.sent.is_empty() {
                return Ok(());
            }
            self.answers.reserve(READ);
            let read =
                tokio::time::timeout_at((self.end + PATIENCE).into(), stream.read_buf(&mut self.answers));
            if read.await?? == 0 {
                let why = "the server closed the connection";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
            }
            self.take(Instant::now());
        }
    }

    /// Fills up to what may be in flight.
    fn ask(&mut self, now: Instant) {
        while self.sent.len() < self.load.in_flight {
            let Some(sample) = self.load.samples.get(self.sample) else {
                self.sample = 0;
                continue;
            };
            let at = self.requests.len() + LENGTH;
            self.requests.extend_from_slice(&sample.request);
            if let Some(header) = self.requests.get_mut(at..at + sample.header) {
                write_number(header, self.number);
            }
            self.sent.push_back((now, self.sample, self.number));
            self.number = self.number.wrapping_add(1);
            self.sample = (self.sample + 1) % self.load.samples.len();
        }
    }

    /// Checks the answers that are there as a whole.
    fn take(&mut self, now: Instant) {
        let mut taken = 0;
        while let Some((length, rest)) = self
            .answers
            .get(taken..)
            .and_then(|rest| rest.split_first_chunk::<LENGTH>())
        {
            let length = usize::from(u16::from_be_bytes(*length));
            let (Some(answer), Some((sent, sample, number))) = (rest.get(..length), self.sent.front()) else {
                break;
            };
            let right = self
                .load
                .samples
                .get(*sample)
                .is_some_and(|sample| is_right(sample, *number, answer));
            self.outcome.answers += 1;
            self.outcome.latency.count(now.duration_since(*sent));
            if !right {
                let shown = answer.escape_ascii().to_string();
                self.outcome.wrong(1, || format!("answer {shown}"));
            }
            self.sent.pop_front();
            taken += LENGTH + length;
        }
        self.answers.drain(..taken);
    }
}

fn write_number(header: &mut [u8], mut number: u32) {
    for digit in header.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

fn is_right(sample: &Sample, mut number: u32, answer: &[u8]) -> bool {
    let Some((header, rest)) = answer.split_at_checked(sample.header) else {
        return false;
    };
    let echoed = header.iter().rev().all(|digit| {
        let expected = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        *digit == expected
    });
    echoed && sample.answer.is(rest)
}
