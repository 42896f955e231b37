//! `vhsm payshield authorise`: speaks with a running server over its control socket.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::plan::control_path;
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::payshield::authorised::{ALL, ALL_BUT_DIAGNOSTICS};

const EXAMPLES: &str = "\
Activities are category, key type or usage, and `host`, as `vhsm payshield commands` shows them; a shorter name authorises
all that begin with it, and `all` authorises everything.

Examples:
  vhsm payshield authorise export.001.host --minutes 15
  vhsm payshield authorise pin
      Clear PINs and what else begins with `pin`, until it is cancelled.
  vhsm payshield authorise all --minutes 5
  vhsm payshield authorise status
  vhsm payshield authorise cancel";

/// `vhsm payshield authorise`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AuthoriseArguments {
    /// The activity, or `all`; `status` lists those that are authorised, `cancel` cancels all
    #[arg(value_name = "ACTIVITY|all|status|cancel")]
    activity: String,
    /// End it by itself after so long [default: never]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=525_600))]
    minutes: Option<u64>,
    /// The server's socket [default: payshield.control, payshield.sock in the data directory]
    #[arg(long, value_name = "FILE")]
    control: Option<PathBuf>,
}

/// Asks the server.
pub(super) fn authorise(arguments: &AuthoriseArguments, context: &Context) -> Outcome {
    let path = match &arguments.control {
        Some(path) => path.clone(),
        None => control_path(&context.config()?),
    };
    let seconds = 60 * arguments.minutes.unwrap_or(0);
    let request = match arguments.activity.as_str() {
        word @ ("status" | "cancel") => word.to_owned(),
        "*" => format!("authorise {ALL} {seconds}"),
        activity => format!("authorise {activity} {seconds}"),
    };
    let answer = ask(&path, &request).map_err(|error| unanswered(&path, &error))?;
    if let Some(why) = answer.lines().find_map(|line| line.strip_prefix("error ")) {
        let known = answer.lines().find_map(|line| line.strip_prefix("known "));
        let remedy = known.map_or_else(
            || "an activity looks like export.001.host".to_owned(),
            |known| format!("there are {known}; what they begin with means all of them"),
        );
        return Err(Failure::new(why.to_owned(), remedy));
    }
    if !answer.lines().any(|line| line == "ok" || line.starts_with("ok ")) {
        return Err(Failure::new("the server has not answered", "its log says why"));
    }
    show(&arguments.activity, &answer, context.output)
}

/// Why there is no answer: nobody listens, or who listens does not speak.
fn unanswered(path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
            let remedy = "start `vhsm payshield`, or name its socket with --control";
            Failure::absent(format!("{path}: no server listens there: {error}"), remedy)
        }
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            let remedy = "try again: it is busy, or it ends";
            Failure::new(format!("{path}: the server has not answered: {error}"), remedy)
        }
        _ => Failure::new(
            format!("{path}: {error}"),
            "the socket is for the server's user and root alone",
        ),
    }
}

fn ask(path: &Path, request: &str) -> std::io::Result<String> {
    let mut socket = UnixStream::connect(path)?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    socket.write_all(format!("{request}\n").as_bytes())?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}

fn show(asked: &str, answer: &str, output: Output) -> Outcome {
    let active: Vec<(&str, &str)> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("active ")?.rsplit_once(' '))
        .collect();
    if output == Output::Json {
        let rows = active.iter().map(|(activity, seconds)| {
            json!({ "activity": activity, "seconds": seconds.parse::<u64>().ok().filter(|left| *left != 0) })
        });
        return Ok(output::json(&rows.collect::<Vec<_>>())?);
    }
    if asked != "status" {
        return Ok(());
    }
    if active.is_empty() {
        output::text("nothing is authorised")?;
    }
    for (activity, seconds) in active {
        let activity = match activity {
            ALL => "everything",
            ALL_BUT_DIAGNOSTICS => "everything but diag",
            activity => activity,
        };
        match seconds {
            "0" => output::text(&format!("{activity}  until it is cancelled"))?,
            seconds => output::text(&format!("{activity}  {seconds} seconds"))?,
        }
    }
    Ok(())
}
