import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { mintTokens } from '../issuer/mint-tokens.ts'
import { clientCredentialsRequest } from '../issuer/token-request.ts'
import { fire, type LoadOrder } from '../load/fire.ts'
import { readUsage } from '../process/usage.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
import type { Table } from '../report/table.ts'
import { startFixture } from '../resource/fixture.ts'
import { AUDIENCE, type AuthServer, sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { startResourceServer } from '../servers/resource-server.ts'

/** How long a server gets no requests before it counts as idle, in milliseconds. */
const IDLE_AFTER_MS = 5_000

/** With measurements of the default length this gives 100,000 requests. Shorter ones are for experiments. */
const REQUESTS_PER_SECOND = 33_334

/**
 * The number of parts the requests are split into. Memory is read after each part and should not grow from one to the
 * next.
 */
const PART_COUNT = 4

/** The number of different tokens that the aims name. */
const TOKEN_COUNT = 5_000

/** The resident memory of both servers: idle, and after each quarter of 100,000 requests. */
export function measureMemory(bench: Bench): Promise<void> {
  return inWorkspace(async (workspace) => {
    const { cores } = bench
    const { issuer, mint } = await startFixture({ cores: { ...cores, load: cores.server } }, workspace)
    const file = workspace.path('tokens')
    await mintTokens(mint, { file, count: TOKEN_COUNT, signal: bench.signal })
    const resource = await startResourceServer(workspace, issuer)
    const auth = await startOnExistingDatabase(workspace)
    const amount = Math.round((bench.settings.seconds * REQUESTS_PER_SECOND) / PART_COUNT)
    const load = { connections: 10, amount } as const
    await pause(IDLE_AFTER_MS)

    const rows: Found[] = []
    for (const { name, pid, order } of [
      {
        name: 'resource server, `GET /users/me`',
        pid: resource.program.pid,
        order: {
          ...load,
          url: `${resource.origin}/users/me`,
          method: 'GET',
          tokenFile: file,
          count: TOKEN_COUNT,
        },
      },
      {
        name: 'authorization server, `client_credentials`',
        pid: auth.program.pid,
        order: {
          ...load,
          url: `${auth.origin}/token`,
          method: 'POST',
          ...clientCredentialsRequest({ scope: 'orders' }),
        },
      },
    ] satisfies readonly Measured[]) {
      const found: Found = { name, memory: [memoryOf(pid)] }
      rows.push(found)
      for (let part = 0; part < PART_COUNT; part++) {
        await fire(order, { pid, cores: cores.load, signal: bench.signal })
        found.memory.push(memoryOf(pid))
        bench.progress(`${name}: ${found.memory.at(-1)?.toFixed(0)} MB after ${(part + 1) * amount}`)
        bench.keep(tableOf(rows, amount))
      }
    }
  })
}

/** The first start hashes a password, and the thread for that stays for a minute. So the second start is measured. */
async function startOnExistingDatabase(workspace: Workspace): Promise<AuthServer> {
  const options = {
    databaseUrl: sqliteUrl(workspace, 'memory'),
    settings: { AUTH_PASSWORD_COST: '4', AUTH_DEFAULT_AUDIENCE: AUDIENCE },
  }
  const first = await startAuthServer(workspace, options)
  await first.program.stop()
  return startAuthServer(workspace, options)
}

interface Measured {
  readonly name: string
  readonly pid: number
  readonly order: LoadOrder
}

/** In megabytes: idle first, then after each part. */
interface Found {
  readonly name: string
  readonly memory: number[]
}

function tableOf(rows: readonly Found[], amount: number): Table {
  const titles = Array.from({ length: PART_COUNT + 1 }, (_value, part) =>
    part === 0 ? 'idle' : `after ${(part * amount).toLocaleString('en-US')}`,
  )
  return {
    title: 'Resident memory, MB',
    note: `Five seconds after ready, and then after each quarter of the requests, with ${TOKEN_COUNT.toLocaleString('en-US')} tokens in turn at the resource server.`,
    columns: titles.map((title, part) => ({ key: `part${part}`, title, digits: 0 })),
    rows: rows.map(({ name, memory }) => ({
      title: name,
      cells: Object.fromEntries(memory.map((megabytes, part) => [`part${part}`, megabytes])),
    })),
  }
}

function memoryOf(pid: number): number {
  return (readUsage(pid)?.memory ?? Number.NaN) / 1e6
}
