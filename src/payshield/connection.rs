//! A connection: messages are taken from what comes and answered in order.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use zeroize::Zeroize;

use super::envelope::{Frame, LENGTH_BYTES, MESSAGE_MAX};
use super::host::{Host, Worker};

/// Bytes that are read at a time, at least.
const READ: usize = 16 * 1024;
/// Answers are sent at the latest when there are so many bytes of them.
const WRITE: usize = 64 * 1024;
/// Bytes of room that a connection keeps between messages, at most, in either direction.
const KEPT: usize = 2 * READ;
/// How long a client may take no answer before its connection is closed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

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
    match converse(host, &worker, stream, stop).await {
        Ok(()) => log::debug!("payshield: {peer} has gone"),
        Err(error) => log::info!("payshield: the connection of {peer} ended: {error}"),
    }
}

/// Waits until the server stops. A sender that is gone stops it as well.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _stopped = stop.wait_for(|stop| *stop).await;
}

/// What has come and is not answered yet, and the answers that are not sent.
struct Buffers {
    received: Vec<u8>,
    answers: Vec<u8>,
}

async fn converse<S>(
    host: &Host,
    worker: &Worker,
    mut stream: S,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffers = Buffers {
        received: Vec::with_capacity(READ),
        answers: Vec::new(),
    };
    let told_to_stop = stop.clone();
    let mut stopping = pin!(stopped(&mut stop));
    let mut heard = Instant::now();
    let mut silence = pin!(sleep_until(heard + host.settings().idle_timeout));
    loop {
        answer_all(host, worker, &mut stream, &mut buffers).await?;
        if *told_to_stop.borrow() {
            // Who sends without an end is not waited for.
            return stream.shutdown().await;
        }
        buffers.make_room();
        let read = loop {
            tokio::select! {
                biased;
                read = stream.read_buf(&mut buffers.received) => break read?,
                () = &mut stopping => {
                    take_what_is_there(&mut stream, &mut buffers).await;
                    answer_all(host, worker, &mut stream, &mut buffers).await?;
                    return stream.shutdown().await;
                }
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
        heard = Instant::now();
    }
}

/// Requests that have come before the server stopped are answered, too.
async fn take_what_is_there<S: AsyncRead + Unpin>(stream: &mut S, buffers: &mut Buffers) {
    let read = stream.read_buf(&mut buffers.received);
    // Nothing more has come, or nothing will.
    let _nothing = tokio::time::timeout(Duration::from_millis(1), read).await;
}

impl Drop for Buffers {
    fn drop(&mut self) {
        // Messages may have had clear PINs.
        self.received.zeroize();
        self.answers.zeroize();
    }
}

impl Buffers {
    /// Room for more: for all of a message whose beginning is there.
    fn make_room(&mut self) {
        let missing = match self.received.first_chunk::<LENGTH_BYTES>() {
            Some(length) => {
                let whole = LENGTH_BYTES + usize::from(u16::from_be_bytes(*length));
                whole.saturating_sub(self.received.len())
            }
            None => LENGTH_BYTES,
        };
        let free = self.received.capacity() - self.received.len();
        if free < missing.max(READ / 2) {
            self.received.reserve(missing.max(READ));
        }
    }
}

/// Answers all messages that are there as a whole.
async fn answer_all<S>(host: &Host, worker: &Worker, stream: &mut S, buffers: &mut Buffers) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    let Buffers { received, answers } = buffers;
    let mut taken = 0;
    loop {
        match Frame::first(received.get(taken..).unwrap_or_default()) {
            Frame::Message(message, used) => {
                if host.is_slow(message) {
                    tokio::task::block_in_place(|| host.answer(worker, message, answers));
                } else {
                    host.answer(worker, message, answers);
                }
                taken += used;
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
    if taken == received.len() {
        received.clear();
        let_go(received);
    } else {
        received.drain(..taken);
    }
    send(host, stream, answers).await?;
    let_go(answers);
    Ok(())
}

/// Gives the room of a long message back: a connection may be silent for hours after it.
fn let_go(emptied: &mut Vec<u8>) {
    if emptied.capacity() > KEPT {
        emptied.zeroize();
        emptied.shrink_to(READ);
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
        None => match tokio::time::timeout(WRITE_TIMEOUT, all).await {
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
