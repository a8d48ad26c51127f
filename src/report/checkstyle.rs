//! Checkstyle's XML, which Jenkins and many others read: an `error` element for each thing, by file.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};

use super::escape::xml;
use super::remarks::{Remark, Spot, remarks};
use super::{Reporter, Terminal};
use crate::finding::{Run, Severity};
use crate::text::Files;

/// The version of Checkstyle whose form it is. Readers do not look at it, but expect one.
const VERSION: &str = "8.0";

/// The reporter of `--format checkstyle`.
pub(super) struct Checkstyle {
    terminal: Terminal,
}

impl Checkstyle {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal }
    }
}

impl Reporter for Checkstyle {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let remarks = remarks(run, files, self.terminal);
        let mut placed: Vec<(Spot<'_>, &Remark<'_>)> =
            remarks.iter().map(|remark| (remark.spot(run, files), remark)).collect();
        // One element for each file, in which the order of the run is kept.
        placed.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        let root = BytesStart::new("checkstyle").with_attributes([("version", VERSION)]);
        writer.write_event(Event::Start(root))?;
        for of_file in placed.chunk_by(|(one, _), (next, _)| one.path == next.path) {
            write_file(&mut writer, of_file)?;
        }
        writer.write_event(Event::End(BytesEnd::new("checkstyle")))?;
        out.write_all(b"\n")
    }
}

fn write_file(writer: &mut Writer<impl Write>, placed: &[(Spot<'_>, &Remark<'_>)]) -> io::Result<()> {
    let Some((first, _)) = placed.first() else { return Ok(()) };
    let file = BytesStart::new("file").with_attributes([("name", xml(&first.path).as_str())]);
    writer.write_event(Event::Start(file))?;
    for (spot, remark) in placed {
        let (line, column) = (spot.region.start.line.to_string(), spot.region.start.column.to_string());
        let error = BytesStart::new("error").with_attributes([
            ("line", line.as_str()),
            ("column", column.as_str()),
            ("severity", severity(remark.severity)),
            ("message", xml(&remark.sentence()).as_str()),
            ("source", xml(&format!("modwarden.{}", remark.code)).as_str()),
        ]);
        writer.write_event(Event::Empty(error))?;
    }
    writer.write_event(Event::End(BytesEnd::new("file")))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warn => "warning",
        Severity::Note => "info",
    }
}
