import { appendFileSync } from "node:fs";
import { defineTask, type RunledgerError, run } from "runledger";

const harness = defineTask("harness", async ({ step }) => {
  const pay = (call: string, invoice: string, amount: number) =>
    step(call, { key: `pay ${invoice}`, inputs: { amount, invoice }, effect: "once" }, () => {
      appendFileSync("payments.txt", `${invoice} ${amount}\n`);
      return { paid: amount };
    });
  const first = await pay("turn-1", "invoice-42", 10);
  const again = await pay("turn-7", "invoice-42", 10); // a hit: nothing is paid, the recorded result comes back
  const other = await pay("turn-9", "invoice-42", 11).catch((error: RunledgerError) => error.code);
  return { first, again, other };
});

const { output } = await run(harness, { snapshot: false });
console.log(JSON.stringify(output));
