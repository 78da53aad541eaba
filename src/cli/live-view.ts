import {
  type CommandEntry,
  type EventEntry,
  isFailure,
  isTerminal,
  type LedgerEntry,
  type PlaceOptions,
  type RunView,
  readRun,
} from "../index.ts";
import { BatchProgress } from "./batch-progress.ts";
import { lastLines } from "./failure-output.ts";
import type { Output } from "./output.ts";
import { dim, green, type Part, red, yellow } from "./parts.ts";
import { between, sizeText } from "./times.ts";
import { waitText } from "./wait-text.ts";

/** More reused steps than these are counted, not listed. */
const mostListed = 20;
const longestDetail = 160;

/** Shows a run while it happens: a line for each command, event and artifact. */
export class LiveView {
  readonly #output: Output;
  readonly #place: PlaceOptions;
  /** step → what it was asked to do, and when. */
  readonly #asked = new Map<string, { action: string; at: string }>();
  /** Steps that were sent in this process and have not ended. */
  readonly #running = new Set<string>();
  readonly #batches: BatchProgress;
  /** Failed items that were shown. */
  #failedItems = 0;

  constructor(output: Output, place: PlaceOptions) {
    this.#output = output;
    this.#place = place;
    this.#batches = new BatchProgress(output);
  }

  /** Whether any step is running, as far as has been seen. */
  get somethingRuns(): boolean {
    return this.#running.size > 0;
  }

  see(entry: LedgerEntry): void {
    if (entry.kind === "command") {
      this.#command(entry);
    } else if (entry.kind === "log") {
      this.#output.line(toned(entry.level, `  ${entry.message}`));
    } else if (entry.kind === "event") {
      this.#event(entry);
    }
  }

  #command({ step, action, at, retry, to }: CommandEntry): void {
    this.#asked.set(step, { action, at });
    if (to.agent_type === "user") {
      this.#output.line(yellow("? "), step, dim("  waits for a decision"));
      return;
    }
    this.#running.add(step);
    if (this.#batches.isItem(step)) {
      this.#batches.sent(step, at);
      return;
    }
    const again = retry.attempt === 1 ? "" : ", under the same key";
    this.#output.line("→ ", step, dim(`  ${action}, attempt ${retry.attempt}${again}`));
  }

  #event(entry: EventEntry): void {
    const { step, event } = entry;
    if (step !== undefined && (event === "step.in_doubt" || this.#isTerminal(entry))) this.#running.delete(step);
    if (event === "run.started") this.#started(entry);
    else if (event === "run.resumed") this.#resumed(entry);
    else if (event === "step.expanded" && step !== undefined && !isFailure(entry)) {
      this.#batches.expanded(step, Number(entry.payload["count"]));
    } else if (step !== undefined && this.#isTerminal(entry) && this.#batches.isItem(step))
      this.#itemEnded(step, entry);
    else if (step !== undefined && this.#isTerminal(entry)) this.#ended(step, entry);
    else this.#remark(entry);
  }

  #started({ correlation_id: runId, task_id: taskId, payload }: EventEntry): void {
    this.#output.line(runId, dim(`  task ${taskId}, snapshot ${payload["snapshot_id"]}`));
  }

  /** What is done already is told from the ledger: no new entry speaks of it. */
  #resumed({ correlation_id: runId, task_id: taskId }: EventEntry): void {
    this.#output.line(runId, dim(`  task ${taskId}, resumed`));
    const steps = this.#stepsOf(runId);
    for (const step of steps) this.#batches.known(step);
    for (const { step, action, started_at: at } of steps) if (action && at) this.#asked.set(step, { action, at });
    const reused = steps.filter(({ status }) => status === "completed");
    for (const { step } of reused.slice(0, mostListed)) this.#output.line("= ", step, dim("  reused"));
    const more = reused.length - mostListed;
    if (more > 0) this.#output.line(dim(`= and ${more} more steps reused`));
  }

  /** Only for what is shown: a run does not end because its view cannot be read. */
  #stepsOf(runId: string): RunView["state"]["steps"] {
    try {
      return readRun({ ...this.#place, runId }).state.steps;
    } catch {
      return [];
    }
  }

  #isTerminal({ step = "", event, from }: EventEntry): boolean {
    const asked = this.#asked.get(step);
    if (asked === undefined) return event === "error" || from.agent_type !== "system";
    return isTerminal(asked.action, event);
  }

  /** Of items only failures have lines of their own, and not many. */
  #itemEnded(ref: string, entry: EventEntry): void {
    const failed = isFailure(entry);
    this.#asked.delete(ref);
    if (failed) this.#itemFailed(ref, entry);
    this.#batches.ended(ref, failed, entry.at);
  }

  #itemFailed(ref: string, { payload }: EventEntry): void {
    this.#failedItems += 1;
    if (this.#failedItems > mostListed) return;
    this.#output.line(red("✗ "), ref, dim(`  ${detail(payload)}`));
    if (this.#failedItems === mostListed) this.#output.line(dim("  further failures are only counted"));
  }

  #ended(step: string, entry: EventEntry): void {
    const { event, at, payload, artifacts } = entry;
    const asked = this.#asked.get(step);
    const took = asked === undefined ? "" : `  ${between(asked.at, at)}`;
    const settled = typeof payload["settled_by"] === "string" ? `, settled by ${payload["settled_by"]}` : "";
    const failed = isFailure(entry);
    this.#output.line(failed ? red("✗ ") : green("✓ "), step, dim(`  ${event}${took}${settled}`));
    if (failed) this.#failure(payload);
    if (!Array.isArray(artifacts)) return;
    for (const { path, sha256, size } of artifacts)
      this.#output.line("    ", path, dim(`  ${sha256}  ${sizeText(size)}`));
  }

  #failure(payload: Record<string, unknown>): void {
    this.#output.line(red(`    ${detail(payload)}`));
    for (const line of lastLines(payload)) this.#output.line(dim(`    ${shortened(line.replaceAll("\t", "  "))}`));
  }

  #remark({ step, event, payload }: EventEntry): void {
    const said = remarkOf(event, payload);
    if (said === undefined) return;
    const about = step ?? (typeof payload["step"] === "string" ? payload["step"] : "");
    this.#output.line(said.mark, about === "" ? "" : `${about}  `, said.says);
  }
}

interface Remark {
  readonly mark: Part;
  readonly says: Part;
}

/** What an event that ends nothing is worth telling; undefined for those that the summary tells. */
function remarkOf(event: string, payload: Record<string, unknown>): Remark | undefined {
  switch (event) {
    case "step.in_doubt":
      return { mark: yellow("? "), says: yellow(doubtText(payload)) };
    case "system.user_decision":
      return { mark: yellow("! "), says: `decided: ${payload["choice"]}` };
    case "step.blocked":
      return { mark: yellow("- "), says: dim(`blocked by ${listText(payload["by"])}`) };
    case "ledger.recovered":
      return {
        mark: yellow("! "),
        says: `a torn tail of ${payload["cut_bytes"]} bytes was set aside: ${payload["file"]}`,
      };
    case "drift.found":
      return { mark: yellow("! "), says: `drift, decided: ${payload["decision"]}` };
    case "agent.fault":
      return { mark: red("! "), says: detail(payload) };
    case "step.expanded":
      return { mark: red("✗ "), says: red(`no items: ${detail(payload)}`) };
    case "run.waiting":
      return { mark: yellow("… "), says: yellow(waitText(payload)) };
    case "agent.started":
      if (payload["restart"] !== true) return undefined;
      return { mark: yellow("! "), says: `agent ${payload["agent"]} was started again` };
    case "agent.exited":
      return exitRemark(payload);
    case "run.completed":
    case "run.failed":
    case "run.paused":
      return undefined;
    default:
      return { mark: "· ", says: dim(`${event}  ${detail(payload)}`) };
  }
}

/** How an agent failed; what ended as it should is not worth a line. */
function exitRemark({ agent, reason, exit_code: status, signal }: Record<string, unknown>): Remark | undefined {
  const how = { silent: "missed three heartbeats", deadline: "passed its deadline" }[String(reason)];
  const ended = `ended ${signal === null ? `with status ${status}` : `by ${signal}`}`;
  if (how === undefined && reason !== "exited") return undefined;
  return { mark: red("! "), says: `agent ${agent} ${how ?? ended}` };
}

function doubtText(payload: Record<string, unknown>): string {
  const { probe, message } = payload;
  return typeof probe === "string" ? `in doubt, its probe says: ${probe}` : `in doubt: ${message}`;
}

function listText(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : "";
}

/** The message of a payload, or else the payload, on one line that is not too long. */
function detail({ code, message, ...rest }: Record<string, unknown>): string {
  const said = typeof message === "string" ? message : Object.keys(rest).length === 0 ? "" : JSON.stringify(rest);
  return shortened(typeof code === "string" ? `${code}: ${said}` : said);
}

function shortened(text: string): string {
  return text.length <= longestDetail ? text : `${text.slice(0, longestDetail)}…`;
}

function toned(level: "info" | "warn" | "error", text: string): Part {
  if (level === "error") return red(text);
  return level === "warn" ? yellow(text) : dim(text);
}
