import type { Bench } from '../bench.ts'
import { type Spread, spreadOf } from '../measurement/statistics.ts'
import { turnsOf } from '../measurement/turns.ts'
import type { Workspace } from '../process/workspace.ts'
import { formatNumber } from '../report/table.ts'
import type { Sized } from './compare-sizes.ts'
import { startMeasuredServer } from './measured-server.ts'
import { type Cost, OPERATIONS, type Operation, runOperations } from './operations.ts'

const OPERATIONS_PER_SECOND = 70

/** One and two replicas on one PostgreSQL: the cost of an operation in the database, and their joint rate of sign-ins. */
export async function compareReplicas(
  bench: Bench,
  workspace: Workspace,
  { users, ...first }: Sized,
): Promise<void> {
  const { databaseUrl, secret } = first
  const second = await startMeasuredServer(workspace, { databaseUrl, secret })
  const teams = [
    { name: 'one replica', servers: [first.server], turns: [] as Turn[] },
    { name: 'two replicas', servers: [first.server, second], turns: [] as Turn[] },
  ]
  const times = Math.max(10, Math.round(bench.settings.seconds * OPERATIONS_PER_SECOND))

  for (const { name, servers, turns } of turnsOf(teams, bench.settings.rounds)) {
    bench.signal.throwIfAborted()
    const costs = await Promise.all(servers.map((server) => runOperations(server, { users, times })))
    turns.push(costs)
    bench.progress(`${name}: sign-in ${mean(costs, 'sign-in', 'database').toFixed(2)} ms in the database`)
    bench.keep({
      title: `PostgreSQL: one and two replicas, ${formatNumber(users, 0)} users`,
      note: `Each replica is asked one thing after the other, both at the same time. Milliseconds; all on the same ${bench.cores.load === undefined ? 'cores' : 'two cores'} as the database, so what two do together says little, and what one costs the other says more.`,
      columns: teams.map((team, index) => ({ key: `team${index}`, title: team.name, digits: 2 })),
      rows: OPERATIONS.flatMap((operation) =>
        (['database', 'whole'] as const).map((part) => ({
          title: `${operation}: ${part === 'database' ? 'in the database' : 'the whole request'}`,
          cells: Object.fromEntries(
            teams.map((team, index) => [`team${index}`, spreadOfTurns(team.turns, operation, part)]),
          ),
        })),
      ),
    })
  }
}

type Turn = readonly Readonly<Record<Operation, Cost>>[]

function spreadOfTurns(turns: readonly Turn[], operation: Operation, part: keyof Cost): Spread | undefined {
  return spreadOf(turns.map((turn) => mean(turn, operation, part)))
}

function mean(turn: Turn, operation: Operation, part: keyof Cost): number {
  return turn.reduce((sum, costs) => sum + costs[operation][part], 0) / turn.length
}
