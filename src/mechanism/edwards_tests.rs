//! The rows, with known answers of others.
