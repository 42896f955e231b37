//! Metrics in the text format of Prometheus, over HTTP at an address of their own.

use std::fmt::Write;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::counters::LATENCY_BOUNDS;
use super::host::Host;
use super::visitors::Visitors;

const REQUEST_MAX: usize = 8 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);
/// Requests at a time.
pub const AT_A_TIME: usize = 64;

/// Answers requests for as long as it is polled.
pub async fn serve(host: Arc<Host>, listener: TcpListener) {
    let mut visitors = Visitors::new(AT_A_TIME, TIMEOUT);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let host = Arc::clone(&host);
                visitors.receive(async move {
                    // Who asks and goes does not want the answer.
                    let _gone = answer(&host, stream).await;
                });
            }
            Err(error) => {
                log::warn!("payshield: nobody could ask for the metrics: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(host: &Host, mut stream: TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if request.len() > REQUEST_MAX || stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let is = |start: &[u8]| request.starts_with(start);
    let (status, body) = match is(b"GET /metrics ") || is(b"GET / ") || is(b"GET /metrics?") {
        true => ("200 OK", text(host)),
        false => ("404 Not Found", "metrics are at /metrics\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

fn head(text: &mut String, name: &str, kind: &str, what: &str) {
    text.push_str(&format!(
        "# HELP vhsm_payshield_{name} {what}\n# TYPE vhsm_payshield_{name} {kind}\n"
    ));
}

fn single(text: &mut String, name: &str, kind: &str, what: &str, value: u64) {
    head(text, name, kind, what);
    text.push_str(&format!("vhsm_payshield_{name} {value}\n"));
}

/// All metrics.
#[must_use]
pub fn text(host: &Host) -> String {
    let mut text = String::new();
    head(&mut text, "requests_total", "counter", "Answers by command.");
    for entry in host.commands() {
        let (answers, _) = entry.volume.all();
        if answers != 0 {
            let code = entry.spec.code;
            text.push_str(&format!(
                "vhsm_payshield_requests_total{{command=\"{code}\"}} {answers}\n"
            ));
        }
    }
    let what = "Answers with another code than 00, by code.";
    head(&mut text, "errors_total", "counter", what);
    for (code, count) in host.errors().list() {
        text.push_str(&format!(
            "vhsm_payshield_errors_total{{code=\"{code}\"}} {count}\n"
        ));
    }
    latency(&mut text, host);
    singles(&mut text, host);
    text
}

/// Those that are one number each.
fn singles(text: &mut String, host: &Host) {
    let connections = host.connections();
    let (open, ever) = connections.counts();
    let (sent, received) = connections.bytes();
    let (keys, hits, misses) = host.cache().counts();
    let of = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let (_, counts) = host.health().counts();
    for (name, kind, what, value) in [
        ("connections", "gauge", "Open connections.", of(open)),
        ("connections_total", "counter", "Connections so far.", ever),
        (
            "turned_away_total",
            "counter",
            "Connections beyond the limit.",
            connections.turned_away(),
        ),
        ("sent_bytes_total", "counter", "Bytes of answers.", sent),
        ("received_bytes_total", "counter", "Bytes of requests.", received),
        (
            "cached_keys",
            "gauge",
            "Keys of messages that are kept.",
            of(keys),
        ),
        (
            "cache_hits_total",
            "counter",
            "Keys that were kept already.",
            hits,
        ),
        ("cache_misses_total", "counter", "Keys that came in.", misses),
        (
            "pin_attacks",
            "gauge",
            "Times that a limit of wrong PINs was passed.",
            counts.attacks.into(),
        ),
    ] {
        single(text, name, kind, what, value);
    }
}

fn latency(text: &mut String, host: &Host) {
    head(
        text,
        "latency_seconds",
        "histogram",
        "Time from a whole request to its answer.",
    );
    let classes = host.latency().classes();
    let mut sum = 0;
    let ends = LATENCY_BOUNDS.iter().map(|bound| seconds(*bound));
    for (end, count) in ends.chain(["+Inf".to_owned()]).zip(&classes) {
        sum += count;
        // A string takes all that is written.
        let _written = writeln!(
            text,
            "vhsm_payshield_latency_seconds_bucket{{le=\"{end}\"}} {sum}"
        );
    }
    let total = host.latency().total();
    text.push_str(&format!(
        "vhsm_payshield_latency_seconds_sum {}.{:09}\nvhsm_payshield_latency_seconds_count {sum}\n",
        total.as_secs(),
        total.subsec_nanos()
    ));
}

/// Microseconds as seconds.
fn seconds(microseconds: u64) -> String {
    format!("0.{microseconds:06}").trim_end_matches('0').to_owned()
}
