//! Hashes the source of the program. What is remembered from earlier runs is known by this hash, so that no version of the
//! program believes what another one found.

#![expect(clippy::disallowed_methods, reason = "a build script reads files and talks to Cargo")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    println!("cargo::rustc-env=MODWARDEN_CODE={:016x}", code_hash(&root)?);
    Ok(())
}

/// A hash of all files below `src`, by path, and of the versions of dependencies where those are known.
pub(crate) fn code_hash(root: &Path) -> io::Result<u64> {
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files)?;
    files.push(root.join("Cargo.lock"));
    files.sort();
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for file in files.iter().filter(|file| file.is_file()) {
        let path = file.strip_prefix(root).unwrap_or(file);
        for part in path.iter() {
            hash.add(part.as_encoded_bytes());
        }
        hash.add(&fs::read(file)?);
    }
    Ok(hash.0)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// FNV-1a with 64 bits.
struct Fnv(u64);

impl Fnv {
    /// Adds some bytes and their number, so that none can move from one file to the next.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&bytes.len().to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
