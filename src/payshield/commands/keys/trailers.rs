//! What stands behind the fields of key commands: the parts of a key block's header that are asked for (`#`), another
//! exportability (`&`), the version of a key block (`!`).

use crate::ck::{KeyUsage, ModeOfUse};
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::refusal::Refusal;

/// Parts of a key block's header; 0 for what is the key's own.
#[derive(Clone, Copy, Default)]
pub(in crate::payshield::commands) struct Header<'a> {
    /// Key usage.
    pub(in crate::payshield::commands) usage: [u8; 2],
    /// Algorithm, and the number of parts or the length behind it, where a key is made: `T2`, `A3`.
    pub(in crate::payshield::commands) algorithm: [u8; 2],
    /// Mode of use.
    pub(in crate::payshield::commands) mode: u8,
    /// Key version number.
    pub(in crate::payshield::commands) version: [u8; 2],
    /// Exportability.
    pub(in crate::payshield::commands) exportability: u8,
    /// Optional blocks as they stand in a header.
    pub(in crate::payshield::commands) optional: &'a [u8],
}

/// Which parts of a header a command's `#` has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::payshield::commands) enum Parts {
    /// Usage, algorithm, mode, version, exportability, optional blocks: of a key that is made.
    Made,
    /// The same without the algorithm: of a key that comes or goes without a header.
    Given,
    /// Version and optional blocks: of a key of components.
    Formed,
}

/// All trailers.
#[derive(Clone, Copy, Default)]
pub(in crate::payshield::commands) struct Trailers<'a> {
    /// `#`
    pub(in crate::payshield::commands) header: Option<Header<'a>>,
    /// `&`
    pub(in crate::payshield::commands) exportability: Option<u8>,
    /// `!`
    pub(in crate::payshield::commands) block_version: Option<u8>,
}

impl<'a> Trailers<'a> {
    /// Reads `%nn` and the trailers, and the end of the message.
    ///
    /// # Errors
    /// 15; A6 to AC for what no header has.
    pub(in crate::payshield::commands) fn read(call: &mut Call<'a>, parts: Parts) -> Result<Self, Refusal> {
        let mut trailers = Self::default();
        call.fields.lmk_field()?;
        loop {
            if trailers.header.is_none() && call.fields.take(b'#') {
                trailers.header = Some(Header::read(call, parts)?);
            } else if trailers.exportability.is_none() && call.fields.take(b'&') {
                trailers.exportability = Some(exportability(call)?);
            } else if trailers.block_version.is_none() && call.fields.take(b'!') {
                trailers.block_version = Some(call.fields.byte("key block version")?);
            } else {
                break;
            }
            call.fields.lmk_field()?;
        }
        call.end()?;
        Ok(trailers)
    }

    /// Refuses trailers that a command does not have: the version of a key block, and another exportability where it has
    /// none either.
    ///
    /// # Errors
    /// 15.
    pub(in crate::payshield::commands) fn expect_no_others(
        &self,
        has_exportability: bool,
    ) -> Result<(), Refusal> {
        let others = self.block_version.is_some() || !has_exportability && self.exportability.is_some();
        match others {
            true => Err(Refusal::new(
                ErrorCode::INPUT_DATA,
                "the command has no such field: `&` or `!`",
            )),
            false => Ok(()),
        }
    }
}

fn exportability(call: &mut Call<'_>) -> Result<u8, Refusal> {
    match call.fields.byte("exportability")? {
        known @ (b'E' | b'N' | b'S') => Ok(known),
        _ => Err(Refusal::new(
            ErrorCode::EXPORTABILITY,
            "exportability is E, N or S",
        )),
    }
}

/// The fields of a header behind `#`.
///
/// # Errors
/// 15; A6 to AC for what no header has.
pub(in crate::payshield::commands) fn read_header<'a>(
    call: &mut Call<'a>,
    parts: Parts,
) -> Result<Header<'a>, Refusal> {
    Header::read(call, parts)
}

impl<'a> Header<'a> {
    fn read(call: &mut Call<'a>, parts: Parts) -> Result<Self, Refusal> {
        let mut header = Self::default();
        if parts != Parts::Formed {
            header.usage = call.fields.array("key usage")?;
            if !KeyUsage(header.usage).is_known() {
                return Err(Refusal::new(ErrorCode::KEY_USAGE, "there is no such key usage"));
            }
            if parts == Parts::Made {
                header.algorithm = call.fields.array("algorithm")?;
            }
            header.mode = call.fields.byte("mode of use")?;
            if ModeOfUse::of(header.mode).is_none() {
                return Err(Refusal::new(
                    ErrorCode::MODE_OF_USE,
                    "there is no such mode of use",
                ));
            }
        }
        header.version = call.fields.array("key version number")?;
        if !header.version.iter().all(u8::is_ascii_alphanumeric) || matches!(header.version, [b'c' | b'C', _])
        {
            return Err(Refusal::new(
                ErrorCode::KEY_VERSION,
                "a key version has two digits or letters, and is no component's",
            ));
        }
        if parts != Parts::Formed {
            header.exportability = exportability(call)?;
        }
        header.optional = optional_blocks(call)?;
        Ok(header)
    }

    /// The parameter of the mechanisms of key blocks; `masking` is the least length of the key in the block, 0 for the
    /// mechanism's own.
    pub(in crate::payshield::commands) fn parameter(&self, block_version: u8, masking: u8) -> Vec<u8> {
        let [usage, number] = self.usage;
        let [algorithm, _] = self.algorithm;
        let [tens, units] = self.version;
        let fixed = [
            1,
            block_version,
            usage,
            number,
            algorithm,
            self.mode,
            tens,
            units,
            self.exportability,
            masking,
            0,
        ];
        [&fixed[..], self.optional].concat()
    }
}

/// The number of optional blocks and the blocks.
fn optional_blocks<'a>(call: &mut Call<'a>) -> Result<&'a [u8], Refusal> {
    let count = call.fields.number("number of optional blocks", 2);
    let count = count.map_err(|refused| refused.recode(ErrorCode::INPUT_DATA, ErrorCode::OPTIONAL_BLOCKS))?;
    let wrong = || {
        Refusal::new(
            ErrorCode::OPTIONAL_BLOCK,
            "the optional blocks are not of their form",
        )
    };
    let rest = call.fields.rest();
    let mut total = 0;
    let mut seen: Vec<&[u8]> = Vec::new();
    for _ in 0..count {
        let block = rest.get(total..).unwrap_or_default();
        let (id, digits) = (block.get(..2), block.get(2..4));
        let (id, digits) = id.zip(digits).ok_or_else(wrong)?;
        let length = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let length = length.filter(|length| *length >= 4).ok_or_else(wrong)?;
        if seen.contains(&id) {
            return Err(Refusal::new(
                ErrorCode::REPEATED_BLOCK,
                "an optional block comes twice",
            ));
        }
        seen.push(id);
        total += length;
    }
    call.fields.bytes("optional blocks", total)
}
