import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { type Database, openDatabase } from '../src/storage/database.ts'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { migrate } from '../src/storage/migrate.ts'
import { openUntilFinished } from './support/databases.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

/** SQLite's own, in bytes. */
const PAGE_SIZE = 4_096

it('is told as a database that cannot be used, not as a bug of ours', async () => {
  const location = { kind: 'sqlite', path: join(temporaryFolder(), 'auth.db') } as const
  const before = openDatabase(location)
  await migrate(before)
  const page = await firstPageOfUsers(before)
  await before.destroy()
  overwritePage(location.path, page)

  const db = openUntilFinished(location)

  const reading = db.selectFrom('users').selectAll().execute()
  await expect(reading).rejects.toThrow(DatabaseUnavailable)
  await expect(reading).rejects.toThrow('The database is unavailable: database disk image is malformed')
})

async function firstPageOfUsers(db: Database): Promise<number> {
  const query = sql<{ rootpage: number }>`select rootpage from sqlite_schema where name = 'users'`
  return (await query.execute(db)).rows[0]!.rootpage
}

function overwritePage(path: string, page: number): void {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, Buffer.alloc(PAGE_SIZE, 0xff), 0, PAGE_SIZE, (page - 1) * PAGE_SIZE)
  } finally {
    closeSync(file)
  }
}
