//! User storage: keys, tables and other data by an index of three digits, in blocks of digits or of any length.

use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::{CommandSpec, LmkKinds};
use crate::payshield::fields::Fields;
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
        request: "`K`; index 3H; number of blocks 2H; blocks of 16H, 32H or 48H; or with variable length `K` or `B`; index 3H; length 4n; data",
        lmks: LmkKinds::None,
        errors: &[INDEX],
        handler: load,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "LE",
        response: "LF",
        name: "Read data from user storage",
        request: "`K`; index 3H; number of blocks 2H; or with variable length `K` or `B`; index 3H",
        reply: "blocks of 16H, 32H or 48H; or length 4n; data",
        lmks: LmkKinds::None,
        errors: &[INDEX, NONE],
        handler: read,
        ..CommandSpec::NONE
    },
];

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

/// The one index of data of any length, and whether they are bytes of any kind.
fn index(call: &mut Call<'_>) -> Result<([u8; 3], bool), Refusal> {
    let is_binary = call.fields.take(b'B');
    if !is_binary {
        call.fields.expect("index", b'K')?;
    }
    let number = storage_number(call.fields.array("index")?)?;
    Ok((storage_index(number)?, is_binary))
}

fn load(call: &mut Call<'_>) -> Result<(), Refusal> {
    let length = call.host.settings().user_storage_length;
    let (indices, data, block) = match length.digits() {
        Some(block) => {
            let indices = indices(call)?;
            let data = call.fields.secret_hex("blocks", block * indices.len())?;
            (indices, data, block)
        }
        None => {
            let (index, is_binary) = index(call)?;
            let size = call.fields.number("length", 4)?;
            let data = call.fields.secret("data", size)?;
            let is_right = is_binary || data.iter().all(u8::is_ascii_graphic);
            if size == 0 || !is_right {
                return Err(Fields::wrong("data"));
            }
            (vec![index], data, size)
        }
    };
    call.end()?;
    for (index, data) in indices.into_iter().zip(data.chunks(block)) {
        call.host.storage().put(length, index, data.to_vec());
    }
    Ok(())
}

fn read(call: &mut Call<'_>) -> Result<(), Refusal> {
    let length = call.host.settings().user_storage_length;
    let indices = match length.digits() {
        Some(_) => indices(call)?,
        None => vec![index(call)?.0],
    };
    call.end()?;
    let mut data = Vec::new();
    for index in indices {
        data.extend(call.host.storage().get(length, index)?);
    }
    match length.digits() {
        Some(_) => call.reply.secret("blocks", &data),
        None => {
            call.reply.number("length", data.len(), 4);
            call.reply.secret("data", &data);
        }
    }
    Ok(())
}
