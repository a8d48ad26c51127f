//! The program: everything happens in the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A run makes many small values on several threads, which the allocators of some systems are slow at.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    modwarden::run()
}
