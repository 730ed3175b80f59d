import { describe, expect, it } from 'vitest'
import { pingDatabase } from '../src/storage/database.ts'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { withLock } from '../src/storage/lock.ts'
import { migrate } from '../src/storage/migrate.ts'
import { emptyPostgres, openUntilFinished } from './support/databases.ts'
import { startRelay } from './support/relay.ts'

describe('a query that PostgreSQL keeps waiting', () => {
  it('is given up after the statement timeout', async () => {
    const location = await emptyPostgres({ statementTimeout: 1 })
    const [holder, waiter] = [openUntilFinished(location), openUntilFinished(location)]
    await migrate(holder)

    const waiting = withLock(holder, 'registration', () => withLock(waiter, 'registration', async () => {}))

    await expect(waiting).rejects.toThrow(
      'The database is unavailable: canceling statement due to statement timeout',
    )
  })

  it('is not given up while another replica migrates, however long that takes', async () => {
    const location = await emptyPostgres({ statementTimeout: 1 })
    const [holder, waiter] = [openUntilFinished(location), openUntilFinished(location)]
    let migrated: Promise<void> | undefined

    await withLock(holder, 'migrate', async (transaction) => {
      migrated = migrate(waiter)
      // Longer than a statement may take, and than we wait for the answer to one.
      for (const end = performance.now() + 2_500; performance.now() < end; ) await pingDatabase(transaction)
    })

    await expect(migrated).resolves.toBeUndefined()
  })

  it('is given up when nothing at all is heard, and the next finds a line that works', async () => {
    const location = await emptyPostgres({ statementTimeout: 1, connectTimeout: 1 })
    const relay = await startRelay(location)
    const db = openUntilFinished({ ...location, port: relay.port })
    await pingDatabase(db)

    relay.goSilent()
    const queries = await Promise.allSettled([pingDatabase(db), pingDatabase(db)])
    relay.recover()

    for (const query of queries) {
      expect(query).toEqual({ status: 'rejected', reason: expect.any(DatabaseUnavailable) })
    }
    await expect(pingDatabase(db)).resolves.toBeUndefined()
  })

  it('is given up when no connection becomes free', async () => {
    const db = openUntilFinished(await emptyPostgres({ poolMax: 1, connectTimeout: 1 }))

    const starved = db.transaction().execute(() => pingDatabase(db))

    await expect(starved).rejects.toThrow(DatabaseUnavailable)
    await expect(pingDatabase(db)).resolves.toBeUndefined()
  })
})
