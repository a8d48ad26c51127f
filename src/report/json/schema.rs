//! The JSON schema of the document, made from the shapes that write and read it.

use schemars::generate::SchemaSettings;

use super::document::Report;

/// The schema of `json`, as JSON text that ends in a line break. It lets further fields be, since later versions add some.
pub fn schema() -> String {
    let mut root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Report<'_>>();
    root.insert("title".to_owned(), "modwarden report".into());
    format!("{:#}\n", root.to_value())
}
