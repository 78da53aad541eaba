import { describe, expect, it } from "vitest";
import { helpText } from "./command-line.ts";
import { blocksOf, documents, readText } from "./documents.ts";

const commands = [...(/^Commands:\n((?: {2}.*\n)+)/m.exec(helpText(""))?.[1] ?? "").matchAll(/^ {2}([\w-]+)/gm)].map(
  ([, name = ""]) => name,
);

describe("docs/cli.md", () => {
  it("has a section for every command, in the order of the help", () => {
    const sections = [...readText("docs/cli.md").matchAll(/^<!-- help ([\w-]+) -->$/gm)].map(([, name]) => name);
    expect(sections).toEqual(commands);
  });
});

describe.each(documents)("%s", (document) => {
  const typed = typedLines(readText(document));

  it("names only commands and options that the program has", () => {
    const wrong = typed.filter((line) => line.startsWith("runledger ")).flatMap(faultsOf);
    const options = typed.filter((line) => line.startsWith("--")).flatMap((line) => line.match(/--[\w-]+/g) ?? []);
    const unknown = options.filter((option) => !commands.some((name) => hasOption(name, option)));
    expect([...wrong, ...unknown]).toEqual([]);
  });

  it("names only npm scripts that package.json has", () => {
    const { scripts } = JSON.parse(readText("package.json"));
    const names = typed.flatMap((line) => /^npm run (?:-s )?([\w-]+)/.exec(line)?.[1] ?? []);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** What a person may type: the lines of shell blocks, and code inside sentences. */
function typedLines(text: string): string[] {
  const shell = blocksOf(text).filter(({ language }) => language === "sh");
  const prose = text.replaceAll(/```[\s\S]*?```/g, "");
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  return [...shell.flatMap((block) => block.text.split("\n")), ...inline].map((line) => line.replace(/\s+#.*/, ""));
}

function faultsOf(line: string): string[] {
  const [, name = "", ...words] = line.split(/[\s[\]]+/);
  if (name.startsWith("--") || name === "help") return [];
  if (!commands.includes(name)) return [`${line}: there is no command ${name}`];
  const options = words.filter((word) => word.startsWith("--"));
  return options.filter((option) => !hasOption(name, option)).map((option) => `${line}: no ${option}`);
}

function hasOption(command: string, option: string): boolean {
  return new RegExp(`^ +${option}\\s`, "m").test(helpOnce(command));
}

const helpTexts = new Map<string, string>();

function helpOnce(name: string): string {
  const text = helpTexts.get(name) ?? helpText(name);
  helpTexts.set(name, text);
  return text;
}
