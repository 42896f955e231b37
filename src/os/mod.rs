//! What the operating system gives and safe Rust does not reach: fork handlers, a shared counter, locked memory, the vault,
//! file modes, locks, writing without waiting and without signals; and the wall clock behind one function.
//!
//! Invariant: nothing here keeps a lock over a fork, and nothing has a destructor that runs at exit.

pub mod clock;
pub mod descriptors;
pub mod dumps;
pub mod files;
pub mod fork;
pub mod inherited;
pub mod kept;
pub mod known;
pub mod lock;
pub mod locked;
pub mod output;
pub mod probe;
pub mod shared;
pub mod signals;
pub mod stack;
pub mod unique;
pub mod vault;
