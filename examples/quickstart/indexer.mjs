// An agent in one file: messages on stdout, one JSON a line; its command on stdin; words for people on stderr. It writes
// an index of the documents it is given, slowly, so that there is a middle to be killed in.
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const agent = { agent_type: "indexer", agent_id: "indexer" };
let status = "starting";
let heartbeats = 0;

beat("starting");
setInterval(() => beat(status), 10_000).unref();
beat("ready");

// The end of stdin is the order to end.
for await (const line of createInterface({ input: process.stdin })) await obey(JSON.parse(line));
beat("stopping");

async function obey(command) {
  beat("busy");
  try {
    const { payload, artifacts } = await index(command);
    report(command, `${command.action}.completed`, { status: "success", payload, artifacts });
  } catch (error) {
    report(command, "error", {
      status: "failed",
      payload: { code: error.code ?? "INDEX_FAILED", message: error.message },
    });
  }
  beat("ready");
}

/** One chapter a document. The same command gives the same bytes: that is what makes the step idempotent. */
async function index(command) {
  const documents = readFileSync(command.inputs.documents, "utf8").split("\n").filter(Boolean);
  const chapters = [];
  for (const [position, document] of documents.entries()) {
    await pause(300);
    chapters.push(chapter(document));
    const done = position + 1;
    if (isQuarter(done, documents.length)) {
      report(command, `${command.action}.progress`, { payload: { done, of: documents.length, document } });
    }
  }
  const text = `# Index\n\n${chapters.join("\n")}\n`;
  writeFileSync(command.inputs.index, text);
  const sha256 = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  const artifact = { path: command.inputs.index, sha256, size: Buffer.byteLength(text) };
  return { payload: { documents: documents.length }, artifacts: [artifact] };
}

function chapter(document) {
  const lines = readFileSync(document, "utf8").split("\n");
  const title = lines.find((line) => line.startsWith("# "))?.slice(2) ?? document;
  const sections = lines.filter((line) => line.startsWith("## ")).map((line) => `  - ${line.slice(3)}\n`);
  return `- **${title}** (${document})\n${sections.join("")}`;
}

/** True for the document that completes a quarter of all. */
function isQuarter(done, of) {
  return Math.floor((4 * done) / of) > Math.floor((4 * (done - 1)) / of);
}

function report(command, event, { payload, ...more }) {
  send({
    kind: "event",
    message_id: randomUUID(),
    correlation_id: command.correlation_id,
    task_id: command.task_id,
    from: agent,
    event,
    payload,
    ...more,
    observed_version: { snapshot_id: command.version.snapshot_id },
    occurred_at: new Date().toISOString(),
  });
}

function beat(next) {
  status = next;
  send({
    kind: "heartbeat",
    agent,
    seq: heartbeats++,
    status,
    pid: process.pid,
    uptime_s: process.uptime(),
    last_activity_at: new Date().toISOString(),
  });
}

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
