//! `vhsm payshield bench`: a load client for any payShield: messages for one that has the published TEST LMK, or the
//! caller's own.

mod client;
mod figures;
mod samples;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use self::client::{Load, Outcome as Measured};
use self::samples::{Command, Message, Sample};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};

const EXAMPLES: &str = "\
The messages are under the published variant TEST LMK, which messages without %nn must mean; each answer is checked.
Of a message of your own, the response code is checked, and that the error code is 00 or 01.

Examples:
  vhsm payshield bench
      One connection, one request at a time: EC with PVV, for 5 seconds.
  vhsm payshield bench --connections 16 --in-flight 16 --command mixed
      As much as the server can.
  vhsm payshield bench --connect 192.0.2.1:1500 --message NC%01
      A message of your own, for a server with other keys.";

/// `vhsm payshield bench`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BenchArguments {
    /// The server
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:1500")]
    connect: SocketAddr,
    /// Connections
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// Requests in flight on each connection
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    in_flight: u16,
    /// How long
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// What is asked
    #[arg(long, value_enum, default_value = "ec")]
    command: Command,
    /// Ask this instead: a message without its header
    #[arg(long, value_name = "TEXT", conflicts_with = "command")]
    message: Option<Message>,
    /// Bytes of the header before each command
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(..=255))]
    header_length: u8,
    /// Threads of this client
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
}

impl BenchArguments {
    fn samples(&self) -> Vec<Sample> {
        let header = usize::from(self.header_length);
        match &self.message {
            Some(message) => vec![message.sample(header)],
            None => samples::of(self.command, header),
        }
    }

    fn name(&self) -> String {
        let own = self.message.as_ref().map(Message::name);
        own.unwrap_or_else(|| self.command.name().to_owned())
    }

    fn remedy(&self) -> &'static str {
        if self.message.is_some() {
            "see that the keys of the message are under the server's LMK, and --header-length is the server's"
        } else {
            "the messages are under the published variant TEST LMK with its default settings"
        }
    }
}

/// Measures.
pub(super) fn run(arguments: &BenchArguments, context: &Context) -> Outcome {
    let load = Load {
        address: arguments.connect,
        in_flight: usize::from(arguments.in_flight),
        samples: arguments.samples(),
        duration: Duration::from_secs(arguments.seconds.into()),
    };
    let connections = usize::from(arguments.connections);
    let threads = usize::from(arguments.threads).min(connections);
    let workers: Vec<_> = (0..threads)
        .map(|thread| {
            let load = load.clone();
            let share = connections / threads + usize::from(thread < connections % threads);
            std::thread::spawn(move || client::run(&load, share))
        })
        .collect();
    let mut all = Measured::default();
    for worker in workers {
        let measured = worker
            .join()
            .map_err(|_| Failure::new("a thread ended early", ""))?;
        all.add(measured.map_err(|error| {
            let what = format!("{}: {error}", arguments.connect);
            Failure::new(what, "start a server there, `vhsm payshield --demo` for instance")
        })?);
    }
    tell(arguments, &all, context)?;
    match all.errors {
        0 => Ok(()),
        errors => {
            let first = all.first_error.unwrap_or_default();
            Err(Failure::new(
                format!("{errors} answers were wrong or missing; the first: {first}"),
                arguments.remedy(),
            ))
        }
    }
}

fn tell(arguments: &BenchArguments, all: &Measured, context: &Context) -> Outcome {
    let per_second = u128::from(all.answers) * 1_000_000 / all.took.as_micros().max(1);
    let [median, tail, tail_999] = [500, 990, 999].map(|share| all.latency.quantile(share));
    let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    if context.output == Output::Json {
        return Ok(output::json(&json!({
            "command": arguments.name(),
            "connections": arguments.connections,
            "in_flight": arguments.in_flight,
            "seconds": all.took.as_secs_f64(),
            "answers": all.answers,
            "per_second": u64::try_from(per_second).unwrap_or(u64::MAX),
            "p50_microseconds": microseconds(median),
            "p99_microseconds": microseconds(tail),
            "p999_microseconds": microseconds(tail_999),
            "max_microseconds": microseconds(all.latency.max()),
            "errors": all.errors,
        }))?);
    }
    let time = |time: Duration| format!("{} us", microseconds(time));
    Ok(output::pairs(&[
        ("command".into(), arguments.name().to_uppercase()),
        ("connections".into(), arguments.connections.to_string()),
        ("in flight on each".into(), arguments.in_flight.to_string()),
        ("answers".into(), all.answers.to_string()),
        ("requests per second".into(), per_second.to_string()),
        ("p50".into(), time(median)),
        ("p99".into(), time(tail)),
        ("p99.9".into(), time(tail_999)),
        ("max".into(), time(all.latency.max())),
        ("errors".into(), all.errors.to_string()),
    ])?)
}
