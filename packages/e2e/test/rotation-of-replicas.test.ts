import { randomBytes } from 'node:crypto'
import { startPostgresCluster } from '@countersign/test-tools/postgres-cluster'
import { expect, it } from 'vitest'
import { freePort } from './support/places.ts'
import { HASTE, loadUntilRotated } from './support/rotation-load.ts'
import { createFixture, runAuthServer, runResourceServer, untilReady } from './support/servers.ts'

it('twenty rotations of two replicas go by without a failed request', { timeout: 300_000 }, async () => {
  const cluster = await startPostgresCluster()
  try {
    await cluster.createDatabase('rotation')
    const fixture = await createFixture()
    const settings = {
      ...HASTE,
      AUTH_DATABASE_URL: `${cluster.url}rotation`,
      AUTH_KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64url'),
    }
    const port = String(await freePort())
    const addresses = [fixture.authServer, `http://127.0.0.1:${port}`]
    const replicas = [
      runAuthServer(fixture, settings),
      runAuthServer(fixture, { ...settings, AUTH_PORT: port, AUTH_ISSUER: fixture.authServer }),
    ]
    for (const [index, replica] of replicas.entries()) await untilReady(replica, addresses[index]!)
    await untilReady(runResourceServer(fixture), fixture.resourceServer)

    const { failures, requests } = await loadUntilRotated(fixture, addresses)
    for (const replica of replicas) replica.kill('SIGTERM')
    await Promise.all(replicas.map(({ ended }) => ended))

    expect(failures).toEqual([])
    expect(requests).toBeGreaterThan(1000)
  } finally {
    await cluster.remove()
  }
})
