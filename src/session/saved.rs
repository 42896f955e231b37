//! Operations as bytes, for C_GetOperationState and C_SetOperationState [PKCS#11 3.2, 5.6].
//!
//! The bytes hold what an operation has computed so far, and of its key only a name and a digest: the key itself is
//! found again or given again. They are secret and never leave the module but sealed.

use super::OperationKind;
use super::key::OperationKey;
use crate::ck::{CKA_UNIQUE_ID, MechanismId};
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// The first byte: another form has another number.
const FORMAT: u8 = 1;

/// One operation.
pub struct SavedOperation {
    /// Its kind: encryption, decryption, digest, signature or verification.
    pub kind: OperationKind,
    /// The mechanism.
    pub mechanism: MechanismId,
    /// Its parameter, as [`crate::mechanism::Params::save`] gives it.
    pub params: SecretBytes,
    /// The key; none for digests.
    pub key: Option<SavedKey>,
    /// How far it has come.
    pub stage: SavedStage,
}

/// How far an operation has come.
pub enum SavedStage {
    /// Nothing has come yet.
    Ready,
    /// Parts have come; the stream's own bytes.
    Streaming(SecretBytes),
    /// The last part is made, but its buffer was too short.
    Ending(SecretBytes),
}

/// What is kept of a key.
#[derive(PartialEq, Eq)]
pub struct SavedKey {
    /// CKA_UNIQUE_ID.
    pub unique_id: SecretBytes,
    /// SHA-256 of class, type and value.
    pub digest: [u8; 32],
}

impl SavedKey {
    /// What is kept of the key of an operation.
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`] for keys of pairs, and for keys that want their PIN for each operation: a saved one
    /// could be gone on with twice.
    pub fn of(key: &OperationKey) -> Result<Self> {
        let material = key.material()?;
        let secret = material.secret().map_err(|_| Error::StateUnsaveable)?;
        if key.wants_authentication() {
            return Err(Error::StateUnsaveable);
        }
        let mut hasher = Hash::Sha256.hasher();
        hasher.update(&material.class.0.to_be_bytes());
        hasher.update(&material.key_type.0.to_be_bytes());
        hasher.update(secret.value());
        let mut digest = [0; 32];
        hasher.finish(&mut digest);
        let unique_id = key.object.attributes().bytes(CKA_UNIQUE_ID);
        Ok(Self {
            unique_id: unique_id.unwrap_or_default().into(),
            digest,
        })
    }
}

/// The kinds that are saved, each by its number.
const KINDS: [(OperationKind, u8); 5] = [
    (OperationKind::Encrypt, 1),
    (OperationKind::Decrypt, 2),
    (OperationKind::Digest, 3),
    (OperationKind::Sign, 4),
    (OperationKind::Verify, 5),
];

/// The operations of a session in one piece, with the state of the session that they belong to (`CKS_…`).
#[must_use]
pub fn encode(session_state: u64, operations: &[SavedOperation]) -> SecretBytes {
    let (format, state) = ([FORMAT], session_state.to_be_bytes());
    let heads: Vec<_> = operations.iter().map(Head::of).collect();
    let mut fields: Vec<&[u8]> = vec![&format, &state];
    for (head, operation) in heads.iter().zip(operations) {
        let (unique_id, digest) = operation
            .key
            .as_ref()
            .map_or((&[][..], &[][..]), |key| (&*key.unique_id, &key.digest));
        fields.extend([
            &head.0[..],
            &operation.params,
            unique_id,
            digest,
            operation.stage.bytes(),
        ]);
    }
    let length = |field: &[u8]| u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes();
    let lengths: Vec<_> = fields.iter().map(|field| length(field)).collect();
    let total = fields.iter().map(|field| field.len().saturating_add(4)).sum();
    let mut encoded = SecretBytes::zeros(total);
    let bytes = lengths
        .iter()
        .zip(&fields)
        .flat_map(|(length, field)| length.iter().chain(*field));
    encoded
        .as_mut()
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
    encoded
}

/// What [`encode`] was given; `None` if the bytes are not of it.
#[must_use]
pub fn decode(encoded: &[u8]) -> Option<(u64, Vec<SavedOperation>)> {
    let mut fields = Fields(encoded);
    if fields.take()? != [FORMAT] {
        return None;
    }
    let state = u64::from_be_bytes(fields.take()?.try_into().ok()?);
    let mut operations = Vec::new();
    while !fields.0.is_empty() {
        let head = Head(fields.take()?.try_into().ok()?);
        let (params, unique_id, digest, bytes) =
            (fields.take()?, fields.take()?, fields.take()?, fields.take()?);
        operations.push(SavedOperation {
            kind: head.kind()?,
            mechanism: head.mechanism(),
            params: params.into(),
            key: match digest {
                [] => None,
                digest => Some(SavedKey {
                    unique_id: unique_id.into(),
                    digest: digest.try_into().ok()?,
                }),
            },
            stage: head.stage(bytes)?,
        });
    }
    (!operations.is_empty()).then_some((state, operations))
}

/// Kind, stage and mechanism.
struct Head([u8; 10]);

impl Head {
    fn of(operation: &SavedOperation) -> Self {
        let kind = KINDS.iter().find(|(kind, _)| *kind == operation.kind);
        let first = [kind.map_or(0, |(_, number)| *number), operation.stage.number()];
        let mut head = [0; 10];
        let bytes = first.into_iter().chain(operation.mechanism.0.to_be_bytes());
        head.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Self(head)
    }

    fn kind(&self) -> Option<OperationKind> {
        let [number, ..] = self.0;
        let kind = KINDS.iter().find(|(_, known)| *known == number);
        kind.map(|(kind, _)| *kind)
    }

    fn mechanism(&self) -> MechanismId {
        let [_, _, number @ ..] = self.0;
        MechanismId(u64::from_be_bytes(number))
    }

    fn stage(&self, bytes: &[u8]) -> Option<SavedStage> {
        match self.0 {
            [_, 0, ..] if bytes.is_empty() => Some(SavedStage::Ready),
            [_, 1, ..] => Some(SavedStage::Streaming(bytes.into())),
            [_, 2, ..] => Some(SavedStage::Ending(bytes.into())),
            _ => None,
        }
    }
}

impl SavedStage {
    fn number(&self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::Streaming(_) => 1,
            Self::Ending(_) => 2,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Ready => &[],
            Self::Streaming(bytes) | Self::Ending(bytes) => bytes,
        }
    }
}

/// Fields with their lengths before them.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ck::{CKM_AES_CBC, CKM_SHA256};

    fn operations() -> Vec<SavedOperation> {
        vec![
            SavedOperation {
                kind: OperationKind::Digest,
                mechanism: CKM_SHA256,
                params: SecretBytes::default(),
                key: None,
                stage: SavedStage::Streaming(SecretBytes::from(&[1, 2, 3][..])),
            },
            SavedOperation {
                kind: OperationKind::Decrypt,
                mechanism: CKM_AES_CBC,
                params: SecretBytes::from(&[9; 16][..]),
                key: Some(SavedKey {
                    unique_id: SecretBytes::from(&b"name"[..]),
                    digest: [5; 32],
                }),
                stage: SavedStage::Ready,
            },
        ]
    }

    #[test]
    fn operations_come_back_as_they_were() {
        let encoded = encode(3, &operations());
        let (state, decoded) = decode(&encoded).unwrap();
        assert_eq!(state, 3);
        assert_eq!(encode(state, &decoded), encoded);
        assert_eq!(decoded.len(), 2);
        assert!(decoded[1].key == operations()[1].key && decoded[0].key.is_none());
    }

    #[test]
    fn bytes_that_are_cut_or_longer_are_none() {
        let encoded = encode(3, &operations());
        for length in 0..encoded.len() {
            // The first operation alone is a state, too.
            let first = encode(3, &operations()[..1]).len();
            assert_eq!(decode(&encoded[..length]).is_some(), length == first, "{length}");
        }
        assert!(decode(&[&*encoded, &[0]].concat()).is_none());
        assert!(decode(&encode(3, &[])).is_none());
    }
}
