mod module_files;
mod module_files_oracle;
mod support;
