import type { KyselyPlugin } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Database } from '../src/storage/database.ts'
import { lookup } from '../src/storage/queries.ts'
import { DATABASES, freshDatabase, replicasOfOneDatabase } from './support/databases.ts'

function scopeLookup() {
  return lookup(
    (db, audience) => db.selectFrom('resources').select('scope').where('audience', '=', audience),
    ({ scope }) => scope,
  )
}

async function addResource(db: Database, audience: string, scope: string): Promise<void> {
  await db.insertInto('resources').values({ audience, scope, introspectors: '', demo: 0 }).execute()
}

/** The same database, with a count of the statements that are asked through it. */
function counting(db: Database): { readonly counted: Database; readonly count: () => number } {
  let statements = 0
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      statements += 1
      return result
    },
  }
  return { counted: db.withPlugin(plugin), count: () => statements }
}

describe('a lookup', () => {
  it('asks every database in its own words, with the key of each call', async () => {
    const scopeOf = scopeLookup()

    for (const kind of DATABASES) {
      const db = await freshDatabase(kind)
      await addResource(db, 'urn:a', `a of ${kind}`)
      await addResource(db, 'urn:b', `b of ${kind}`)

      expect(await scopeOf(db, 'urn:a')).toEqual([`a of ${kind}`])
      expect(await scopeOf(db, 'urn:b')).toEqual([`b of ${kind}`])
      expect(await scopeOf(db, 'urn:c')).toEqual([])
    }
  })

  it('has one parameter: another would keep the value of the first call', async () => {
    const db = await freshDatabase('SQLite')
    const twice = lookup(
      (db, key) =>
        db.selectFrom('resources').select('scope').where('audience', '=', key).where('scope', '=', key),
      (row) => row,
    )

    await expect(twice(db, 'urn:a')).rejects.toThrow('a lookup has one parameter, its key')
  })

  it('reads again on SQLite only after somebody has committed something, and always on PostgreSQL', async () => {
    const reads: Record<string, readonly number[]> = {}
    for (const kind of DATABASES) {
      const [db, other] = await replicasOfOneDatabase(kind, 2)
      const { counted, count } = counting(db!)
      const scopeOf = scopeLookup()
      const readsOf = async (key: string) => {
        const before = count()
        for (let times = 0; times < 10; times++) await scopeOf(counted, key)
        return count() - before
      }

      const first = await readsOf('urn:a')
      await addResource(other!, 'urn:a', 'a')
      const afterACommit = await readsOf('urn:a')
      const unknown = await readsOf('urn:unknown')
      reads[kind] = [first, afterACommit, unknown, await readsOf('urn:a')]
    }

    expect(reads).toEqual({ SQLite: [1, 1, 1, 0], PostgreSQL: [10, 10, 10, 10] })
  })

  it('remembers a limited number of keys: those that others invent push out older ones', async () => {
    const { counted, count } = counting(await freshDatabase('SQLite'))
    const scopeOf = scopeLookup()

    for (let key = 0; key < 2_000; key++) await scopeOf(counted, `urn:${key}`)
    await scopeOf(counted, 'urn:0')

    expect(count()).toBe(2_001)
  })
})

describe.each(DATABASES)('a lookup on %s', (kind) => {
  it('sees at once what is added, changed and removed, by whichever connection', async () => {
    const replicas = await replicasOfOneDatabase(kind, 2)
    const scopeOf = scopeLookup()
    const seen = async () => (await Promise.all(replicas.map((db) => scopeOf(db, 'urn:a')))).flat()

    for (const db of replicas) {
      expect(await seen()).toEqual([])
      await addResource(db, 'urn:a', 'one')
      expect(await seen()).toEqual(['one', 'one'])
      await db.updateTable('resources').set({ scope: 'two' }).execute()
      expect(await seen()).toEqual(['two', 'two'])
      await db.deleteFrom('resources').execute()
    }
    expect(await seen()).toEqual([])
  })

  it('in a transaction sees what that has done; nobody else does before it is committed', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    const scopeOf = scopeLookup()
    await addResource(db!, 'urn:a', 'one')
    const outside = () => Promise.all([db!, other!].map((one) => scopeOf(one, 'urn:a')))

    await db!.transaction().execute(async (transaction) => {
      await transaction.updateTable('resources').set({ scope: 'two' }).execute()
      expect(await scopeOf(transaction, 'urn:a')).toEqual(['two'])
      expect(await outside()).toEqual([['one'], ['one']])
      expect(await scopeOf(transaction, 'urn:a')).toEqual(['two'])
    })

    expect(await outside()).toEqual([['two'], ['two']])
  })

  it('remembers nothing of a transaction that is rolled back', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    const scopeOf = scopeLookup()
    await addResource(db!, 'urn:a', 'one')
    const outside = () => Promise.all([db!, other!].map((one) => scopeOf(one, 'urn:a')))

    const rolledBack = db!.transaction().execute(async (transaction) => {
      await transaction.updateTable('resources').set({ scope: 'two' }).execute()
      await scopeOf(transaction, 'urn:a')
      await outside()
      throw new Error('roll back')
    })

    await expect(rolledBack).rejects.toThrow('roll back')
    expect(await outside()).toEqual([['one'], ['one']])
  })

  it('sees each commit of a writer that never rests, and never goes back to an older one', async () => {
    const [db, writer] = await replicasOfOneDatabase(kind, 2)
    const scopeOf = scopeLookup()
    await addResource(db!, 'urn:a', '0')
    let committed = 0

    const writing = (async () => {
      for (let next = 1; next <= 200; next++) {
        await writer!
          .updateTable('resources')
          .set({ scope: String(next) })
          .execute()
        committed = next
      }
    })()
    const reading = Array.from({ length: 8 }, async () => {
      let last = 0
      while (committed < 200) {
        const before = committed
        const [scope] = await scopeOf(db!, 'urn:a')
        expect(Number(scope)).toBeGreaterThanOrEqual(Math.max(before, last))
        last = Number(scope)
        await new Promise(setImmediate)
      }
    })

    await Promise.all([writing, ...reading])
    expect(await scopeOf(db!, 'urn:a')).toEqual(['200'])
  })
})
