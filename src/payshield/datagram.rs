//! Datagrams: one message each, with or without its length; the answer comes in the same form.

use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::connection::stopped;
use super::envelope::{Frame, LENGTH_BYTES, MESSAGE_MAX};
use super::host::Host;

/// How long nothing is received after an error.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers datagrams until the server stops.
pub async fn serve(host: &Host, socket: &UdpSocket, lmk: Option<u8>, stop: &mut watch::Receiver<bool>) {
    let mut worker = match host.worker(lmk) {
        Ok(worker) => worker,
        Err(refused) => {
            log::error!("payshield: datagrams are not answered: {}", refused.reason);
            return;
        }
    };
    let mut received = Zeroizing::new(vec![0; LENGTH_BYTES + MESSAGE_MAX + 1]);
    let mut answer = Zeroizing::new(Vec::new());
    loop {
        let came = tokio::select! {
            came = socket.recv_from(&mut received) => came,
            () = stopped(stop) => return,
        };
        let Ok((length, peer)) = came else {
            // An earlier answer did not arrive: nobody listens there any more. What lasts is not asked for at full speed.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        worker.peer = Some(peer);
        host.connections().received(length);
        let datagram = received.get(..length).unwrap_or_default();
        answer.clear();
        let sent = match Frame::first(datagram) {
            Frame::Message(message, used) if used == length => {
                tokio::task::block_in_place(|| host.answer(&worker, message, &mut answer));
                answer.as_slice()
            }
            _ if length > LENGTH_BYTES + MESSAGE_MAX => continue,
            _ => {
                tokio::task::block_in_place(|| host.answer(&worker, datagram, &mut answer));
                answer.get(LENGTH_BYTES..).unwrap_or_default()
            }
        };
        host.connections().sent(sent.len());
        if let Err(error) = socket.send_to(sent, peer).await {
            log::info!("payshield: no answer could be sent to {peer}: {error}");
        }
    }
}
