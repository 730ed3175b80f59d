import { readFileSync } from 'node:fs'
import type { Bench, Group } from './bench.ts'
import { footprintGroup } from './footprint/footprint.ts'
import { installPeers } from './install-peers.ts'
import { planCores } from './process/cores.ts'
import { profileGroup } from './profile/profile.ts'
import { describeMachine, publish } from './report/publish.ts'
import { renderTable, type Table } from './report/table.ts'
import { resourceGroup } from './resource/resource.ts'
import { revokingGroup } from './scale/revoking.ts'
import { scaleGroup } from './scale/scale.ts'
import { readSettings } from './settings.ts'
import { siegeGroup } from './siege/siege.ts'
import { signInGroup } from './sign-in/sign-in.ts'
import { tokenGroup } from './token/token.ts'

/** `pnpm bench [resource|token|sign-in|scale|revoking|footprint]…`: measures the named groups, or all of them. */
const GROUPS: readonly Group[] = [
  resourceGroup,
  tokenGroup,
  signInGroup,
  scaleGroup,
  revokingGroup,
  footprintGroup,
]

const settings = readSettings(process.env)
const groups = chooseGroups(process.argv.slice(2))
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stopping.abort(new Error('interrupted')))
}
const start = performance.now()
const say = (text: string): void => {
  const seconds = String(Math.round((performance.now() - start) / 1000)).padStart(5)
  process.stdout.write(`${seconds} s  ${text}\n`)
}

installPeers(say)
say(describeMachine() + busyWarning())
for (const group of groups) {
  if (!stopping.signal.aborted) await runGroup(group)
}
// Explicit, because a library that listens for the end of the process would set its own status.
process.exit(stopping.signal.aborted ? 130 : process.exitCode)

function chooseGroups(names: readonly string[]): readonly Group[] {
  if (names.length === 0) return GROUPS
  const known = [...GROUPS, profileGroup, siegeGroup]
  const unknown = names.filter((name) => !known.some((group) => group.name === name))
  if (unknown.length > 0) {
    const choice = GROUPS.map((group) => group.name).join(', ')
    process.stderr.write(`There is no group ${unknown.join(', ')}: name ${choice}.\n`)
    process.exit(2)
  }
  return known.filter((group) => names.includes(group.name))
}

async function runGroup(group: Group): Promise<void> {
  const takenAt = new Date().toISOString()
  const tables = new Map<string, Table>()
  const bench: Bench = {
    settings,
    cores: planCores(),
    signal: stopping.signal,
    progress: (text) => say(`${group.name}  ${text}`),
    keep: (table) => void tables.set(table.title, table),
  }
  let complete = true
  try {
    await group.run(bench)
  } catch (error) {
    complete = false
    say(`${group.name}  stopped: ${error instanceof Error ? error.stack : error}`)
    if (!stopping.signal.aborted) process.exitCode = 1
  }
  if (tables.size === 0) return
  const kept = [...tables.values()]
  process.stdout.write(`\n${kept.map(renderTable).join('\n\n')}\n\n`)
  const { docs, seconds, rounds } = settings
  const { name, title } = group
  const machine = describeMachine()
  publish(
    { group: name, title, takenAt, machine, settings: { seconds, rounds }, complete, tables: kept },
    docs,
  )
}

/** Figures from a busy machine are unreliable, and readers should know. */
function busyWarning(): string {
  try {
    const load = Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
    return load > 0.5 ? `; WARNING: the load is ${load} before anything has begun` : ''
  } catch {
    return ''
  }
}
