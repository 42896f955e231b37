//! Datagrams: one message each, with or without its length; the answer comes in the same form. Answers that take long or
//! are held back come when they are there: nobody else waits for them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::connection::{LAST_REQUESTS, QUIET, hold_back, stopped};
use super::envelope::{Frame, LENGTH_BYTES, MESSAGE_MAX};
use super::host::{Host, Worker};

/// How long nothing is received after an error.
const PAUSE: Duration = Duration::from_millis(10);
/// Answers that are on their way later, at most. A datagram that wants one more is lost, as datagrams may be.
const LATER_MAX: usize = 256;

/// What answers datagrams.
struct Post {
    host: Arc<Host>,
    socket: Arc<UdpSocket>,
    lmk: Option<u8>,
    stop: watch::Receiver<bool>,
    later: JoinSet<()>,
}

/// A message of a datagram.
#[derive(Clone, Copy)]
struct Sent<'a> {
    message: &'a [u8],
    has_length: bool,
}

impl<'a> Sent<'a> {
    /// The message of a datagram; none of one that is too long.
    fn of(datagram: &'a [u8]) -> Option<Self> {
        let (message, has_length) = match Frame::first(datagram) {
            Frame::Message(message, used) if used == datagram.len() => (message, true),
            _ if datagram.len() > LENGTH_BYTES + MESSAGE_MAX => return None,
            _ => (datagram, false),
        };
        Some(Self { message, has_length })
    }

    /// The answer in the message's form.
    fn form(self, answer: &[u8]) -> &[u8] {
        match self.has_length {
            true => answer,
            false => answer.get(LENGTH_BYTES..).unwrap_or_default(),
        }
    }
}

/// Answers datagrams until the server stops; then those that have come.
pub async fn serve(host: Arc<Host>, socket: UdpSocket, lmk: Option<u8>, stop: watch::Receiver<bool>) {
    let mut worker = match host.worker(lmk) {
        Ok(worker) => worker,
        Err(refused) => {
            log::error!("payshield: datagrams are not answered: {}", refused.reason);
            return;
        }
    };
    let mut post = Post {
        host,
        socket: Arc::new(socket),
        lmk,
        later: JoinSet::new(),
        stop,
    };
    let mut received = Zeroizing::new(vec![0; LENGTH_BYTES + MESSAGE_MAX + 1]);
    let mut answer = Zeroizing::new(Vec::new());
    let mut stop = post.stop.clone();
    loop {
        let came = tokio::select! {
            came = post.socket.recv_from(&mut received) => came,
            () = stopped(&mut stop) => break,
        };
        let Ok((length, peer)) = came else {
            // An earlier answer did not arrive: nobody listens there any more. What lasts is not asked for at full speed.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let datagram = received.get(..length).unwrap_or_default();
        post.answer(datagram, peer, &mut worker, &mut answer).await;
    }
    let end = Instant::now() + LAST_REQUESTS;
    while Instant::now() < end {
        let quiet = end.min(Instant::now() + QUIET);
        let came = timeout_at(quiet, post.socket.recv_from(&mut received)).await;
        match came {
            Ok(Ok((length, peer))) => {
                let datagram = received.get(..length).unwrap_or_default();
                post.answer(datagram, peer, &mut worker, &mut answer).await;
            }
            // An earlier answer did not arrive.
            Ok(Err(_)) => {}
            Err(_) => break,
        }
    }
    while post.later.join_next().await.is_some() {}
}

impl Post {
    async fn answer(&mut self, datagram: &[u8], peer: SocketAddr, worker: &mut Worker, answer: &mut Vec<u8>) {
        self.host.connections().received(datagram.len());
        let Some(sent) = Sent::of(datagram) else {
            return;
        };
        while self.later.try_join_next().is_some() {}
        if self.host.is_slow(sent.message) {
            if self.has_room(peer) {
                let datagram = Zeroizing::new(datagram.to_vec());
                let (host, socket) = (Arc::clone(&self.host), Arc::clone(&self.socket));
                let (lmk, stop) = (self.lmk, self.stop.clone());
                let slow = async move { answer_slow(&host, &socket, (&datagram, peer), lmk, stop).await };
                self.later.spawn(slow);
            }
            return;
        }
        worker.peer = Some(peer);
        answer.clear();
        let delay = self.host.answer(worker, sent.message, answer);
        if delay.is_zero() {
            return send(&self.host, &self.socket, sent.form(answer), peer).await;
        }
        if self.has_room(peer) {
            let answer = Zeroizing::new(sent.form(answer).to_vec());
            let (host, socket) = (Arc::clone(&self.host), Arc::clone(&self.socket));
            let mut stop = self.stop.clone();
            self.later.spawn(async move {
                hold_back(delay, &mut stop).await;
                send(&host, &socket, &answer, peer).await;
            });
        }
    }

    /// Whether one answer more may come later.
    fn has_room(&self, peer: SocketAddr) -> bool {
        let has_room = self.later.len() < LATER_MAX;
        if !has_room {
            log::info!("payshield: a datagram of {peer} is not answered: {LATER_MAX} are waiting");
        }
        has_room
    }
}

/// Answers a slow message with a session of its own.
async fn answer_slow(
    host: &Host,
    socket: &UdpSocket,
    (datagram, peer): (&[u8], SocketAddr),
    lmk: Option<u8>,
    mut stop: watch::Receiver<bool>,
) {
    let Some(sent) = Sent::of(datagram) else {
        return;
    };
    let mut worker = match host.worker(lmk) {
        Ok(worker) => worker,
        Err(refused) => {
            log::error!(
                "payshield: a datagram of {peer} is not answered: {}",
                refused.reason
            );
            return;
        }
    };
    worker.peer = Some(peer);
    let mut answer = Zeroizing::new(Vec::new());
    let delay = host.answer_in_turn(&worker, sent.message, &mut answer).await;
    if !delay.is_zero() {
        hold_back(delay, &mut stop).await;
    }
    send(host, socket, sent.form(&answer), peer).await;
}

async fn send(host: &Host, socket: &UdpSocket, answer: &[u8], peer: SocketAddr) {
    host.connections().sent(answer.len());
    if let Err(error) = socket.send_to(answer, peer).await {
        log::info!("payshield: no answer could be sent to {peer}: {error}");
    }
}
