//! Ceremonies: several custodians enter or note the components of a key in turn.
//!
//! Until the last one is done there are session objects only, which end with the process: who gives up leaves nothing.

mod components;
mod dialogue;
mod place;
mod template;

pub(super) use components::{COMPONENTS_MAX, Custody, Entered, Form};
pub(super) use dialogue::{Dialogue, EntryOption, GIVEN_UP_REMEDY};
pub(super) use place::{Opened, Place, upper_hexadecimal};
pub(super) use template::Template;
