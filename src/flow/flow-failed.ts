/** Why a flow ended although no step failed. Recorded as the run's error. */
export class FlowFailed extends Error {
  readonly code: "ROUNDS_EXHAUSTED" | "TESTS_NOT_PASSED" | "ANSWER_UNEXPECTED";

  constructor(code: FlowFailed["code"], message: string) {
    super(message);
    this.name = "FlowFailed";
    this.code = code;
  }
}
