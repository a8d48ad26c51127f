//! SARIF 2.1.0, as GitHub code scanning really reads it.
//!
//! Findings that an exception covers are left out, since GitHub ignores `suppressions` and would open an alert. Only
//! the frame is our own: `serde_sarif`'s holds all results at once, and one of them takes two kilobytes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use serde_sarif::sarif;

use super::covered::newly_covered;
use super::fingerprint::fingerprint;
use super::place::{Region, first_line, policy_file};
use super::undecided::undecided_groups;
use super::{Reporter, escape, facts};
use crate::finding::{
    Finding, IDENTITY_VERSION, Label, Notification, NotificationKind, RuleMeta, Run, Severity, Verdict,
};
use crate::text::{Edit, Files, Home, SourceFile, Span};

/// How many results GitHub takes of a run.
const MAX_RESULTS: usize = 25_000;

/// How many related locations GitHub shows of a result.
const MAX_RELATED: usize = 100;

/// The name for the root of the checked directory, which paths are relative to.
const ROOT: &str = "%SRCROOT%";

/// The reporter of `--format sarif`.
pub(super) struct SarifLog;

impl Reporter for SarifLog {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        facts::write_line(&Log::new(vec![RunRecord::new(Results::new(run, files))]), out)
    }
}

/// Writes a log with a run for each of these. GitHub distinguishes them by their ids: the repository, and a number if it
/// has several runs.
pub(crate) fn write_sarif_runs<'r>(
    runs: impl Iterator<Item = &'r (Run, Files)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut records = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (run, files) in runs {
        let address = run.header.repository.as_deref().unwrap_or("unknown");
        let count = counts.entry(address).or_default();
        *count += 1;
        let repository = if *count == 1 { address.to_owned() } else { format!("{address}#{count}") };
        let mut record = RunRecord::new(Results::new(run, files));
        record.automation_details =
            sarif::RunAutomationDetails::builder().id(format!("modwarden/{repository}/")).build();
        record.version_control_provenance = provenance(run);
        records.push(record);
    }
    facts::write_line(&Log::new(records), out)
}

/// The repository and the commit, if the address is a URI.
fn provenance(run: &Run) -> Vec<sarif::VersionControlDetails> {
    let Some(repository) = run.header.repository.as_ref().filter(|address| address.contains("://")) else {
        return Vec::new();
    };
    let mut details = sarif::VersionControlDetails::builder().repository_uri(repository.as_str()).build();
    details.revision_id = run.header.commit.map(|commit| commit.to_string());
    vec![details]
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: Vec<RunRecord<'a>>,
}

impl<'a> Log<'a> {
    fn new(runs: Vec<RunRecord<'a>>) -> Self {
        let schema = "https://json.schemastore.org/sarif-2.1.0.json";
        Self { schema, version: "2.1.0", runs }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunRecord<'a> {
    tool: sarif::Tool,
    automation_details: sarif::RunAutomationDetails,
    invocations: [sarif::Invocation; 1],
    original_uri_base_ids: BTreeMap<&'static str, sarif::ArtifactLocation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    version_control_provenance: Vec<sarif::VersionControlDetails>,
    column_kind: &'static str,
    results: Results<'a>,
}

impl<'a> RunRecord<'a> {
    fn new(results: Results<'a>) -> Self {
        let root = sarif::Message::from("The root of what was checked.");
        Self {
            tool: tool(results.run),
            automation_details: sarif::RunAutomationDetails::builder().id("modwarden/").build(),
            invocations: [invocation(&results)],
            original_uri_base_ids: [(ROOT, sarif::ArtifactLocation::builder().description(root).build())].into(),
            version_control_provenance: Vec::new(),
            column_kind: "utf16CodeUnits",
            results,
        }
    }
}

/// The results, made one by one as they are written.
struct Results<'a> {
    run: &'a Run,
    files: &'a Files,
    findings: Vec<&'a Finding>,
    rules: HashMap<&'static str, i64>,
    policy: Option<&'a SourceFile>,
}

impl<'a> Results<'a> {
    fn new(run: &'a Run, files: &'a Files) -> Self {
        let mut findings: Vec<&Finding> = run.findings.iter().collect();
        if findings.len() > MAX_RESULTS {
            findings.sort_by_key(|finding| Reverse(finding.severity));
            findings.truncate(MAX_RESULTS);
        }
        let rules = run.rules.iter().map(|rule| rule.id).zip(0..).collect();
        Self { run, files, findings, rules, policy: policy_file(run, files) }
    }

    fn result(&self, finding: &Finding) -> sarif::Result {
        let locations = self.location(&finding.primary).or_else(|| self.policy.map(|file| location(file, None)));
        let related = self.related(finding);
        let mut result = sarif::Result::builder()
            .rule_id(finding.rule.id)
            .level(level(finding.severity))
            .message(message(finding, &related))
            .partial_fingerprints(BTreeMap::from([(
                format!("modwarden/v{IDENTITY_VERSION}"),
                fingerprint(&finding.identity.to_string()),
            )]))
            .properties(properties(finding))
            .build();
        result.rule_index = self.rules.get(finding.rule.id).copied();
        result.locations = locations.map(|location| vec![location]);
        result.related_locations = Some(related).filter(|related| !related.is_empty());
        result.code_flows = self.code_flow(finding).map(|flow| vec![flow]);
        result.fixes = self.fix(finding).map(|fix| vec![fix]);
        result
    }

    /// The change that fixes a finding, if all of it is known and it is in the repository.
    fn fix(&self, finding: &Finding) -> Option<sarif::Fix> {
        let fix = finding.fix.as_ref().filter(|_| !finding.edits.is_empty())?;
        let file = self.files.get(fix.file);
        let place = self.location(&Label::new(fix.file, Span::default(), ""))?.physical_location?.artifact_location?;
        let replacement = |edit: &Edit| {
            let deleted = region(Region::utf16(file, edit.span)?);
            let inserted = String::from_utf8_lossy(&edit.replacement).into_owned();
            let inserted = sarif::ArtifactContent::builder().text(inserted).build();
            Some(sarif::Replacement::builder().deleted_region(deleted).inserted_content(inserted).build())
        };
        let replacements = finding.edits.iter().map(replacement).collect::<Option<Vec<_>>>()?;
        let change = sarif::ArtifactChange::builder().artifact_location(place).replacements(replacements).build();
        let words = format!("{} ({})", fix.message, fix.applicability.as_str());
        Some(sarif::Fix::builder().description(text(&words)).artifact_changes(vec![change]).build())
    }

    fn related(&self, finding: &Finding) -> Vec<sarif::Location> {
        let mut related: Vec<_> = finding.related.iter().filter_map(|label| self.location(label)).collect();
        related.truncate(MAX_RELATED);
        related.iter_mut().zip(1..).for_each(|(location, id)| location.id = Some(id));
        related
    }

    /// The steps of a chain, one after the other, as far as they are in the repository.
    fn code_flow(&self, finding: &Finding) -> Option<sarif::CodeFlow> {
        let steps = finding.related.iter().filter(|label| label.is_step);
        let mut places = Vec::new();
        for label in std::iter::once(&finding.primary).chain(steps) {
            let location = self.location(label)?;
            places.push(sarif::ThreadFlowLocation::builder().location(location).build());
        }
        if places.len() < 2 {
            return None;
        }
        let flow = sarif::ThreadFlow::builder().locations(places).build();
        Some(sarif::CodeFlow::builder().thread_flows(vec![flow]).build())
    }

    /// Where a label is; `None` outside the repository.
    fn location(&self, label: &Label) -> Option<sarif::Location> {
        let file = self.files.get(label.file);
        if file.home() != Home::Repository {
            return None;
        }
        let mut location = location(file, Region::utf16(file, first_line(file, label.span)));
        if !label.message.is_empty() {
            location.message = Some(text(&label.message));
        }
        Some(location)
    }

    fn notifications(&self, wanted: fn(NotificationKind) -> bool) -> Vec<sarif::Notification> {
        let notifications = self.run.notifications.iter().filter(|it| wanted(it.kind));
        notifications.map(|it| self.notification(it)).collect()
    }

    fn notification(&self, notification: &Notification) -> sarif::Notification {
        let words = with_help(&notification.message_with_repository(), notification.help.as_deref());
        let mut record = notice(notification.level, &words);
        let location = notification.label.as_ref().and_then(|label| self.location(label));
        record.locations = location.map(|location| vec![location]);
        record
    }
}

impl Results<'_> {
    /// A newly covered finding is no result, since code scanning would open an alert for it.
    fn newly_covered(&self) -> Vec<sarif::Notification> {
        let mut records = Vec::new();
        for covered in newly_covered(self.run, self.files) {
            let words = format!("`{}`: {}", covered.finding.code(), covered.message());
            let mut record = notice(Severity::Note, &words);
            let places = [&covered.finding.primary, covered.by];
            let mut locations: Vec<_> = places.into_iter().filter_map(|label| self.location(label)).collect();
            // A list of locations has each once.
            locations.dedup();
            record.locations = Some(locations);
            records.push(record);
        }
        records
    }

    /// One notification for each reason and rule, since SARIF associates one rule with each.
    fn undecided(&self) -> Vec<sarif::Notification> {
        let mut records = Vec::new();
        for group in undecided_groups(self.run) {
            let mut asked: Vec<String> = Vec::new();
            for undecided in &group.questions {
                let rule = undecided.code();
                if asked.contains(&rule) {
                    continue;
                }
                let words = with_help(&format!("`{rule}`: {}", group.message()), group.remedy().as_deref());
                let mut record = notice(undecided.severity, &words);
                record.locations = self.location(&undecided.question.label).map(|location| vec![location]);
                record.associated_rule = self.reference(undecided.rule);
                records.push(record);
                asked.push(rule);
            }
        }
        records
    }

    fn reference(&self, rule: &RuleMeta) -> Option<sarif::ReportingDescriptorReference> {
        let index = self.rules.get(rule.id).copied()?;
        Some(sarif::ReportingDescriptorReference::builder().id(rule.id).index(index).build())
    }
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.findings.iter().map(|finding| self.result(finding)))
    }
}

fn invocation(results: &Results<'_>) -> sarif::Invocation {
    let mut execution = results.notifications(|kind| kind != NotificationKind::Policy);
    execution.extend(results.newly_covered());
    execution.extend(results.undecided());
    let left_out = results.run.findings.len() - results.findings.len();
    if left_out > 0 {
        let words = format!("{left_out} findings are left out: GitHub takes no more than {MAX_RESULTS} of a run");
        execution.push(notice(Severity::Warn, &words));
    }
    sarif::Invocation::builder()
        .execution_successful(results.run.verdict == Verdict::Judged)
        .tool_configuration_notifications(results.notifications(|kind| kind == NotificationKind::Policy))
        .tool_execution_notifications(execution)
        .build()
}

fn notice(severity: Severity, words: &str) -> sarif::Notification {
    sarif::Notification::builder().level(json!(level(severity))).message(text(words)).build()
}

fn tool(run: &Run) -> sarif::Tool {
    let driver = sarif::ToolComponent::builder()
        .name(run.tool.name)
        .version(run.tool.version.as_ref())
        .semantic_version(run.tool.version.as_ref())
        .information_uri(env!("CARGO_PKG_HOMEPAGE"))
        .rules(run.rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>())
        .build();
    driver.into()
}

fn descriptor(rule: &RuleMeta) -> sarif::ReportingDescriptor {
    let summary = sarif::MultiformatMessageString::builder().text(rule.summary).build();
    let problem = match rule.severity {
        Severity::Error => "error",
        Severity::Warn => "warning",
        Severity::Note => "recommendation",
    };
    let properties = [("precision", json!("high")), ("problem.severity", json!(problem))];
    sarif::ReportingDescriptor::builder()
        .id(rule.id)
        .name(pascal_case(rule.id))
        .short_description(summary.clone())
        .full_description(summary)
        .help_uri(rule.url())
        .help(sarif::MultiformatMessageString::builder().text(rule.page).markdown(rule.page).build())
        .default_configuration(sarif::ReportingConfiguration::builder().level(json!(level(rule.severity))).build())
        .properties(bag(&["go", rule.family.as_str()], properties))
        .build()
}

/// `import-denied` as `ImportDenied`, as SARIF asks of a rule's name.
fn pascal_case(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for word in id.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn properties(finding: &Finding) -> sarif::PropertyBag {
    let entry = finding.entry.as_ref().map(|entry| ("entry", json!(entry)));
    let constraint = finding.constraint.as_ref().map(|constraint| ("constraint", json!(constraint)));
    let evidence = ("evidence", json!(finding.evidence.as_str()));
    bag(&[], std::iter::once(evidence).chain(entry).chain(constraint))
}

fn bag(tags: &[&str], properties: impl IntoIterator<Item = (&'static str, Value)>) -> sarif::PropertyBag {
    let properties = properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let tags = tags.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>();
    sarif::PropertyBag { tags: Some(tags).filter(|tags| !tags.is_empty()), additional_properties: properties }
}

/// The message, the help, and the words for the related places: GitHub shows only those that are linked from here.
fn message(finding: &Finding, related: &[sarif::Location]) -> sarif::Message {
    let mut words = escape::sarif_message(&with_help(&finding.message, finding.help.as_deref()));
    for location in related {
        let label = location.message.as_ref().and_then(|message| message.text.as_deref()).unwrap_or("related place");
        let label = label.replace(['[', ']'], " ");
        words.push_str(&format!("\n[{label}]({})", location.id.unwrap_or_default()));
    }
    sarif::Message::builder().text(words).build()
}

fn with_help(message: &str, help: Option<&str>) -> String {
    help.map_or_else(|| message.to_owned(), |help| format!("{message}\nhelp: {help}"))
}

fn text(words: &str) -> sarif::Message {
    sarif::Message::from(escape::sarif_message(words).as_str())
}

fn level(severity: Severity) -> sarif::ResultLevel {
    match severity {
        Severity::Error => sarif::ResultLevel::Error,
        Severity::Warn => sarif::ResultLevel::Warning,
        Severity::Note => sarif::ResultLevel::Note,
    }
}

/// A region of a file, its beginning if none is known: GitHub wants a line.
fn location(file: &SourceFile, found: Option<Region>) -> sarif::Location {
    let artifact =
        sarif::ArtifactLocation::builder().uri(escape::uri(file.path().as_bytes())).uri_base_id(ROOT).build();
    let region = region(found.unwrap_or(Region::BEGINNING));
    let physical = sarif::PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    sarif::Location::builder().physical_location(physical).build()
}

fn region(region: Region) -> sarif::Region {
    sarif::Region::builder()
        .start_line(region.start.line)
        .start_column(region.start.column)
        .end_line(region.end.line)
        .end_column(region.end.column)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_names_are_in_pascal_case() {
        assert_eq!(pascal_case("import-denied"), "ImportDenied");
    }
}
