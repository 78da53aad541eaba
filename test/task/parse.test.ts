import { describe, expect, it } from "vitest";
import { parseTask } from "../../src/task/parse.ts";
import { effectOf, unwrittenEffects } from "../../src/task/task.ts";
import { taskDigest, taskJson } from "../../src/task/task-json.ts";
import { handbook, refusalOf, refusedAs, withStep } from "./given.ts";

describe("a task file", () => {
  it("is resolved with every default filled in and nothing invented for what has none", () => {
    expect(parseTask(handbook, "tasks/T-0042.yaml")).toEqual({
      version: 1,
      id: "T-0042",
      title: "Publish the handbook",
      concurrency: 2,
      snapshot: { include: ["docs/**"], exclude: ["**/*.tmp"] },
      agents: { builder: { command: ["node", "agents/builder.mjs"], env: { LOG_LEVEL: "info" } } },
      steps: [
        { id: "lint", run: "npm run -s lint", needs: [], retry: { max_attempts: 1 }, env: {}, expected_outputs: [] },
        {
          id: "build",
          agent: "builder",
          action: "implement",
          inputs: { goal: "…" },
          expected_outputs: [{ path: "dist/handbook.html", required: true }],
          needs: ["lint"],
          writes: ["dist/**"],
          effect: "once",
          probe: "test -f dist/published",
          timeout_ms: 600_000,
          retry: { max_attempts: 3 },
          env: { STAGE: "prod", TOKEN: { $env: "DEPLOY_TOKEN" } },
        },
      ],
    });
  });

  it("gives a task that, written as JSON, is a task file of the same task", () => {
    const task = parseTask(handbook, "tasks/T-0042.yaml");
    const again = parseTask(taskJson(task), "task.json");
    expect(again).toEqual(task);
    expect(taskDigest(again)).toBe(taskDigest(task));
  });

  it("has the same digest as YAML, as JSON, in another order, and with its defaults written out", () => {
    const digests = [
      parseTask(withStep("run: make", "timeout: 1h30m"), "x.yaml"),
      parseTask('{"steps":[{"timeout":"90m","run":"make","id":"one"}],"id":"T-1","version":1}', "x.json"),
      parseTask(withStep("timeout: 5400s", "needs: []", "env: {}", "run: make", "retry: {max_attempts: 1}"), "x.yaml"),
      parseTask(withStep("timeout_ms: 5400000", "run: make"), "x.yaml"),
    ].map(taskDigest);
    expect(new Set(digests).size).toBe(1);
  });

  it("has another digest when anything that matters changes", () => {
    const texts = [
      withStep("run: make"),
      withStep("run: [make]"),
      withStep("run: make", "effect: idempotent"),
      withStep("run: make", "writes: []"),
      withStep("run: make", "timeout: 1ms"),
      withStep("run: make", "expected_outputs: [{path: a}]"),
      withStep("run: make", "expected_outputs: [{path: a, required: false}]"),
    ];
    expect(new Set(texts.map((text) => taskDigest(parseTask(text, "x.yaml")))).size).toBe(texts.length);
  });

  it("names the steps whose effect nobody has written, which are taken for idempotent", () => {
    const task = parseTask(handbook, "tasks/T-0042.yaml");
    expect(unwrittenEffects(task)).toEqual(["lint"]);
    expect(task.steps.map(effectOf)).toEqual(["idempotent", "once"]);
  });

  it.each([
    ["500ms", 500],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["1h2m3s4ms", 3_723_004],
    ["5ms", 5],
    ["576h", 2_073_600_000],
  ])("takes the time %s as %i milliseconds", (timeout, timeoutMs) => {
    expect(parseTask(withStep("run: x", `timeout: ${timeout}`), "x.yaml").steps[0]?.timeout_ms).toBe(timeoutMs);
  });

  it.each(["10", "m", "1m1h", "1 m", "1.5h", "0s", "577h", "1m1m", "-1s", '""', "10M"])(
    "refuses %s as a time",
    (timeout) => {
      expect(refusedAs(withStep("run: x", `timeout: ${timeout}`))).toMatch(
        /^TASK_INVALID\ntasks\/x.yaml:6: steps\[0\].timeout: expected a time /,
      );
    },
  );

  it("of a later version is refused as newer, whatever else it holds", () => {
    expect(refusalOf(() => parseTask("version: 2\nnews: true", "x.yaml"))).toMatchObject({
      code: "FORMAT_NEWER",
      exitStatus: 78,
      message: "x.yaml: version 2 of the task file; this version reads 1",
    });
  });

  it("is refused with all that is wrong, in the order of its lines, for people and for machines", () => {
    const error = refusalOf(() =>
      parseTask("version: 1\nid: a..b\nsteps:\n  - id: one\n    rum: x\n  - run: y", "x.yaml"),
    );
    expect(error.message).toMatchInlineSnapshot(`
      "x.yaml:2: id: expected a name for a directory: no \`..\`, no device of Windows, found "a..b"
      x.yaml:5: steps[0].rum: unknown field; did you mean \`run\`?
      x.yaml:6: steps[1].id: missing: expected a text"
    `);
    expect(error).toMatchObject({
      code: "TASK_INVALID",
      exitStatus: 2,
      hint: "Correct the file, then check it: runledger validate --task x.yaml",
    });
    expect(error.details).toMatchInlineSnapshot(`
      {
        "count": 3,
        "file": "x.yaml",
        "problems": [
          {
            "field": "id",
            "line": 2,
            "problem": "expected a name for a directory: no \`..\`, no device of Windows, found "a..b"",
          },
          {
            "field": "steps[0].rum",
            "line": 5,
            "problem": "unknown field; did you mean \`run\`?",
          },
          {
            "field": "steps[1].id",
            "line": 6,
            "problem": "missing: expected a text",
          },
        ],
      }
    `);
  });

  it("with a thousand problems names twenty and says how many there are", () => {
    const steps = Array.from({ length: 1000 }, (_, index) => `  - {id: s${index}, rum: x, run: x}`);
    const error = refusalOf(() => parseTask(["version: 1", "id: T-1", "steps:", ...steps].join("\n"), "x.yaml"));
    expect(error.message.split("\n")).toHaveLength(21);
    expect(error.message).toMatch(/\nx.yaml: … and 980 more$/);
    expect(error.details).toMatchObject({ count: 1000 });
  });
});

describe("a wrong task file is refused with its line, its field and the likely spelling:", () => {
  it("unknown fields", () => {
    expect(refusedAs(withStep("run: x", "expected_output: []"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].expected_output: unknown field; did you mean \`expected_outputs\`?"
    `);
    expect(refusedAs(withStep("run: x", "retry: {maxAttempts: 2, max_attempts: 2}"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].retry.maxAttempts: unknown field; did you mean \`max_attempts\`?"
    `);
    expect(refusedAs(`concurency: 3\n${withStep("run: x")}`)).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:1: concurency: unknown field; did you mean \`concurrency\`?"
    `);
    expect(refusedAs(withStep("run: x", "expected_outputs: [{path: a, requird: true}]"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].expected_outputs[0].requird: unknown field; did you mean \`required\`?"
    `);
    expect(refusedAs(withStep("run: x", "colour: red"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].colour: unknown field"
    `);
    expect(refusedAs(withStep("run: x", "env: {TOKEN: {$evn: X}}"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].env.TOKEN.$env: missing: expected a text
      tasks/x.yaml:6: steps[0].env.TOKEN.$evn: unknown field; did you mean \`$env\`?"
    `);
  });

  it("missing fields and wrong types", () => {
    expect(refusedAs("{}")).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:1: version: missing: expected 1
      tasks/x.yaml:1: id: missing: expected a text
      tasks/x.yaml:1: steps: missing: expected a list"
    `);
    expect(refusedAs("- 1")).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:1: expected an object, found a list"
    `);
    expect(refusedAs("version: '1'\nid: 7\ntitle: ''\nconcurrency: 1.5\nagents: []\nsteps: {}")).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:1: version: expected 1, found "1"
      tasks/x.yaml:2: id: expected a text, found 7; put it in quotes
      tasks/x.yaml:3: title: expected a text that is not empty, found ""
      tasks/x.yaml:4: concurrency: expected a whole number, found 1.5
      tasks/x.yaml:5: agents: expected an object, found an empty list
      tasks/x.yaml:6: steps: expected a list, found an object"
    `);
    expect(refusedAs("version: 1\nid: T-1\nconcurrency: 1001\nsteps: []")).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:3: concurrency: expected at most 1000, found 1001
      tasks/x.yaml:4: steps: expected a list that is not empty, found an empty list"
    `);
    expect(refusedAs(withStep("run: x", "needs:", "effect: onec", "retry: {max_attempts: 0}"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].needs: expected a list, found nothing (null)
      tasks/x.yaml:7: steps[0].effect: expected one of pure, idempotent, once, found "onec"; did you mean \`once\`?
      tasks/x.yaml:8: steps[0].retry.max_attempts: expected at least 1, found 0"
    `);
    expect(refusedAs(withStep("run: x", "timeout: 10"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].timeout: expected a time such as 500ms, 90s, 10m or 1h30m, found 10"
    `);
    expect(refusedAs(withStep("run: x", "expected_outputs: [dist/a.html]"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].expected_outputs[0]: expected an object, found "dist/a.html""
    `);
  });

  it("commands", () => {
    expect(refusedAs(withStep("run: true"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].run: expected a command line in quotes, or a list of a program and its arguments, found true; put it in quotes"
    `);
    expect(refusedAs(withStep("run: [sleep, 3]"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].run[1]: expected a text in quotes, { $item: true } or { $input: NAME }, found 3; put it in quotes"
    `);
    expect(refusedAs(withStep("run: []"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].run[0]: missing: expected a text"
    `);
    expect(refusedAs(withStep('run: ["", x]'))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].run[0]: expected the name of a program, found """
    `);
    expect(refusedAs(withStep('run: "  "'))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].run: expected a command that is not empty, found "  ""
    `);
    expect(refusedAs(withStep('run: "rm -rf build\\0 --dry-run"'))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].run: expected a text without NUL, found "rm -rf build\\u0000 --dry-run""
    `);
    expect(refusedAs(withStep("run: {sh: x}"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].run: expected a command line in quotes, or a list of a program and its arguments, found an object"
    `);
  });

  it("what a decision has and has not", () => {
    const decision = (options: string) => `decision: { prompt: "Ship it?", options: ${options} }`;
    expect(refusedAs(withStep(decision("[ship]")))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].decision.options: expected 2 to 20 options, found a list"
    `);
    expect(refusedAs(withStep(decision("[Ship, { id: hold, descripton: x }]")))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].decision.options[0]: expected 1 to 64 of a-z, 0-9, _ and -, the first a letter or digit, found "Ship"
      tasks/x.yaml:5: steps[0].decision.options[1].descripton: unknown field; did you mean \`description\`?"
    `);
    expect(refusedAs(withStep(decision("[a, b]"), "for_each: { list: [x] }"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].for_each: a \`decision\` has no work that this could speak of"
    `);
    expect(refusedAs(withStep(decision("[a, b, a]"), "effect: once", "run: x"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:4: steps[0]: expected one of \`run\`, \`agent\` and \`decision\`, found \`run\` and \`decision\`"
    `);
    expect(
      refusedAs(withStep(decision("[a, b, a]"), "effect: once", "retry: { max_attempts: 2 }")),
    ).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].decision.options[2]: "a" stands here twice
      tasks/x.yaml:6: steps[0].effect: a \`decision\` has no work that this could speak of
      tasks/x.yaml:7: steps[0].retry: a \`decision\` has no work that this could speak of"
    `);
  });

  it("what a plain step and an agent's step have and have not", () => {
    const agents = "agents: {builder: {command: [node, b.mjs]}}\n";
    expect(refusedAs(withStep("needs: []"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:4: steps[0]: expected one of \`run\`, \`agent\` and \`decision\`, found none"
    `);
    expect(refusedAs(agents + withStep("run: x", "agent: builder", "action: a"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0]: expected one of \`run\`, \`agent\` and \`decision\`, found \`run\` and \`agent\`"
    `);
    expect(refusedAs(withStep("run: x", "action: a", "inputs: {}"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].action: only a step with an \`agent\` has this
      tasks/x.yaml:7: steps[0].inputs: only a step with an \`agent\` has this"
    `);
    expect(refusedAs(agents + withStep("agent: bulider", "action: a"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].agent: \`agents\` has no "bulider"; did you mean \`builder\`?"
    `);
    expect(refusedAs(withStep("agent: constructor", "action: a"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].agent: \`agents\` has no "constructor""
    `);
    expect(refusedAs(agents + withStep("agent: builder"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:5: steps[0].action: missing: what the agent is asked to do"
    `);
    expect(refusedAs(agents + withStep("agent: builder", "action: exec"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:7: steps[0].action: "exec" is reserved for runledger (exec, call, decision, and what starts with run, ledger, step, drift, agent, system)"
    `);
    expect(refusedAs(agents + withStep("agent: builder", "action: run.started"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:7: steps[0].action: "run.started" is reserved for runledger (exec, call, decision, and what starts with run, ledger, step, drift, agent, system)"
    `);
    expect(refusedAs(agents + withStep("agent: builder", "action: Build"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:7: steps[0].action: expected a text that matches /^[a-z][a-z0-9_.-]{0,63}$/, found "Build""
    `);
    expect(refusedAs(withStep("run: x", "effect: idempotent", "probe: y"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:7: steps[0].probe: only a step with \`effect: once\` is ever asked; write that too"
    `);
    expect(refusedAs(withStep("run: x", "timeout: 1s", "timeout_ms: 1000"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].timeout: \`timeout_ms\` says the same; write one of them"
    `);
    expect(refusedAs(withStep("run: x", "needs: [a, a]"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].needs[1]: "a" stands here twice"
    `);
  });

  it("names of agents, and a task id that is no name for a directory", () => {
    expect(refusedAs(`agents: {B: {command: [x]}}\n${withStep("run: x")}`)).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:1: agents.B: expected a lower-case letter, then a-z, 0-9, _ and -, found "B""
    `);
    expect(
      refusedAs(`agents: {system: {command: [x]}, con: {command: [x]}}\n${withStep("run: x")}`),
    ).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:1: agents.system: the name is reserved for runledger
      tasks/x.yaml:1: agents.con: expected a name for a directory: no \`..\`, no device of Windows, found "con""
    `);
    expect(refusedAs(withStep("run: x").replace("T-1", "../T-1"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:2: id: expected a text that matches /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, found "../T-1""
    `);
    expect(refusedAs(withStep("run: x").replace("T-1", "nul"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:2: id: expected a name for a directory: no \`..\`, no device of Windows, found "nul""
    `);
  });

  it("environments", () => {
    expect(refusedAs(withStep("run: x", "env: {PORT: 8080, DEBUG: true, NONE: }"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].env.PORT: expected a text in quotes, { $env: NAME }, { $item: true } or { $input: NAME }, found 8080; put it in quotes
      tasks/x.yaml:6: steps[0].env.DEBUG: expected a text in quotes, { $env: NAME }, { $item: true } or { $input: NAME }, found true; put it in quotes
      tasks/x.yaml:6: steps[0].env.NONE: expected a text in quotes, { $env: NAME }, { $item: true } or { $input: NAME }, found nothing (null)"
    `);
    expect(refusedAs(withStep("run: x", "env: {RUNLEDGER_KEY: a, 1A: b}"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].env.RUNLEDGER_KEY: expected a name that does not start with RUNLEDGER_, found "RUNLEDGER_KEY"
      tasks/x.yaml:6: steps[0].env["1A"]: expected the name of a variable: letters, digits and _, found "1A""
    `);
    expect(refusedAs(withStep("run: x", "env: {A: {$env: B C}, D: {$env: E, f: g}}"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:6: steps[0].env.A.$env: expected the name of a variable: letters, digits and _, found "B C"
      tasks/x.yaml:6: steps[0].env.D.f: unknown field"
    `);
  });

  it("inputs with members that are runledger's", () => {
    const agents = "agents: {builder: {command: [node, b.mjs]}}\n";
    const inputs = [
      "agent: builder",
      "action: a",
      "inputs:",
      "  files: [{$object: {}}]",
      "  deep: {$runledger: 1}",
      "  token: {$env: TOKEN, else: 1}",
      "  other: {$env: [TOKEN]}",
      "  schema: {$ref: fine}",
      "  good: {$env: TOKEN}",
    ];
    expect(refusedAs(agents + withStep(...inputs))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:9: steps[0].inputs.files[0].$object: the name is reserved for runledger
      tasks/x.yaml:10: steps[0].inputs.deep.$runledger: the name is reserved for runledger
      tasks/x.yaml:11: steps[0].inputs.token.$env: expected { $env: NAME } with the name of a variable and nothing beside it
      tasks/x.yaml:12: steps[0].inputs.other.$env: expected { $env: NAME } with the name of a variable and nothing beside it"
    `);
  });
});

describe("a path of a task file", () => {
  const output = (path: string) => withStep("run: x", `expected_outputs: [{path: ${JSON.stringify(path)}}]`);
  const globs = (glob: string) => withStep("run: x", `writes: [${JSON.stringify(glob)}]`);

  it.each([
    ["/etc/passwd", "relative to the workspace"],
    ["C:/x", "relative to the workspace"],
    ["../x", "inside the workspace"],
    ["a/../../x", "inside the workspace"],
    ["a\\..\\x", "with `/` and without `\\`"],
    ["a\u0000b", "without control characters"],
    ["a\nb", "without control characters"],
    [".runledger/runs/x", "outside of .runledger"],
    [".RunLedger", "outside of .runledger"],
  ])("is neither output nor glob if it is %j", (path, expected) => {
    const says = `expected a path ${expected}`;
    expect(refusedAs(output(path))).toContain(`tasks/x.yaml:6: steps[0].expected_outputs[0].path: ${says}`);
    expect(refusedAs(globs(path))).toContain(`tasks/x.yaml:6: steps[0].writes[0]: ${says}`);
    expect(refusedAs(`snapshot: {exclude: [${JSON.stringify(path)}]}\n${withStep("run: x")}`)).toContain(
      `tasks/x.yaml:1: snapshot.exclude[0]: ${says}`,
    );
  });

  it.each(["./a", "a/./b", "a//b", "a/", "."])(
    "is no output if it is %j, a second spelling of another path",
    (path) => {
      expect(refusedAs(output(path))).toContain("expected a path without `.` and without empty names");
    },
  );

  it.each(["a", ".a/b", "a..b/c", "…/ü b.txt", "[id].tsx", "..."])("is an output if it is %j", (path) => {
    expect(parseTask(output(path), "x.yaml").steps[0]?.expected_outputs[0]?.path).toBe(path);
  });

  it.each(["**", "./a/**", "dist/", "*.{js,ts}", "[ab]?"])("is a glob if it is %j", (glob) => {
    expect(parseTask(globs(glob), "x.yaml").steps[0]?.writes).toEqual([glob]);
  });

  it("is no glob with a negation, which would silently match nothing", () => {
    expect(refusedAs(globs("!a"))).toContain("expected a glob without `!` in front");
  });
});

describe("an unsound part of a task file", () => {
  it("does not hide what the rules say about the sound ones, nor cause problems of its own", () => {
    const lines = ["agents: {builder: {command: node b.mjs}}", "version: 1", "id: T-1", "steps:"];
    const steps = ["{id: a, agent: builder, action: exec}", "{id: B, run: x, action: y}", "{id: c, run: x, action: y}"];
    expect(refusedAs([...lines, ...steps.map((step) => `  - ${step}`)].join("\n"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml:1: agents.builder.command: expected a list, found "node b.mjs"
      tasks/x.yaml:5: steps[0].action: "exec" is reserved for runledger (exec, call, decision, and what starts with run, ledger, step, drift, agent, system)
      tasks/x.yaml:6: steps[1].id: expected 1 to 64 of a-z, 0-9, _ and -, the first a letter or digit, found "B"
      tasks/x.yaml:7: steps[2].action: only a step with an \`agent\` has this"
    `);
  });
});

describe("the steps of a task file", () => {
  const steps = (...lines: string[]) =>
    ["version: 1", "id: T-1", "steps:", ...lines.map((line) => `  - ${line}`)].join("\n");

  it("have different ids", () => {
    expect(refusedAs(steps("{id: a, run: x}", "{id: b, run: x}", "{id: a, run: x}"))).toMatchInlineSnapshot(`
      "TASK_STEP_DUPLICATE
      tasks/x.yaml:6: steps[2].id: steps[0] has the id "a" already"
    `);
  });

  it("need steps that exist", () => {
    expect(
      refusedAs(steps("{id: lint, run: x}", "{id: b, run: x, needs: [lint, lnit, Zebra]}")),
    ).toMatchInlineSnapshot(`
      "TASK_NEEDS_UNKNOWN
      tasks/x.yaml:5: steps[1].needs[1]: there is no step "lnit"; did you mean \`lint\`?
      tasks/x.yaml:5: steps[1].needs[2]: there is no step "Zebra""
    `);
  });

  it("do not need each other in a circle", () => {
    expect(
      refusedAs(
        steps(
          "{id: before, run: x, needs: [c]}",
          "{id: a, run: x, needs: [b]}",
          "{id: b, run: x, needs: [free, c]}",
          "{id: c, run: x, needs: [a]}",
          "{id: free, run: x}",
        ),
      ),
    ).toMatchInlineSnapshot(`
      "TASK_NEEDS_CYCLE
      tasks/x.yaml:5: steps[1].needs: the steps need each other: a → b → c → a"
    `);
    expect(refusedAs(steps("{id: self, run: x, needs: [self]}"))).toMatchInlineSnapshot(`
      "TASK_NEEDS_CYCLE
      tasks/x.yaml:4: steps[0].needs: the steps need each other: self → self"
    `);
  });
});
