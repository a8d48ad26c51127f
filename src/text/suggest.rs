//! "Did you mean": the nearest of the names that would have been right.

/// A question that names the candidate nearest to `word`, if one is near enough to be meant.
///
/// The distance is Damerau and Levenshtein's; one slip in three letters counts as near, and case and the choice
/// of `-` or `_` do not count at all.
pub(crate) fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The candidate nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = plain(word);
    let furthest = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|&(distance, _)| distance <= furthest)
        .min()
        .map(|(_, candidate)| candidate)
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let rules = ["import-denied", "import-dot", "module-denied"];
        assert_eq!(did_you_mean("import-deny", rules).as_deref(), Some("did you mean `import-denied`?"));
        assert_eq!(did_you_mean("Module_Denied", rules).as_deref(), Some("did you mean `module-denied`?"));
        assert_eq!(did_you_mean("layers", rules), None);
        assert_eq!(did_you_mean("", rules), None);
    }
}
