"""An agent without libraries: counts the words of a document, once for each command."""
import hashlib, itertools, json, os, sys, threading, time, uuid
from datetime import datetime, timezone
from pathlib import Path

ME = {"agent_type": "counter", "agent_id": "counter"}
STATE, RUN = Path(os.environ["RUNLEDGER_AGENT_STATE"]), os.environ["RUNLEDGER_RUN_ID"]
started, beats, pen, status = time.monotonic(), itertools.count(), threading.Lock(), "starting"

def perform(command):  # the work itself: what the answer says, and the files that it made
    document, count = Path(command["inputs"]["document"]), Path(command["inputs"]["count"])
    words = len(document.read_text("utf-8").split())
    content = f"{words}\n".encode()
    write_durably(count, content)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    return {"words": words}, [{"path": str(count), "sha256": digest, "size": len(content)}]

def answer(command):  # from memory if it was done before; only a success is remembered
    record = STATE / (command["idempotency_key"].replace(":", "-") + ".json")
    same = [command[name] for name in ("action", "task_id", "step", "inputs", "expected_outputs", "version")]
    parameters = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
    known = json.loads(record.read_bytes()) if record.exists() else None
    if known is None:
        payload, artifacts = perform(command)
        known = {"parameters": parameters, "payload": payload, "artifacts": artifacts}
        write_durably(record, json.dumps(known).encode())
    if known["parameters"] != parameters:
        return fail(command, "KEY_REUSED", "the key was given before, for another command")
    report(command, command["action"] + ".completed", "success", known["payload"], known["artifacts"])

def fail(command, code, message):
    report(command, "error", "failed", {"code": code, "message": message})

def report(command, event, status, payload, artifacts=()):
    say({"kind": "event", "message_id": str(uuid.uuid4()), "correlation_id": command["correlation_id"],
         "task_id": command["task_id"], "from": ME, "event": event, "status": status, "payload": payload,
         "artifacts": list(artifacts), "observed_version": {"snapshot_id": command["version"]["snapshot_id"]},
         "occurred_at": now()})

def beat(new_status):
    global status
    status = new_status
    say({"kind": "heartbeat", "agent": ME, "seq": next(beats), "status": status, "pid": os.getpid(),
         "uptime_s": round(time.monotonic() - started, 3), "last_activity_at": now()})

def say(message):  # one line a message, whichever thread it comes from
    with pen:
        print(json.dumps(message), flush=True)

def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

def write_durably(path, content):  # the old file or the new one, never a part, also after a power cut
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{RUN}.tmp")
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)

def beat_on():
    while True:
        time.sleep(10)
        beat(status)

def main():
    beat("starting")
    beat("ready")
    threading.Thread(target=beat_on, daemon=True).start()
    for line in sys.stdin.buffer:  # its end is the order to end
        command = json.loads(line)
        beat("busy")
        try:
            answer(command)
        except Exception as error:
            fail(command, type(error).__name__, str(error))
        beat("ready")
    beat("stopping")

if __name__ == "__main__":
    main()
