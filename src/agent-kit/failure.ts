const codePattern = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** An error of a handler that has a code to switch on. */
export function failure(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** The payload of the `error` event for what a handler has thrown: its code, its message, and `retry_at` if it has one. */
export function failurePayload(thrown: unknown): Record<string, unknown> {
  const { code, message, retry_at } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as {
    code?: unknown;
    message?: unknown;
    retry_at?: unknown;
  };
  const retryAt = retry_at instanceof Date && !Number.isNaN(retry_at.getTime()) ? retry_at.toISOString() : retry_at;
  return {
    code: typeof code === "string" && codePattern.test(code) ? code : "HANDLER_THREW",
    message: shortened(typeof message === "string" ? message : String(thrown)),
    ...(typeof retryAt === "string" ? { retry_at: retryAt } : {}),
  };
}

/** An error's message may be a whole page of a server. */
function shortened(text: string): string {
  return (text.length > maxMessageLength ? `${text.slice(0, maxMessageLength)}…` : text).toWellFormed();
}

const maxMessageLength = 8_192;
