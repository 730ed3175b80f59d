import type { Bench, Group } from '../bench.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
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
    await inWorkspace((workspace) => measureSqlite(bench, workspace))
    await inWorkspace((workspace) => measurePostgres(bench, workspace))
  },
}

async function measureSqlite(bench: Bench, workspace: Workspace): Promise<void> {
  const createDatabase = async (name: string) => sqliteUrl(workspace, name)
  const sized = await prepareSizes(bench, workspace, { createDatabase })
  await compareSizes(bench, 'SQLite', sized)
  await describeStatusLists(bench, 'SQLite', largestOf(sized))
}

async function measurePostgres(bench: Bench, workspace: Workspace): Promise<void> {
  const { createDatabase } = await startPostgres(workspace)
  const sized = await prepareSizes(bench, workspace, { createDatabase })
  await compareSizes(bench, 'PostgreSQL', sized)
  await compareReplicas(bench, workspace, largestOf(sized))
  await describeStatusLists(bench, 'PostgreSQL', largestOf(sized))
}

function largestOf(sized: readonly Sized[]): Sized {
  const largest = sized.at(-1)
  if (!largest) throw new Error('there is no database')
  return largest
}
