//! NI: who is connected.

use std::net::{IpAddr, Ipv4Addr};

use crate::payshield::call::Call;
use crate::payshield::fields::Fields;
use crate::payshield::refusal::Refusal;

const RECORDS_MAX: usize = 1024;
/// TCP.
const PROTOCOL: &[u8] = b"1";
/// Established, as the MIB of TCP numbers it [RFC 4022].
const STATE: &[u8] = b"5";
/// Counters of packets, which the system keeps and nobody tells us.
const PACKET_COUNTERS: usize = 9;

pub(super) fn information(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.fields.byte("network interface")?;
    let statistics = match call.fields.byte("Ethernet statistics")? {
        b'0' => false,
        b'1' => true,
        _ => return Err(Fields::wrong("Ethernet statistics")),
    };
    call.end()?;
    let mut connections = call.host.connections().list();
    connections.truncate(RECORDS_MAX);
    call.reply.number("records", connections.len(), 4);
    for connection in connections {
        let address = match connection.peer.ip() {
            IpAddr::V4(address) => address,
            IpAddr::V6(address) => address.to_ipv4().unwrap_or(Ipv4Addr::UNSPECIFIED),
        };
        let seconds = connection.since.elapsed().as_secs();
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        call.reply.field("protocol", PROTOCOL);
        call.reply
            .hex("local port", &connection.local.port().to_be_bytes());
        call.reply.hex("remote address", &address.octets());
        call.reply
            .hex("remote port", &connection.peer.port().to_be_bytes());
        call.reply.field("state", STATE);
        call.reply.hex("seconds", &seconds.to_be_bytes());
    }
    if statistics {
        let (sent, received) = call.host.connections().bytes();
        call.reply.hex("bytes sent", &sent.to_be_bytes());
        call.reply.hex("bytes received", &received.to_be_bytes());
        for _ in 0..PACKET_COUNTERS {
            call.reply.hex("counter", &[0; 4]);
        }
    }
    Ok(())
}
