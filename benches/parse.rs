//! How fast the parsers read, in megabytes a second: `cargo bench`. The input is made here, so that figures compare between
//! machines and versions. For a whole run on a real repository see `compare.sh`.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads the clock and prints")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use modwarden::internals::syntax::{parse_go_file, parse_go_mod};

const ROUNDS: u32 = 9;
const LEAST: Duration = Duration::from_millis(100);

fn main() {
    let go_file = go_file(40, 400);
    let imports_only = go_file_head(&go_file);
    let go_mod = go_mod(200);
    report("Go file, whole", &go_file, parse_go_file);
    report("Go file, imports", &imports_only, parse_go_file);
    report("go.mod", &go_mod, parse_go_mod);
}

/// Prints the best of several rounds: other work on the machine only makes a round slower.
fn report<T>(name: &str, text: &str, parse: impl Fn(&[u8]) -> T) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let (begin, mut runs) = (Instant::now(), 0);
        while begin.elapsed() < LEAST {
            black_box(parse(black_box(text.as_bytes())));
            runs += 1;
        }
        best = best.min(begin.elapsed() / runs);
    }
    let bytes = text.len();
    let rate = bytes as f64 / best.as_secs_f64() / 1e6;
    println!("{name:<18} {bytes:>8} bytes  {:>9.2} µs  {rate:>8.0} MB/s", best.as_secs_f64() * 1e6);
}

/// A Go file with a licence, a package comment, imports of all forms, and functions.
fn go_file(imports: usize, functions: usize) -> String {
    let mut text =
        "// Copyright the authors.\n//\n// Use is governed by a licence.\n\n//go:build linux || !cgo\n\n".to_owned();
    text += "/*\nPackage shop sells.\n*/\npackage shop\n\nimport (\n";
    for index in 0..imports {
        let name = ["", "name ", "_ ", ". "][index % 4];
        let _ = writeln!(text, "\t{name}\"example.com/shop/internal/part{index}\" // what for");
    }
    text += ")\n\n";
    for index in 0..functions {
        let _ = writeln!(
            text,
            "// Price{index} is a price.\nfunc Price{index}(n int) string {{\n\treturn `price` + \"{index}\"\n}}\n"
        );
    }
    text
}

fn go_file_head(text: &str) -> String {
    text.split_once("\n)\n").map_or(text, |(head, _)| head).to_owned() + "\n)\n"
}

fn go_mod(requirements: usize) -> String {
    let mut text = "module example.com/shop\n\ngo 1.24.0\n\nrequire (\n".to_owned();
    for index in 0..requirements {
        let comment = if index % 2 == 0 { " // indirect" } else { "" };
        let _ = writeln!(text, "\tgithub.com/example/part{index} v1.{index}.0-20240102150405-0123456789ab{comment}");
    }
    text + ")\n\nreplace github.com/example/part1 => ../part1\n"
}
