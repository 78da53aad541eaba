import { loadMessageReader } from "../../src/agent/message-reader.ts";
import type { Command } from "../../src/protocol/command.ts";
import type { Program, ProgramCall, ProgramEnd } from "./simulated-program.ts";

// Loading a module takes real time, of which simulated time knows nothing: what agents need is there beforehand.
await loadMessageReader();

/** How an agent behaves while it performs one command. */
export interface AgentConduct {
  /** In which order it acts and speaks, and whether it gets to the end. */
  readonly manner:
    | "sound"
    /** It says so, without having done anything. */
    | "fails"
    /** It falls silent, and does not end when it is asked to. */
    | "hangs before"
    | "hangs after"
    | "dies before"
    | "dies after"
    /** It dies in the middle of the line that would have ended its command. */
    | "dies mid-line"
    /** It does all that it should, and a good deal that it should not. */
    | "rubbish"
    /** It does not end when its stdin does. */
    | "lingers";
  /** How long the work takes. */
  readonly workMs: number;
}

export interface AgentWork {
  conduct(command: Command, call: ProgramCall): AgentConduct;
  /** Does it, in one turn. What it returns is the terminal event's payload. */
  perform(command: Command, call: ProgramCall): Record<string, unknown>;
}

const heartbeatIntervalMs = 10_000;

/**
 * An agent that speaks NDJSON on its stdin and stdout: one command after the other, until the end of stdin. It sends
 * heartbeats also while nothing is asked of it, until it hangs.
 */
export function simulatedAgent(work: AgentWork): Program {
  return async (call) => {
    const agent = new AgentVoice(call);
    const end = await serve(work, call, agent);
    agent.fallSilent();
    return end;
  };
}

async function serve(work: AgentWork, call: ProgramCall, agent: AgentVoice): Promise<ProgramEnd> {
  agent.heartbeat("starting");
  agent.beat();
  let lingers = false;
  for (let line = await call.nextLine(); line !== undefined; line = await call.nextLine()) {
    const command = JSON.parse(line) as Command;
    const conduct = work.conduct(command, call);
    const end = await converse(work, conduct, command, call, agent);
    if (end !== undefined) return end;
    if (conduct.manner === "lingers") lingers = true;
  }
  return lingers ? "hang" : { exitCode: 0 };
}

/** Undefined: it has answered, and reads on. */
async function converse(
  work: AgentWork,
  { manner, workMs }: AgentConduct,
  command: Command,
  call: ProgramCall,
  agent: AgentVoice,
): Promise<ProgramEnd | undefined> {
  if (manner.startsWith("hangs")) call.ignoreSigterm();
  agent.heartbeat("busy");
  if (manner === "rubbish") agent.rubbish(command);
  await call.sleep(workMs);
  if (manner === "hangs before") return "hang";
  if (manner === "dies before") return { signal: "SIGSEGV" };
  if (manner === "fails") {
    agent.event(command, "error", { code: "TIRED", message: "not today" }, "failed");
    return undefined;
  }
  const payload = work.perform(command, call);
  await call.sleep(workMs);
  if (manner === "hangs after") return "hang";
  if (manner === "dies after") return { exitCode: 7 };
  if (manner === "dies mid-line") {
    call.print('{"kind":"event","event":"');
    return { signal: "SIGKILL" };
  }
  agent.event(command, `${command.action}.completed`, payload, "success");
  if (manner === "rubbish") agent.event(command, "error", { code: "TIRED", message: "after all, no" }, "failed");
  return undefined;
}

/** What one agent says. */
class AgentVoice {
  readonly #call: ProgramCall;
  #said = 0;
  #status = "";
  #isSilent = false;

  constructor(call: ProgramCall) {
    this.#call = call;
  }

  /** From now on, again and again. */
  beat(): void {
    this.#call.clock.after(heartbeatIntervalMs, () => {
      if (this.#isSilent) return;
      this.heartbeat(this.#status);
      this.beat();
    });
  }

  fallSilent(): void {
    this.#isSilent = true;
  }

  heartbeat(status: string): void {
    this.#status = status;
    const agent = { agent_type: "worker", agent_id: "worker" };
    const { pid } = this.#call;
    this.#say({ kind: "heartbeat", agent, seq: this.#said, status, pid, uptime_s: 1, last_activity_at: this.#now() });
  }

  event(command: Command, event: string, payload: Record<string, unknown>, status: string): void {
    const { correlation_id, task_id } = command;
    const from = { agent_type: "worker", agent_id: "worker" };
    const about = { correlation_id, task_id, from, event, status, payload };
    this.#say({ kind: "event", message_id: this.#messageId(), ...about, occurred_at: this.#now() });
  }

  /** No JSON, no message, and ends of commands that are not its own to end. */
  rubbish(command: Command): void {
    this.#call.print('Traceback (most recent call last):\n\u0007\u001b[2J\n{"kind":"wish"}\n[1,2\n');
    this.event({ ...command, correlation_id: "another" }, `${command.action}.completed`, {}, "success");
    this.event(command, "run.completed", {}, "success");
  }

  #say(message: Record<string, unknown>): void {
    this.#said += 1;
    this.#call.print(`${JSON.stringify(message)}\n`);
  }

  #messageId(): string {
    const unique = this.#call.pid * 1_000 + this.#said;
    return `00000000-0000-4000-8000-${String(unique).padStart(12, "0")}`;
  }

  #now(): string {
    return new Date(this.#call.clock.now()).toISOString();
  }
}
