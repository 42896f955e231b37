//! User storage: keys, tables and other data in blocks of 16 digits, by an index of three digits.

use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::{CommandSpec, LmkKinds};
use crate::payshield::refusal::Refusal;
use crate::payshield::storage::{storage_index, storage_number};

const INDEX: (&str, &str) = ("21", "index and number of blocks go beyond user storage");
const NONE: (&str, &str) = ("12", "nothing was loaded there");

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "LA",
        response: "LB",
        name: "Load data to user storage",
        request: "`K`; index 3H; number of blocks 2H; blocks of 16H",
        lmks: LmkKinds::None,
        errors: &[INDEX],
        handler: load,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "LE",
        response: "LF",
        name: "Read data from user storage",
        request: "`K`; index 3H; number of blocks 2H",
        reply: "blocks of 16H",
        lmks: LmkKinds::None,
        errors: &[INDEX, NONE],
        handler: read,
        ..CommandSpec::NONE
    },
];

/// Digits of a block.
const BLOCK: usize = 16;
/// Most blocks of one message.
const BLOCKS_MAX: usize = 0x20;

/// The indices of the blocks that a message names.
fn indices(call: &mut Call<'_>) -> Result<Vec<[u8; 3]>, Refusal> {
    call.fields.expect("index", b'K')?;
    let first = storage_number(call.fields.array("index")?)?;
    let count = call.fields.hex_number("number of blocks", 2)?;
    if !(1..=BLOCKS_MAX).contains(&count) {
        return Err(Refusal::new(
            ErrorCode::INPUT_DATA,
            "a message has 1 to 32 blocks of user storage",
        ));
    }
    (first..first + count).map(storage_index).collect()
}

fn load(call: &mut Call<'_>) -> Result<(), Refusal> {
    let indices = indices(call)?;
    let data = call.fields.secret_hex("blocks", BLOCK * indices.len())?;
    call.fields.end()?;
    call.named_lmk_is_there()?;
    for (index, block) in indices.into_iter().zip(data.chunks(BLOCK)) {
        call.host.storage().put(index, block.to_vec());
    }
    Ok(())
}

fn read(call: &mut Call<'_>) -> Result<(), Refusal> {
    let indices = indices(call)?;
    call.fields.end()?;
    call.named_lmk_is_there()?;
    let mut data = Vec::new();
    for index in indices {
        data.extend(call.host.storage().get(&index)?);
    }
    call.reply.secret("blocks", &data);
    Ok(())
}
