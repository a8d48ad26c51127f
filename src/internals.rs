//! The items that the tests, the benchmark and the fuzz targets of this repository use.
//!
//! This is not part of the public library: every item here may change or go at any time. The list is explicit, so that the compiler
//! finds all code that nothing uses.

/// Of the layer `engine`.
pub mod engine {
    pub use crate::engine::{bind, schema};
}

/// Of the layer `finding`.
pub mod finding {
    pub use crate::finding::{
        Applicability, Change, Comparison, Evidence, Family, Finding, Fix, Header, IDENTITY_VERSION, Identity,
        IdentityName, IdentitySubject, ImportPast, Importer, Label, Notification, NotificationKind, OpenQuestion,
        PassedBy, PolicyUsed, Provenance, RequirementRow, RequirementTable, RequirementVerdict, RuleMeta, Run,
        Severity, State, Stats, Suppression, SuppressionKind, Tool, TrendPoint, UndecidedRule, Verdict, Walked,
    };
}

/// Of the layer `go`.
pub mod go {
    pub use crate::go::{
        BuildConstraint, BuildContext, GoVersion, ImportPath, ModulePath, Version, is_digit, is_file_name, is_graphic,
        is_letter, std_package, std_packages,
    };
}

/// Of the layer `history`.
pub mod history {
    pub use crate::history::{Addition, AskedLine, Progress, Start, trace_lines};
}

/// Of the layer `load`.
pub mod load {
    pub use crate::load::{
        CODE, Dependencies, FactStore, GoEnv, Input, Kind, ModFlag, Plan, Tree, Workspaces, decode_go_file,
        encode_go_file, read, rewritten,
    };
}

/// Of the layer `model`.
pub mod model {
    pub use crate::model::{
        Change, Directory, Draft, Effect, File, Idle, Model, ModelDiff, Module, ModuleGraph, Package, Replacement,
        Workspace,
    };
}

/// Of the layer `pipeline`.
pub mod pipeline {
    pub use crate::pipeline::{
        Checked, FixPlan, HistoryRequest, Inspected, Judges, LineHistory, PolicyChoice, Request, Tables, WhyRequest,
        add_each_commit, add_since, check, compare, inspect, inspect_history, plan_fixes, why,
    };
}

/// Of the layer `policy`.
pub mod policy {
    pub use crate::policy::{
        Entry, FileGlobs, InitFacts, Level, ModulePatterns, Pack, PackagePatterns, Policy, PolicyError, PolicyInput,
        PolicyText, Shape, Specificity, Subject, UndecidedChoice, init_text, load, packs, show_text,
    };
}

/// Of the layer `report`.
pub mod report {
    pub use crate::report::{FileLinks, Format, Terminal, linked_pretty, read_report, report_schema};

    /// The records of `inspect`.
    pub mod facts {
        pub use crate::report::facts::{
            CommitRecord, KeyValue, LifeRecord, ModuleLine, ModuleRecord, ModuleVersion, PathRecord, ReplaceRecord,
            RequireRecord, RetractRecord, write_line,
        };
    }
}

/// Of the layer `rules`.
pub mod rules {
    pub use crate::rules::{Locality, RULES, RuleKind, infos};
}

/// Of the layer `source`.
pub mod source {
    pub use crate::source::{
        CachedModule, Change, CommitInfo, Common, ContentHash, Entry, Environment, History, Leaf, Listing,
        MemorySource, ModuleCache, Opened, Parents, Repository, Selection, Source, SourceError, StateSpec, Unseen,
        Walk, hash1, open,
    };
}

/// Of the layer `syntax`.
pub mod syntax {
    pub use crate::syntax::{
        AllowComment, EmbedPattern, FileConstraint, GoFile, GoMod, GoWork, Godebug, Line, Owners, Parsed, Removal,
        Replace, ReplaceTarget, SyntaxError, VendorModules, VendoredModule, VendoredReplacement, WrittenRequirement,
        WrittenRequirements, parse_dependency_go_mod, parse_embeds, parse_go_file, parse_go_head, parse_go_mod,
        parse_go_sum, parse_go_work, parse_vendor_modules, with_mark, with_requirements, without_requires,
    };
}

/// Of the layer `text`.
pub mod text {
    pub use crate::text::{
        CommitId, Edit, FileId, Files, Home, LineColumn, LineIndex, Origin, RepoPath, Span, Spanned, TreeId, is_hidden,
    };
}
