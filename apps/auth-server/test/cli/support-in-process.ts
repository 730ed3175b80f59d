import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { run } from '../../src/cli/run.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Ending, KEY_ENCRYPTION_SECRET } from './support.ts'

const SETTINGS = { AUTH_KEY_ENCRYPTION_SECRET: KEY_ENCRYPTION_SECRET, AUTH_PASSWORD_COST: '4' }

/** An empty database, and what is beside it. */
async function emptyDatabase(resource?: string): Promise<Record<string, string>> {
  const path = join(temporaryFolder(), 'auth.db')
  const db = openDatabase({ kind: 'sqlite', path })
  await migrate(db)
  if (resource !== undefined) {
    await saveResource(
      db,
      {
        audience: resource,
        scope: ['profile'],
        introspectors: [],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )
  }
  await db.destroy()
  return { ...SETTINGS, AUTH_DATABASE_URL: `sqlite:${path}` }
}

/** Runs one command in this process, on an empty database: for many that need no process of their own. */
export async function runInProcess(
  args: readonly string[],
  {
    env = {},
    input = '',
    resource,
    log,
  }: {
    env?: Record<string, string>
    input?: string | Buffer
    resource?: string
    log?: (line: string) => void
  } = {},
): Promise<Ending> {
  let [stdout, stderr] = ['', '']
  const code = await run(args, {
    env: { ...(env.AUTH_DATABASE_URL === undefined ? await emptyDatabase(resource) : SETTINGS), ...env },
    input: new PassThrough().end(input),
    ...(log && { log }),
    print: (text) => {
      stdout += text
    },
    note: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}
