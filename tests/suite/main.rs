mod reporters;
mod policies;
//! All integration tests, in one program.

mod sources;
mod support;
