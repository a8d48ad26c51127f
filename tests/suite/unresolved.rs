//! Findings about imports that no build can compile: their severity, their suggestions, and that a comparison does not
//! take undecided ones for fixed.

#![expect(clippy::panic, reason = "a helper that fails fails its test")]

use modwarden::internals::finding::{Finding, Severity};
use modwarden::internals::pipeline::Checked;

use crate::support::go::go;
use crate::support::program::check;
use crate::support::repo::Repo;
use crate::support::{judge, txtar};

fn checked(text: &str) -> Checked {
    judge::check(&txtar::parse(text))
}

/// The finding whose message or help has these words.
#[track_caller]
fn found<'c>(checked: &'c Checked, words: &str) -> &'c Finding {
    let has = |finding: &&Finding| finding.message.contains(words);
    checked.run.findings.iter().find(has).unwrap_or_else(|| panic!("no `{words}`\n{}", judge::pretty(checked)))
}

#[test]
fn what_only_some_builds_have_is_a_warning_that_names_the_reason() {
    let tree = "\
-- modwarden.toml --
[severity]
import-unresolved = \"error\"
-- .gitignore --
/internal/pb/
-- go.mod --
module example.com/shop

go 1.24
-- shop.go --
package shop

import (
	_ \"example.com/shop/internal/pb\"
	_ \"example.com/shop/price\"
)
-- never.go --
//go:build never && linux

package shop

import _ \"example.com/shop/tax\"
";
    let warned = checked(tree);
    let generated = found(&warned, "`example.com/shop/internal/pb` does not exist");
    assert_eq!(generated.severity, Severity::Warn);
    assert!(generated.help.as_deref().is_some_and(|help| help.contains("Git ignores such files")), "{generated:?}");
    assert_eq!(found(&warned, "`example.com/shop/price` does not exist").severity, Severity::Error);
    let tagged = found(&warned, "in a file that needs `never && linux`");
    assert_eq!(tagged.severity, Severity::Warn);

    let entry = "[[import-unresolved]]\nname = \"never\"\ntags = [\"never\"]\n";
    let with_tag = checked(&tree.replace("[severity]\nimport-unresolved = \"error\"\n", entry));
    assert_eq!(found(&with_tag, "`example.com/shop/tax` does not exist").severity, Severity::Error);
}

#[test]
fn what_was_meant_is_said() {
    let checked = checked(
        "\
-- modwarden.toml --
[severity]
import-unresolved = \"error\"
-- go.mod --
module example.com/shop/v2

go 1.24

require example.com/pay/v3 v3.0.0
-- shop.go --
package shop

import (
	_ \"./price\"
	_ \"example.com/pay/v2/card\"
	_ \"example.com/renamed/internal/rates\"
	_ \"example.com/shop/price\"
	_ \"example.com/shop/v2/Price\"
	_ \"example.com/shop/v2/prize\"
	_ \"example.com/shop/v2/tools\"
	_ \"net/htp\"
)
-- price/price.go --
package price
-- internal/rates/rates.go --
package rates
-- tools/go.mod --
module example.com/shop/v2/tools

go 1.24
-- tools/tools.go --
package tools
",
    );
    for (import, meant) in [
        ("./price", "did you mean `example.com/shop/v2/price`?"),
        ("example.com/pay/v2/card", "did you mean `example.com/pay/v3/card`?"),
        ("example.com/renamed/internal/rates", "did you mean `example.com/shop/v2/internal/rates`?"),
        ("example.com/shop/price", "did you mean `example.com/shop/v2/price`?"),
        ("example.com/shop/v2/Price", "did you mean `example.com/shop/v2/price`?"),
        ("example.com/shop/v2/prize", "did you mean `example.com/shop/v2/price`?"),
        ("example.com/shop/v2/tools", "the module `example.com/shop/v2/tools` in this repository has it"),
        ("net/htp", "did you mean `net/http`?"),
    ] {
        let help = found(&checked, &format!("`{import}`")).help.clone().unwrap_or_default();
        assert!(help.contains(meant), "{import}: {help}");
    }
}

#[test]
fn a_package_that_was_not_added_to_the_index_is_reported() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/shop\n\ngo 1.24\n").write("shop.go", "package shop\n");
    repo.commit("first");
    repo.write("shop.go", "package shop\n\nimport _ \"example.com/shop/price\"\n");
    repo.write("price/price.go", "package price\n");
    check(&repo, &[]).assert(0, &["no findings"]);
    repo.git(&["add", "shop.go"]);
    let words = ["shop.go:3:10: error[import-unresolved]: `example.com/shop/price` does not exist"];
    check(&repo, &["--staged"]).assert(1, &words);
    check(&repo, &["--staged", "--format", "pretty"]).assert(1, &["check that `price`", "committed"]);
    repo.git(&["add", "price"]);
    check(&repo, &["--staged"]).assert(0, &["no findings"]);
}

#[test]
fn what_became_undecided_is_not_fixed() {
    let base = "\
-- before/go.mod --
module example.com/shop

go 1.21

require example.com/cart v1.0.0
require example.com/pay v1.2.0

replace example.com/cart => ./forks/cart
replace example.com/pay => ./forks/pay
-- before/shop.go --
package shop

import (
	_ \"example.com/cart\"
	_ \"example.com/pay\"
)
-- before/forks/pay/go.mod --
module example.com/pay

go 1.21

require example.com/cart v1.1.0
-- before/forks/pay/pay.go --
package pay
-- before/forks/cart/go.mod --
module example.com/cart

go 1.21
-- before/forks/cart/cart.go --
package cart
";
    let policy = "-- modwarden.toml --\n[severity]\nrequire-missing = \"error\"\nimport-unresolved = \"error\"\n";
    let never = "-- never.go --\n//go:build never\n\npackage shop\n\nimport _ \"example.com/none\"\n";
    let same = [base, &base.replace("-- before/", "-- "), policy].concat();
    let comparison = checked(&same).run.comparison.expect("it was compared");
    assert_eq!((comparison.new, comparison.fixed), (0, 0));
    assert!(comparison.unchanged > 0, "the requirement of `example.com/cart` is too low");

    let undecided = checked(&[same.as_str(), never].concat());
    let comparison = undecided.run.comparison.as_ref().expect("it was compared");
    assert_eq!(comparison.fixed, 0, "{}", judge::pretty(&undecided));
    found(&undecided, "no required module provides `example.com/none`");
    assert!(undecided.run.undecided.iter().any(|undecided| undecided.rule.id == "require-missing"));

    let fixed = base.replace("-- before/", "-- ").replace("example.com/cart v1.0.0", "example.com/cart v1.1.0");
    let comparison = checked(&[base, &fixed, policy].concat()).run.comparison.expect("it was compared");
    assert!(comparison.fixed > 0 && comparison.new == 0, "{comparison:?}");
}

/// Paths that look like packages of Go itself.
const OF_GO: [&str; 32] = [
    "_",
    "all",
    "builtin",
    "cmd",
    "cmd/go",
    "cmd/internal/obj",
    "cmd/vendor/golang.org/x/mod/semver",
    "command-line-arguments",
    "crypto/internal/fips140",
    "embed/internal/embedtest",
    "fmt",
    "fmt/",
    "fmt/none",
    "go/build/testdata/a",
    "internal",
    "internal/abi",
    "internal/trace/testdata",
    "log/internal",
    "main",
    "net/http",
    "net/http/internal",
    "net/internal/socktest",
    "runtime/internal/sys",
    "runtime/race/internal/amd64v1",
    "std",
    "test",
    "testing/internal/testdeps",
    "tool",
    "unsafe",
    "vendor",
    "vendor/golang.org/x/net/http/httpguts",
    "work",
];

#[test]
fn of_go_itself_the_same_can_be_imported_as_with_the_go_command() {
    let Some(go) = go() else { return };
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n");
    repo.write("modwarden.toml", "[severity]\nimport-unresolved = \"error\"\n");
    for (at, path) in OF_GO.iter().enumerate() {
        repo.write(format!("p{at}/a.go"), format!("package p{at}\n\nimport _ \"{path}\"\n"));
    }
    let format = "{{.ImportPath}} {{if or .Error .DepsErrors}}refused{{end}}";
    let listed = go.text(repo.root(), &["list", "-e", "-f", format, "./..."]);
    let ours = check(&repo, &["--format", "concise"]).text;
    for (at, path) in OF_GO.iter().enumerate() {
        let is_builtin = *path == "builtin";
        let is_refused = if is_builtin {
            // The go command lists it; the compiler has no such package.
            !go.command(repo.root(), &["build", &format!("./p{at}")]).status.success()
        } else {
            listed.contains(&format!("example.com/m/p{at} refused"))
        };
        assert_eq!(ours.contains(&format!("p{at}/a.go:3:")), is_refused, "{path}\n{listed}\n{ours}");
    }
}
