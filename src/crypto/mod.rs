//! Thin safe adapters, one file per primitive. Which library stands behind each is that file's private matter.

pub mod hash;
