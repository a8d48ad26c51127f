//! A list of records that may be long: while it is written, they are made one at a time, because a report can have a million.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The records of a document, in order.
pub(super) enum Records<'a, T> {
    /// Those that were read.
    Read(Vec<T>),
    /// Those that are to be written: this begins with the first of them.
    Made(Box<dyn Fn() -> RecordMaker<'a, T> + 'a>),
}

/// Makes records, one after the other.
type RecordMaker<'a, T> = Box<dyn Iterator<Item = T> + 'a>;

impl<'a, T> Records<'a, T> {
    /// Records that are made while they are written.
    pub(super) fn made<I: Iterator<Item = T> + 'a>(begin: impl Fn() -> I + 'a) -> Self {
        Self::Made(Box::new(move || Box::new(begin())))
    }

    /// The records that were read.
    pub(super) fn read(&self) -> &[T] {
        match self {
            Self::Read(records) => records,
            Self::Made(_) => &[],
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Read(records) => records.is_empty(),
            Self::Made(begin) => begin().next().is_none(),
        }
    }
}

impl<T> Default for Records<'_, T> {
    fn default() -> Self {
        Self::Read(Vec::new())
    }
}

impl<T: Serialize> Serialize for Records<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Read(records) => records.serialize(serializer),
            Self::Made(begin) => serializer.collect_seq(begin()),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Records<'_, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::Read)
    }
}

impl<T: JsonSchema> JsonSchema for Records<'_, T> {
    fn inline_schema() -> bool {
        Vec::<T>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::json_schema(generator)
    }
}
