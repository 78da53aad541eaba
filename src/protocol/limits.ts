/** A message is one NDJSON line. One from an agent is, its LF included, at most this many bytes. */
export const maxAgentLineBytes = 258_048;
