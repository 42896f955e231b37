//! For whom a command prints, and how.

use std::io::{self, Write};

use comfy_table::{Table, presets};
use serde::Serialize;

/// For whom a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// For people.
    Text,
    /// For machines: one JSON value.
    Json,
}

/// Prints a value for machines.
pub(super) fn json(value: &impl Serialize) -> io::Result<()> {
    writeln!(
        io::stdout().lock(),
        "{}",
        escaped(&serde_json::to_string_pretty(value)?)
    )
}

/// JSON whose texts hold no control character, which could steer a terminal. The serialiser escapes those below the
/// blank only; between texts it writes no other than line ends.
pub(super) fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_control() && c != '\n' {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Prints text for people, with a line end.
pub(super) fn text(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Prints a table for people: columns under their heads, no lines.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(head.iter().map(|name| name.to_uppercase()));
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let shown = table.to_string();
    let mut out = io::stdout().lock();
    shown
        .lines()
        .try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// Prints names and values for people, one pair per line.
pub(super) fn pairs(pairs: &[(String, String)]) -> io::Result<()> {
    let width = pairs
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut out = io::stdout().lock();
    pairs
        .iter()
        .try_for_each(|(name, value)| writeln!(out, "{}", format!("{name:<width$}  {value}").trim_end()))
}
