"""Checks a runledger ledger: python3 verify_ledger.py LEDGER. Ends 0 and prints `ok <entries> <head>`, or ends 3 and
prints the first bad line. Knows only docs/format.md. (That the end is not cut off, only the watermark beside it knows.)"""
import hashlib, json, re, sys

SEAL = re.compile(rb',"hash":"([0-9a-f]{64})"}\n')  # the last 75 bytes before LF, and LF
LONGEST = 262_144  # bytes of a line with its LF

def verify(ledger):
    entries, byte, head = 0, 0, b"0" * 64
    while line := ledger.readline(LONGEST + 1):
        if bad := fault(line, head, entries + 1):
            return 3, f"line {entries + 1}, byte {byte}: {bad}"
        entries, byte, head = entries + 1, byte + len(line), line[-67:-3]
    return (0, f"ok {entries} {head.decode()}") if entries else (3, "line 1, byte 0: there is no entry")

def fault(line, head, seq):
    seal, expected = SEAL.fullmatch(line[-76:]), hashlib.sha256(head + line[:-76] + b"}").hexdigest()
    if len(line) > LONGEST or not seal:
        return f"longer than {LONGEST} bytes" if len(line) > LONGEST else f"no seal at the end of {len(line)} bytes"
    if seal[1].decode() != expected:
        return f"the hash is {seal[1].decode()}, expected {expected}"
    try:
        found = json.loads(line)["seq"]
    except (ValueError, KeyError, RecursionError) as error:
        found = f"missing ({type(error).__name__})"
    return None if found == seq else f"the seq is {found}, expected {seq}"

status, sentence = verify(open(sys.argv[1], "rb"))
sys.exit((print(sentence), status)[1])
