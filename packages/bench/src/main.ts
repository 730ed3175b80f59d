import type { Group } from './bench.ts'
import { footprintGroup } from './footprint/footprint.ts'
import { installPeers } from './install-peers.ts'
import { findGenerator } from './load/generator.ts'
import { profileGroup } from './profile/profile.ts'
import { quickGroup } from './quick.ts'
import { renderAims, type Summary } from './report/aims.ts'
import { describeCommit } from './report/commit.ts'
import { describeMachine } from './report/machine.ts'
import { publish } from './report/publish.ts'
import { resourceGroup } from './resource/resource.ts'
import { type Run, runGroup } from './run-group.ts'
import { revokingGroup } from './scale/revoking.ts'
import { scaleGroup } from './scale/scale.ts'
import { readBaseline } from './servers/build.ts'
import { QUICK, readSettings, THOROUGH } from './settings.ts'
import { siegeGroup } from './siege/siege.ts'
import { signInGroup } from './sign-in/sign-in.ts'
import { tokenGroup } from './token/token.ts'

/** What goes into the page. `pnpm bench` measures all of it, `pnpm bench NAME…` the named groups. */
const GROUPS: readonly Group[] = [
  resourceGroup,
  tokenGroup,
  signInGroup,
  scaleGroup,
  revokingGroup,
  footprintGroup,
]

const [first, ...rest] = process.argv.slice(2)
const isQuick = first === 'quick'
const settings = readSettings(process.env, isQuick ? QUICK : THOROUGH)
const groups = isQuick ? [await chooseQuick(rest)] : chooseGroups(process.argv.slice(2))
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
const run: Run = {
  settings,
  signal: stopping.signal,
  say,
  began: new Date().toISOString(),
  commit: describeCommit(),
  machine: describeMachine(),
}
say(`commit ${run.commit}, ${run.machine}, load by ${findGenerator().name}`)
let summary: Summary | undefined
for (const group of groups) {
  if (stopping.signal.aborted) break
  const result = await runGroup(run, group)
  if (!result.complete && !stopping.signal.aborted) process.exitCode = 1
  if (result.tables.length > 0 && GROUPS.includes(group)) {
    summary = publish(result, settings.docs)
  }
}
if (summary) process.stdout.write(`${renderAims(summary)}\n\n`)
say('done')
// Explicit, because a library that listens for the end of the process would set its own status.
process.exit(stopping.signal.aborted ? 130 : process.exitCode)

function chooseGroups(names: readonly string[]): readonly Group[] {
  if (names.length === 0) return GROUPS
  const known = [...GROUPS, profileGroup, siegeGroup]
  const unknown = names.filter((name) => !known.some((group) => group.name === name))
  if (unknown.length > 0) {
    refuse(`There is no group ${unknown.join(', ')}: name ${GROUPS.map((group) => group.name).join(', ')}.`)
  }
  return known.filter((group) => names.includes(group.name))
}

async function chooseQuick(names: readonly string[]): Promise<Group> {
  try {
    return quickGroup({ names, baseline: await readBaseline(process.env) })
  } catch (error) {
    return refuse(String(error))
  }
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
