// The zod schemas of all messages and records, as `runledger/schemas`: whoever only runs tasks does not wait for them to load.

export { entrySchema as ledgerEntrySchema } from "./ledger/entry-schema.ts";
export { commandSchema } from "./protocol/command.ts";
export { eventSchema } from "./protocol/event.ts";
export { heartbeatSchema } from "./protocol/heartbeat.ts";
export { logSchema } from "./protocol/log.ts";
export { receiptSchema } from "./receipt/receipt-schema.ts";
export { runStateSchema } from "./runstate/state-schema.ts";
export { manifestSchema } from "./snapshot/manifest-schema.ts";
export { taskSchema } from "./task/task-schema.ts";
