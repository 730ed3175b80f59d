import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../src/storage/database.ts'
import { DatabaseUnavailable, StartRefused } from '../src/storage/errors.ts'
import { appliedMigrations, migrate } from '../src/storage/migrate.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

/** By their files: one that is not in the list of `migrate.ts` is noticed. */
const MIGRATIONS = readdirSync(join(import.meta.dirname, '../src/storage/migrations'))
  .map((file) => basename(file, '.ts'))
  .sort()

function openFile(folder: string): Database {
  return openDatabase({ kind: 'sqlite', path: join(folder, 'data', 'auth.db') })
}

describe('the database', () => {
  it('is made in a folder and a file for its owner alone', async () => {
    const folder = temporaryFolder()
    const db = openFile(folder)
    await migrate(db)
    await db.destroy()

    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'data', 'auth.db')).mode & 0o777).toBe(0o600)
  })

  it('survives a power cut with every commit it acknowledged: WAL and synchronous=FULL', async () => {
    const db = openFile(temporaryFolder())

    const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db)
    const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(db)
    await db.destroy()

    expect(journal.rows[0]?.journal_mode).toBe('wal')
    expect(synchronous.rows[0]?.synchronous).toBe(2)
  })

  it('is migrated once, whoever starts and however many', async () => {
    const folder = temporaryFolder()
    const databases = Array.from({ length: 8 }, () => openFile(folder))

    await Promise.all(databases.map((db) => migrate(db)))
    const applied = await appliedMigrations(databases[0]!)
    await Promise.all(databases.map((db) => db.destroy()))

    expect(applied).toEqual(MIGRATIONS)
  })

  it('is refused when it is newer than the code, and stays as it is', async () => {
    const db = openFile(temporaryFolder())
    await migrate(db)
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2030-01-01')`.execute(db)

    await expect(migrate(db)).rejects.toThrow(
      'The database is newer than this server: it has had 9999-future. Start a newer version of the server.',
    )
    expect(await appliedMigrations(db)).toEqual([...MIGRATIONS, '9999-future'])
    await db.destroy()
  })

  it('makes a transaction wait for another process’s, whatever it begins with', async () => {
    const folder = temporaryFolder()
    const [one, other] = [openFile(folder), openFile(folder)]
    await migrate(one)
    const readThenWrite = (db: Database, audience: string) =>
      db.transaction().execute(async (transaction) => {
        await transaction.selectFrom('resources').selectAll().execute()
        await transaction.insertInto('resources').values({ audience, scope: '', demo: 0 }).execute()
      })

    await Promise.all([readThenWrite(one, 'urn:one'), readThenWrite(other, 'urn:other')])
    const rows = await one.selectFrom('resources').select('audience').orderBy('audience').execute()
    await Promise.all([one.destroy(), other.destroy()])

    expect(rows).toEqual([{ audience: 'urn:one' }, { audience: 'urn:other' }])
  })
})

describe('a SQLite database that cannot be written for a while', () => {
  it.each([
    ['full', 'pragma max_page_count = 1', 'database or disk is full'],
    ['read-only', 'pragma query_only = 1', 'attempt to write a readonly database'],
  ])('is unavailable while it is %s, and whole afterwards', async (_how, pragma, because) => {
    const db = openFile(temporaryFolder())
    await migrate(db)
    const fill = (scope: string) =>
      db.transaction().execute(async (transaction) => {
        await transaction.insertInto('resources').values({ audience: 'urn:x', scope, demo: 0 }).execute()
      })

    await sql.raw(pragma).execute(db)
    const failure = fill('x'.repeat(100_000))

    await expect(failure).rejects.toThrow(DatabaseUnavailable)
    await expect(failure).rejects.toThrow(`The database is unavailable: ${because}`)
    await sql`pragma max_page_count = 100000`.execute(db)
    await sql`pragma query_only = 0`.execute(db)
    await fill('profile')
    expect(await db.selectFrom('resources').select('scope').execute()).toEqual([{ scope: 'profile' }])
    await db.destroy()
  })

  it('stops the start with one sentence when its file is not a database', () => {
    const path = join(temporaryFolder(), 'auth.db')
    writeFileSync(path, 'not a database '.repeat(100))

    expect(() => openDatabase({ kind: 'sqlite', path })).toThrow(
      new StartRefused(`AUTH_DATABASE_URL: the file ${path} cannot be used: file is not a database.`),
    )
  })
})
