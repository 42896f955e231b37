//! What the tests of cipher rows share: keys from bytes, messages whole and in pieces.

use std::sync::Arc;

use super::operation::{CipherMechanism, CipherStream};
use super::{KeyMaterial, MechanismSpec, Params};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::Result;

/// The row with this number.
pub(super) fn row(rows: &'static [MechanismSpec], id: MechanismId) -> &'static MechanismSpec {
    rows.iter().find(|row| row.id == id).unwrap()
}

/// A secret key made ready.
pub(super) fn secret_key(key_type: KeyType, value: &[u8]) -> Arc<KeyMaterial> {
    let attributes: AttributeSet = [
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(key_type.0)),
        (CKA_VALUE, Value::bytes(value)),
    ]
    .into_iter()
    .collect();
    Arc::new(KeyMaterial::prepare(&attributes).unwrap())
}

/// A whole message, as a session runs it.
pub(super) fn whole(
    cipher: &dyn CipherMechanism,
    key: &Arc<KeyMaterial>,
    params: &Params,
    input: &[u8],
) -> Result<Vec<u8>> {
    cipher.check(key, params)?;
    let mut out = vec![0xee; cipher.output_len(key, params, input.len())?];
    let written = cipher.oneshot(key, params, input, &mut out)?;
    out.truncate(written);
    Ok(out)
}

fn last_piece(stream: Box<dyn CipherStream>) -> Result<Vec<u8>> {
    let mut out = vec![0xee; stream.finish_len()];
    let written = stream.finish(&mut out)?;
    out.truncate(written);
    Ok(out)
}

/// The message in pieces of so many bytes.
pub(super) fn in_pieces(
    cipher: &dyn CipherMechanism,
    key: &Arc<KeyMaterial>,
    params: &Params,
    input: &[u8],
    piece_len: usize,
) -> Result<Vec<u8>> {
    cipher.check(key, params)?;
    let mut stream = cipher.stream(key, params)?;
    let mut all = Vec::new();
    for piece in input.chunks(piece_len) {
        let mut out = vec![0xee; stream.update_len(piece.len())];
        let written = stream.update(piece, &mut out)?;
        assert_eq!(written, out.len(), "update_len is exact");
        all.extend(out);
    }
    all.extend(last_piece(stream)?);
    Ok(all)
}
