import type { DoubtChoice, DoubtQuestion } from "../index.ts";
import type { Output } from "./output.ts";
import { bold } from "./parts.ts";
import type { Choice, Questions } from "./questions.ts";

const choices: readonly Choice<DoubtChoice | undefined>[] = [
  { letter: "P", label: "[P]ause, decide later", value: undefined },
  { letter: "D", label: "[D]one: it happened", value: "done" },
  { letter: "R", label: "[R]etry: do it again", value: "retry" },
  { letter: "S", label: "[S]kip it and what needs it", value: "skip" },
  { letter: "F", label: "[F]ail it", value: "fail" },
];

/** Asks what to do with a step in doubt. Undefined: nothing now, the run pauses. */
export function decideDoubt(
  output: Output,
  questions: Questions,
  { step, action, attempt, why, key }: DoubtQuestion,
): Promise<DoubtChoice | undefined> {
  return questions.inTurn(() => {
    output.aside(bold(step), ` (${action}, attempt ${attempt}) is in doubt: ${why}`);
    output.aside(
      "  It must not happen twice, and nobody knows whether it has happened. Look at what it changes, then choose.",
    );
    output.aside(`  key ${key}`);
    return questions.choose(choices);
  });
}
