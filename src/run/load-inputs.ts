import path from "node:path";
import { RunledgerError } from "../errors.ts";
import { inputsFromTexts } from "../task/input-texts.ts";
import type { ResolvedTask } from "../task/task.ts";
import { explain, loaded } from "./place/system-error.ts";
import { systemWorld, type World } from "./place/world.ts";

export interface GivenInputs {
  /** YAML, or JSON if the name ends in `.json`: an object of values by name. Relative to the current directory. */
  files?: readonly string[] | undefined;
  /** `NAME=VALUE`, read by the type that the task declares; a list gets one text from each. */
  texts?: readonly string[] | undefined;
  world?: World | undefined;
}

const largestFileBytes = 8 * 1024 * 1024;

/**
 * The inputs of a task file as `run` takes them: those of the files in their order, then the texts; the later one wins.
 * `INPUT_INVALID`, `FILE_NOT_FOUND`, `PERMISSION`, `READ_FAILED`. Whether all are there is checked by `run`.
 */
export async function loadInputs(task: ResolvedTask, given: GivenInputs): Promise<Record<string, unknown>> {
  const { files = [], texts = [], world = systemWorld } = given;
  const ofFiles = files.length === 0 ? [] : await inputsOfFiles(world, files);
  return Object.assign({}, ...ofFiles, inputsFromTexts(task, texts)) as Record<string, unknown>;
}

async function inputsOfFiles(world: World, files: readonly string[]): Promise<Record<string, unknown>[]> {
  const { readDocument } = await loaded(import("../task/document.ts"));
  return files.map((file) => inputsOfFile(world, file, (text) => readDocument(text, file).value));
}

function inputsOfFile(world: World, file: string, read: (text: string) => unknown): Record<string, unknown> {
  const absolute = path.resolve(world.host.directory, file);
  const bytes = explain(`the inputs of ${file} cannot be read`, "READ_FAILED", () => readAll(world, file, absolute));
  const value = parsed(bytes, file, read);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refusal(file, "expected an object of values by name");
}

function readAll({ disk }: World, file: string, absolute: string): Uint8Array {
  if (disk.stat(absolute) === undefined) {
    throw new RunledgerError("FILE_NOT_FOUND", `no such file: ${file}`, {
      hint: "Give a file of inputs: --input-file F",
    });
  }
  const stat = disk.stat(disk.realPath(absolute));
  // Hostile: a pipe never ends.
  if (stat?.kind !== "file") throw refusal(file, "expected a file");
  if (stat.sizeBytes > largestFileBytes) throw refusal(file, `the file has more than ${largestFileBytes} bytes`);
  return disk.readFile(absolute);
}

function parsed(bytes: Uint8Array, file: string, read: (text: string) => unknown): unknown {
  try {
    return read(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const says = error instanceof RunledgerError ? error.message : `${file}: the file is not UTF-8 text`;
    throw new RunledgerError("INPUT_INVALID", says, { hint: `Correct ${file}, then type the same command again.` });
  }
}

function refusal(file: string, says: string): RunledgerError {
  return new RunledgerError("INPUT_INVALID", `${file}: ${says}`, {
    hint: "One input a line, for example: language: de",
    details: { file },
  });
}
