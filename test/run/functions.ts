import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "../../src/index.ts";
import type { FunctionTask } from "../../src/run/function/define-task.ts";

/** The functions that processes are started with. What they do to the world, they do in `directory`. */
export function functionsIn(directory: string): Record<string, FunctionTask> {
  const count = (step: string) => fs.appendFileSync(path.join(directory, "counters", step), "x");

  const forty = defineTask("forty", async ({ step }) => {
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    const squares = await Promise.all(
      numbers.map((number) =>
        step(`square-${number}`, { inputs: { number } }, async () => {
          count(`square-${number}`);
          await sleep(5 + ((number * 7) % 60));
          return number * number;
        }),
      ),
    );
    return step("sum", { inputs: { squares } }, () => {
      count("sum");
      return squares.reduce((sum, square) => sum + square, 0);
    });
  });

  /** One of everything. */
  const stages = defineTask("stages", async ({ step }) => {
    const first = await step("first", { inputs: { size: 3 } }, () => [1, 2, 3]);
    const doubled = await Promise.all(
      first.map((number) => step("double", { inputs: { number } }, () => ({ number, twice: number * 2 }))),
    );
    const failed = await step("fail", () => {
      throw Object.assign(new Error("no money"), { code: "NO_MONEY" });
    }).catch((error: Error) => error.message);
    const chosen = await step("charge", { key: "invoice-42", inputs: { amount: 7 } }, () => "charged");
    const again = await step("charge-again", { key: "invoice-42", inputs: { amount: 7 } }, () => "charged twice");
    const probe = async () => fs.existsSync(path.join(directory, "counters", "pay"));
    await step("pay", { effect: "once", probe }, () => count("pay"));
    const large = await step("large", () => "x".repeat(20_000));
    return { doubled, failed, chosen, again, large: large.length };
  });

  /** Kills its own process in the middle of the payment, the first time. */
  const payment = (probe?: () => Promise<boolean | "unknown">) =>
    defineTask("payment", async ({ step }) => {
      const note = ({ key }: { key: string }) => fs.writeFileSync(path.join(directory, "counters", "probed"), key);
      const options = {
        effect: "once" as const,
        ...(probe && {
          probe: (attempt: { key: string }) => {
            note(attempt);
            return probe();
          },
        }),
      };
      const paid = await step("pay", options, () => {
        count("pay");
        return killOnce(directory);
      });
      await step("thank", () => count("thank"));
      return paid;
    });

  const tellsSecrets = defineTask("tells-secrets", async ({ step }) => {
    const secret = process.env["DEPLOY_TOKEN"] ?? "";
    const told = await step("returns", { inputs: { token: { $env: "DEPLOY_TOKEN" } } }, ({ inputs }) => {
      fs.writeFileSync(path.join(directory, "counters", "got"), String(inputs["token"]));
      return { secret, list: [`it is ${secret}.`], [secret]: true, large: `${"x".repeat(20_000)}${secret}` };
    });
    await step("throws", () => {
      throw Object.assign(new Error(`no entry with ${secret}`), { code: secret });
    });
    return told;
  });

  return {
    "tells secrets": tellsSecrets,
    forty,
    stages,
    "probe says true": payment(async () => true),
    "probe says false": payment(async () => false),
    "probe says unknown": payment(async () => "unknown"),
    "no probe": payment(),
  } as Record<string, FunctionTask>;
}

/** Ends this process with SIGKILL, unless that has happened before. */
function killOnce(directory: string): void {
  const mark = path.join(directory, "counters", "killed");
  if (fs.existsSync(mark)) return;
  fs.writeFileSync(mark, "");
  process.kill(process.pid, "SIGKILL");
}
