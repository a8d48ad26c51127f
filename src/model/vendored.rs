//! The packages of a vendor directory's list, found by path.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::go::ModulePath;
use crate::syntax::{Parsed, VendorModules, VendoredModule};

/// A list of vendored packages and their order by path.
#[derive(Debug)]
pub(super) struct VendoredList {
    list: Arc<Parsed<VendorModules>>,
    order: Vec<PackagePlace>,
}

/// The place of a package in a list: of its module, and in that.
#[derive(Clone, Copy, Debug)]
struct PackagePlace {
    module: u32,
    package: u32,
}

impl VendoredList {
    /// The modules with packages.
    pub(super) fn modules(&self) -> impl Iterator<Item = &ModulePath> {
        self.list.tree.modules.iter().filter(|module| !module.packages.is_empty()).map(|module| &module.path.value)
    }

    /// The packages, each with the module that lists it.
    pub(super) fn packages_of_modules(&self) -> impl Iterator<Item = (&str, &ModulePath)> {
        self.order.iter().map(|place| (self.path(*place), &self.module(*place).path.value))
    }

    pub(super) fn new(list: Arc<Parsed<VendorModules>>) -> Self {
        let mut order = Vec::new();
        for (module, listed) in (0..).zip(&list.tree.modules) {
            order.extend((0..).zip(&listed.packages).map(|(package, _)| PackagePlace { module, package }));
        }
        let mut vendored = Self { order: Vec::new(), list };
        // The go command writes the list nearly in this order.
        order.sort_by(|one, other| vendored.path(*one).cmp(vendored.path(*other)));
        vendored.order = order;
        vendored
    }

    /// The module that a package comes from: the last that lists it.
    pub(super) fn module_of(&self, package: &str) -> Option<&VendoredModule> {
        let end = self.order.partition_point(|place| self.path(*place) <= package);
        let place = self.order[..end].last().filter(|place| self.path(**place) == package)?;
        Some(self.module(*place))
    }

    /// The packages that one of both lists has not, or from elsewhere.
    pub(super) fn unlike(one: Option<&Self>, other: Option<&Self>) -> Vec<String> {
        let (Some(one), Some(other)) = (one, other) else {
            return one.or(other).map(Self::packages).unwrap_or_default();
        };
        if Arc::ptr_eq(&one.list, &other.list) {
            return Vec::new();
        }
        one.differences(other)
    }

    fn packages(&self) -> Vec<String> {
        self.order.iter().map(|place| self.path(*place).to_owned()).collect()
    }

    /// Walks through both lists side by side.
    fn differences(&self, other: &Self) -> Vec<String> {
        let (mut ours, mut theirs) = (self.order.iter().peekable(), other.order.iter().peekable());
        let mut unlike = Vec::new();
        loop {
            let (our, their) = (ours.peek().map(|at| self.path(**at)), theirs.peek().map(|at| other.path(**at)));
            let order = match (our, their) {
                (None, None) => return unlike,
                (Some(our), Some(their)) => our.cmp(their),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            let our = if order.is_le() { ours.next() } else { None };
            let their = if order.is_ge() { theirs.next() } else { None };
            match (our, their) {
                (Some(our), Some(their)) if is_same(self.module(*our), other.module(*their)) => {}
                (Some(our), _) => unlike.push(self.path(*our).to_owned()),
                (None, Some(their)) => unlike.push(other.path(*their).to_owned()),
                (None, None) => {}
            }
        }
    }

    fn path(&self, PackagePlace { module, package }: PackagePlace) -> &str {
        self.list.tree.modules[module as usize].packages[package as usize].path.value.as_str()
    }

    fn module(&self, place: PackagePlace) -> &VendoredModule {
        &self.list.tree.modules[place.module as usize]
    }
}

/// Whether two lines name the same module at the same version, from the same source.
fn is_same(one: &VendoredModule, other: &VendoredModule) -> bool {
    one.name_with_replacement() == other.name_with_replacement()
}
