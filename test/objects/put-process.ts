// Puts forty objects into the store of the first argument, always the same, and prints their references.
import { storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { ObjectStore } from "../../src/objects/store.ts";
import { systemRandomness } from "../../src/ports.ts";

const layout = storeLayout(process.argv[2] ?? "");
const objects = new ObjectStore({ disk: nodeDisk, randomness: systemRandomness, layout, owner: `run-${process.pid}` });
const refs = Array.from({ length: 40 }, (_, index) => objects.put(Buffer.alloc(20_000, index), "text/plain"));
console.log(JSON.stringify(refs));
