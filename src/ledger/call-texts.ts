import { FixedText } from "./fixed-text.ts";

// What stands before each part of the line of a function step that succeeded at its first attempt, in their order.
export const beforeAt = new FixedText('{"at":"');
export const beforeKey = new FixedText('","attempt":1,"command":{"action":"call","idempotency_key":"');
export const beforeInputs = new FixedText('","inputs":');
export const beforeStep = new FixedText(',"step":"');
export const beforeCorrelation = new FixedText('"},"correlation_id":"');
export const beforeDurable = new FixedText('","durable":');
export const beforeMessage = new FixedText(
  ',"event":"call.completed","from":{"agent_type":"call"},"kind":"event","message_id":"',
);
export const beforeOccurred = new FixedText('","occurred_at":"');
export const beforePayload = new FixedText('","payload":');
export const beforeSeq = new FixedText(',"seq":');
export const beforeStatus = new FixedText(',"status":"success","step":"');
export const beforeTask = new FixedText('","task_id":"');
export const beforeHash = new FixedText('","hash":"');
