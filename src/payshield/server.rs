//! The server: listens, and gives each connection to a task of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::{Ends, stopped, talk};
use super::datagram;
use super::host::Host;
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
/// How long nothing is accepted when the system has no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves until `stop` says true; then requests that have come are answered and connections closed.
pub async fn serve(host: Arc<Host>, endpoints: Vec<Endpoint>, stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(host.settings().connections_max));
    let mut serving = JoinSet::new();
    for Endpoint { socket, lmk } in endpoints {
        let host = Arc::clone(&host);
        let mut stop = stop.clone();
        match socket {
            Socket::Udp(socket) => {
                serving.spawn(async move { datagram::serve(&host, &socket, lmk, &mut stop).await });
            }
            Socket::Tcp(listener) => {
                let places = Arc::clone(&places);
                serving.spawn(accept(host, (listener, None, lmk), places, stop));
            }
            Socket::Tls(listener, tls) => {
                let places = Arc::clone(&places);
                serving.spawn(accept(host, (listener, Some(tls), lmk), places, stop));
            }
        }
    }
    let clock = tokio::spawn(seconds(host));
    while serving.join_next().await.is_some() {}
    clock.abort();
}

/// Tells the statistics that a second is over.
async fn seconds(host: Arc<Host>) {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processors = u32::try_from(processors).unwrap_or(1);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        host.health().second(host.latency().total(), processors);
    }
}

type Listening = (TcpListener, Option<Arc<Tls>>, Option<u8>);

async fn accept(
    host: Arc<Host>,
    (listener, tls, lmk): Listening,
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
            host.connections().turn_away();
            continue;
        };
        let (host, stop, tls) = (Arc::clone(&host), stop.clone(), tls.clone());
        connections.spawn(connection(host, stream, tls, (peer, lmk, place), stop));
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_TIMEOUT, finish).await.is_err() {
        let seconds = STOP_TIMEOUT.as_secs();
        log::warn!("payshield: connections were cut after {seconds} seconds");
    }
}

async fn connection(
    host: Arc<Host>,
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    (peer, lmk, _place): (SocketAddr, Option<u8>, OwnedSemaphorePermit),
    stop: watch::Receiver<bool>,
) {
    // Answers are whole messages: nothing is gained by waiting for more.
    let _slower = stream.set_nodelay(true);
    let local = stream.local_addr().unwrap_or(peer);
    let ends = Ends { local, peer, lmk };
    let Some(tls) = tls else {
        return talk(&host, stream, ends, stop).await;
    };
    match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => talk(&host, stream, ends, stop).await,
        Ok(Err(error)) => log::info!("payshield: {peer}: no TLS: {error}"),
        Err(_) => log::info!("payshield: {peer}: the handshake of TLS took too long"),
    }
}
