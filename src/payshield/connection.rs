//! A connection: messages are taken from what comes and answered in order. No thread waits for a client, for the turn of a
//! slow command or for the time until an answer may be sent.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use zeroize::Zeroizing;

use super::buffers::Buffers;
use super::envelope::{Frame, MESSAGE_MAX};
use super::host::{Host, Worker};

/// Answers are sent at the latest when there are so many bytes of them.
const WRITE: usize = 64 * 1024;
/// How long a client may take no answer before its connection is closed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a connection is answered at a time: then others have their turn, and a stop is noticed.
const TURN: Duration = Duration::from_millis(2);
/// A connection on which nothing came for so long when the server stops has had its last request.
pub(super) const QUIET: Duration = Duration::from_millis(100);
/// How long requests are waited for when the server stops. What is there then is answered all the same.
pub(super) const LAST_REQUESTS: Duration = Duration::from_secs(1);
/// How long what is there is read when the server stops: a client may send without an end.
const LAST_READ: Duration = Duration::from_secs(5);
/// How long what comes too late is read, so that the system does not reset the connection and with it the last answers.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where a connection leads.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// The address that it came to.
    pub local: SocketAddr,
    /// The address that it came from.
    pub peer: SocketAddr,
    /// The LMK of messages without `%nn`.
    pub lmk: Option<u8>,
}

/// Speaks with one client until it goes, is silent for too long, or the server stops.
pub async fn talk<S>(host: &Host, stream: S, ends: Ends, stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Ends { local, peer, lmk } = ends;
    let mut worker = match host.worker(lmk) {
        Ok(worker) => worker,
        Err(refused) => {
            log::error!("payshield: {peer} was turned away: {}", refused.reason);
            return;
        }
    };
    worker.peer = Some(peer);
    let _listed = host.connections().add(local, peer);
    log::debug!("payshield: {peer} is connected");
    let conversation = Conversation {
        host,
        worker: &worker,
        stream,
        buffers: Buffers::default(),
        stop,
    };
    match conversation.hold().await {
        Ok(()) => log::debug!("payshield: {peer} has gone"),
        Err(error) => log::info!("payshield: the connection of {peer} ended: {error}"),
    }
}

/// Waits until the server stops. A sender that is gone stops it as well.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _stopped = stop.wait_for(|stop| *stop).await;
}

/// Holds an answer back; a stop ends that.
pub(super) async fn hold_back(delay: Duration, stop: &mut watch::Receiver<bool>) {
    let _over_or_stopped = timeout(delay, stopped(stop)).await;
}

/// One client, and what is on its way.
struct Conversation<'a, S> {
    host: &'a Host,
    worker: &'a Worker,
    stream: S,
    buffers: Buffers,
    stop: watch::Receiver<bool>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<'_, S> {
    async fn hold(mut self) -> io::Result<()> {
        let host = self.host;
        let mut stop = self.stop.clone();
        let mut stopping = pin!(stopped(&mut stop));
        let mut heard = Instant::now();
        let mut silence = pin!(sleep_until(heard + host.settings().idle_timeout));
        while !*self.stop.borrow() {
            self.buffers.make_room();
            let read = loop {
                tokio::select! {
                    biased;
                    read = self.stream.read_buf(&mut self.buffers.received) => break read?,
                    () = &mut stopping => return self.end().await,
                    () = &mut silence => {
                        let (idle, now) = (host.settings().idle_timeout, Instant::now());
                        if now >= heard + idle {
                            let why = format!("nothing came for {} seconds", idle.as_secs());
                            return Err(io::Error::new(io::ErrorKind::TimedOut, why));
                        }
                        silence.as_mut().reset(heard + idle);
                    }
                }
            };
            if read == 0 {
                return Ok(());
            }
            host.connections().received(read);
            let answered = self.answer_all().await;
            if answered
                .as_ref()
                .is_err_and(|error| error.kind() == io::ErrorKind::InvalidData)
            {
                self.part().await?;
            }
            answered?;
            // The time that its answers took is none of the client's silence.
            heard = Instant::now();
        }
        self.end().await
    }

    /// The server stops: what has come is answered, and the connection ends.
    async fn end(&mut self) -> io::Result<()> {
        let answered = self.answer_last().await;
        self.part().await?;
        answered
    }

    /// Answers the requests that have come.
    async fn answer_last(&mut self) -> io::Result<()> {
        let began = Instant::now();
        while began.elapsed() < LAST_READ {
            match self.read_until(began + LAST_REQUESTS).await {
                None | Some(Ok(0)) => break,
                Some(read) => self.host.connections().received(read?),
            }
            self.answer_all().await?;
        }
        Ok(())
    }

    /// Says that there are no more answers, and listens until the client has gone or is quiet.
    async fn part(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let end = Instant::now() + FAREWELL;
        while Instant::now() < end {
            self.buffers.answered(self.buffers.received.len());
            match self.read_until(end).await {
                Some(Ok(read)) if read > 0 => {}
                _ => break,
            }
        }
        Ok(())
    }

    /// Reads what is there, or what comes soon; nothing is waited for after `end`.
    async fn read_until(&mut self, end: Instant) -> Option<io::Result<usize>> {
        self.buffers.make_room();
        let quiet = end.min(Instant::now() + QUIET);
        timeout_at(quiet, self.stream.read_buf(&mut self.buffers.received))
            .await
            .ok()
    }

    /// Answers all messages that are there as a whole.
    async fn answer_all(&mut self) -> io::Result<()> {
        let Self {
            host,
            worker,
            stream,
            buffers,
            stop,
        } = self;
        let Buffers { received, answers } = buffers;
        let (mut taken, mut began) = (0, Instant::now());
        loop {
            match Frame::first(received.get(taken..).unwrap_or_default()) {
                Frame::Message(message, used) => {
                    let is_slow = host.is_slow(message);
                    if is_slow {
                        // What stands before it is not late because of it.
                        send(host, stream, answers).await?;
                    }
                    let before = answers.len();
                    let delay = match is_slow {
                        false => host.answer(worker, message, answers),
                        true => host.answer_in_turn(worker, message, answers).await,
                    };
                    if !delay.is_zero() {
                        let held_back = Zeroizing::new(answers.split_off(before));
                        send(host, stream, answers).await?;
                        hold_back(delay, stop).await;
                        answers.extend_from_slice(&held_back);
                    }
                    taken += used;
                    if began.elapsed() >= TURN {
                        yield_now().await;
                        began = Instant::now();
                    }
                }
                Frame::Partial => break,
                Frame::TooLong => {
                    send(host, stream, answers).await?;
                    let why = format!("a message is longer than {MESSAGE_MAX} bytes");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
            }
            if answers.len() >= WRITE {
                send(host, stream, answers).await?;
            }
        }
        send(host, stream, answers).await?;
        buffers.answered(taken);
        buffers.sent();
        Ok(())
    }
}

async fn send<S>(host: &Host, stream: &mut S, answers: &mut Vec<u8>) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    if answers.is_empty() {
        return Ok(());
    }
    // Counted before they are there, so that whoever has an answer finds it among those that were sent.
    host.connections().sent(answers.len());
    // Most go out at once, and no timer is needed for them.
    let mut all = pin!(async {
        stream.write_all(answers).await?;
        stream.flush().await
    });
    let at_once = std::future::poll_fn(|context| {
        let polled = all.as_mut().poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(sent) => Some(sent),
            std::task::Poll::Pending => None,
        })
    })
    .await;
    match at_once {
        Some(sent) => sent?,
        None => match timeout(WRITE_TIMEOUT, all).await {
            Ok(sent) => sent?,
            Err(_) => {
                let why = "the client takes no answers";
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
        },
    }
    answers.clear();
    Ok(())
}
