//! modwarden: a policy linter for Go modules that reads Git, needs no toolchain and no network.
//!
//! Data flows one way, and each step has one home:
//!
//! ```text
//! source ─► load ─► syntax ─► model ─┐
//!                          policy ───┤─► engine (rules) ─► finding ─► report
//! ```
//!
//! `ARCHITECTURE.md` says what may import what, and a test holds it.

pub mod engine;
pub mod finding;
pub mod go;
pub mod history;
pub mod load;
pub mod model;
pub mod pipeline;
pub mod policy;
pub mod report;
pub mod rules;
pub mod source;
pub mod syntax;
pub mod text;

pub mod cli;
