import { parseEnv } from 'node:util'

/** Environment variables, less those that are empty. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * The variables the servers will find: those of the process, which win, and those of the `.env` file. An empty one
 * counts as absent. The servers do the same by the same rule; here it is only to know what they will read.
 */
export function mergeVariables(processEnv: Variables, dotEnv: string): Variables {
  const merged: Record<string, string | undefined> = parseEnv(dotEnv)
  for (const [name, value] of Object.entries(processEnv)) {
    if (value) merged[name] = value
  }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value))
}
