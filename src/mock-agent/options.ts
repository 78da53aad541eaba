export interface MockAgentOptions {
  /** The agent's name in the task. */
  readonly type: string;
  /** The file of the script, relative to the current directory. */
  readonly script: string;
  /** 10,000 unless told otherwise. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** Only the first heartbeat is sent: without it no command would come. */
  readonly noHeartbeat?: boolean | undefined;
}
