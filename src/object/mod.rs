//! Objects: the standard's rules as tables, one interpreter of templates, and what an object may be used for.
//!
//! Attributes go in as [`RawAttribute`](crate::attribute::RawAttribute)s and come out as the complete
//! [`AttributeSet`](crate::attribute::AttributeSet) of an object, or as an error that names attribute and rule.
//! Nothing here knows sessions, logins or where objects are kept; `token/` and `module/` call it.

pub mod codec;
pub mod components;
mod curve;
mod der;
mod facts;
mod finite_field;
mod function;
pub mod heritage;
pub mod index;
pub mod modify;
mod narrowing;
pub mod profile;
pub mod rules;
pub mod search;
pub mod template;
#[cfg(test)]
mod testing;
mod usage;
pub mod wrapping;

pub use curve::field_bits as curve_bits;
pub use facts::{Object, Revealed};
pub use function::{Function, Uses};
