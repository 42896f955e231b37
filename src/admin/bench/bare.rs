//! The bare primitives: the same operations straight in `crate::crypto`, with a prepared key and without
//! the module around it. What `C_SignInit` and `C_Sign` cost beyond this is the module's own.

use super::job::Job;
use super::rows::Work;

/// The job of a row, where there is a bare primitive for it.
pub(super) fn job(_work: Work) -> Result<Job, String> {
    Err("there is no bare primitive for this row".into())
}
