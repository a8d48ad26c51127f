//! All integration tests, in one program.

mod cli;
mod comparison;
mod corpus_oracle;
mod diff;
mod faults_oracle;
mod fixes;
mod generated;
mod go_files;
mod go_files_oracle;
mod graphs_oracle;
mod history;
mod hooks;
mod hostile;
mod layering;
mod module_files;
mod module_files_oracle;
mod module_targets;
mod package;
mod policies;
mod pushes;
mod removals;
mod reporters;
mod rules;
mod sources;
mod store;
mod support;
