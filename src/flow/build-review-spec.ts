import type { Answer, AskFunction, AskOptions, TaskContext } from "../run/function/define-task.ts";
import { FlowFailed } from "./flow-failed.ts";

/** What a task of this flow says. JSON: recorded with the run. */
export interface FlowInput {
  readonly flow: "build-review-spec";
  /** The id of the task, for the names of its files. */
  readonly task: string;
  /** What every agent is told. */
  readonly brief: Readonly<Record<string, unknown>>;
  /** How often it may be built and reviewed, 1 to 100. */
  readonly max_rounds: number;
}

/** The agents that the flow asks. */
export const flowAgents = ["builder", "reviewer", "spec_maintainer"] as const;

/** How the flow ended: the last answers, and in which round. */
export interface FlowOutput {
  readonly rounds: number;
  readonly review: string | null;
  readonly spec: string;
}

/**
 * Build, review, maintain the spec. Each round is built and reviewed; a request for changes, by the reviewer or the spec
 * maintainer, begins the next one, until both are content or `max_rounds` are used up (`ROUNDS_EXHAUSTED`).
 *
 * Every round has keys of its own, by its number and the digest of what it acts on: round two is never answered from
 * round one, and a resume never asks again what was answered.
 */
export async function buildReviewSpec({ input, ask }: TaskContext<FlowInput>): Promise<FlowOutput> {
  const round = new Round(input, ask);
  await round.build();
  for (;;) {
    const review = await round.review();
    if (isChangesRequested(review)) {
      await round.change(review);
      continue;
    }
    const spec = await round.updateSpec();
    if (spec.event !== "spec.changes_requested") {
      return { rounds: round.number, review: statusOf(review) ?? null, spec: spec.event };
    }
    await round.change(spec);
  }
}

class Round {
  number = 1;
  readonly #input: FlowInput;
  readonly #ask: AskFunction;

  constructor(input: FlowInput, ask: AskFunction) {
    this.#input = input;
    this.#ask = ask;
  }

  async build(): Promise<void> {
    checkTests(await this.#tell("implement", { agent: "builder", action: "implement" }));
  }

  review(): Promise<Answer> {
    return this.#tell("review", { agent: "reviewer", action: "review", ...this.#leaves("reviews") });
  }

  updateSpec(): Promise<Answer> {
    const leaves = this.#leaves("spec_notes");
    return this.#tell("update-spec", { agent: "spec_maintainer", action: "update_spec", ...leaves });
  }

  /** Begins the next round with what `feedback` asks for. */
  async change(feedback: Answer): Promise<void> {
    if (this.number === this.#input.max_rounds) throw exhausted(this.number, feedback);
    this.number += 1;
    const { usage: _, ...findings } = feedback.payload;
    const inputs = { feedback: findings, feedback_from: feedback.event };
    checkTests(
      await this.#tell("implement-changes", { agent: "builder", action: "implement_changes", inputs, feedback }),
    );
  }

  #tell(id: string, options: AskOptions): Promise<Answer> {
    const inputs = { ...this.#input.brief, ...options.inputs };
    return this.#ask(id, { ...options, inputs, round: this.number });
  }

  /** An agent that writes no file has said all it has to say in its event. */
  #leaves(directory: string): Pick<AskOptions, "expectedOutputs"> {
    return { expectedOutputs: [{ path: `${directory}/${this.#input.task}.json`, required: false }] };
  }
}

function isChangesRequested(review: Answer): boolean {
  const status = statusOf(review);
  if (status === "changes_requested") return true;
  if (status === "approved" || status === undefined || status === "success") return false;
  throw new FlowFailed(
    "ANSWER_UNEXPECTED",
    `review.completed has status ${status}, expected approved or changes_requested`,
  );
}

/** Of the event itself, or of its payload. */
function statusOf({ status, payload }: Answer): string | undefined {
  const inside = payload["status"];
  return typeof inside === "string" ? inside : status;
}

/** Nothing is reviewed whose tests fail, unless the builder says that these failures are allowed. */
function checkTests({ event, payload }: Answer): void {
  const tests = payload["tests"];
  const { status, allowed_failures: allowed } = (typeof tests === "object" && tests !== null ? tests : {}) as Record<
    string,
    unknown
  >;
  if (status === "pass" || (status === "fail" && allowed === true)) return;
  const found = tests === undefined ? "none" : JSON.stringify(tests).slice(0, 200);
  throw new FlowFailed(
    "TESTS_NOT_PASSED",
    `${event} must carry tests with status pass, or fail with allowed_failures: true; found ${found}`,
  );
}

function exhausted(rounds: number, feedback: Answer): FlowFailed {
  return new FlowFailed("ROUNDS_EXHAUSTED", `${feedback.event} asks for changes after ${rounds} of ${rounds} rounds`);
}
