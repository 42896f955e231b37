//! `vhsm payshield commands`: the table of host commands.

use clap::Args;
use serde_json::{Value, json};

use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::payshield::absent::ABSENT;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands;

const EXAMPLES: &str = "\
Examples:
  vhsm payshield commands
      Codes, names, the kinds of LMK and the authorised activities; and what is not there, and why.
  vhsm payshield commands EC
      All of one command: its fields, and the error codes that mean something of their own there.
  vhsm --json payshield commands
      All of all commands.";

/// `vhsm payshield commands`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CommandsArguments {
    /// Only this command, with its fields and error codes
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Prints the commands in order of their codes, or one of them.
pub(super) fn commands(arguments: &CommandsArguments, context: &Context) -> Outcome {
    let mut rows: Vec<&CommandSpec> = commands::all().collect();
    rows.sort_by_key(|row| row.code);
    let Some(code) = &arguments.code else {
        return all(&rows, context.output);
    };
    match rows.iter().find(|row| row.code.eq_ignore_ascii_case(code)) {
        Some(row) => one(row, context.output),
        None => Err(absent(code)),
    }
}

fn absent(code: &str) -> Failure {
    let known = ABSENT
        .iter()
        .find(|absent| absent.has(&code.to_ascii_uppercase()));
    let what = match known {
        Some(absent) => format!("{code} is not there: {}", absent.why),
        None => format!("there is no host command {code:?}"),
    };
    Failure::absent(what, "`vhsm payshield commands` lists those that there are")
}

fn told(row: &CommandSpec) -> Value {
    let errors = row
        .errors
        .iter()
        .map(|(code, meaning)| json!({ "code": code, "meaning": meaning }));
    json!({
        "command": row.code,
        "response": row.response,
        "name": row.name,
        "request": row.request,
        "reply": row.reply,
        "lmks": row.lmks.name(),
        "activity": row.activity(),
        "errors": errors.collect::<Vec<_>>(),
    })
}

fn all(rows: &[&CommandSpec], to: Output) -> Outcome {
    if to == Output::Json {
        let absent = ABSENT
            .iter()
            .map(|absent| json!({ "what": absent.what, "why": absent.why }));
        return Ok(output::json(&json!({
            "commands": rows.iter().map(|row| told(row)).collect::<Vec<_>>(),
            "absent": absent.collect::<Vec<_>>(),
        }))?);
    }
    for row in rows {
        let activity = row
            .activity()
            .map_or_else(String::new, |activity| format!("; authorised: {activity}"));
        output::text(&format!(
            "{}/{}  {}  [LMKs: {}{activity}]",
            row.code,
            row.response,
            row.name,
            row.lmks.name()
        ))?;
    }
    output::text("\nNot there, and why:")?;
    for absent in ABSENT {
        output::text(&format!("  {}: {}", absent.what, absent.why))?;
    }
    Ok(output::text(
        "\n`vhsm payshield commands CODE` shows the fields and error codes of one; docs/payshield.md has all.",
    )?)
}

fn one(row: &CommandSpec, to: Output) -> Outcome {
    if to == Output::Json {
        return Ok(output::json(&told(row))?);
    }
    let fields = |text: &str| match text {
        "" => "none".to_owned(),
        text => text.to_owned(),
    };
    let mut pairs = vec![
        ("command".to_owned(), format!("{}/{}", row.code, row.response)),
        ("name".to_owned(), row.name.to_owned()),
        ("request".to_owned(), fields(row.request)),
        ("response".to_owned(), fields(row.reply)),
        ("LMKs".to_owned(), row.lmks.name().to_owned()),
        (
            "authorised activity".to_owned(),
            fields(&row.activity().unwrap_or_default()),
        ),
    ];
    let errors = row.errors.iter();
    pairs.extend(errors.map(|(code, meaning)| (format!("error {code}"), (*meaning).to_owned())));
    let (code, meaning) = (ErrorCode::DISABLED, ErrorCode::DISABLED.meaning());
    pairs.push((
        "other errors".to_owned(),
        format!("what they generally mean, as {code}: {meaning}"),
    ));
    Ok(output::pairs(&pairs)?)
}
