/** A change of `src/` that breaks a promise. Some test must notice. */
export interface Mutant {
  readonly name: string;
  /** What no longer holds. */
  readonly breaks: string;
  /** All of them together make the mutant. */
  readonly edits: readonly Edit[];
  /** Files of tests of which at least one must fail; the cheapest first. */
  readonly tests: readonly string[];
}

export interface Edit {
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** The mutants of durability: one sync, check or order removed at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: "no sync of the ledger",
    breaks: "An append is acknowledged while its bytes are only in memory.",
    edits: [
      {
        file: "src/ledger/writer.ts",
        find: "measure(() => this.#files.file.datasync())",
        replace: "measure(() => {})",
      },
    ],
    tests: ["test/faults/ledger-failures.test.ts"],
  },
  {
    name: "no sync in the background",
    breaks: "The same, on a disk whose syncs are slow.",
    edits: [
      {
        file: "src/ledger/writer.ts",
        find: "measureAsync(() => this.#files.file.datasyncInBackground())",
        replace: "measureAsync(async () => {})",
      },
    ],
    tests: ["test/ledger/any-failure.test.ts"],
  },
  {
    name: "what is written during a sync is acknowledged with it",
    breaks: "Entries are folded and acted on that came too late for the sync that is said to hold them.",
    edits: [
      {
        file: "src/ledger/writer.ts",
        find: "          this.#syncing = undefined;\n          this.#acknowledge(batch, durable);",
        replace:
          "          this.#syncing = undefined;\n          const all = [...batch, ...this.#underway.takeWritten()];\n          this.#files.watermarkFile.prepare(this.#underway.durableWith(all));\n          this.#acknowledge(all, this.#underway.durableWith(all));",
      },
    ],
    tests: ["test/ledger/any-failure.test.ts"],
  },
  {
    name: "answers of the thread that syncs out of their order",
    breaks: "An append is acknowledged by the end of another sync, and hears of no failure of its own.",
    edits: [{ file: "src/durable/sync-thread.ts", find: "this.#waiting.shift()", replace: "this.#waiting.pop()" }],
    tests: ["test/durable/sync-thread.test.ts"],
  },
  {
    name: "acknowledged, then synced",
    breaks: "A terminal event is folded and acted on, and the watermark names it, before it is durable.",
    edits: [
      {
        file: "src/ledger/writer.ts",
        find: "const synced = this.#guard(() => this.#pace.measure(() => this.#files.file.datasync()), batch);\n    if (synced) this.#acknowledge(batch, durable);",
        replace:
          "this.#acknowledge(batch, durable);\n    this.#guard(() => this.#pace.measure(() => this.#files.file.datasync()));",
      },
    ],
    tests: ["test/ledger/any-failure.test.ts", "test/faults/ledger-failures.test.ts"],
  },
  {
    name: "no sync of the watermark at the end",
    breaks: "After a run has ended or paused, the note of what must be there is still on its way to the disk.",
    edits: [
      { file: "src/ledger/writer.ts", find: "this.#guard(() => this.#files.watermarkFile.sync());", replace: "" },
    ],
    tests: ["test/ledger/group-commit.test.ts"],
  },
  {
    name: "no sync of the watermark once a second",
    breaks: "While a long run goes on, the note of what must be there never reaches the disk.",
    edits: [
      {
        file: "src/ledger/watermark.ts",
        find: "if (this.#clock.monotonicMs() - this.#syncedMs >= syncEveryMs) this.sync();",
        replace: "",
      },
    ],
    tests: ["test/ledger/group-commit.test.ts"],
  },
  {
    name: "no sync of a begun watermark",
    breaks: "Creating and opening end before the watermark is on the disk.",
    edits: [{ file: "src/ledger/watermark.ts", find: "      this.sync();\n", replace: "" }],
    tests: ["test/faults/ledger-failures.test.ts", "test/faults/ledger-crashes.test.ts"],
  },
  {
    name: "no watermark written by an opening",
    breaks: "What was read back and acted on is not noted as something that must be there.",
    edits: [{ file: "src/ledger/watermark.ts", find: "opened.#begin([watermark]);", replace: "" }],
    tests: ["test/ledger/tails.test.ts"],
  },
  {
    name: "no directories synced at creation",
    breaks: "Entry 1 is acknowledged while the names of the ledger and its folders are only in memory.",
    edits: [
      {
        file: "src/ledger/open.ts",
        find: "    syncDirectories(disk, place.store, run.directory);\n    await writer.append",
        replace: "    await writer.append",
      },
    ],
    tests: ["test/faults/ledger-crashes.test.ts"],
  },
  {
    name: "no directories synced by an opening",
    breaks: "A life acknowledges entries in a folder that whoever put it there has not synced.",
    edits: [
      {
        file: "src/ledger/open.ts",
        find: "syncDirectories(place.disk, place.store, place.run.directory);",
        replace: "",
      },
    ],
    tests: ["test/faults/restored-backup.test.ts"],
  },
  {
    name: "no sync of what an opening finds",
    breaks: "A life acts on entries that whoever put them there has not synced.",
    edits: [{ file: "src/ledger/open.ts", find: "  file.sync();\n  syncDirectories", replace: "  syncDirectories" }],
    tests: ["test/faults/restored-backup.test.ts"],
  },
  {
    name: "no rewrite",
    breaks: "Pages that a failed sync has marked clean are synced again, which writes nothing, and acted on.",
    edits: [{ file: "src/ledger/rewrite.ts", find: "file.write(bytes, at);", replace: "void bytes, at;" }],
    tests: ["test/faults/ledger-failures.test.ts"],
  },
  {
    name: "no sync of the rewrite",
    breaks: "Entries are acted on while their rewritten bytes are only in memory.",
    edits: [{ file: "src/ledger/rewrite.ts", find: "file.datasync();", replace: "" }],
    tests: ["test/faults/ledger-failures.test.ts"],
  },
  {
    name: "no poison",
    breaks: "After a failed write, the next append goes on on the same handle.",
    edits: [
      {
        file: "src/ledger/writer.ts",
        find: "if (this.#failure !== undefined) throw poisoned(this.#failure);",
        replace: "if (this.#failure !== undefined) this.#failure = undefined;",
      },
    ],
    tests: ["test/faults/ledger-failures.test.ts"],
  },
  {
    name: "no look at the watermark",
    breaks: "A ledger that lacks its last acknowledged entries passes for whole.",
    edits: [{ file: "src/ledger/open.ts", find: "new Floor(watermark)", replace: "new Floor(undefined)" }],
    tests: ["test/ledger/tails.test.ts"],
  },
  {
    name: "an unreadable watermark is none",
    breaks: "Damage is taken for a torn tail and cut, because the watermark could not be read just then.",
    edits: [
      {
        file: "src/ledger/watermark.ts",
        find: 'if (errnoOf(cause) === "ENOENT") return',
        replace: "if (cause) return",
      },
    ],
    tests: ["test/ledger/watermark.test.ts"],
  },
  {
    name: "one slot for the watermark",
    breaks: "A torn write of the watermark leaves none that is whole.",
    edits: [{ file: "src/ledger/watermark.ts", find: "(this.#counter % 2) * slotBytes", replace: "0" }],
    tests: ["test/ledger/watermark.test.ts"],
  },
  {
    name: "no cut",
    breaks: "A torn tail stays where it is, and the next entry is written behind it.",
    edits: [{ file: "src/ledger/open.ts", find: "file.truncate(scan.lengthBytes);", replace: "" }],
    tests: ["test/ledger/tails.test.ts"],
  },
  {
    name: "no sync of the cut",
    breaks: "A tail that was cut comes back with the power, behind entries that were written since.",
    edits: [
      {
        file: "src/ledger/open.ts",
        find: "file.truncate(scan.lengthBytes);\n  file.sync();",
        replace: "file.truncate(scan.lengthBytes);",
      },
    ],
    tests: ["test/faults/ledger-crashes.test.ts"],
  },
  {
    name: "no sync of the copy of a cut tail",
    breaks: "What was cut is on the disk neither in the ledger nor in the copy that is said to keep it.",
    edits: [{ file: "src/ledger/open.ts", find: "    copy.sync();\n", replace: "" }],
    tests: ["test/faults/cut-tail.test.ts"],
  },
  {
    name: "no name for the copy of a cut tail",
    breaks: "What was cut is on the disk in a file that no directory names.",
    edits: [
      {
        file: "src/ledger/open.ts",
        find: "  place.disk.syncDirectory(place.run.directory);\n  file.truncate",
        replace: "  file.truncate",
      },
    ],
    tests: ["test/faults/cut-tail.test.ts"],
  },
  {
    name: "no lock",
    breaks: "Two processes write one ledger.",
    edits: [{ file: "src/durable/writer-lock.ts", find: "return file.tryLock();", replace: "return true;" }],
    tests: ["test/durable/writer-lock.test.ts", "test/run/owners.test.ts"],
  },
  {
    name: "no name for a watermark that an opening makes",
    breaks: "After a power cut nothing says how much of the ledger must be there.",
    edits: [
      {
        file: "src/ledger/open.ts",
        find: "      if (watermark === undefined) disk.syncDirectory(run.directory);\n",
        replace: "",
      },
    ],
    tests: ["test/faults/restored-backup.test.ts"],
  },
  {
    name: "no sync of the receipts' directories",
    breaks: "A run says that it has completed while its receipts are in no directory on the disk.",
    edits: [
      {
        file: "src/receipt/receipt-book.ts",
        find: "    syncDirectories(disk, run.receipts, run.receiptsOf(taskId));\n",
        replace: "",
      },
    ],
    tests: ["test/receipt/power-cut.test.ts", "test/faults/run-crashes.test.ts"],
  },
  {
    name: "no sync of what was left among the objects",
    breaks: "What a failed or killed process has left there can come back with the power when nobody sweeps any more.",
    edits: [
      {
        file: "src/run/place/sweep-files.ts",
        find: "if (disk.stat(directory) !== undefined) disk.syncDirectory(directory);",
        replace: "void disk.stat(directory);",
      },
    ],
    tests: ["test/faults/seeds.test.ts"],
  },
  {
    name: "no sync of a replaced file",
    breaks: "A receipt, a manifest or task.json has its name before it has its bytes.",
    edits: [{ file: "src/durable/replace.ts", find: "    file.sync();\n", replace: "" }],
    tests: ["test/receipt/power-cut.test.ts"],
  },
  {
    name: "no sync of a replaced file's name",
    breaks: "After a power cut the old receipt, manifest or task.json is back, or none.",
    edits: [{ file: "src/durable/replace.ts", find: "  disk.syncDirectory(directory);\n", replace: "" }],
    tests: ["test/durable/replace-file.test.ts"],
  },
  {
    name: "no sync of packed receipts",
    breaks: "A run says that it has completed while receipts of its functions are only in memory.",
    edits: [{ file: "src/receipt/packed-receipts.ts", find: "this.#file?.datasync();", replace: "" }],
    tests: ["test/receipt/power-cut.test.ts"],
  },
  {
    name: "receipts after the final entry",
    breaks: "A run is completed, and nobody will ever complete its receipts.",
    edits: [
      {
        file: "src/run/command/open-run.ts",
        find: "    this.receipts.settle();\n    await this.append(record);",
        replace: "    await this.append(record);\n    this.receipts.settle();",
      },
    ],
    tests: ["test/faults/run-crashes.test.ts"],
  },
  {
    name: "no sync of an object",
    breaks: "An entry speaks of an object that a power cut empties.",
    edits: [{ file: "src/objects/writer.ts", find: "      this.#file.sync();\n", replace: "" }],
    tests: ["test/objects/store.test.ts"],
  },
  {
    name: "no sync of an object's name",
    breaks: "An entry speaks of an object that no directory names after a power cut.",
    edits: [
      {
        file: "src/objects/install.ts",
        find: "  disk.rename(temporary, target);\n  syncDirectories(disk, layout.store, path.dirname(target));",
        replace: "  disk.rename(temporary, target);",
      },
    ],
    tests: ["test/objects/store.test.ts"],
  },
  {
    name: "no sync of an artifact",
    breaks: "A receipt speaks of a file that a power cut empties.",
    edits: [{ file: "src/agent/durable-hash.ts", find: "synced(path, () => file.sync(), afterFailure);", replace: "" }],
    tests: ["test/agent/artifacts.test.ts"],
  },
  {
    name: "no sync of an artifact's name",
    breaks: "A receipt speaks of a file that no directory names after a power cut.",
    edits: [
      { file: "src/agent/artifacts.ts", find: "synced(each, () => disk.syncDirectory(each));", replace: "void each;" },
    ],
    tests: ["test/agent/artifacts.test.ts"],
  },
  {
    name: "no writing again of an artifact",
    breaks: "An artifact whose sync has failed is synced again, which writes nothing, and its receipt speaks of it.",
    edits: [{ file: "src/agent/durable-hash.ts", find: "    writeAgain(disk, path);\n", replace: "" }],
    tests: ["test/agent/artifacts.test.ts"],
  },
  {
    name: "a last line that nothing confirms",
    breaks: "A power cut leaves bytes that say run.completed, and the next start pays for the run again.",
    edits: [
      {
        file: "src/run/place/look-up.ts",
        find: "readWatermark(disk, place.layout.run(runId).watermark)?.head.hash === last.hash",
        replace: "true",
      },
    ],
    tests: ["test/run/which-run.test.ts"],
  },
  {
    name: "run.started before its records",
    breaks: "A run exists whose task.json and manifest were never written.",
    edits: [
      {
        file: "src/run/session/create.ts",
        find: "    replaceFile(disk, randomness, files.task, Buffer.from(run.taskJson), runId);\n",
        replace: "",
      },
      {
        file: "src/run/session/create.ts",
        find: "    saveManifest({ disk, randomness, layout, manifest: run.manifest, owner: runId });\n",
        replace: "",
      },
      {
        file: "src/run/session/create.ts",
        find: "observe(clock, onEntry, entryOf(appended)));\n",
        replace: `observe(clock, onEntry, entryOf(appended)));
    saveManifest({ disk, randomness, layout, manifest: run.manifest, owner: runId });
    replaceFile(disk, randomness, files.task, Buffer.from(run.taskJson), runId);
`,
      },
    ],
    tests: ["test/faults/run-crashes.test.ts"],
  },
  {
    name: "a once command waits for no sync",
    breaks: "An effect that may happen once has happened, and after a power cut nothing says so.",
    edits: [
      {
        file: "src/run/command/perform.ts",
        find: '(work.effect === "once" ? await run.append(record) : run.post(record))',
        replace: "run.post(record)",
      },
    ],
    tests: ["test/faults/run-crashes.test.ts"],
  },
  {
    name: "a function step handed on before it is durable",
    breaks: "What a step returned is acted on, and a power cut takes the step along: it is paid for again.",
    edits: [
      {
        file: "src/run/command/open-run.ts",
        find: "      await this.#ledger.appendCall(call, { inFlight: this.inFlight });\n",
        replace:
          "      void this.#ledger.appendCall(call, { inFlight: this.inFlight }).catch(() => {});\n      await undefined;\n",
      },
    ],
    tests: ["test/run/handed-on.test.ts"],
  },
  {
    name: "receipts out of their order",
    breaks: "A failure's receipt comes before those of successes that ended earlier: verify finds what nobody did.",
    edits: [
      {
        file: "src/receipt/packed-receipts.ts",
        find: "    this.#make();\n    this.#queue(line);",
        replace: "    this.#queue(line);",
      },
    ],
    tests: ["test/run/recorded-texts.test.ts"],
  },
  {
    name: "a slow sync noted as the one before it",
    breaks: "The watermark says less than what was acknowledged: what is lost behind it passes for a torn tail.",
    edits: [
      {
        file: "src/ledger/writer.ts",
        find: "      this.#commitInBackground(batch, durable);\n",
        replace:
          "      this.#files.watermarkFile.prepare(this.#underway.durableWith([]));\n      this.#commitInBackground(batch, durable);\n",
      },
    ],
    tests: ["test/ledger/group-commit.test.ts"],
  },
  {
    name: "a function step that nothing keeps when the disk fails",
    breaks: "The step was paid for, the ledger did not take it, and no recovery file tells the next resume.",
    edits: [
      {
        file: "src/run/command/open-run.ts",
        find: "      this.#unrecorded.note(eventOfCall(call), error, () => this.state.head);\n",
        replace: "",
      },
    ],
    tests: ["test/run/unrecorded.test.ts"],
  },
  {
    name: "sent, then recorded",
    breaks: "An agent is at work on a command that the ledger does not know of.",
    edits: [
      {
        file: "src/run/command/perform.ts",
        find: "  const sent = await recordCommand(run, work, attempt, maxAttempts);\n  return hindered ?? work.perform(attempt, sent);",
        replace:
          "  const outcome = hindered ?? (await work.perform(attempt, undefined));\n  await recordCommand(run, work, attempt, maxAttempts);\n  return outcome;",
      },
    ],
    tests: ["test/faults/run-crashes.test.ts"],
  },
  {
    name: "a recovery file removed too early",
    breaks: "What a full disk did not take is in neither the recovery file nor the ledger.",
    edits: [
      {
        file: "src/run/session/record-kept.ts",
        find: "    await Promise.all(events.map((event) => run.append(event)));\n    run.receipts.settle();\n    run.world.disk.unlink(file);\n    run.world.disk.syncDirectory(path.dirname(file));\n",
        replace:
          "    run.world.disk.unlink(file);\n    run.world.disk.syncDirectory(path.dirname(file));\n    await Promise.all(events.map((event) => run.append(event)));\n    run.receipts.settle();\n",
      },
    ],
    tests: ["test/faults/recovery-file.test.ts"],
  },
];
