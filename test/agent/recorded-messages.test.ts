import { describe, expect, it } from "vitest";
import { RecordedMessages } from "../../src/agent/recorded-messages.ts";
import { systemClock } from "../../src/ports.ts";
import type { Heartbeat } from "../../src/protocol/heartbeat.ts";

type Said = Heartbeat["status"] | "asked" | "answered";

/** Which of what an agent says the ledger gets, at one moment. */
function recordedOf(...said: Said[]): Said[] {
  const recorded = new RecordedMessages({ ...systemClock, monotonicMs: () => 0 });
  return said.filter((each) => {
    if (each === "asked") recorded.begin();
    else if (each === "answered") recorded.answered();
    else return recorded.choose(heartbeat(each), 300) === "record";
    return false;
  });
}

function heartbeat(status: Heartbeat["status"]): Heartbeat {
  const agent = { agent_type: "builder", agent_id: "builder" };
  return {
    kind: "heartbeat",
    agent,
    seq: 1,
    status,
    pid: 1,
    uptime_s: 1,
    last_activity_at: "2026-11-21T07:00:00.000Z",
  };
}

describe("of an agent's heartbeats the ledger gets", () => {
  it("the first and each change of status", () => {
    const said = ["starting", "starting", "ready", "ready", "asked", "busy", "busy", "backoff", "busy"] as const;
    expect(recordedOf(...said)).toEqual(["starting", "ready", "busy", "backoff", "busy"]);
  });

  it("that it has begun each command, and not that it is ready again after an answer", () => {
    const once = ["asked", "busy", "answered", "ready"] as const;
    expect(recordedOf("starting", "ready", ...once, ...once)).toEqual(["starting", "ready", "busy", "busy"]);
  });

  it("whatever else it is after an answer, and that it is ready when nobody had an answer", () => {
    const said = [
      "asked",
      "busy",
      "answered",
      "backoff",
      "ready",
      "asked",
      "busy",
      "ready",
      "answered",
      "stopping",
    ] as const;
    expect(recordedOf(...said)).toEqual(["busy", "backoff", "ready", "busy", "ready", "stopping"]);
  });
});
