//! The JSON schema of the policy language, made from the rules' own options, so that editors can complete a policy.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, json_schema};

use crate::policy::UndecidedChoice;
use crate::rules::{RULES, RuleKind};

/// The schema of `modwarden.toml`, as JSON text that ends in a line break.
pub fn schema() -> String {
    let mut root = schema_of::<PolicyKeys>();
    let rules: Vec<(&str, Schema)> =
        RULES.iter().filter_map(|rule| Some((rule.meta().id, entries_schema(rule)?))).collect();
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.meta().id).collect();
    if let Some(properties) = root.get_mut("properties").and_then(|properties| properties.as_object_mut()) {
        let levels = json_schema!({ "enum": ["error", "warn", "note", "off"] });
        let pattern = format!("^({})(/.+)?$", ids.join("|"));
        let severity = json_schema!({
            "description": "The level of a rule, or of one entry of it as `rule/entry`.",
            "type": "object",
            "patternProperties": { pattern: levels },
            "additionalProperties": false
        });
        properties.insert("severity".to_owned(), severity.to_value());
        properties.insert("undecided".to_owned(), undecided_schema(&ids).to_value());
        properties.extend(rules.into_iter().map(|(id, schema)| (id.to_owned(), schema.to_value())));
    }
    root.insert("title".to_owned(), "modwarden policy".into());
    root.insert("description".to_owned(), "Which imports and modules a Go repository may use.".into());
    format!("{:#}\n", root.to_value())
}

/// The schema of the choice for rules that could not decide: a word, or a table of words.
fn undecided_schema(ids: &[&str]) -> Schema {
    let choices = UndecidedChoice::ALL.map(UndecidedChoice::as_str);
    let pattern = format!("^(all|({})(/.+)?)$", ids.join("|"));
    let table = json_schema!({
        "type": "object",
        "patternProperties": { pattern: { "enum": choices } },
        "additionalProperties": false
    });
    json_schema!({
        "description": "Whether a run passes though a rule could not decide: for all rules, or for each as `rule` or `rule/entry`.",
        "anyOf": [{ "enum": choices }, table]
    })
}

/// The schema of a rule's array of entries: the keys that every entry has and the rule's own.
fn entries_schema(rule: &RuleKind) -> Option<Schema> {
    let options = rule.schema()?;
    let mut entry = schema_of::<EntryKeys>();
    let own = options.get("properties").and_then(|own| own.as_object()).cloned().unwrap_or_default();
    let definitions = options.get("$defs").cloned();
    let properties = entry.get_mut("properties").and_then(|properties| properties.as_object_mut())?;
    properties.extend(own);
    entry.insert("description".to_owned(), rule.meta().summary.into());
    // Keys that belong to a document of its own.
    entry.remove("$schema");
    entry.remove("title");
    if let Some(definitions) = definitions {
        entry.insert("$defs".to_owned(), definitions);
    }
    Some(json_schema!({ "type": "array", "items": entry }))
}

fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

/// The top level of a policy. It is only described here; `policy` reads it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a schema is all that is made of it")]
struct PolicyKeys {
    /// Built-in packs by name, and files by path, which this policy goes beyond.
    extends: Option<Vec<String>>,
    /// Module files, or globs on their directories, that count although `./...` skips them.
    modules: Option<Vec<String>>,
    /// Whether `//modwarden:allow` comments count. Without it they do; with `--policy-from REV`, those that REV has,
    /// too.
    #[schemars(rename = "inline-exceptions")]
    inline_exceptions: Option<AllowOrDeny>,
    /// The exceptions, with their reasons.
    exception: Option<Vec<ExceptionKeys>>,
    /// Named lists of patterns: `$name` in a list stands for the patterns of the group.
    groups: Option<BTreeMap<String, Vec<String>>>,
    /// Filled in from the rules.
    severity: Option<BTreeMap<String, String>>,
    /// Filled in from the rules.
    undecided: Option<BTreeMap<String, String>>,
}

/// Whether something counts.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "a schema is all that is made of it")]
enum AllowOrDeny {
    /// It does.
    Allow,
    /// It does not.
    Deny,
}

/// The keys that an entry of every rule has.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a schema is all that is made of it")]
struct EntryKeys {
    /// The entry's name, unique within its rule.
    name: String,
    /// Only files of these packages: patterns relative to each module, or on import paths.
    from: Option<Vec<String>>,
    /// Only these files: globs from the repository's root.
    files: Option<Vec<String>>,
    /// Only these modules: patterns on module paths, or directories.
    modules: Option<Vec<String>>,
    /// Whether test files count.
    tests: Option<Choice>,
    /// Whether generated files count.
    generated: Option<Choice>,
    /// Only files that a build with exactly these tags may include.
    tags: Option<Vec<String>>,
    /// Why.
    reason: Option<String>,
    /// The recommended alternative.
    #[schemars(rename = "use")]
    use_: Option<String>,
    /// A page with more.
    docs: Option<String>,
}

/// Whether a kind of file counts.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "a schema is all that is made of it")]
enum Choice {
    /// It does.
    Include,
    /// It does not.
    Exclude,
    /// Nothing else does.
    Only,
}

/// The keys of an exception.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a schema is all that is made of it")]
struct ExceptionKeys {
    /// The rule, or `rule/entry`.
    rule: String,
    /// Why.
    reason: String,
    /// Only findings in these files.
    files: Option<Vec<String>>,
    /// Only findings in these modules.
    modules: Option<Vec<String>>,
    /// Only findings about these imported packages or required modules.
    imports: Option<Vec<String>>,
    /// Who answers for it.
    owner: Option<String>,
    /// The last day on which it holds, in UTC.
    until: Option<String>,
}
