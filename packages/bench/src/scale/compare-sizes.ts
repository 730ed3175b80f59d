import type { Bench } from '../bench.ts'
import { type Spread, spreadOf } from '../measurement/statistics.ts'
import { turnsOf } from '../measurement/turns.ts'
import { readUsage } from '../process/usage.ts'
import type { Workspace } from '../process/workspace.ts'
import { formatNumber, type Row, type Table } from '../report/table.ts'
import { type MeasuredServer, newKeyEncryptionSecret, startMeasuredServer } from './measured-server.ts'
import { type Cost, OPERATIONS, type Operation, runOperations } from './operations.ts'
import { populate } from './populate.ts'

/** A database of one size, the server on it, and their measurements. */
export interface Sized {
  readonly users: number
  readonly databaseUrl: string
  readonly secret: string
  readonly server: MeasuredServer
  readonly starts: readonly number[]
  readonly turns: Readonly<Record<Operation, Cost>>[]
}

/** How often a server is started on its database. */
const STARTS_PER_SIZE = 3

/** Operations of each kind in a turn, per second of the measurement's duration. */
const OPERATIONS_PER_SECOND = 70

/** Generates a database of each size, and starts a server on it as often as needed to measure the start. */
export async function prepareSizes(
  bench: Bench,
  workspace: Workspace,
  { createDatabase }: { readonly createDatabase: (name: string) => Promise<string> },
): Promise<readonly Sized[]> {
  const prepared: Sized[] = []
  for (const users of bench.settings.sizes) {
    bench.signal.throwIfAborted()
    const [databaseUrl, secret] = [await createDatabase(`users_${users}`), newKeyEncryptionSecret()]
    const start = performance.now()
    await populate(databaseUrl, users)
    bench.progress(`${formatNumber(users, 0)} users: generated in ${seconds(performance.now() - start)}`)

    // The first start creates a key and the clients. The later ones find them.
    await (await startMeasuredServer(workspace, { databaseUrl, secret })).program.stop()
    const starts: number[] = []
    for (let index = 1; index < STARTS_PER_SIZE; index++) {
      const server = await startMeasuredServer(workspace, { databaseUrl, secret })
      starts.push(server.readyAfter)
      await server.program.stop()
    }
    const server = await startMeasuredServer(workspace, { databaseUrl, secret })
    starts.push(server.readyAfter)
    prepared.push({ users, databaseUrl, secret, server, starts, turns: [] })
  }
  return prepared
}

/** Measures the operations on every size, in turn, and stores a table of their cost in the database. */
export async function compareSizes(bench: Bench, title: string, sized: readonly Sized[]): Promise<void> {
  const times = Math.max(10, Math.round(bench.settings.seconds * OPERATIONS_PER_SECOND))
  for (const { server, users } of sized) await runOperations(server, { users, times: 10 })

  for (const { server, users, turns } of turnsOf(sized, bench.settings.rounds)) {
    bench.signal.throwIfAborted()
    const costs = await runOperations(server, { users, times })
    turns.push(costs)
    const words = OPERATIONS.map((name) => `${name} ${costs[name].database.toFixed(2)} ms`).join(', ')
    bench.progress(`${title}, ${formatNumber(users, 0)} users: ${words}`)
    bench.keep(tableOf(title, sized, times))
  }
}

function tableOf(title: string, sized: readonly Sized[], times: number): Table {
  const [smallest] = sized
  return {
    title,
    note: `Milliseconds for one: the median of ${times} in a turn, one after the other, with the least and the most of the turns, for users picked at random; at cost 4, so that the database shows.`,
    columns: sized.flatMap(({ users }) => [
      { key: `at${users}`, title: `${formatNumber(users, 0)} users`, digits: 2 },
      ...(users === smallest?.users
        ? []
        : [{ key: `ratio${users}`, title: `of ${formatNumber(smallest?.users ?? 0, 0)}`, digits: 2 }]),
    ]),
    rows: [
      ...OPERATIONS.map((name) =>
        rowOf(`${name}: in the database`, sized, ({ turns }) => turns.map((turn) => turn[name].database)),
      ),
      ...OPERATIONS.map((name) =>
        rowOf(`${name}: the whole request`, sized, ({ turns }) => turns.map((turn) => turn[name].whole)),
      ),
      rowOf('start until ready', sized, ({ starts }) => starts),
      rowOf('memory, MB', sized, ({ server }) => memoryOf(server.program.pid)),
    ],
  }
}

function rowOf(title: string, sized: readonly Sized[], valuesOf: (one: Sized) => readonly number[]): Row {
  const spreads = sized.map((one) => ({ users: one.users, spread: spreadOf(valuesOf(one)) }))
  const base = spreads[0]?.spread?.median
  const ratio = (spread: Spread | undefined) => (base && spread ? spread.median / base : undefined)
  return {
    title,
    cells: Object.fromEntries(
      spreads.flatMap(({ users, spread }) => [
        [`at${users}`, spread],
        [`ratio${users}`, ratio(spread)],
      ]),
    ),
  }
}

function memoryOf(pid: number): readonly number[] {
  const usage = readUsage(pid)
  return usage ? [usage.memory / 1e6] : []
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
