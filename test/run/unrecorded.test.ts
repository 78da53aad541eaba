import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { defineTask, type Notice, type RunOptions, resume, run } from "../../src/index.ts";
import { systemWorld, type World } from "../../src/run/place/world.ts";
import { givenWorkspaces, until, type Workspace } from "./given.ts";
import { worldWhere } from "./watched-world.ts";

const workspaces = givenWorkspaces();

/** A task of three steps that says how often each was done, and what happens when the second has been paid for. */
class Given {
  readonly workspace: Workspace = workspaces.make();
  readonly notices: Notice[] = [];
  readonly home = this.workspace.path("counters", "home");
  /** Which files cannot be written. */
  full: (file: string) => string | undefined = () => undefined;
  /** Called the first time. */
  onPaid: () => void = () => {};
  readonly world: World = {
    ...worldWhere((file, method) => (["write", "open"].includes(method) ? this.full(file) : undefined)),
    host: { ...systemWorld.host, environment: { HOME: this.home }, directory: this.workspace.directory },
  };
  readonly task = defineTask("report", async ({ step }) => {
    await step("read", () => this.#count("read"));
    const paid = await step("pay", { inputs: { amount: 7 } }, () => {
      this.#count("pay");
      this.onPaid();
      this.onPaid = () => {};
      return { bill: "x".repeat(40) };
    });
    return step("send", { inputs: paid }, () => this.#count("send"));
  });

  async run(more: Pick<RunOptions, "flushRetries" | "world" | "onNotice"> = {}): Promise<unknown> {
    return run(this.task, { ...this.#options, ...more }).catch((error: unknown) => error);
  }

  async resume(): Promise<unknown> {
    const runId = this.workspace.runId();
    return resume(this.task, { ...this.#options, runId }).catch((error: unknown) => error);
  }

  codes(): string[] {
    return this.notices.map(({ code }) => code);
  }

  get #options() {
    const { directory: workspace, store } = this.workspace;
    const onNotice = (notice: Notice) => void this.notices.push(notice);
    return { workspace, store, snapshot: false as const, world: this.world, onNotice };
  }

  #count(step: string): void {
    fs.appendFileSync(this.workspace.path("counters", step), "x");
  }
}

const inLedger = (file: string) => (path.basename(file) === "ledger.ndjson" ? "ENOSPC" : undefined);

describe("a disk that is full when a step has been paid for", () => {
  it("keeps the event beside the ledger, and the next resume records it: nothing is paid twice", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = inLedger;
    };
    expect(await given.run()).toMatchObject({ code: "WRITE_FAILED", exitStatus: 74, details: { errno: "ENOSPC" } });
    const [header, event, ...rest] = fs
      .readFileSync(given.workspace.runFile("ledger.failed.ndjson"), "utf8")
      .split("\n");
    expect(JSON.parse(header ?? "")).toMatchObject({
      version: 1,
      run_id: given.workspace.runId(),
      after: { seq: 2, hash: given.workspace.entries()[1]?.hash },
      error: { code: "ENOSPC", attempts: 1 },
      entries: 1,
    });
    expect(JSON.parse(event ?? "")).toMatchObject({ event: "call.completed", step: "pay", payload: { result: {} } });
    expect(rest).toEqual([""]);
    expect(fs.statSync(given.workspace.runFile("ledger.failed.ndjson")).mode & 0o777).toBe(0o600);
    given.full = () => undefined;
    expect(await given.resume()).toMatchObject({ status: "completed" });
    expect(given.workspace.counters()).toMatchObject({ read: 1, pay: 1, send: 1 });
    expect(fs.existsSync(given.workspace.runFile("ledger.failed.ndjson"))).toBe(false);
    expect(given.codes()).toEqual(["EVENTS_KEPT", "EVENTS_RECORDED"]);
    expect(given.workspace.receipts().map(({ step }) => step)).toEqual(["read", "pay", "send"]);
  });

  it("begins no further step, whatever the function makes of it", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = inLedger;
    };
    const done: string[] = [];
    const told: unknown[] = [];
    const task = defineTask("stubborn", async ({ step }) => {
      await step("pay", given.onPaid).catch((error: unknown) => told.push(error));
      await step("send", () => done.push("send")).catch((error: unknown) => told.push(error));
    });
    const { directory: workspace, store } = given.workspace;
    const options = { workspace, store, snapshot: false as const, world: given.world };
    const failure = await run(task, options).catch((error: unknown) => error);
    expect({ done, told }).toEqual({ done: [], told: [failure, failure] });
    expect(failure).toMatchObject({ code: "WRITE_FAILED" });
  });

  it("leaves timers and signals their turn, though the function tries again for ever", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = inLedger;
    };
    let isLate = false;
    const task = defineTask("stubborn", async ({ step }) => {
      setTimeout(() => {
        isLate = true;
      }, 20);
      for (let n = 0; n < 200_000 && !isLate; n += 1)
        await step("pay", { inputs: { n } }, given.onPaid).catch(() => {});
    });
    const { directory: workspace, store } = given.workspace;
    const options = { workspace, store, snapshot: false as const, world: given.world };
    await expect(run(task, options)).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(isLate).toBe(true);
  });

  it("keeps it in the user's state directory if the whole store is full", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = (file) => (file.startsWith(given.workspace.store) ? "ENOSPC" : undefined);
    };
    expect(await given.run()).toMatchObject({ code: "WRITE_FAILED" });
    const elsewhere = path.join(given.home, ".local/state/runledger", `${given.workspace.runId()}.failed.ndjson`);
    expect(given.notices.at(-1)?.message).toContain(elsewhere);
    expect(fs.readFileSync(elsewhere, "utf8")).toContain('"step":"pay"');
    given.full = () => undefined;
    expect(await given.resume()).toMatchObject({ status: "completed" });
    expect(given.workspace.counters()).toMatchObject({ read: 1, pay: 1, send: 1 });
    expect(fs.existsSync(elsewhere)).toBe(false);
  });

  it("says so if it cannot be kept anywhere, and still throws what failed first", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = () => "ENOSPC";
    };
    expect(await given.run()).toMatchObject({ code: "WRITE_FAILED", details: { errno: "ENOSPC" } });
    expect(given.codes()).toEqual(["EVENTS_LOST"]);
    given.full = () => undefined;
    expect(await given.resume()).toMatchObject({ status: "completed" });
    expect(given.workspace.counters()).toMatchObject({ read: 1, pay: 2, send: 1 });
  });

  it("keeps a result that is too large for the ledger, when it is its object that cannot be written", async () => {
    const given = new Given();
    const task = defineTask("large", async ({ step }) => {
      await step("pay", () => {
        fs.appendFileSync(given.workspace.path("counters", "pay"), "x");
        given.full = (file) => (file.includes("/objects/") ? "ENOSPC" : undefined);
        return "y".repeat(300_000);
      });
    });
    const { directory: workspace, store } = given.workspace;
    const options = { workspace, store, snapshot: false as const };
    await expect(run(task, { ...options, world: given.world })).rejects.toMatchObject({ exitStatus: 74 });
    expect(await run(task, options)).toMatchObject({ status: "completed" });
    expect(given.workspace.counters()["pay"]).toBe(1);
  });
});

describe("a plain command whose own entry the disk did not take", () => {
  it("is recorded by the next resume together with what it came to, and is not done again", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "pay", run: "printf x >> counters/pay", effect: "idempotent" }]);
    let began = false;
    const world = worldWhere((file, method) => {
      if (path.basename(file) !== "ledger.ndjson" || method !== "write") return undefined;
      began ||= fs.readFileSync(file, "utf8").includes("run.started");
      return began ? "EAGAIN" : undefined;
    });
    const options = { world, flushRetries: 3, snapshot: false as const };
    const failed = await workspace.here({ task, options }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "WRITE_FAILED", details: { errno: "EAGAIN" } });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toEqual({ pay: 1 });
    expect(fs.existsSync(workspace.runFile("ledger.failed.ndjson"))).toBe(false);
  });
});

describe("whoever is told of it", () => {
  it("may throw: the run ends as it would, and nothing stays locked", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = inLedger;
    };
    const surfaced: unknown[] = [];
    const clock = {
      ...systemWorld.clock,
      soon: (action: () => void) =>
        systemWorld.clock.soon(() => {
          try {
            action();
          } catch (error) {
            surfaced.push(error);
          }
        }),
    };
    const onNotice = () => {
      throw new Error("nobody listens");
    };
    expect(await given.run({ world: { ...given.world, clock }, onNotice })).toMatchObject({ code: "WRITE_FAILED" });
    await until(() => surfaced.length > 0);
    expect(surfaced).toMatchObject([{ message: "nobody listens" }]);
    given.full = () => undefined;
    expect(await given.resume()).toMatchObject({ status: "completed" });
  });
});

describe("a recovery file", () => {
  async function kept(): Promise<{ given: Given; file: string }> {
    const given = new Given();
    given.onPaid = () => {
      given.full = inLedger;
    };
    await given.run();
    given.full = () => undefined;
    return { given, file: given.workspace.runFile("ledger.failed.ndjson") };
  }

  it("of another history is refused, and nothing of it is recorded", async () => {
    const { given, file } = await kept();
    const text = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, text.replace(/"hash":"./, '"hash":"g'));
    const before = given.workspace.entries().length;
    expect(await given.resume()).toMatchObject({ code: "LEDGER_DAMAGED", exitStatus: 65, details: { file, seq: 2 } });
    expect(given.workspace.entries()).toHaveLength(before);
    expect(fs.existsSync(file)).toBe(true);
    fs.writeFileSync(file, text);
    expect(await given.resume()).toMatchObject({ status: "completed" });
  });

  it("that is damaged is moved aside, said, and never deleted", async () => {
    for (const spoil of [(text: string) => text.slice(0, -20), () => "", () => "\0\0\n", () => '{"version":1}\n']) {
      const { given, file } = await kept();
      fs.writeFileSync(file, spoil(fs.readFileSync(file, "utf8")));
      expect(await given.resume()).toMatchObject({ status: "completed" });
      expect(given.codes()).toContain("RECORD_DAMAGED");
      const aside = fs.readdirSync(path.dirname(file)).filter((name) => name.includes("failed"));
      expect(aside).toEqual([expect.stringMatching(/^ledger\.failed\.ndjson\.corrupt-[0-9a-f]{8}$/)]);
    }
  });

  it("of a newer runledger is refused", async () => {
    const { given, file } = await kept();
    const text = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, text.replace('"version":1', '"version":2'));
    expect(await given.resume()).toMatchObject({ code: "FORMAT_NEWER", exitStatus: 78 });
    fs.writeFileSync(file, text);
    await given.resume();
  });

  it("is read by abort as well", async () => {
    const { given, file } = await kept();
    const { abort } = await import("../../src/index.ts");
    const { directory: workspace, store } = given.workspace;
    await abort({ workspace, store, runId: given.workspace.runId() });
    expect(given.workspace.events("pay")).toHaveLength(1);
    expect(fs.existsSync(file)).toBe(false);
  });
});

describe("a ledger that cannot be written for a moment", () => {
  it("is opened anew: the run completes, and each retry is told", async () => {
    const given = new Given();
    let left = 3;
    given.onPaid = () => {
      given.full = (file) => (inLedger(file) !== undefined && left-- > 0 ? "EMFILE" : undefined);
    };
    expect(await given.run()).toMatchObject({ status: "completed" });
    expect(given.codes()).toEqual(["WRITE_RETRIED", "WRITE_RETRIED", "WRITE_RETRIED"]);
    expect(given.notices.map(({ details }) => details)).toMatchObject([
      { attempt: 1, of: 3, code: "EMFILE", waiting: 1 },
      { attempt: 2, of: 3, code: "EMFILE", waiting: 1 },
      { attempt: 3, of: 3, code: "EMFILE", waiting: 1 },
    ]);
    expect(given.workspace.counters()).toMatchObject({ read: 1, pay: 1, send: 1 });
  });

  it("is given up after the retries that were asked for, and what waited is kept with the number of attempts", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = (file) => (inLedger(file) === undefined ? undefined : "EAGAIN");
    };
    expect(await given.run({ flushRetries: 1 })).toMatchObject({ code: "WRITE_FAILED", details: { attempts: 2 } });
    const [header = ""] = fs.readFileSync(given.workspace.runFile("ledger.failed.ndjson"), "utf8").split("\n");
    expect(JSON.parse(header).error).toMatchObject({ code: "EAGAIN", attempts: 2 });
    given.full = () => undefined;
    expect(await given.resume()).toMatchObject({ status: "completed" });
  });

  it("is waited for when a run is opened, and fails at once with --flush-retries 0", async () => {
    const given = new Given();
    given.onPaid = () => {
      given.full = inLedger;
    };
    await given.run();
    let left = 2;
    given.full = (file) => (inLedger(file) !== undefined && left-- > 0 ? "ENFILE" : undefined);
    expect(await given.run({ flushRetries: 0 })).toMatchObject({ exitStatus: 74 });
    expect(await given.resume()).toMatchObject({ status: "completed" });
  });
});

describe("the number of retries", () => {
  it.each([-1, 11, 1.5, "abc"])("is refused: %s", async (flushRetries) => {
    const given = new Given();
    const refused = await given.run({ flushRetries: flushRetries as number });
    expect(refused).toMatchObject({ code: "USAGE", exitStatus: 2, message: expect.stringContaining("0 to 10") });
    expect(fs.existsSync(given.workspace.store)).toBe(false);
  });

  it.each(["-1", "11", "abc", "1.5"])("is refused in RUNLEDGER_FLUSH_RETRIES: %s", async (text) => {
    const given = new Given();
    const host = { ...given.world.host, environment: { RUNLEDGER_FLUSH_RETRIES: text } };
    const refused = await given.run({ world: { ...given.world, host } });
    expect(refused).toMatchObject({ code: "USAGE", message: expect.stringContaining("RUNLEDGER_FLUSH_RETRIES") });
    expect(fs.existsSync(given.workspace.store)).toBe(false);
  });
});

describe("a disk that is nearly full", () => {
  it("is refused before anything is started", async () => {
    const given = new Given();
    const disk = { ...given.world.disk, freeBytes: () => 1_000_000 };
    expect(await given.run({ world: { ...given.world, disk } })).toMatchObject({
      code: "DISK_FULL",
      exitStatus: 74,
      details: { free_bytes: 1_000_000 },
    });
    expect(given.workspace.runIds()).toEqual([]);
    expect(given.workspace.counters()).toEqual({});
  });
});
