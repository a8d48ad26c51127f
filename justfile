# Short names for frequent commands. None of them is needed: each line is the command itself.

QUICK := "acquittals:: comparison:: diff:: fixes:: generated:: identities:: layering:: lists:: options:: outputs:: policies:: policy_files:: readers:: reporters:: rules:: sources:: vacuous:: --skip reporters::changed_reports"

# Checks the example repository
run *ARGS:
    cargo run --release -- check {{ if ARGS == "" { "examples" } else { ARGS } }}

# Runs all tests
test *ARGS:
    cargo test {{ ARGS }}

# Runs the tests that end soon after the build: no comparison with the go command, no package, no hook manager
quick:
    cargo test --lib
    cargo test --test suite -- {{ QUICK }}

# Formats, and runs the checks of CI besides the tests
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
    cargo deny check bans licenses sources

# Measures the parsers; with a repository, compares a whole run with git cat-file
bench REPO="":
    cargo bench
    {{ if REPO == "" { "" } else { "benches/compare.sh '" + REPO + "'" } }}

# Writes the generated files
update:
    UPDATE=1 cargo test
