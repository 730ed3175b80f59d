import { parseEnv } from 'node:util'

/** Environment variables, without the empty ones. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * The variables that the servers will find: those of the `.env` file and those of the process, which take precedence. An
 * empty one counts as absent. The servers apply the same rule themselves; this only predicts what they will read.
 */
export function mergeVariables(processEnv: Variables, dotEnv: string): Variables {
  const merged: Record<string, string | undefined> = parseEnv(dotEnv)
  for (const [name, value] of Object.entries(processEnv)) {
    if (value) merged[name] = value
  }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value))
}
