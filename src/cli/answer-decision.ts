import type { DecisionAnswer, DecisionQuestion } from "../index.ts";
import type { Output } from "./output.ts";
import { bold, dim } from "./parts.ts";
import type { Choice, Questions } from "./questions.ts";

/** Asks for the answer to a decision. Undefined: nothing now, the run pauses when all else is done. */
export function answerDecision(
  output: Output,
  questions: Questions,
  { step, prompt, options }: DecisionQuestion,
): Promise<DecisionAnswer | undefined> {
  const choices: Choice<DecisionAnswer | undefined>[] = [
    { letter: "P", label: "[P]ause, decide later", value: undefined },
    ...options.map(({ id }, index) => {
      const letter = String(index + 1);
      return { letter, label: `[${letter}] ${id}`, value: { choice: id } };
    }),
  ];
  return questions.inTurn(() => {
    output.aside(bold(step), " waits for a decision:");
    for (const line of prompt.split("\n")) output.aside(`  ${line}`);
    for (const { id, description } of options)
      if (description !== undefined) output.aside(`  ${id}: `, dim(description));
    return questions.choose(choices);
  });
}
