import type { Environment } from "./env-reference.ts";

/** The variable that names the variables that are secret though their names do not say so, separated by spaces. */
export const secretsVariable = "RUNLEDGER_SECRETS";

/** The variable that says which runs a process belongs to: tokens separated by spaces. */
export const ownersVariable = "RUNLEDGER_OWNERS";

/** What a child is told about its place. */
export interface ChildIdentity {
  readonly runId: string;
  /** See {@link runToken} and {@link agentToken}. */
  readonly tokens: readonly string[];
  /** The command that a plain command or a probe is started for. An agent is started for all of its commands. */
  readonly command?: { readonly step: string; readonly key: string; readonly attempt: number };
  /** A directory where an agent may keep a memory of its own. */
  readonly agentState?: string;
  /** The variables that a `$env` names: what an agent writes for itself must not hold their values. */
  readonly secretVariables?: readonly string[];
}

/**
 * The environment of a child: what this process has, then `stepEnv` (`$env` resolved), then runledger's own variables,
 * which nobody overrides: a child without the run's token could not be found after a crash.
 */
export function childEnvironment(
  inherited: Environment,
  stepEnv: Readonly<Record<string, string>>,
  identity: ChildIdentity,
): Record<string, string> {
  const variables = present(inherited);
  for (const name of ownVariables) delete variables[name];
  return {
    ...variables,
    ...stepEnv,
    RUNLEDGER_RUN_ID: identity.runId,
    ...(identity.command === undefined ? {} : commandVariables(identity.command)),
    ...(identity.agentState === undefined ? {} : { RUNLEDGER_AGENT_STATE: identity.agentState }),
    ...(identity.secretVariables === undefined ? {} : { [secretsVariable]: identity.secretVariables.join(" ") }),
    [ownersVariable]: withTokens(inherited[ownersVariable], identity.tokens),
  };
}

/** Of a run around this one: they say nothing about a child of this one. */
const ownVariables = [
  ...["RUNLEDGER_STEP", "RUNLEDGER_KEY", "RUNLEDGER_ATTEMPT", "RUNLEDGER_ITEM", "RUNLEDGER_AGENT_STATE"],
  secretsVariable,
];

function commandVariables({ step, key, attempt }: NonNullable<ChildIdentity["command"]>): Record<string, string> {
  return { RUNLEDGER_STEP: step, RUNLEDGER_KEY: key, RUNLEDGER_ATTEMPT: String(attempt) };
}

/**
 * What marks the processes of a run: `<run_id>@<inode of the run's directory>`. The inode stays when the workspace is
 * moved or reached by another path, and differs in a copy: a copied store must not end the processes of the original.
 */
export function runToken(runId: string, directoryInode: number): string {
  return `${runId}@${directoryInode}`;
}

/** What marks the processes of one agent besides: what it leaves behind is ended with it, what others started is not. */
export function agentToken(runToken: string, agent: string): string {
  return `${runToken}/${agent}`;
}

/** The tokens in the value of {@link ownersVariable}. */
export function tokensIn(owners: string | undefined): string[] {
  return (owners ?? "").split(" ").filter((token) => token !== "");
}

/** Appended: where a step of a run is a runledger itself, both runs must find the child. */
function withTokens(inherited: string | undefined, tokens: readonly string[]): string {
  return [...new Set([...tokensIn(inherited), ...tokens])].join(" ");
}

function present(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
