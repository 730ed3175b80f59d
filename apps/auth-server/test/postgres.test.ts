import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { awaitDatabase } from '../src/storage/await-database.ts'
import { pingDatabase } from '../src/storage/database.ts'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { withLock } from '../src/storage/lock.ts'
import { appliedMigrations, migrate } from '../src/storage/migrate.ts'
import { emptyPostgres, openUntilFinished } from './support/databases.ts'
import { addOrdinaryRows } from './support/rows.ts'
import { startTestServer } from './support/test-server.ts'

describe('PostgreSQL', () => {
  it('gives its bigints as numbers, here and not in the whole process', async () => {
    const db = openUntilFinished(await emptyPostgres())

    const { rows } =
      await sql`select 4102444800::bigint as instant, count(*) as count from pg_class where false`.execute(db)
    const { types } = await import('pg')

    expect(rows).toEqual([{ instant: 4_102_444_800, count: 0 }])
    expect(types.getTypeParser(20)('1')).toBe('1')
  })

  it('undoes a migration that fails, and lets the next one try', async () => {
    const location = await emptyPostgres()
    const [first, second] = [openUntilFinished(location), openUntilFinished(location)]
    // In the way of the last table the first migration makes.
    await sql`create table signing_keys (x int)`.execute(first)

    await expect(migrate(first)).rejects.toThrow('relation "signing_keys" already exists')
    expect(await appliedMigrations(first)).toEqual([])
    await sql`drop table signing_keys`.execute(first)
    await migrate(second)

    expect(await appliedMigrations(first)).toContain('0001-initial')
  })

  it('is not confused by another application that Kysely migrated, in a schema of its own', async () => {
    const db = openUntilFinished(await emptyPostgres())
    await sql`create schema shop`.execute(db)
    await sql`create table shop.kysely_migration (name text, timestamp text)`.execute(db)
    await sql`insert into shop.kysely_migration values ('2020-carts', '2020-01-01')`.execute(db)

    await migrate(db)

    expect(await appliedMigrations(db)).not.toContain('2020-carts')
    expect(await appliedMigrations(db)).toContain('0001-initial')
  })

  it('gives locks back that a lost process held', async () => {
    const location = await emptyPostgres()
    const [lost, next] = [openUntilFinished(location), openUntilFinished(location)]
    await migrate(next)

    const work = withLock(lost, 'registration', async (transaction) => {
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction)
    })

    await expect(work).rejects.toThrow(DatabaseUnavailable)
    await expect(withLock(next, 'registration', async () => 'in')).resolves.toBe('in')
  })

  it('is not asked for what it cannot hold: a client id with a NUL is unknown, not a fault', async () => {
    const db = openUntilFinished(await emptyPostgres())
    const server = await startTestServer({ db })
    await addOrdinaryRows(server)
    const subject = Buffer.from(JSON.stringify({ sub: 'a\0b' })).toString('base64url')

    const basic = await server.post(
      '/token',
      { grant_type: 'password' },
      { authorization: `Basic ${Buffer.from('a%00b:secret').toString('base64')}` },
    )
    const assertion = await server.post('/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `eyJhbGciOiJSUzI1NiJ9.${subject}.c2ln`,
    })

    expect([basic.status, assertion.status]).toEqual([401, 401])
  })
})

describe('a start', () => {
  const unreachable = { timeoutMs: 300, onWaiting: () => {} }

  it('waits for a database that is not there yet, and says so once', async () => {
    const location = await emptyPostgres()
    const db = openUntilFinished({ ...location, port: 1 })
    const said: string[] = []

    const waiting = awaitDatabase(db, {
      location: { ...location, port: 1 },
      timeoutMs: 600,
      onWaiting: (because) => said.push(because),
    })

    await expect(waiting).rejects.toThrow(
      `AUTH_DATABASE_URL: postgres://countersign@127.0.0.1:1/${location.database} cannot be used: connect ECONNREFUSED 127.0.0.1:1.`,
    )
    expect(said).toEqual(['connect ECONNREFUSED 127.0.0.1:1'])
  })

  it.each([
    [{ password: 'hunter3' }, 'password authentication failed for user "countersign"'],
    [{ database: 'nowhere' }, 'database "nowhere" does not exist'],
  ])('is refused at once when waiting mends nothing: %o', async (differences, because) => {
    const location = await emptyPostgres(differences)
    const db = openUntilFinished(location)

    const refusal = awaitDatabase(db, { location, onWaiting: () => {} })

    await expect(refusal).rejects.toThrow(
      `AUTH_DATABASE_URL: postgres://countersign@127.0.0.1:${location.port}/${location.database} cannot be used: ${because}.`,
    )
    await expect(refusal).rejects.not.toThrow('hunter')
  })

  it('is refused when the server has no TLS and the URL asks for it', async () => {
    const location = await emptyPostgres({ tls: { kind: 'verified', rootCertificates: undefined } })
    const db = openUntilFinished(location)

    await expect(awaitDatabase(db, { ...unreachable, location })).rejects.toThrow(
      'cannot be used: The server does not support SSL connections.',
    )
  })

  it('goes on as soon as the database answers', async () => {
    const location = await emptyPostgres()
    const db = openUntilFinished(location)

    await awaitDatabase(db, { ...unreachable, location })

    await expect(pingDatabase(db)).resolves.toBeUndefined()
  })
})
