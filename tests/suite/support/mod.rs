//! Helpers of several test files.

#[cfg(target_os = "linux")]
pub(crate) mod act;
pub(crate) mod corpus;
pub(crate) mod go;
pub(crate) mod judge;
pub(crate) mod objects;
pub(crate) mod parallel;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod random;
pub(crate) mod readers;
pub(crate) mod repo;
#[cfg(target_os = "linux")]
pub(crate) mod server;
pub(crate) mod tidy;
pub(crate) mod tools;
pub(crate) mod txtar;
