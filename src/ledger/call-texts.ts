// What stands before each part of the line of a function step that succeeded at its first attempt, in their order.
export const beforeAt = '{"at":"';
export const beforeKey = '","attempt":1,"command":{"action":"call","idempotency_key":"';
export const beforeInputs = '","inputs":';
export const beforeStep = ',"step":"';
export const beforeCorrelation = '"},"correlation_id":"';
export const beforeDurable = '","durable":';
export const beforeMessage = ',"event":"call.completed","from":{"agent_type":"call"},"kind":"event","message_id":"';
export const beforeOccurred = '","occurred_at":"';
export const beforePayload = '","payload":';
export const beforeSeq = ',"seq":';
export const beforeStatus = ',"status":"success","step":"';
export const beforeTask = '","task_id":"';
export const beforeHash = '","hash":"';
