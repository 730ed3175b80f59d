import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { enableClient, markClientDisabled, saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { backUpSqlite } from '../../src/storage/back-up-sqlite.ts'
import type { Database } from '../../src/storage/database.ts'
import { runAuth } from '../cli/support.ts'
import { DATABASES, type DatabaseKind, emptyDatabase, openUntilFinished } from '../support/databases.ts'
import { aResource } from '../support/records.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Answer, startTestServer } from '../support/test-server.ts'

const REQUEST = { grant_type: 'client_credentials', client_id: 'app', client_secret: CLIENT_SECRET }
const ORIGIN = { now: 1, demo: 0 } as const
const CLIENT = aConfidentialClient({ grantTypes: ['client_credentials'], scope: ['profile', 'email'] })

/** A server that has issued a token, so that it has read all rows once, and another connection to its database. */
async function start(kind: DatabaseKind) {
  const location = await emptyDatabase(kind)
  const server = await startTestServer({ db: openUntilFinished(location) })
  const other = openUntilFinished(location)
  await addOrdinaryRows(server, CLIENT)
  const ask = (more: Record<string, string> = {}) => server.post('/token', { ...REQUEST, ...more })
  expect(await ask()).toMatchObject({ status: 200, body: { scope: 'profile email' } })
  expect(await ask()).toMatchObject({ status: 200, body: { scope: 'profile email' } })
  return { server, other, ask, location }
}

function expectRefusedClient({ status, headers, body }: Answer): void {
  expect(status).toBe(401)
  expect(headers.get('www-authenticate')).toBe('Basic realm="countersign"')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body).toEqual({
    error: 'invalid_client',
    error_description: 'The client is unknown, or did not authenticate as it is registered to.',
  })
}

describe.each(DATABASES)('on %s, the next request', (kind) => {
  it.each(['another process', 'this one'])('sees a client disabled and enabled by %s', async (who) => {
    const { server, other, ask } = await start(kind)
    const db = who === 'this one' ? server.db : other

    await markClientDisabled(db, 'app', 1)
    const disabled = await ask()
    await enableClient(db, 'app')
    const enabled = await ask()

    expectRefusedClient(disabled)
    expect(enabled.status).toBe(200)
  })

  it.each(['another process', 'this one'])('sees a resource and a client changed by %s', async (who) => {
    const { server, other, ask } = await start(kind)
    const db = who === 'this one' ? server.db : other

    await saveResource(db, aResource({ scope: ['email'], tokenType: 'JWT' }), ORIGIN)
    const narrowed = await ask()
    const refused = await ask({ scope: 'profile' })
    await saveResource(db, aResource({ scope: ['profile', 'email'] }), ORIGIN)
    await saveClient(db, { ...CLIENT, scope: ['profile'] }, ORIGIN)
    const widened = await ask()

    expect(narrowed).toMatchObject({ status: 200, body: { scope: 'email' } })
    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_scope',
        error_description: 'The scope value profile is not one this client may have for this resource.',
      },
    })
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(widened).toMatchObject({ status: 200, body: { scope: 'profile' } })
  })

  it('sees nothing of a transaction that is under way, nor of one that was rolled back', async () => {
    const { server, ask } = await start(kind)
    const during: Answer[] = []

    const rolledBack = server.db.transaction().execute(async (transaction) => {
      await markClientDisabled(transaction, 'app', 1)
      during.push(await ask())
      throw new Error('roll back')
    })
    await expect(rolledBack).rejects.toThrow('roll back')

    expect(during).toMatchObject([{ status: 200 }])
    expect(await ask()).toMatchObject({ status: 200 })
  })

  it('gets no scope value that client and resource have never known at the same time', async () => {
    const { other, ask } = await start(kind)
    const rights = [
      { client: ['profile', 'email'], resource: ['profile'] },
      { client: ['profile'], resource: ['profile', 'email'] },
    ]
    const change = (db: Database, { client, resource }: (typeof rights)[number]) =>
      db.transaction().execute(async (transaction) => {
        await saveClient(transaction, { ...CLIENT, scope: client }, ORIGIN)
        await saveResource(transaction, aResource({ scope: resource }), ORIGIN)
      })
    await change(other, rights[0]!)

    const answers: Answer[] = []
    for (let round = 1; round <= 20; round++) {
      const asking = Array.from({ length: 8 }, () => ask())
      await change(other, rights[round % 2]!)
      answers.push(...(await Promise.all(asking)))
    }

    const scopes = answers.map(({ body }) => (body as { readonly scope?: string }).scope)
    expect(scopes).toContain('profile')
    expect(scopes.filter((scope) => scope?.includes('email'))).toEqual([])
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  })
})

describe('on SQLite, the next request', () => {
  it('sees what a command has done', async () => {
    const { ask, location } = await start('SQLite')
    const auth = (...args: readonly string[]) =>
      runAuth(args, { env: { AUTH_DATABASE_URL: `sqlite:${pathOf(location)}` } })

    expect(await auth('clients', 'disable', 'app')).toMatchObject({ code: 0 })
    const disabled = await ask()
    expect(await auth('clients', 'enable', 'app')).toMatchObject({ code: 0 })
    const enabled = await ask()

    expectRefusedClient(disabled)
    expect(enabled.status).toBe(200)
  })

  it('sees a backup that was restored into the open database', async () => {
    const { server, ask, location } = await start('SQLite')
    const copy = join(temporaryFolder(), 'copy.db')
    await backUpSqlite(server.db, copy)
    await markClientDisabled(server.db, 'app', 1)
    expectRefusedClient(await ask())

    const source = new DatabaseSync(copy)
    await backup(source, pathOf(location))
    source.close()

    expect(await ask()).toMatchObject({ status: 200 })
  })
})

function pathOf(location: Awaited<ReturnType<typeof emptyDatabase>>): string {
  if (location.kind !== 'sqlite') throw new Error('the database is no file')
  return location.path
}
