//! The server: listens, takes messages from what comes over connections, and answers them in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::envelope::{Frame, LENGTH_BYTES, MESSAGE_MAX};
use super::host::{Host, Worker};

/// An address that is listened on, and the LMK of messages that come there without `%nn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// The LMK's identifier; the server's default if it is none.
    pub lmk: Option<u8>,
}

/// How long requests in flight may take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that are read at a time.
const READ: usize = 64 * 1024;
/// Answers are sent at the latest when there are so many bytes of them.
const WRITE: usize = 64 * 1024;
/// How long nothing is accepted when the system has no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` says true; then requests that have come are answered and connections closed.
pub async fn serve(host: Arc<Host>, listeners: Vec<(TcpListener, Option<u8>)>, stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(host.settings().connections_max));
    let mut accepting = JoinSet::new();
    for (listener, lmk) in listeners {
        accepting.spawn(accept(
            Arc::clone(&host),
            listener,
            lmk,
            Arc::clone(&places),
            stop.clone(),
        ));
    }
    while accepting.join_next().await.is_some() {}
}

/// Waits until the server stops.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone stops it as well.
    let _stopped = stop.wait_for(|stop| *stop).await;
}

async fn accept(
    host: Arc<Host>,
    listener: TcpListener,
    lmk: Option<u8>,
    places: Arc<Semaphore>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        while connections.try_join_next().is_some() {}
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                log::warn!("payshield: no connection could be accepted: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            let most = host.settings().connections_max;
            log::warn!(
                "payshield: {peer} was turned away: there are {most} connections (payshield.connections_max)"
            );
            continue;
        };
        // Answers are whole messages: nothing is gained by waiting for more.
        let _slower = stream.set_nodelay(true);
        let (host, stop) = (Arc::clone(&host), stop.clone());
        connections.spawn(async move {
            let _place = place;
            talk(&host, stream, peer, lmk, stop).await;
        });
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_TIMEOUT, finish).await.is_err() {
        log::warn!(
            "payshield: connections were cut after {} seconds",
            STOP_TIMEOUT.as_secs()
        );
    }
}

/// Speaks with one client until it goes, is silent for too long, or the server stops.
pub async fn talk<S>(host: &Host, stream: S, peer: SocketAddr, lmk: Option<u8>, stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let worker = match host.worker(lmk) {
        Ok(worker) => worker,
        Err(refused) => {
            log::error!("payshield: {peer} was turned away: {}", refused.reason);
            return;
        }
    };
    match converse(host, &worker, stream, stop).await {
        Ok(()) => log::debug!("payshield: {peer} has gone"),
        Err(error) => log::info!("payshield: the connection of {peer} ended: {error}"),
    }
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
    let mut received = Vec::with_capacity(READ);
    let mut answers = Vec::new();
    loop {
        let mut taken = 0;
        loop {
            match Frame::first(received.get(taken..).unwrap_or_default()) {
                Frame::Message(message, used) => {
                    host.answer(worker, message, &mut answers);
                    taken += used;
                }
                Frame::Partial => break,
                Frame::TooLong => {
                    stream.write_all(&answers).await?;
                    let why = format!("a message is longer than {MESSAGE_MAX} bytes");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
            }
            if answers.len() >= WRITE {
                stream.write_all(&answers).await?;
                answers.clear();
            }
        }
        received.drain(..taken);
        if !answers.is_empty() {
            stream.write_all(&answers).await?;
            answers.clear();
        }
        received.reserve(READ.max(LENGTH_BYTES + MESSAGE_MAX));
        let idle = host.settings().idle_timeout;
        let read = tokio::select! {
            biased;
            read = tokio::time::timeout(idle, stream.read_buf(&mut received)) => read,
            () = stopped(&mut stop) => return stream.shutdown().await,
        };
        match read {
            Ok(Ok(0)) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let why = format!("nothing came for {} seconds", idle.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
        }
    }
}
