import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { migrate } from '../src/storage/migrate.ts'
import { createDatabaseProof } from '../src/storage/prove-database.ts'
import { DATABASES, emptyDatabase, emptyPostgres, openUntilFinished } from './support/databases.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

async function openFile() {
  const location = { kind: 'sqlite', path: join(temporaryFolder(), 'auth.db') } as const
  const db = openUntilFinished(location)
  await migrate(db)
  return { db, location, prove: createDatabaseProof(db, location) }
}

describe.each(DATABASES)('a database that works, on %s', (kind) => {
  it('is proven usable, and keeps nothing of the proof', async () => {
    const location = await emptyDatabase(kind)
    const db = openUntilFinished(location)
    await migrate(db)
    const prove = createDatabaseProof(db, location)

    await Promise.all(Array.from({ length: 8 }, () => prove()))

    expect(await db.selectFrom('resources').selectAll().execute()).toEqual([])
  })
})

describe('a SQLite database', () => {
  it('is not usable while its disk is full, and is as soon as there is room', async () => {
    const { db, prove } = await openFile()
    await sql`pragma max_page_count = 1`.execute(db)

    await expect(prove()).rejects.toThrow(DatabaseUnavailable)
    await expect(prove()).rejects.toThrow('database or disk is full')

    await sql`pragma max_page_count = 100000`.execute(db)
    await expect(prove()).resolves.toBeUndefined()
  })

  it('is not usable at once when its file is gone, however fresh the last proof, and is when that is back', async () => {
    const { location, prove } = await openFile()
    await prove()

    renameSync(location.path, `${location.path}.away`)
    await expect(prove()).rejects.toThrow(`the file ${location.path} is no longer the one that was opened`)

    renameSync(`${location.path}.away`, location.path)
    await expect(prove()).resolves.toBeUndefined()
  })

  it('is usable while another program writes: reading goes on', async () => {
    const { location, prove } = await openFile()
    const foreign = openUntilFinished(location)

    await foreign.transaction().execute(async () => {
      const began = performance.now()
      await prove()
      expect(performance.now() - began).toBeLessThan(2_000)
    })
  })
})

describe('a PostgreSQL database', () => {
  it('is not usable while it only reads', async () => {
    const location = await emptyPostgres({ poolMax: 1 })
    const db = openUntilFinished(location)
    await migrate(db)
    const prove = createDatabaseProof(db, location)
    await sql`set default_transaction_read_only = on`.execute(db)

    await vi.waitFor(() =>
      expect(prove()).rejects.toThrow('cannot execute INSERT in a read-only transaction'),
    )

    await sql`set default_transaction_read_only = off`.execute(db)
    await vi.waitFor(() => prove())
  })
})
