//! What was measured, and the numbers made of it.

use serde::Serialize;

use super::protocol::Subject;

/// All that a run measured; this is what `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Results {
    /// How it was measured.
    pub(super) settings: Settings,
    /// The modules, in the order of the command line.
    pub(super) modules: Vec<ModuleResult>,
    /// The rows, in the order of measurement.
    pub(super) rows: Vec<RowResult>,
    /// Names of rows that cannot be measured: they search among no objects.
    pub(super) skipped: Vec<String>,
}

/// How a run was made.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Settings {
    /// Rounds per row.
    pub(super) rounds: usize,
    /// Seconds per row and module.
    pub(super) seconds: f64,
    /// Threads of the second measurement of each row.
    pub(super) threads: usize,
    /// Whether keys were session objects.
    pub(super) session_keys: bool,
}

/// One module.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ModuleResult {
    /// The file's name; `bare` for the primitives.
    pub(super) name: String,
    /// The file.
    pub(super) path: Option<String>,
    /// What it says about itself.
    #[serde(flatten)]
    pub(super) subject: Subject,
    /// How often its process died.
    pub(super) crashes: u32,
    /// Filling the token: objects made and seconds, for each number of objects.
    pub(super) populated: Vec<(usize, f64)>,
}

/// One row.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RowResult {
    /// The row's name.
    pub(super) name: String,
    /// `ns` or `KiB`.
    pub(super) unit: &'static str,
    /// One for each module.
    pub(super) cells: Vec<Cell>,
}

/// One row on one module.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Cell {
    /// The median over the rounds, in the row's unit.
    pub(super) median: Option<f64>,
    /// Each round.
    pub(super) samples: Vec<f64>,
    /// Operations per second.
    pub(super) per_second: Option<f64>,
    /// The last module's value by this one's: median of the rounds' ratios. "So many times faster".
    pub(super) ratio: Option<f64>,
    /// What this takes beyond the bare primitive: median of the rounds' differences.
    pub(super) beyond_bare: Option<f64>,
    /// Several threads: time per operation, all together, in each round.
    pub(super) threaded: Vec<f64>,
    /// Several threads: operations per second.
    pub(super) threaded_per_second: Option<f64>,
    /// Several threads: rate by the rate of one thread; median of the rounds' ratios.
    pub(super) scaling: Option<f64>,
    /// Why there is no result.
    pub(super) refused: Option<String>,
}

impl RowResult {
    /// Fills in what is computed from the samples. `bare` is the place of the bare primitives, which
    /// never are the last module that others are compared with.
    pub(super) fn compute(&mut self, bare: Option<usize>) {
        let last = (0..self.cells.len()).rev().find(|at| Some(*at) != bare);
        let samples = |at: Option<usize>| {
            at.and_then(|at| self.cells.get(at))
                .map(|cell| cell.samples.clone())
                .unwrap_or_default()
        };
        let (reference, primitive) = (samples(last), samples(bare));
        for (at, cell) in self.cells.iter_mut().enumerate() {
            cell.median = median(cell.samples.clone());
            if self.unit == "ns" {
                cell.per_second = cell.median.map(|median| 1e9 / median);
            }
            cell.threaded_per_second = median(cell.threaded.clone()).map(|median| 1e9 / median);
            cell.scaling = paired(&cell.samples, &cell.threaded, |one, many| one / many);
            if Some(at) != last && Some(at) != bare {
                cell.ratio = paired(&reference, &cell.samples, |last, this| last / this);
            }
            if Some(at) != bare {
                cell.beyond_bare = paired(&cell.samples, &primitive, |this, bare| this - bare);
            }
        }
    }
}

/// The median of a number computed from each pair of rounds.
fn paired(left: &[f64], right: &[f64], compute: impl Fn(f64, f64) -> f64) -> Option<f64> {
    median(
        left.iter()
            .zip(right)
            .map(|(left, right)| compute(*left, *right))
            .collect(),
    )
}

/// The middle one, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().checked_sub(1)? / 2)?;
    Some((lower + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&[f64]]) -> RowResult {
        let cells = cells.iter().map(|samples| Cell {
            samples: samples.to_vec(),
            ..Cell::default()
        });
        RowResult {
            name: "row".into(),
            unit: "ns",
            cells: cells.collect(),
        }
    }

    #[test]
    fn the_ratio_is_the_median_of_paired_rounds() {
        let mut row = row(&[&[1.0, 10.0, 2.0], &[4.0, 20.0, 8.0]]);
        row.compute(None);
        assert_eq!(row.cells[0].ratio, Some(4.0));
        assert_eq!(row.cells[1].ratio, None);
        assert_eq!(row.cells[0].median, Some(2.0));
    }

    #[test]
    fn the_bare_primitive_is_subtracted_and_not_compared() {
        let mut row = row(&[&[30.0], &[60.0], &[10.0]]);
        row.compute(Some(2));
        assert_eq!(row.cells[0].ratio, Some(2.0));
        assert_eq!(row.cells[0].beyond_bare, Some(20.0));
        assert_eq!(row.cells[2].beyond_bare, None);
    }

    #[test]
    fn the_median_of_nothing_is_nothing() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0]), Some(2.0));
    }
}
