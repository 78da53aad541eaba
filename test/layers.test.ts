import { describe, expect, it } from "vitest";
import { layers } from "../scripts/layers.ts";
import { lineAt, onlyReexports } from "./source/imports.ts";
import { computedImports, forbiddenImports, importCycles, layerFaults, runFolderFaults } from "./source/layer-rules.ts";
import { maskLiterals } from "./source/mask-literals.ts";
import { readSources } from "./source/source-files.ts";

const sources = readSources();

/** Names that reach past a port, the files that may use them, and why the rule is there. */
const names = [
  {
    title: "time and randomness come from the ports",
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\bhrtime\b|\bperformance\.now\b|\bAbortSignal\.timeout\b|\b(?:getRandomValues|randomUUID|randomBytes|randomInt)\b/g,
    allowed: ["src/ports.ts"],
    why: "The crash tests decide time and randomness; what asks the machine for them cannot be repeated. Take a Clock or a Randomness.",
  },
  {
    title: "signals are sent through the port of the processes",
    pattern: /\bprocess\.kill\b/g,
    allowed: ["src/agent/node-processes.ts"],
    why: "The crash tests decide which processes live, and a pid alone is never trusted. Use Processes.",
  },
  {
    title: "modules are not reached by a way around import",
    pattern: /\bcreateRequire\b|\bgetBuiltinModule\b/g,
    allowed: ["src/durable/", "src/idempotency/digest.ts", "src/cli/descriptor.ts"],
    why: "What is loaded by another way than import is seen by no check of this file.",
  },
];

const publicApi = ["src/index.ts", "src/schemas.ts"];

describe("the layers of src", () => {
  it("are imported in one direction only", () => {
    const why =
      "A folder imports only from itself and from folders to its left in scripts/layers.ts: so each can be read, tested and replaced without those that stand on it.";
    expect(layerFaults(sources), why).toEqual([]);
  });

  it("go one way inside src/run, too", () => {
    const why =
      "The largest layer is read in the order of runFolders in scripts/layers.ts: each folder stands on those before it.";
    expect(runFolderFaults(sources), why).toEqual([]);
  });

  it("hold every file of src", () => {
    const known = layers.flat();
    const unknown = [...sources.keys()].filter((file) => !known.includes(file.split(/[/.]/)[1] ?? ""));
    expect(unknown, "A new folder gets its place in scripts/layers.ts before its first file.").toEqual([]);
  });

  it("have no import cycles between files", () => {
    const why = "In a cycle no file can be understood or loaded first.";
    expect(importCycles(sources), why).toEqual([]);
  });

  it("have no barrels", () => {
    const barrels = [...sources].filter(([file, text]) => !publicApi.includes(file) && onlyReexports(text));
    const why = "A file that only re-exports hides where things live and makes cycles. Import from the file itself.";
    expect(
      barrels.map(([file]) => file),
      why,
    ).toEqual([]);
  });

  it("offer a public API that only exports", () => {
    const why = "They are the lists of what is public; code in them would have no layer of its own.";
    expect(
      publicApi.map((file) => onlyReexports(sources.get(file) ?? "")),
      why,
    ).toEqual([true, true]);
  });
});

describe("the ports of src", () => {
  it("are the only way to the file system", () => {
    const allowed = (file: string) => file.startsWith("src/durable/") || file === "src/snapshot/hash-worker.ts";
    const modules = ["fs", "fs/promises", "fs-native-extensions"];
    const why = "Everything that can fail in a crash goes through Disk, which the crash tests replace.";
    expect(forbiddenImports(sources, modules, allowed), why).toEqual([]);
  });

  it("are the only way to other processes", () => {
    const allowed = (file: string) => file === "src/agent/node-processes.ts";
    const why = "Spawning is injected, so that tests decide what a child does and when it dies. Use Processes.";
    expect(forbiddenImports(sources, ["child_process", "cluster"], allowed), why).toEqual([]);
  });

  it("are the only way to timers", () => {
    const why = "Timers are a part of Clock.";
    expect(
      forbiddenImports(sources, ["timers", "timers/promises"], () => false),
      why,
    ).toEqual([]);
  });

  it("cannot be avoided by an import whose name is computed", () => {
    const why = "Neither the bundler nor this test can follow it: write the name of the file.";
    expect(computedImports(sources), why).toEqual([]);
  });

  for (const { title, pattern, allowed, why } of names) {
    it(title, () => {
      const checked = [...sources].filter(([file]) => !allowed.some((prefix) => file.startsWith(prefix)));
      const found = checked.flatMap(([file, text]) =>
        [...maskLiterals(text).matchAll(pattern)].map((match) => `${file}:${lineAt(text, match.index)} ${match[0]}`),
      );
      expect(found, why).toEqual([]);
    });
  }
});

describe("the check of the layers", () => {
  it("finds an import to the right, in whatever form it is written", () => {
    const forms = [
      'import { run } from "../run/start.ts";',
      'import type { Run } from "../run/start.ts";',
      'export { run } from "../run/start.ts";',
      'import "../run/start.ts";',
      'const run = await import("../run/start.ts");',
      'let run: typeof import("../run/start.ts");',
      "import {\n  run, // from nowhere\n} from '../run/start.ts';",
    ];
    for (const form of forms) {
      expect(layerFaults(new Map([["src/ledger/line.ts", form]])), form).toEqual([
        expect.stringMatching(/^src\/ledger\/line\.ts:\d imports src\/run\/start\.ts$/),
      ]);
    }
  });

  it("finds an import between two folders of one row, and lets a folder import from itself", () => {
    const text = 'import "../objects/store.ts";\nimport "./lines.ts";\nimport "../errors.ts";';
    expect(layerFaults(new Map([["src/ledger/line.ts", text]]))).toEqual([
      "src/ledger/line.ts:1 imports src/objects/store.ts",
    ]);
  });

  it("lets the command line see nothing but the public API", () => {
    const text =
      'import type { Entry } from "../ledger/entry.ts";\nimport "../errors.ts";\nimport "../index.ts";\nimport "./print.ts";';
    expect(layerFaults(new Map([["src/cli/status.ts", text]]))).toEqual([
      "src/cli/status.ts:1 imports src/ledger/entry.ts",
      "src/cli/status.ts:2 imports src/errors.ts",
    ]);
  });

  it("takes no text, comment or pattern for an import", () => {
    const text = [
      'const hint = "import x from \\"../run/start.ts\\"";',
      '// import "../run/start.ts"',
      '/* import("../run/start.ts") */ const half = 4 / 2;',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
      'const page = `import "../run/start.ts" ${"`"} import("../run/start.ts")`;',
      'const quote = /["\'`]/; const after = "from";',
    ];
    expect(layerFaults(new Map([["src/ledger/line.ts", text.join("\n")]]))).toEqual([]);
  });

  it("finds cycles, barrels, computed imports and the file system by any of its names", () => {
    const cycle = new Map([
      ["src/ledger/a.ts", 'import "./b.ts";'],
      ["src/ledger/b.ts", 'import type { A } from "./a.ts";'],
    ]);
    expect(importCycles(cycle)).toEqual(["src/ledger/a.ts → src/ledger/b.ts → src/ledger/a.ts"]);
    expect(onlyReexports('// all of it\nexport * from "./a.ts";\nexport type { B } from "./b.ts";\n')).toBe(true);
    expect(onlyReexports('export { a } from "./a.ts";\nexport const b = 1;\n')).toBe(false);
    expect(computedImports(new Map([["src/ledger/a.ts", "await import(name);"]]))).toHaveLength(1);
    const files = 'import fs from "node:fs";\nimport { open } from "fs/promises";\nrequire("fs");';
    expect(forbiddenImports(new Map([["src/ledger/a.ts", files]]), ["fs", "fs/promises"], () => false)).toHaveLength(3);
  });
});
