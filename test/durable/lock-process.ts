// Takes the lock of the first argument and says so. With a second argument, starts a child first that lives on.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { takeLock } from "../../src/durable/writer-lock.ts";

const [path = "", withChild] = process.argv.slice(2);
const owner = { pid: process.pid, host: "here", started_at: "2026-11-21T07:00:00.000Z", boot_id: "boot-1" };
const lock = takeLock(nodeDisk, path, owner);
const child = withChild === undefined ? undefined : spawn("sleep", ["600"], { detached: true, stdio: "inherit" });
fs.writeSync(1, `${JSON.stringify({ locked: lock !== undefined, child: child?.pid })}\n`);
setTimeout(() => {}, 600_000);
