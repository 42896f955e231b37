//! The rows of the benchmark: what is measured, under which name. Data only; `job` makes calls of it.
//!
//! A name is unique and means the same in the parent process and in its workers.

use super::payment::{PAYMENTS, Payment};
use super::table::*;
use crate::ck::*;

/// One thing that is measured.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Unique; what the table shows and what `--filter` searches.
    pub(super) name: String,
    /// What is done.
    pub(super) work: Work,
}

/// What a row does, once per operation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// `C_SignInit` and `C_Sign` of so many bytes.
    Sign(&'static Signing, usize),
    /// `C_VerifyInit` and `C_Verify` of so many bytes.
    Verify(&'static Signing, usize),
    /// `C_EncryptInit` and `C_Encrypt` of so many bytes.
    Encrypt(&'static Cipher, usize),
    /// `C_DecryptInit` and `C_Decrypt` of so many bytes of plaintext.
    Decrypt(&'static Cipher, usize),
    /// `C_DigestInit` and `C_Digest` of so many bytes.
    Digest(MechanismId, usize),
    /// `C_DeriveKey`, a session object.
    Derive(&'static Derivation),
    /// `C_EncapsulateKey` with this key and mechanism, a session object.
    Encapsulate(KeyKind, MechanismId),
    /// `C_DecapsulateKey`, likewise.
    Decapsulate(KeyKind, MechanismId),
    /// An operation of payments.
    Payment(Payment),
    /// `C_GenerateRandom` of so many bytes.
    Random(usize),
    /// `C_OpenSession` and `C_CloseSession`.
    OpenSession,
    /// `C_GetAttributeValue` of one attribute of a key.
    Attribute(KeyKind, AttributeType),
    /// `C_GenerateKey` or `C_GenerateKeyPair`, session objects.
    Generate(KeyKind),
    /// `C_CreateObject` of a secret key, on the token or in the session.
    Create(Place),
    /// `C_DestroyObject` of a secret key.
    Destroy(Place),
    /// A search by this attribute among so many token objects.
    Find(AttributeType, usize),
    /// A fresh process on a token of so many objects.
    Start(Start, usize),
}

impl Row {
    /// Whether it can be measured: among no objects there is none to find.
    pub(super) fn is_possible(&self) -> bool {
        !matches!(self.work, Work::Find(_, 0))
    }
}

/// Where an object lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `CKA_TOKEN` is TRUE.
    Token,
    /// `CKA_TOKEN` is FALSE.
    Session,
}

/// What a fresh process does after `C_Initialize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Start {
    /// Finds a public object without a login.
    Public,
    /// Logs in and finds a key.
    Find,
    /// Logs in, finds a key and signs.
    Sign,
    /// As `Sign`; what is reported is the most memory that the process had.
    Memory,
}

/// All rows. Those that need many token objects come last, with ascending numbers of them, so that
/// the tokens only ever grow.
pub(super) fn all(objects: &[usize]) -> Vec<Row> {
    let mut rows = Vec::new();
    signatures(&mut rows);
    ciphers(&mut rows);
    for (name, mechanism) in DIGESTS {
        for length in DIGEST_LENGTHS {
            push(
                &mut rows,
                format!("digest {name} {}", bytes(length)),
                Work::Digest(mechanism, length),
            );
        }
    }
    derivations(&mut rows);
    for (name, payment) in PAYMENTS {
        push(&mut rows, name.into(), Work::Payment(payment));
    }
    for length in [32, 1024] {
        push(
            &mut rows,
            format!("random {}", bytes(length)),
            Work::Random(length),
        );
    }
    push(&mut rows, "session open and close".into(), Work::OpenSession);
    push(
        &mut rows,
        "attribute label".into(),
        Work::Attribute(KeyKind::Secret, CKA_LABEL),
    );
    push(
        &mut rows,
        "attribute modulus".into(),
        Work::Attribute(KeyKind::Rsa(2048), CKA_MODULUS),
    );
    for (name, key) in GENERATED {
        push(&mut rows, format!("generate {name}"), Work::Generate(key));
    }
    for (name, place) in [("session", Place::Session), ("token", Place::Token)] {
        push(&mut rows, format!("object create on {name}"), Work::Create(place));
        push(
            &mut rows,
            format!("object destroy on {name}"),
            Work::Destroy(place),
        );
    }
    for &count in objects {
        among(&mut rows, count);
    }
    rows
}

fn push(rows: &mut Vec<Row>, name: String, work: Work) {
    rows.push(Row { name, work });
}

fn signatures(rows: &mut Vec<Row>) {
    for signing in &SIGNINGS {
        for &length in signing.data {
            let size = if signing.data.len() > 1 {
                format!(" {}", bytes(length))
            } else {
                String::new()
            };
            push(
                rows,
                format!("sign {}{size}", signing.name),
                Work::Sign(signing, length),
            );
        }
    }
    for signing in &SIGNINGS {
        if let Some(&length) = signing.data.first() {
            push(
                rows,
                format!("verify {}", signing.name),
                Work::Verify(signing, length),
            );
        }
    }
}

fn ciphers(rows: &mut Vec<Row>) {
    for cipher in &CIPHERS {
        for length in CIPHER_LENGTHS {
            let size = bytes(length);
            push(
                rows,
                format!("encrypt {} {size}", cipher.name),
                Work::Encrypt(cipher, length),
            );
            push(
                rows,
                format!("decrypt {} {size}", cipher.name),
                Work::Decrypt(cipher, length),
            );
        }
    }
}

fn derivations(rows: &mut Vec<Row>) {
    for derivation in &DERIVATIONS {
        push(
            rows,
            format!("derive {}", derivation.name),
            Work::Derive(derivation),
        );
    }
    let (kind, mechanism) = (KeyKind::MlKem768, CKM_ML_KEM);
    push(
        rows,
        "encapsulate ml-kem-768".into(),
        Work::Encapsulate(kind, mechanism),
    );
    push(
        rows,
        "decapsulate ml-kem-768".into(),
        Work::Decapsulate(kind, mechanism),
    );
}

/// The rows that depend on how many objects the token holds.
fn among(rows: &mut Vec<Row>, count: usize) {
    push(
        rows,
        format!("find by label among {count}"),
        Work::Find(CKA_LABEL, count),
    );
    push(
        rows,
        format!("find by id among {count}"),
        Work::Find(CKA_ID, count),
    );
    for (name, start) in [
        ("start to public object", Start::Public),
        ("start to first key", Start::Find),
        ("start to first signature", Start::Sign),
        ("memory at first signature", Start::Memory),
    ] {
        push(rows, format!("{name} among {count}"), Work::Start(start, count));
    }
}

/// `16 B`, `1 KiB`.
fn bytes(length: usize) -> String {
    if length.is_multiple_of(1024) {
        format!("{} KiB", length / 1024)
    } else {
        format!("{length} B")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = all(&[100, 1000]).into_iter().map(|row| row.name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
