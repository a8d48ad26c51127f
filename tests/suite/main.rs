mod reporters;
mod policies;
//! All integration tests, in one program.

mod sources;
mod module_files;
mod module_files_oracle;
mod go_files;
mod go_files_oracle;
mod support;
mod layering;
mod package;
