// What the product loads on demand is there before a simulated machine needs it: its time does not wait for the real disk, and
// takes whoever does for stuck. `loaded-beforehand.test.ts` keeps the list complete.

import "../../src/doctor/diagnose.ts";
import "../../src/doctor/mend.ts";
import "../../src/doctor/processes.ts";
import "../../src/flow/read-task.ts";
import "../../src/mock-agent/serve-mock-agent.ts";
import "../../src/protocol/event.ts";
import "../../src/protocol/heartbeat.ts";
import "../../src/protocol/log.ts";
import "../../src/run/session/changeable-by-steps.ts";
import "../../src/run/session/driven-file.ts";
import "../../src/run/verify/check-run.ts";
import "../../src/snapshot/capture.ts";
import "../../src/snapshot/globs.ts";
import "../../src/snapshot/hash-in-workers.ts";
import "../../src/task/document.ts";
