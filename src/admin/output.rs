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
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)
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
