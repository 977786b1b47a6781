//! A virtual world that runs the real desk from a seed: customers who write, agents who work, mail servers that say
//! "later", machines that stop between any two steps. Invariants are checked as it goes.
//!
//! [`world`] is for tests; [`demo`] lets the same kind of people live on a real desk in real time.

pub mod callers;
pub mod chance;
pub mod chatters;
pub mod demo;
pub mod scripts;
pub mod sink;
pub mod world;
