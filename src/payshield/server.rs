//! The server: listens, and gives each connection to a task of its own.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::{Ends, LAST_REQUESTS, stopped, talk};
use super::datagram;
use super::host::Host;
use super::slow::processors;
use super::tls::Tls;

/// What is listened on.
pub enum Socket {
    /// Connections of TCP.
    Tcp(TcpListener),
    /// Connections of TLS.
    Tls(TcpListener, Arc<Tls>),
    /// Datagrams of UDP.
    Udp(UdpSocket),
}

/// A socket, and the LMK of messages that come there without `%nn`: the server's default if it is none.
pub struct Endpoint {
    /// The socket.
    pub socket: Socket,
    /// The LMK's identifier.
    pub lmk: Option<u8>,
}

/// How long requests in flight may take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long slow commands may still begin then; those that wait longer are refused.
const LAST_TURNS: Duration = Duration::from_secs(5);
/// How long nothing is accepted when the system has no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves until `stop` says true; then requests that have come are answered and connections closed.
pub async fn serve(host: Arc<Host>, endpoints: Vec<Endpoint>, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(host.settings().connections_max));
    let reception = |host, tls, lmk, stop| Reception {
        host,
        tls,
        lmk,
        stop,
        places: Arc::clone(&places),
        connections: JoinSet::new(),
    };
    let mut serving = JoinSet::new();
    for Endpoint { socket, lmk } in endpoints {
        let host = Arc::clone(&host);
        let stop = stop.clone();
        match socket {
            Socket::Udp(socket) => {
                serving.spawn(datagram::serve(host, socket, lmk, stop));
            }
            Socket::Tcp(listener) => {
                serving.spawn(reception(host, None, lmk, stop).serve(listener));
            }
            Socket::Tls(listener, tls) => {
                serving.spawn(reception(host, Some(tls), lmk, stop).serve(listener));
            }
        }
    }
    let mut beside = JoinSet::new();
    beside.spawn(seconds(Arc::clone(&host)));
    beside.spawn(async move {
        stopped(&mut stop).await;
        tokio::time::sleep(LAST_TURNS).await;
        host.turns().end();
    });
    while serving.join_next().await.is_some() {}
}

/// Tells the statistics that a second is over.
async fn seconds(host: Arc<Host>) {
    let processors = u32::try_from(processors()).unwrap_or(1);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        host.health().second(host.latency().total(), processors);
    }
}

/// What accepts connections, and those that it has accepted.
struct Reception {
    host: Arc<Host>,
    tls: Option<Arc<Tls>>,
    lmk: Option<u8>,
    places: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
    connections: JoinSet<()>,
}

impl Reception {
    async fn serve(mut self, listener: TcpListener) {
        let mut stop = self.stop.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopped(&mut stop) => break,
            };
            match accepted {
                Ok((stream, peer)) => self.receive(stream, peer),
                Err(error) => {
                    log::warn!("payshield: no connection could be accepted: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        if let Err(error) = self.receive_last(listener) {
            log::warn!("payshield: connections that waited were not accepted: {error}");
        }
        let finish = async { while self.connections.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, finish).await.is_err() {
            let seconds = STOP_TIMEOUT.as_secs();
            log::warn!("payshield: connections were cut after {seconds} seconds");
        }
    }

    fn receive(&mut self, stream: TcpStream, peer: SocketAddr) {
        while self.connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let most = self.host.settings().connections_max;
            log::warn!(
                "payshield: {peer} was turned away: there are {most} connections (payshield.connections_max)"
            );
            self.host.connections().turn_away();
            return;
        };
        let (host, stop, tls) = (Arc::clone(&self.host), self.stop.clone(), self.tls.clone());
        self.connections
            .spawn(connection(host, stream, tls, (peer, self.lmk, place), stop));
    }

    /// Accepts who waits already: what they have sent has come, too. There may be more all the time.
    fn receive_last(&mut self, listener: TcpListener) -> std::io::Result<()> {
        let listener = listener.into_std()?;
        for _ in 0..self.host.settings().connections_max {
            match listener.accept() {
                Ok((stream, peer)) => {
                    stream.set_nonblocking(true)?;
                    self.receive(TcpStream::from_std(stream)?, peer);
                }
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

async fn connection(
    host: Arc<Host>,
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    (peer, lmk, _place): (SocketAddr, Option<u8>, OwnedSemaphorePermit),
    mut stop: watch::Receiver<bool>,
) {
    // Answers are whole messages: nothing is gained by waiting for more.
    let _slower = stream.set_nodelay(true);
    let local = stream.local_addr().unwrap_or(peer);
    let ends = Ends { local, peer, lmk };
    let Some(tls) = tls else {
        return talk(&host, stream, ends, stop).await;
    };
    let handshake = tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(stream));
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        () = stopping(&mut stop) => return,
    };
    match shaken {
        Ok(Ok(stream)) => talk(&host, stream, ends, stop).await,
        Ok(Err(error)) => log::info!("payshield: {peer}: no TLS: {error}"),
        Err(_) => log::info!("payshield: {peer}: the handshake of TLS took too long"),
    }
}

/// Waits until the server has stopped for so long that a handshake that is not done has no request behind it.
async fn stopping(stop: &mut watch::Receiver<bool>) {
    stopped(stop).await;
    tokio::time::sleep(LAST_REQUESTS).await;
}
