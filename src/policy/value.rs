//! A TOML value that owns its text and keeps its places, so that options can wait for the rule that types them.
//!
//! `toml` keeps places only in values that borrow from the document.

use std::fmt;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A value of a policy, not yet typed.
#[derive(Clone, Debug)]
pub enum RawValue {
    /// A string, unquoted.
    String(String),
    /// An integer or a float, as written.
    Number(String),
    /// A boolean.
    Boolean(bool),
    /// A date, a time, or both.
    Datetime(toml::value::Datetime),
    /// An array.
    Array(Vec<Spanned<RawValue>>),
    /// A table.
    Table(Vec<(Spanned<String>, Spanned<RawValue>)>),
}

impl RawValue {
    /// Copies a parsed value.
    pub(super) fn copy(value: &Spanned<DeValue<'_>>) -> Spanned<Self> {
        let copied = match value.get_ref() {
            DeValue::String(text) => Self::String(text.to_string()),
            DeValue::Integer(number) => Self::Number(number.to_string()),
            DeValue::Float(number) => Self::Number(number.to_string()),
            DeValue::Boolean(truth) => Self::Boolean(*truth),
            DeValue::Datetime(time) => Self::Datetime(*time),
            DeValue::Array(items) => Self::Array(items.iter().map(Self::copy).collect()),
            DeValue::Table(table) => {
                let key = |key: &Spanned<_>| Spanned::new(key.span(), ToString::to_string(key.get_ref()));
                Self::Table(table.iter().map(|(name, value)| (key(name), Self::copy(value))).collect())
            }
        };
        Spanned::new(value.span(), copied)
    }

    /// The value in the form that `serde` reads, at the same place.
    pub(super) fn lend(value: &Spanned<Self>) -> Spanned<DeValue<'_>> {
        let lent = match value.get_ref() {
            Self::String(text) => DeValue::String(text.as_str().into()),
            Self::Number(text) => match DeValue::parse(text) {
                Ok(number) => number.into_inner(),
                Err(_) => DeValue::String(text.as_str().into()),
            },
            Self::Boolean(truth) => DeValue::Boolean(*truth),
            Self::Datetime(time) => DeValue::Datetime(*time),
            Self::Array(items) => {
                let mut array = DeArray::new();
                items.iter().map(Self::lend).for_each(|item| array.push(item));
                DeValue::Array(array)
            }
            Self::Table(entries) => {
                let mut table = DeTable::new();
                for (key, value) in entries {
                    table.insert(Spanned::new(key.span(), key.get_ref().as_str().into()), Self::lend(value));
                }
                DeValue::Table(table)
            }
        };
        Spanned::new(value.span(), lent)
    }

    /// The kind of value, as TOML calls it, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Datetime(_) => "a date",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// Writes the value as TOML, on one line.
impl fmt::Display for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => toml::Value::from(text.replace('\r', "")).fmt(f),
            Self::Number(text) => f.write_str(text),
            Self::Boolean(truth) => truth.fmt(f),
            Self::Datetime(time) => time.fmt(f),
            Self::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| item.get_ref().to_string()).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Table(entries) => {
                let pair = |(key, value): &(Spanned<String>, Spanned<Self>)| {
                    format!("{} = {}", toml::Value::from(key.get_ref().as_str()), value.get_ref())
                };
                let pairs: Vec<String> = entries.iter().map(pair).collect();
                write!(f, "{{ {} }}", pairs.join(", "))
            }
        }
    }
}
