import path from "node:path";
import { groups } from "../../scripts/on-demand.ts";
import { repository } from "../source/source-files.ts";

// What the product loads on demand is there before a simulated machine needs it: its time does not wait for the real disk, and
// takes whoever does for stuck.
for (const file of Object.values(groups).flat()) await import(/* @vite-ignore */ path.join(repository, file));
