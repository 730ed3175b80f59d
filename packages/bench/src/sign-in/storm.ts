import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { clientCredentialsRequest, passwordRequest } from '../issuer/token-request.ts'
import { fire } from '../load/fire.ts'
import type { ProbeOrder, ProbeReport } from '../load/probe.ts'
import { percentile, type Spread, spreadOf } from '../measurement/statistics.ts'
import { runProgram } from '../process/program.ts'
import { untilIdle } from '../process/usage.ts'
import { inWorkspace } from '../process/workspace.ts'
import type { Row, Table } from '../report/table.ts'
import { sqliteUrl, startAuthServer } from '../servers/auth-server.ts'

/** The sign-in storm: the number of people who sign in at once, and the cost of their passwords. */
const STORM = { connections: 20, cost: 12 } as const

/** Longer than other measurements, because a p99 needs some hundred requests. */
const SECONDS_FACTOR = 4

type Weather = 'idle' | 'storm'

/** The findings of one probe: a p50 and a p99 for each turn, with and without the storm. */
interface Found {
  readonly name: string
  readonly probe: Omit<ProbeOrder, 'seconds'>
  readonly turns: Record<Weather, { readonly p50: number; readonly p99: number }[]>
}

/**
 * How a sign-in storm affects clients that only request the key set, or a token for themselves: latencies without other
 * load and in the storm, in turn. Here the server has every core, as in production, and the load shares them.
 */
export function measureStorm(bench: Bench): Promise<void> {
  return inWorkspace(async (workspace) => {
    const { origin, program } = await startAuthServer(workspace, {
      databaseUrl: sqliteUrl(workspace, 'storm'),
      settings: { AUTH_PASSWORD_COST: String(STORM.cost) },
    })
    const found = probesOf(origin)
    const seconds = bench.settings.seconds * SECONDS_FACTOR
    const { connections } = STORM
    const storm = {
      url: `${origin}/token`,
      method: 'POST',
      ...passwordRequest,
      connections,
      seconds,
    } as const
    await probeAll(bench, found, 1)

    for (let round = 0; round < 2 * bench.settings.rounds; round++) {
      for (const condition of round % 2 === 0 ? (['idle', 'storm'] as const) : (['storm', 'idle'] as const)) {
        const target = { pid: program.pid, cores: undefined, signal: bench.signal }
        const running = condition === 'storm' ? fire(storm, target) : undefined
        const reports = await probeAll(bench, found, seconds)
        await running
        // The server is still serving the requests that were in the queue when the storm ended.
        await untilIdle(program.pid)
        for (const [index, latencies] of reports.entries()) {
          const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)]
          found[index]?.turns[condition].push({ p50, p99 })
          bench.progress(
            `${found[index]?.name}, ${condition}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
          )
        }
        bench.keep(tableOf(found, seconds))
      }
    }
  })
}

function probesOf(origin: string): readonly Found[] {
  const request = clientCredentialsRequest({ scope: 'orders' })
  return [
    {
      name: '`GET /.well-known/jwks.json`, 100 a second',
      probe: { url: `${origin}/.well-known/jwks.json`, method: 'GET', perSecond: 100 },
      turns: { idle: [], storm: [] },
    },
    {
      name: '`client_credentials`, 50 a second',
      probe: { url: `${origin}/token`, method: 'POST', ...request, perSecond: 50 },
      turns: { idle: [], storm: [] },
    },
  ]
}

async function probeAll(
  { signal }: Bench,
  found: readonly Found[],
  seconds: number,
): Promise<readonly (readonly number[])[]> {
  return Promise.all(
    found.map(async ({ name, probe }) => {
      const input = JSON.stringify({ ...probe, seconds } satisfies ProbeOrder)
      const args = [join(import.meta.dirname, '../load/probe.ts')]
      const { latencies, failures } = (await runProgram({ args, input }, signal)) as ProbeReport
      if (failures > 0) throw new Error(`${name}: ${failures} requests failed`)
      return latencies
    }),
  )
}

function tableOf(found: readonly Found[], seconds: number): Table {
  return {
    title: 'A sign-in storm',
    note: `${STORM.connections} people sign in at once, again and again, at cost ${STORM.cost}; meanwhile others ask for the key set and for tokens of their own, at fixed times. Milliseconds until the answer, ${seconds} s a turn.`,
    columns: [
      { key: 'idleP50', title: 'p50 idle', digits: 2 },
      { key: 'stormP50', title: 'p50 in the storm', digits: 2 },
      { key: 'idleP99', title: 'p99 idle', digits: 2 },
      { key: 'stormP99', title: 'p99 in the storm', digits: 2 },
      { key: 'ratio', title: 'p99, storm of idle', digits: 2 },
    ],
    rows: found.map(rowOf),
  }
}

function rowOf({ name, turns: { idle, storm } }: Found): Row {
  const spread = (turns: Found['turns'][Weather], of: 'p50' | 'p99'): Spread | undefined =>
    spreadOf(turns.map((turn) => turn[of]))
  const [idleP99, stormP99] = [spread(idle, 'p99'), spread(storm, 'p99')]
  return {
    title: name,
    cells: {
      idleP50: spread(idle, 'p50'),
      stormP50: spread(storm, 'p50'),
      idleP99,
      stormP99,
      ratio: idleP99 && stormP99 && stormP99.median / idleP99.median,
    },
  }
}
