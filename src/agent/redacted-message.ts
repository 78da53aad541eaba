import type { AgentMessage } from "./message-reader.ts";
import type { Secrets } from "./secrets.ts";

const maxStatusLength = 64;

/**
 * `message` without secrets in what an agent writes freely: payload, status and observed version of an event, text and
 * fields of a log. Ids, names, digests and the paths of artifacts stay as they are.
 */
export function redactedMessage(message: AgentMessage, secrets: Secrets): AgentMessage {
  switch (message.kind) {
    case "event": {
      const { payload, status, observed_version } = message;
      return {
        ...message,
        payload: secrets.redactValue(payload),
        ...(status && { status: secrets.redactText(status).slice(0, maxStatusLength) }),
        ...(observed_version && { observed_version: secrets.redactValue(observed_version) }),
      };
    }
    case "log": {
      const { message: text, fields } = message;
      return { ...message, message: secrets.redactText(text), ...(fields && { fields: secrets.redactValue(fields) }) };
    }
    case "heartbeat":
      return message;
  }
}
