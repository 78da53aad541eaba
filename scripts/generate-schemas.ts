// Writes schemas/v1/*.schema.json from the zod schemas, which are the only definition of each format.
import { mkdirSync, writeFileSync } from "node:fs";
import { published, schemaText } from "./schema-texts.ts";

const directory = new URL("../schemas/v1/", import.meta.url);
mkdirSync(directory, { recursive: true });
for (const each of published) writeFileSync(new URL(`${each.name}.schema.json`, directory), schemaText(each));
console.log(`${published.length} schemas written to schemas/v1`);
