import { type PostgresCluster, startPostgresCluster } from '@countersign/test-tools/postgres-cluster'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { databaseUrl } from '../src/config/database-url.ts'
import { startJobs } from '../src/jobs/jobs.ts'
import { pingDatabase } from '../src/storage/database.ts'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { migrate } from '../src/storage/migrate.ts'
import { openUntilFinished } from './support/databases.ts'
import { addOrdinaryRows } from './support/rows.ts'
import { startTestServer } from './support/test-server.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }

describe('a server whose database is lost', () => {
  let cluster: PostgresCluster
  beforeAll(async () => {
    cluster = await startPostgresCluster()
    await cluster.createDatabase('auth')
  })
  afterAll(() => cluster.remove())

  it('says so until the database is back, and serves what needs none', async () => {
    const db = openUntilFinished(databaseUrl.parse(`${cluster.url}auth`))
    const server = await startTestServer({ db })
    await addOrdinaryRows(server)
    onTestFinished(
      startJobs([{ name: 'refresh', every: 20, run: () => server.keyRing.refresh() }], server.logger),
    )
    const before = await server.post('/token', SIGN_IN)

    await cluster.stop()
    const during = await Promise.all(Array.from({ length: 20 }, () => server.post('/token', SIGN_IN)))
    const readiness = await server.get('/readyz')
    const liveness = await server.get('/livez')
    const keySet = await server.get('/.well-known/jwks.json')
    await vi.waitFor(() => expect(server.logs).toContainEqual(expect.objectContaining({ job: 'refresh' })))

    expect(before.status).toBe(200)
    for (const answer of during) {
      expect(answer).toMatchObject({
        status: 503,
        body: {
          error: 'temporarily_unavailable',
          error_description: 'The server cannot reach its data: try again in a second.',
        },
      })
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
    expect(readiness).toMatchObject({ status: 503, body: { status: 'not ready', failed: ['database'] } })
    expect(liveness.status).toBe(200)
    expect(keySet.status).toBe(200)

    await cluster.start()
    await vi.waitFor(async () => expect((await server.get('/readyz')).status).toBe(200))
    const after = await server.post('/token', SIGN_IN)
    await vi.waitFor(() =>
      expect(server.logs).toContainEqual(expect.objectContaining({ msg: 'the job works again' })),
    )

    expect(after.status).toBe(200)
    // One warning for every refused request, one for the job, and no error: nobody need get up for it.
    const warnings = server.logs.filter((line) => line.level === 'warn')
    const unavailable = warnings.filter((line) => line.msg === 'database unavailable')
    expect(unavailable).toHaveLength(20)
    expect(unavailable.filter((line) => typeof line.because !== 'string' || 'err' in line)).toEqual([])
    expect(warnings.filter((line) => line.job !== undefined)).toHaveLength(1)
    expect(server.logs.filter((line) => line.level === 'error')).toEqual([])
    expect(JSON.stringify(server.logs)).not.toContain('hunter2')
  })

  it('survives the loss of a connection in the middle of a transaction', async () => {
    const db = openUntilFinished(databaseUrl.parse(`${cluster.url}auth`))
    await migrate(db)

    const work = db.transaction().execute(async (transaction) => {
      await pingDatabase(transaction)
      await cluster.stop()
      // The connection is in use and nothing is asked: this is when pg has nobody to tell but the process.
      await vi.waitFor(() => expect(pingDatabase(transaction)).rejects.toThrow(DatabaseUnavailable))
      await transaction.selectFrom('users').selectAll().execute()
    })

    await expect(work).rejects.toThrow(DatabaseUnavailable)
    await cluster.start()
    await vi.waitFor(() => expect(pingDatabase(db)).resolves.toBeUndefined())
  })
})
