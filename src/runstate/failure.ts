import type { Ending } from "./state.ts";

/** Code and sentence of a failure, as its terminal event gives them. */
export function failureOf({ event, payload }: Pick<Ending, "event" | "payload">): { code: string; message: string } {
  const { code, message } = payload;
  return {
    code: typeof code === "string" ? code : "FAILED",
    message: typeof message === "string" ? message : `${event} reported a failure`,
  };
}
