import type { Bench, Group } from '../bench.ts'
import { onStage, type Stage } from '../process/stage.ts'
import { sqliteUrl } from '../servers/auth-server.ts'
import { compareSizes, prepareSizes, type Sized } from './compare-sizes.ts'
import { startPostgres } from './postgres.ts'
import { compareReplicas } from './replicas.ts'
import { describeStatusLists } from './status-lists.ts'

/** What a million users cost. */
export const scaleGroup: Group = {
  name: 'scale',
  title: 'Scale',
  run: async (bench) => {
    await onStage((stage) => measureSqlite(bench, stage))
    await onStage((stage) => measurePostgres(bench, stage))
  },
}

async function measureSqlite(bench: Bench, stage: Stage): Promise<void> {
  const createDatabase = async (name: string) => sqliteUrl(stage, name)
  const sized = await prepareSizes(bench, stage, { createDatabase })
  await compareSizes(bench, 'SQLite', sized)
  await describeStatusLists(bench, 'SQLite', largestOf(sized))
}

async function measurePostgres(bench: Bench, stage: Stage): Promise<void> {
  const { createDatabase } = await startPostgres(stage)
  const sized = await prepareSizes(bench, stage, { createDatabase })
  await compareSizes(bench, 'PostgreSQL', sized)
  await compareReplicas(bench, stage, largestOf(sized))
  await describeStatusLists(bench, 'PostgreSQL', largestOf(sized))
}

function largestOf(sized: readonly Sized[]): Sized {
  const largest = sized.at(-1)
  if (!largest) throw new Error('there is no database')
  return largest
}
