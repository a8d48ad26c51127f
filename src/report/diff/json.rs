//! A comparison as one JSON object, version 1. Later versions add fields; none is ever renamed or taken away.
//!
//! Missing values are left out, but `modules` and the summary are always there.

use std::io::{self, Write};

use serde::Serialize;

use super::{Diff, DiffSummary, Endpoint, ModuleDiff, WorkspaceDiff};
use crate::report::facts::write_line;
use crate::report::json::{ExcerptPlaces, NotificationRecord, ToolRecord};
use crate::text::Files;

pub(super) fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    // The notifications of a comparison are about no place in a file.
    let files = Files::default();
    let places = ExcerptPlaces::without_excerpts(&files);
    let notifications = diff.notifications.iter().filter(|notification| notification.label.is_none());
    let record = DiffRecord {
        version: 1,
        tool: ToolRecord::new(&diff.tool),
        base: &diff.base,
        head: &diff.head,
        paths: &diff.paths,
        verdict: diff.verdict.as_str(),
        workspaces: &diff.workspaces,
        modules: &diff.modules,
        notifications: notifications.map(|it| NotificationRecord::new(it, &places)).collect(),
        summary: &diff.summary,
    };
    write_line(&record, out)
}

#[derive(Serialize)]
struct DiffRecord<'a> {
    version: u32,
    tool: ToolRecord<'a>,
    base: &'a Endpoint,
    head: &'a Endpoint,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    paths: &'a [String],
    verdict: &'static str,
    #[serde(skip_serializing_if = "<[WorkspaceDiff]>::is_empty")]
    workspaces: &'a [WorkspaceDiff],
    modules: &'a [ModuleDiff],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<NotificationRecord<'a>>,
    summary: &'a DiffSummary,
}
