/** How many times as many samples are tried: RUNLEDGER_NIGHTLY, which `npm run test:nightly` sets; else 1. */
export const nightly = Math.max(1, Number(process.env["RUNLEDGER_NIGHTLY"] ?? 1));
