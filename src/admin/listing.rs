//! `vhsm token list`: sound tokens and, beside them, damaged ones.

use serde_json::{Value, json};

use super::context::Context;
use super::failure::Outcome;
use super::output::{self, Output};
use super::{choose, token};
use crate::ck::SlotId;
use crate::module::{DamagedToken, TokenSummary};

/// Lists all tokens by slot, damaged ones with what is wrong.
pub(super) fn list(context: &Context) -> Outcome {
    let (sound, damaged) = context.module()?.token_summaries()?;
    let mut slots: Vec<SlotId> = sound.iter().map(|token| token.slot).collect();
    slots.extend(damaged.iter().map(|token| token.slot));
    slots.sort_unstable();
    let of_slot = |slot: SlotId| -> (Option<&TokenSummary>, Option<&DamagedToken>) {
        let sound = sound.iter().find(|token| token.slot == slot);
        (sound, damaged.iter().find(|token| token.slot == slot))
    };
    if context.output == Output::Json {
        let value = |slot| match of_slot(slot) {
            (_, Some(token)) => damaged_as_json(token),
            (token, None) => token.map_or(Value::Null, token::as_json),
        };
        return Ok(output::json(&slots.into_iter().map(value).collect::<Vec<_>>())?);
    }
    if slots.is_empty() {
        return Ok(output::text(
            "there is no token yet; `vhsm token init --label LABEL` makes one",
        )?);
    }
    let row = |slot: SlotId| match of_slot(slot) {
        (Some(token), None) => vec![
            slot.to_string(),
            choose::label(token),
            token.objects.to_string(),
            choose::uri(token).to_string(),
        ],
        (_, damaged) => {
            let why = damaged.map(|token| token.why.to_string()).unwrap_or_default();
            vec![slot.to_string(), "(damaged)".into(), String::new(), why]
        }
    };
    Ok(output::table(
        &["slot", "label", "objects", "uri"],
        slots.iter().map(|slot| row(*slot)),
    )?)
}

/// A damaged token for machines.
pub(super) fn damaged_as_json(token: &DamagedToken) -> Value {
    let failure = choose::unusable(token);
    json!({ "slot": token.slot.0, "damaged": failure.what(), "remedy": failure.remedy() })
}
