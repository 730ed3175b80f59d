import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { migrate } from '../src/storage/migrate.ts'
import { createDatabaseProof } from '../src/storage/prove-database.ts'
import { emptyPostgres, openUntilFinished } from './support/databases.ts'

it('leaves a server that only reads, and is usable as soon as its name leads to one that writes', async () => {
  const location = await emptyPostgres({ poolMax: 3 })
  const operator = openUntilFinished(location)
  await migrate(operator)
  const name = sql.id(location.database)
  // Sessions keep what they began with, as connections to a primary that became a standby do.
  await sql`alter database ${name} set default_transaction_read_only = on`.execute(operator)
  const db = openUntilFinished(location)
  const prove = createDatabaseProof(db, location)
  const insert = (audience: string) =>
    db.insertInto('resources').values({ audience, scope: 'profile', demo: 0 }).execute()

  const during = await Promise.allSettled([insert('urn:a'), insert('urn:b'), insert('urn:c')])
  await expect(prove()).rejects.toThrow(DatabaseUnavailable)
  await sql`alter database ${name} reset default_transaction_read_only`.execute(operator)

  expect(during.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await expect(prove()).resolves.toBeUndefined()
  for (const audience of ['urn:a', 'urn:b', 'urn:c']) await insert(audience)
})
