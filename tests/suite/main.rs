mod go_files;
mod go_files_oracle;
mod support;
