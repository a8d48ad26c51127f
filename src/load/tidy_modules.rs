//! Which modules of a state `go mod tidy` would leave as they are, kept by a fingerprint of the state's facts, with the
//! packages which that depends on and that are none of those facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FactStore, Kind, Packages};
use crate::syntax::{PackageContents, PackageDir, PackageImports, ReadPackage};
use crate::text::RepoPath;

/// The modules that are known to be tidy, by their place, if the packages that they depend on are as they were.
pub(crate) fn known_tidy(store: &FactStore, state: &[u8], now: &Packages<'_>) -> BTreeMap<usize, Vec<ReadPackage>> {
    let known = store.get(Kind::Tidy, &[state]).pop().flatten();
    let records = known.and_then(|bytes| postcard::from_bytes::<Vec<TidyRecord>>(&bytes).ok()).unwrap_or_default();
    let mut tidy: BTreeMap<usize, Vec<ReadPackage>> = BTreeMap::new();
    for TidyRecord { module, packages } in records {
        tidy.insert(module, packages.into_iter().map(PackageRecord::package).collect());
    }
    // All at once: the directories are listed together.
    let dirs: Vec<PackageDir> =
        tidy.values().flatten().map(|read| PackageDir::InRepository(read.dir.clone())).collect();
    let mut found = now.get(&dirs).into_iter();
    tidy.retain(|_, packages| {
        let found: Vec<PackageContents> = found.by_ref().take(packages.len()).collect();
        let is_same = |(read, now): (&ReadPackage, &PackageContents)| {
            matches!(now, PackageContents::Package(imports) if *imports == read.imports)
        };
        packages.iter().zip(&found).all(is_same)
    });
    tidy
}

/// Keeps them.
pub(crate) fn keep_tidy(store: &FactStore, state: &[u8], modules: &BTreeMap<usize, Vec<ReadPackage>>) {
    let mut records = Vec::new();
    for (&module, packages) in modules {
        records.push(TidyRecord { module, packages: packages.iter().map(PackageRecord::of).collect() });
    }
    if let Ok(bytes) = postcard::to_stdvec(&records) {
        store.put(Kind::Tidy, &[(state, &bytes)]);
    }
}

#[derive(Deserialize, Serialize)]
struct TidyRecord {
    module: usize,
    packages: Vec<PackageRecord>,
}

#[derive(Deserialize, Serialize)]
struct PackageRecord {
    dir: Vec<u8>,
    has_files: bool,
    imports: Vec<Box<str>>,
    test_imports: Vec<Box<str>>,
}

impl PackageRecord {
    fn of(package: &ReadPackage) -> Self {
        let PackageImports { imports, test_imports, has_files } = &*package.imports;
        let texts = |list: &[Arc<str>]| list.iter().map(|path| Box::from(&**path)).collect();
        let (imports, test_imports) = (texts(imports), texts(test_imports));
        Self { dir: package.dir.as_bytes().to_vec(), has_files: *has_files, imports, test_imports }
    }

    fn package(self) -> ReadPackage {
        let texts = |list: Vec<Box<str>>| list.into_iter().map(Arc::from).collect();
        let (imports, test_imports) = (texts(self.imports), texts(self.test_imports));
        let imports = PackageImports { imports, test_imports, has_files: self.has_files };
        ReadPackage { dir: RepoPath::new(self.dir), imports: Arc::new(imports) }
    }
}
