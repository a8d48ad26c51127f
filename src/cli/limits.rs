//! Bounds a run in time and memory. Nobody who can push to a server may keep it busy.

use std::num::NonZeroU64;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use super::failure::{Failure, UNDECIDED};

/// The most that a run may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    /// In bytes, without files that are only mapped into memory.
    pub(super) memory: u64,
}

impl Limits {
    pub(super) fn new(seconds: NonZeroU64, mebibytes: NonZeroU64) -> Self {
        Self { time: Duration::from_secs(seconds.get()), memory: mebibytes.get().saturating_mul(1 << 20) }
    }

    /// From now on ends the process with exit code 3 as soon as it uses more than this.
    pub(super) fn enforce(self) {
        let start = Instant::now();
        thread::spawn(move || {
            loop {
                if start.elapsed() >= self.time {
                    let seconds = self.time.as_secs();
                    let unit = if seconds == 1 { "second" } else { "seconds" };
                    give_up(&format!("took longer than {seconds} {unit}"), "--max-seconds");
                }
                if used_memory().is_some_and(|used| used > self.memory) {
                    give_up(&format!("needed more than {} MiB of memory", self.memory >> 20), "--max-memory");
                }
                thread::sleep(INTERVAL);
            }
        });
    }
}

/// How long it may take until something is noticed.
const INTERVAL: Duration = Duration::from_millis(10);

fn give_up(what: &str, option: &str) -> ! {
    let message = format!("the check {what}");
    let help = format!("push less at once; whoever keeps the server can raise the limit with `{option}`");
    // The thread that checks may be blocked while it writes. The process ends anyway.
    let report = thread::spawn(move || Failure::undecided(message, help).report());
    let start = Instant::now();
    while !report.is_finished() && start.elapsed() < PATIENCE {
        thread::sleep(INTERVAL);
    }
    process::exit(i32::from(UNDECIDED))
}

/// How long the message may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The memory of this process that is not backed by a file, in bytes; `None` where the system does not say
/// (`proc(5)`, `RssAnon`).
fn used_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}
