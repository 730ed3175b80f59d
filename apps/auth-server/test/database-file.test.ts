import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Database } from '../src/storage/database.ts'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { migrate } from '../src/storage/migrate.ts'
import { openUntilFinished } from './support/databases.ts'
import { addOrdinaryRows } from './support/rows.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { startTestServer } from './support/test-server.ts'

async function open(): Promise<{ db: Database; path: string }> {
  const path = join(temporaryFolder(), 'data', 'auth.db')
  const db = openUntilFinished({ kind: 'sqlite', path })
  await migrate(db)
  return { db, path }
}

function insertResource(db: Database, audience: string) {
  return db.insertInto('resources').values({ audience, scope: '', demo: 0 }).execute()
}

const LOSSES: readonly (readonly [string, (path: string) => void])[] = [
  ['deleted', (path) => rmSync(path)],
  [
    'replaced by another',
    (path) => {
      copyFileSync(path, `${path}.copy`)
      renameSync(`${path}.copy`, path)
    },
  ],
  ['emptied', (path) => truncateSync(path)],
  ['without its log', (path) => rmSync(`${path}-wal`)],
  ['without its index', (path) => rmSync(`${path}-shm`)],
  [
    'in a folder that was moved away',
    (path) => {
      renameSync(join(path, '..'), join(path, '../../moved'))
      mkdirSync(join(path, '..'))
    },
  ],
]

describe('a SQLite database', () => {
  it.each(LOSSES)('acknowledges no write once its file is %s', async (_how, lose) => {
    const { db, path } = await open()
    await insertResource(db, 'urn:before')
    lose(path)

    const outside = insertResource(db, 'urn:outside')
    const inside = db.transaction().execute((transaction) => insertResource(transaction, 'urn:inside'))

    await expect(outside).rejects.toThrow(DatabaseUnavailable)
    await expect(outside).rejects.toThrow('is no longer the one that was opened: put it back, or restart')
    await expect(inside).rejects.toThrow(DatabaseUnavailable)
  })

  it('does not acknowledge what a transaction wrote before its file went', async () => {
    const { db, path } = await open()

    const transaction = db.transaction().execute(async (under) => {
      await insertResource(under, 'urn:x')
      rmSync(path)
    })

    await expect(transaction).rejects.toThrow(DatabaseUnavailable)
  })

  it('goes on once the file is back', async () => {
    const { db, path } = await open()
    renameSync(path, `${path}.away`)
    await expect(insertResource(db, 'urn:x')).rejects.toThrow(DatabaseUnavailable)

    renameSync(`${path}.away`, path)
    await insertResource(db, 'urn:y')

    expect(await db.selectFrom('resources').select('audience').execute()).toEqual([{ audience: 'urn:y' }])
  })

  it('may be named by a link, until that names another', async () => {
    const { db, path } = await open()
    await db.destroy()
    const link = join(temporaryFolder(), 'link.db')
    symlinkSync(path, link)
    const linked = openUntilFinished({ kind: 'sqlite', path: link })

    await insertResource(linked, 'urn:x')
    rmSync(link)
    symlinkSync(`${path}.other`, link)

    await expect(insertResource(linked, 'urn:y')).rejects.toThrow(DatabaseUnavailable)
  })
})

describe('a server whose database file is gone', () => {
  it('refuses whoever would be remembered, and says why in its log', async () => {
    const { db, path } = await open()
    const server = await startTestServer({ db })
    await addOrdinaryRows(server)
    rmSync(path)

    const answer = await server.post('/token', {
      grant_type: 'password',
      client_id: 'app',
      username: 'alice',
      password: 'secret',
    })

    expect(answer).toMatchObject({
      status: 503,
      body: {
        error: 'temporarily_unavailable',
        error_description: 'The server cannot reach its data: try again in a second.',
      },
    })
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(server.logs).toContainEqual(
      expect.objectContaining({
        msg: 'database unavailable',
        because: expect.stringContaining(`the file ${path} is no longer`),
      }),
    )
  })
})
