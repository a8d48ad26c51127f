#!/usr/bin/env node
// Starts the program that the optional dependency for this platform holds, and ends as it ends.
"use strict";

const { spawnSync } = require("node:child_process");
const { constants } = require("node:os");

const platform = `${process.platform}-${process.arch}`;
const name = process.platform === "win32" ? "modwarden.exe" : "modwarden";

function program() {
  try {
    return require.resolve(`@modwarden/${platform}/${name}`);
  } catch {
    console.error(`modwarden: the npm package @modwarden/${platform} is not installed.`);
    console.error("Install modwarden without --omit=optional. If there is no package for this platform, build it with cargo.");
    process.exit(3);
  }
}

// An interrupt reaches the program too; it is the one to end first.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
const ended = spawnSync(program(), process.argv.slice(2), { stdio: "inherit" });
if (ended.error) {
  console.error(`modwarden: ${ended.error.message}`);
  process.exit(3);
}
process.exit(ended.status ?? 128 + (constants.signals[ended.signal] ?? 0));
