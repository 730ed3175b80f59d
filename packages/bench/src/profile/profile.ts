import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench, Group } from '../bench.ts'
import { mintTokens } from '../issuer/mint-tokens.ts'
import { clientCredentialsRequest, passwordRequest } from '../issuer/token-request.ts'
import { fire, type LoadOrder } from '../load/fire.ts'
import { RESULTS } from '../process/paths.ts'
import type { Program } from '../process/program.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
import { startFixture } from '../resource/fixture.ts'
import { sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { startResourceServer } from '../servers/resource-server.ts'
import { type CpuProfile, summarizeProfile } from './summarize.ts'
import { unbundled } from './unbundled.ts'

/** A profile needs more time than a measurement, because the compiler takes the first second. */
const SECONDS_FACTOR = 3

const TOKEN_COUNT = 5_000

/**
 * Shows where our own servers spend their time, by `node --cpu-prof`, under the loads of the comparisons. It is for
 * developers who make the servers faster. The result is printed, and kept as `.cpuprofile` beside the raw results. None
 * of it goes into the page.
 */
export const profileGroup: Group = {
  name: 'profile',
  title: 'Profile',
  run: async (bench) => {
    await inWorkspace((workspace) => profileResourceServer(bench, workspace))
    await inWorkspace((workspace) => profileAuthServer(bench, workspace))
  },
}

async function profileResourceServer(bench: Bench, workspace: Workspace): Promise<void> {
  const { mint, issuer } = await startFixture(bench, workspace)
  const tokenFile = workspace.path('tokens')
  await mintTokens(mint, { file: tokenFile, count: TOKEN_COUNT * SECONDS_FACTOR, signal: bench.signal })
  const seconds = bench.settings.seconds * SECONDS_FACTOR
  for (const [name, part] of [
    ['users-me, one reused token', { seconds, count: 1 }],
    ['users-me, 5,000 tokens in turn', { seconds, count: TOKEN_COUNT }],
    [
      'users-me, a fresh token per request',
      { amount: TOKEN_COUNT * SECONDS_FACTOR, count: TOKEN_COUNT * SECONDS_FACTOR },
    ],
  ] as const) {
    await profile(bench, name, async (nodeArgs) => {
      const { origin, program } = await startResourceServer(workspace, issuer, {
        cores: bench.cores.server,
        nodeArgs,
      })
      const order = { url: `${origin}/users/me`, method: 'GET', connections: 10, tokenFile, ...part } as const
      return { program, order }
    })
  }
}

async function profileAuthServer(bench: Bench, workspace: Workspace): Promise<void> {
  const seconds = bench.settings.seconds * SECONDS_FACTOR
  for (const [name, request] of [
    ['token, client_credentials', clientCredentialsRequest({ scope: 'orders' })],
    ['token, password at cost 4', passwordRequest],
  ] as const) {
    await profile(bench, name, async (nodeArgs) => {
      const { origin, program } = await startAuthServer(workspace, {
        cores: bench.cores.server,
        databaseUrl: sqliteUrl(workspace, name.replaceAll(' ', '-')),
        settings: { AUTH_PASSWORD_COST: '4' },
        nodeArgs,
      })
      const order = { url: `${origin}/token`, method: 'POST', connections: 10, ...request, seconds } as const
      return { program, order }
    })
  }
}

/** Starts a server with the profiler, loads it, ends it, and shows where it spent its time. */
async function profile(
  bench: Bench,
  name: string,
  start: (nodeArgs: readonly string[]) => Promise<{ readonly program: Program; readonly order: LoadOrder }>,
): Promise<void> {
  const folder = join(RESULTS, `profile-${name.replaceAll(/[ ,]+/g, '-')}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { program, order } = await start(['--cpu-prof', `--cpu-prof-dir=${folder}`])
  const { signal, cores } = bench
  const { perSecond, cpuMicros } = await fire(order, { pid: program.pid, cores: cores.load, signal })
  await program.stop()
  bench.progress(`${name}: ${perSecond.toFixed(0)}/s, ${cpuMicros?.toFixed(0)} µs each, with the profiler on`)

  const summaries = readdirSync(folder).map((file) =>
    summarizeProfile(unbundled(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile)),
  )
  for (const { packages, functions } of summaries) {
    for (const one of packages.slice(0, 20)) bench.progress(`  ${percent(one.share)}  ${one.name}`)
    for (const one of functions.slice(0, 40)) bench.progress(`    ${percent(one.share)}  ${one.name}`)
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1).padStart(5)} %`
}
