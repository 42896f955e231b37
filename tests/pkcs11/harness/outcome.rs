//! What a call answered, with the standard's name in every failure.

use cryptoki_sys::{CK_RV, CKR_OK};

/// A return value that is not `CKR_OK`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub CK_RV);

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&name(self.0))
    }
}

/// What a call gave: its output, or the code it refused with.
pub type Answer<T = ()> = Result<T, Refusal>;

/// The standard's name of a return value.
pub fn name(rv: CK_RV) -> String {
    vhsm::ck::Rv(rv).to_string()
}

/// `CKR_OK` is an answer, everything else a refusal.
pub fn answer(rv: CK_RV) -> Answer {
    if rv == CKR_OK { Ok(()) } else { Err(Refusal(rv)) }
}

/// How tests speak about answers.
pub trait Expect<T> {
    /// The output of a call that has to succeed.
    fn works(self) -> T;
    /// The call has to be refused with this code.
    fn gives(self, rv: CK_RV);
    /// The call has to be refused with one of these codes.
    fn gives_one_of(self, rvs: &[CK_RV]);
    /// The code, whatever it is.
    fn rv(&self) -> CK_RV;
}

impl<T> Expect<T> for Answer<T> {
    #[track_caller]
    fn works(self) -> T {
        match self {
            Ok(output) => output,
            Err(refusal) => panic!("expected CKR_OK, got {refusal:?}"),
        }
    }

    #[track_caller]
    fn gives(self, rv: CK_RV) {
        assert!(self.rv() == rv, "expected {}, got {}", name(rv), name(self.rv()));
    }

    #[track_caller]
    fn gives_one_of(self, rvs: &[CK_RV]) {
        let names: Vec<String> = rvs.iter().copied().map(name).collect();
        assert!(
            rvs.contains(&self.rv()),
            "expected one of {names:?}, got {}",
            name(self.rv())
        );
    }

    fn rv(&self) -> CK_RV {
        self.as_ref().err().map_or(CKR_OK, |refusal| refusal.0)
    }
}
