import { readFileSync } from "node:fs";

/**
 * The resident memory that this process has had at most, in MB of 2²⁰ bytes. Where there is /proc it says so; `maxRSS`, elsewhere,
 * is never less than what the process had that started this one.
 */
export function peakMegabytes() {
  try {
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  } catch {}
  return process.resourceUsage().maxRSS / 1024;
}
