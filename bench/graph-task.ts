import { writeFileSync } from "node:fs";
import path from "node:path";
import { loadTask, type run } from "runledger";

type Loaded = Parameters<typeof run>[0];

/** The agents beside the samples, by file name. */
export function agentCommand(name: "kit-agent" | "instant-agent"): string[] {
  return [process.execPath, path.join(import.meta.dirname, `agents/${name}.ts`)];
}

/** A task file in `directory`, as a user has it. */
export async function graphTask(
  directory: string,
  task: { steps: object[]; agents?: object; concurrency?: number },
): Promise<Loaded> {
  const file = path.join(directory, "bench.json");
  writeFileSync(file, JSON.stringify({ version: 1, id: "bench", ...task }));
  return loadTask(file, { workspace: directory });
}

/** So many steps, each after the one before. */
export function chain(steps: number, work: object): object[] {
  return Array.from({ length: steps }, (_, n) => ({
    id: `s${n}`,
    effect: "idempotent",
    ...(n === 0 ? {} : { needs: [`s${n - 1}`] }),
    ...work,
  }));
}
