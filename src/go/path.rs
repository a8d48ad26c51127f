//! Import paths and module paths.

use std::fmt;
use std::sync::Arc;

macro_rules! path_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The path as written; whether Go accepts it is another question, see `check`.
            pub fn new(path: impl AsRef<str>) -> Self {
                Self(Arc::from(path.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    };
}

path_type! {
    /// The path in an import declaration.
    ImportPath
}

path_type! {
    /// The path that names a module.
    ModulePath
}

impl ModulePath {
    /// The rest of `import` below this module, without a leading slash: empty for the module's own path, `None`
    /// where the module cannot contain it. Stops only at a path boundary.
    pub fn strip(&self, import: &str) -> Option<usize> {
        let rest = import.strip_prefix(self.as_str())?;
        match rest.as_bytes() {
            [] => Some(import.len()),
            [b'/', ..] => Some(self.as_str().len() + 1),
            _ => None,
        }
    }
}

/// Why Go does not accept a path, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError(pub String);
