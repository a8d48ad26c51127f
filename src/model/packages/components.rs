//! Sets of packages that import each other, directly or by way of others: strongly connected components (Tarjan 1972).

use super::edge::PackageEdge;

/// The number of the component of each package. No edge leads to a higher number.
pub(super) fn components(edges: &[Vec<PackageEdge>]) -> Vec<usize> {
    let mut search = Components {
        edges,
        entered: vec![None; edges.len()],
        lowest: vec![0; edges.len()],
        numbers: vec![None; edges.len()],
        open: Vec::new(),
        next: 0,
    };
    let mut order = 0;
    for package in 0..edges.len() {
        search.explore(package, &mut order);
    }
    search.numbers.into_iter().map(|number| number.unwrap_or_default()).collect()
}

struct Components<'e> {
    edges: &'e [Vec<PackageEdge>],
    /// The order in which the packages were entered.
    entered: Vec<Option<usize>>,
    /// The first entered of the open packages that are known to be reached.
    lowest: Vec<usize>,
    numbers: Vec<Option<usize>>,
    /// The packages whose component is not known yet, as they were entered.
    open: Vec<usize>,
    next: usize,
}

impl Components<'_> {
    /// Goes through everything that a package reaches. The stack is a list, since chains of imports may be long.
    fn explore(&mut self, start: usize, order: &mut usize) {
        let mut stack = vec![(start, 0)];
        while let Some((package, edge)) = stack.pop() {
            if edge == 0 {
                if self.entered[package].is_some() {
                    continue;
                }
                self.entered[package] = Some(*order);
                self.lowest[package] = *order;
                *order += 1;
                self.open.push(package);
            } else {
                self.learn(package, self.edges[package][edge - 1].to);
            }
            match self.edges[package].get(edge) {
                Some(next) => stack.extend([(package, edge + 1), (next.to, 0)]),
                None => self.close(package),
            }
        }
    }

    /// Lowers the mark of a package to that of one that it imports.
    fn learn(&mut self, package: usize, imported: usize) {
        if self.numbers[imported].is_none() {
            self.lowest[package] = self.lowest[package].min(self.lowest[imported]);
        }
    }

    /// Ends a component, if the package is the first of it that was entered.
    fn close(&mut self, package: usize) {
        if self.entered[package] != Some(self.lowest[package]) {
            return;
        }
        while let Some(member) = self.open.pop() {
            self.numbers[member] = Some(self.next);
            if member == package {
                break;
            }
        }
        self.next += 1;
    }
}
