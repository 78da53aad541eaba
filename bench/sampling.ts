import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Measures } from "./row.ts";

const sampleProcess = fileURLToPath(new URL("sample-process.ts", import.meta.url));

/**
 * Runs `samples/<name>.ts` in a process of its own: nothing that one sample warmed up or left helps or harms the next.
 * With `signal` it is killed, and has ended when this rejects.
 */
export async function runSample(
  signal: AbortSignal,
  name: string,
  input: object,
  under: readonly string[] = [],
): Promise<Measures> {
  signal.throwIfAborted();
  const [program = process.execPath, ...args] = [
    ...under,
    process.execPath,
    sampleProcess,
    name,
    JSON.stringify(input),
  ];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  const ended = once(child, "close");
  const said = await text(child.stdout);
  const [status, killed] = (await ended) as [number | null, string | null];
  signal.removeEventListener("abort", kill);
  signal.throwIfAborted();
  if (status !== 0) throw new Error(`the sample ${name} ended with ${killed ?? `status ${status}`}`);
  return JSON.parse(said.slice(said.lastIndexOf("{"))) as Measures;
}
