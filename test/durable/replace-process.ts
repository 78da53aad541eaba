// Replaces the file of the first argument twenty times by a mebibyte of the letter of the second. Obeys no umask.
import { makeDirectories } from "../../src/durable/directories.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { replaceFile } from "../../src/durable/replace.ts";
import { systemRandomness } from "../../src/ports.ts";

const [store = "", target = "", letter = ""] = process.argv.slice(2);
process.umask(0);
makeDirectories(nodeDisk, store, store);
for (let time = 0; time < 20; time++) {
  replaceFile(nodeDisk, systemRandomness, target, Buffer.alloc(1 << 20, letter), `run-${letter}`);
}
