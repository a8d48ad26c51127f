//! What several test files need.

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
pub(crate) mod tidy;
pub(crate) mod txtar;
