import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { diskContract } from "./disk-contract.ts";
import { Medium } from "./medium.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

diskContract("the disk of this machine", () => {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-disk-")));
  return { disk: nodeDisk, directory, remove: () => fs.rmSync(directory, { recursive: true, force: true }) };
});

diskContract("the simulated disk", () => {
  const disk = new SimulatedDisk(new Medium());
  disk.makeDirectory("/tmp");
  return { disk, directory: "/tmp", remove: () => {} };
});
