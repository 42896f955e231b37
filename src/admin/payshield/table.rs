//! `vhsm payshield commands`: the table of host commands.

use serde_json::json;

use crate::admin::context::Context;
use crate::admin::failure::Outcome;
use crate::admin::output::{self, Output};
use crate::payshield::command::CommandSpec;
use crate::payshield::commands;

/// Prints the commands in order of their codes.
pub(super) fn commands(context: &Context) -> Outcome {
    let mut rows: Vec<&CommandSpec> = commands::all().collect();
    rows.sort_by_key(|row| row.code);
    match context.output {
        Output::Json => {
            let row = |row: &&CommandSpec| {
                json!({
                    "command": row.code,
                    "response": row.response,
                    "name": row.name,
                    "request": row.request,
                    "reply": row.reply,
                    "activity": row.activity,
                })
            };
            output::json(&rows.iter().map(row).collect::<Vec<_>>())?;
        }
        Output::Text => {
            for row in rows {
                output::text(&format!("{}/{}  {}", row.code, row.response, row.name))?;
            }
        }
    }
    Ok(())
}
