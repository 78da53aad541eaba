import { expect, it } from "vitest";
import type { Fault } from "./faults.ts";
import { Medium } from "./medium.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

it("a write that is short again and again is continued until all is written", () => {
  const short: Fault = { errno: "", effect: "short" };
  let shortWrites = 3;
  const disk = new SimulatedDisk(new Medium(), ({ name }) =>
    name === "file.write" && shortWrites-- > 0 ? short : undefined,
  );
  disk.open("/file", "append").write(Buffer.from("0123456789"));
  expect(Buffer.from(disk.readFile("/file")).toString()).toBe("0123456789");
});
