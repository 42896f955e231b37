//! The key derivation functions of NIST SP 800-108: counter, feedback and double-pipeline mode, over input that the
//! caller lays out.

use super::prf::{Output, Prf};
use crate::error::{Error, Result};

/// What stands at one place of the function's input.
#[derive(Clone, Copy)]
pub enum Field<'a> {
    /// The same bytes in each iteration: label, context, length.
    Bytes(&'a [u8]),
    /// The number of the iteration, from 1.
    Counter(Number),
    /// What the iteration before has led to: the last output in feedback mode, A(i) in double-pipeline mode.
    Chained,
}

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Number {
    /// Its length, 1 to 8.
    pub bytes: usize,
    /// The least significant byte comes first.
    pub little_endian: bool,
}

impl Number {
    /// The number's bytes, and how many of them count; the number's high bytes are lost if it does not fit.
    fn write(self, number: u64) -> ([u8; 8], std::ops::Range<usize>) {
        let length = self.bytes.min(8);
        match self.little_endian {
            true => (number.to_le_bytes(), 0..length),
            false => (number.to_be_bytes(), 8_usize.saturating_sub(length)..8),
        }
    }

    /// The number as it is written; `None` if it needs more bytes.
    #[must_use]
    pub fn encode(self, number: u64) -> Option<Vec<u8>> {
        let (bytes, range) = self.write(number);
        self.fits(number)
            .then(|| bytes.get(range).unwrap_or_default().to_vec())
    }

    fn fits(self, number: u64) -> bool {
        self.bytes >= 8 || number >> (8 * self.bytes) == 0
    }
}

/// The mode of a derivation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode<'a> {
    /// [SP 800-108r1, 4.1].
    Counter,
    /// [SP 800-108r1, 4.2], from this initial value, which may be empty.
    Feedback(&'a [u8]),
    /// [SP 800-108r1, 4.3].
    DoublePipeline,
}

/// A derivation under way: one segment of output after the other.
pub struct Segments<'a> {
    prf: &'a Prf,
    fields: &'a [Field<'a>],
    mode: Mode<'a>,
    number: u64,
    chained: Option<Output>,
}

impl<'a> Segments<'a> {
    /// Before the first segment.
    pub fn new(prf: &'a Prf, mode: Mode<'a>, fields: &'a [Field<'a>]) -> Self {
        Self {
            prf,
            fields,
            mode,
            number: 0,
            chained: None,
        }
    }

    /// Fills `out` from segments that nothing else gets a part of.
    ///
    /// # Errors
    /// [`Error::Internal`] if the counter runs over: the caller has looked whether it has room.
    pub fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        for piece in out.chunks_mut(self.prf.output_len()) {
            let segment = self.next_segment()?;
            piece
                .iter_mut()
                .zip(segment.iter())
                .for_each(|(to, from)| *to = *from);
            if let Mode::Feedback(_) = self.mode {
                self.chained = Some(segment);
            }
        }
        Ok(())
    }

    fn next_segment(&mut self) -> Result<Output> {
        self.number = self.number.saturating_add(1);
        if self.mode == Mode::DoublePipeline {
            self.chained = Some(match &self.chained {
                Some(last) => self.prf.output(&[last])?,
                None => self.first_pipeline()?,
            });
        }
        let chained = match (&self.chained, self.mode) {
            (Some(chained), _) => &chained[..],
            (None, Mode::Feedback(initial)) => initial,
            (None, _) => &[],
        };
        let fits = |field: &Field<'_>| !matches!(field, Field::Counter(format) if !format.fits(self.number));
        if !self.fields.iter().all(fits) {
            return Err(Error::Internal("the counter of SP 800-108 ran over"));
        }
        let counters = self.fields.iter().map(|field| match field {
            Field::Counter(format) => format.write(self.number),
            Field::Bytes(_) | Field::Chained => ([0; 8], 0..0),
        });
        let counters: Vec<_> = counters.collect();
        let parts = self
            .fields
            .iter()
            .zip(&counters)
            .map(|(field, (bytes, range))| match field {
                Field::Bytes(fixed) => fixed,
                Field::Counter(_) => bytes.get(range.clone()).unwrap_or_default(),
                Field::Chained => chained,
            });
        self.prf.output(&parts.collect::<Vec<_>>())
    }

    /// A(1): of what is the same in each iteration.
    fn first_pipeline(&self) -> Result<Output> {
        let fixed = self.fields.iter().filter_map(|field| match field {
            Field::Bytes(fixed) => Some(*fixed),
            Field::Counter(_) | Field::Chained => None,
        });
        self.prf.output(&fixed.collect::<Vec<_>>())
    }
}
