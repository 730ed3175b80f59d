import { describe, expect, it } from 'vitest'
import { lookup } from '../src/storage/queries.ts'
import { DATABASES, freshDatabase } from './support/databases.ts'

describe('a lookup', () => {
  it('asks every database in its own words, with the key of each call', async () => {
    const byAudience = lookup((db, audience) =>
      db.selectFrom('resources').select('scope').where('audience', '=', audience),
    )

    for (const kind of DATABASES) {
      const db = await freshDatabase(kind)
      const row = { introspectors: '', demo: 0 } as const
      await db
        .insertInto('resources')
        .values([
          { audience: 'urn:a', scope: `a of ${kind}`, ...row },
          { audience: 'urn:b', scope: `b of ${kind}`, ...row },
        ])
        .execute()

      expect(await byAudience(db, 'urn:a')).toEqual([{ scope: `a of ${kind}` }])
      expect(await byAudience(db, 'urn:b')).toEqual([{ scope: `b of ${kind}` }])
      expect(await byAudience(db, 'urn:c')).toEqual([])
    }
  })

  it.each(DATABASES)('in a transaction sees what the transaction has done, on %s', async (kind) => {
    const db = await freshDatabase(kind)
    const byAudience = lookup((db, audience) =>
      db.selectFrom('resources').select('audience').where('audience', '=', audience),
    )

    await db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('resources')
        .values({ audience: 'urn:a', scope: '', introspectors: '', demo: 0 })
        .execute()
      expect(await byAudience(transaction, 'urn:a')).toHaveLength(1)
    })
  })

  it('has one parameter: another would keep the value of the first call', async () => {
    const db = await freshDatabase('SQLite')
    const twice = lookup((db, key) =>
      db.selectFrom('resources').select('scope').where('audience', '=', key).where('scope', '=', key),
    )

    await expect(twice(db, 'urn:a')).rejects.toThrow('a lookup has one parameter, its key')
  })
})
