//! The table for people (in Markdown, so that it can be shown elsewhere as it is) and the JSON for machines.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell as TableCell, CellAlignment, ContentArrangement, Table, presets};

use super::results::{Cell, Results, RowResult};
use crate::admin::output::Output;

/// Prints the results.
pub(super) fn print(results: &Results, output: Output) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if output == Output::Json {
        serde_json::to_writer_pretty(&mut out, results)?;
        return writeln!(out);
    }
    writeln!(out, "{}", table(results))?;
    notes(results, &mut out)
}

fn table(results: &Results) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Disabled);
    let threaded = results.settings.threads > 1;
    let mut header = vec![TableCell::new("operation").add_attribute(Attribute::Bold)];
    for (at, module) in results.modules.iter().enumerate() {
        header.push(right(&module.name).add_attribute(Attribute::Bold));
        if has_ratio(results, at) {
            header.push(right("faster"));
        }
        if threaded {
            header.push(right(&format!("{} threads", results.settings.threads)));
            header.push(right("scaling"));
        }
    }
    table.set_header(header);
    for row in &results.rows {
        let mut line = vec![TableCell::new(&row.name)];
        for (at, cell) in row.cells.iter().enumerate() {
            line.push(right(&value(row, cell)));
            if has_ratio(results, at) {
                line.push(right(&optional(cell.ratio, |ratio| format!("{ratio:.2} x"))));
            }
            if threaded {
                line.push(right(&optional(cell.threaded_per_second, rate)));
                line.push(right(&optional(cell.scaling, |scaling| {
                    format!("{scaling:.2} x")
                })));
            }
        }
        table.add_row(line);
    }
    table
}

/// Whether the module is compared with the last one.
fn has_ratio(results: &Results, at: usize) -> bool {
    let bare = |at: usize| {
        results
            .modules
            .get(at)
            .is_some_and(|module| module.path.is_none())
    };
    let last = (0..results.modules.len()).rev().find(|at| !bare(*at));
    Some(at) != last && !bare(at)
}

fn right(text: &str) -> TableCell {
    TableCell::new(text).set_alignment(CellAlignment::Right)
}

fn value(row: &RowResult, cell: &Cell) -> String {
    optional(cell.median, |median| {
        if row.unit == "KiB" {
            memory(median)
        } else {
            time(median)
        }
    })
}

fn optional(value: Option<f64>, show: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "-".into(), show)
}

/// Three digits or so, in the unit that suits.
fn time(nanoseconds: f64) -> String {
    scaled(nanoseconds, &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")])
}

fn memory(kib: f64) -> String {
    scaled(kib, &[(1024.0 * 1024.0, "GiB"), (1024.0, "MiB"), (1.0, "KiB")])
}

fn rate(per_second: f64) -> String {
    scaled(per_second, &[(1e6, "M/s"), (1e3, "k/s"), (1.0, "/s")])
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let (unit, name) = units
        .iter()
        .find(|(unit, _)| value >= *unit)
        .or(units.last())
        .copied()
        .unwrap_or((1.0, ""));
    let value = value / unit;
    let digits = if value < 10.0 {
        2
    } else {
        usize::from(value < 100.0)
    };
    format!("{value:.digits$} {name}")
}

/// What does not fit into the table: who was measured, what is beyond the primitive, what was refused.
fn notes(results: &Results, out: &mut impl Write) -> io::Result<()> {
    let settings = &results.settings;
    let keys = if settings.session_keys { "session" } else { "token" };
    writeln!(
        out,
        "Medians of {} rounds; keys are {keys} objects.",
        settings.rounds
    )?;
    for module in results.modules.iter().filter(|module| module.path.is_some()) {
        let subject = &module.subject;
        writeln!(
            out,
            "{}: {}, version {}",
            module.name, subject.description, subject.version
        )?;
        for (made, seconds) in &module.populated {
            writeln!(out, "  filled with {made} token objects in {seconds:.1} s")?;
        }
        if module.crashes > 0 {
            writeln!(out, "  its process died; number of times: {}", module.crashes)?;
        }
    }
    for row in &results.rows {
        for (cell, module) in row.cells.iter().zip(&results.modules) {
            if let Some(beyond) = cell.beyond_bare {
                writeln!(
                    out,
                    "{}: {} beyond the bare primitive: {beyond:.0} ns",
                    row.name, module.name
                )?;
            }
            if let (Some(why), true) = (&cell.refused, module.path.is_some()) {
                writeln!(out, "{}: {}: {why}", row.name, module.name)?;
            }
        }
    }
    for name in &results.skipped {
        writeln!(out, "{name}: skipped, among 0 objects there is none to find")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_the_unit_that_suits() {
        assert_eq!(time(3.25), "3.25 ns");
        assert_eq!(time(12_345.0), "12.3 µs");
        assert_eq!(time(123_456_789.0), "123 ms");
    }
}
