// What the product loads on demand, for simulated machines: their time does not wait for the real disk.

import "../../src/doctor/diagnose.ts";
import "../../src/doctor/mend.ts";
import "../../src/doctor/processes.ts";
import "../../src/flow/read-task.ts";
import "../../src/protocol/event.ts";
import "../../src/protocol/heartbeat.ts";
import "../../src/protocol/log.ts";
import "../../src/run/session/changeable-by-steps.ts";
import "../../src/run/session/driven-file.ts";
import "../../src/run/verify/check-run.ts";
import "../../src/snapshot/capture.ts";
import "../../src/snapshot/globs.ts";
import "../../src/snapshot/hash-in-workers.ts";
