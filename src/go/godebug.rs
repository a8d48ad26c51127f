//! The settings that a `godebug` line can make, and the error of the go command about an unknown one.
//!
//! The list holds every setting of `internal/godebugs` up to Go 1.27, those that were removed among them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::quote;
use super::version::is_go_release;
use crate::go::GoVersion;

/// Sorted lines `name`, or `name minor value…` for a setting that Go 1.minor removed and the values that it refuses
/// since.
static LIST: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("godebugs.txt").lines().map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
});

/// The oldest minor version of Go that is still supported: no older go command is reckoned with.
const OLDEST: u32 = 26;

/// Checks a setting as `modload.CheckGodebug` does. Go commands differ in the settings that they know: a removed
/// setting is refused where each that builds a file with this `go` line refuses it.
pub(crate) fn check_godebug(key: &str, value: &str, go: Option<&GoVersion>) -> Result<(), String> {
    if key == "default" {
        let is_version = value.strip_prefix("go").is_some_and(is_go_release);
        return if is_version { Ok(()) } else { Err("value for default= must be goVERSION".to_owned()) };
    }
    let Some(removed) = LIST.get(key) else { return Err(format!("unknown godebug {}", quote(key))) };
    let mut words = removed.split(' ');
    let Some(Ok(minor)) = words.next().map(str::parse::<u32>) else { return Ok(()) };
    let is_gone = minor <= OLDEST || go.is_some_and(|go| go.is_at_least(&format!("1.{minor}")));
    if is_gone && words.any(|old| old == value) {
        let key = quote(key);
        let value = quote(value);
        return Err(format!("removed GODEBUG {key} set to old value {value} (https://go.dev/doc/godebug#go-1{minor})"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_a_version_for_what_was_removed() {
        let lines: Vec<_> = include_str!("godebugs.txt").lines().collect();
        assert!(lines.is_sorted());
        assert_eq!(LIST.len(), lines.len());
        assert!(LIST.values().all(|removed| removed.is_empty() || removed[..2].parse::<u32>().is_ok()));
    }

    #[test]
    fn settings_are_checked_as_the_go_command_checks_them() {
        let go = GoVersion::parse("1.27");
        for (key, value, go, is_right) in [
            ("panicnil", "1", None, true),
            ("panicnill", "1", None, false),
            ("default", "go1.21", None, true),
            ("default", "go1", None, true),
            ("default", "1.21", None, false),
            ("x509sha1", "1", None, false),
            ("x509sha1", "0", None, true),
            ("asynctimerchan", "2", None, true),
            ("asynctimerchan", "2", go.as_ref(), false),
            ("asynctimerchan", "0", go.as_ref(), true),
        ] {
            assert_eq!(check_godebug(key, value, go).is_ok(), is_right, "{key}={value}");
        }
    }
}
