import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type PostgresCluster, startPostgresCluster } from '@countersign/test-tools/postgres-cluster'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from './support/places.ts'
import { beginChain } from './support/refresh-chain.ts'
import { createFixture, runAuthServer, untilReady } from './support/servers.ts'

let cluster: PostgresCluster

beforeAll(async () => {
  cluster = await startPostgresCluster()
}, 60_000)

afterAll(() => cluster.remove())

/** Replicas of one authorization server: the same settings and database, each at an address of its own. */
async function setReplicas(database: string, count: number) {
  await cluster.createDatabase(database)
  const fixture = await createFixture()
  const settings = {
    AUTH_DATABASE_URL: `${cluster.url}${database}`,
    AUTH_KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64url'),
  }
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()))
  const replicas = ports.map((port) => ({
    address: `http://127.0.0.1:${port}`,
    process: runAuthServer(fixture, { ...settings, AUTH_PORT: String(port) }),
  }))
  await Promise.all(replicas.map(({ address, process }) => untilReady(process, address)))
  return replicas
}

async function keySetOf(address: string): Promise<unknown> {
  return (await fetch(`${address}/.well-known/jwks.json`)).json()
}

it('what one replica issues, the other rotates', { timeout: 60_000 }, async () => {
  const [one, other] = await setReplicas('rotation', 2)
  const chain = await beginChain({ authServer: one!.address })

  const attempts = [
    await chain.refreshAt(other!.address),
    await chain.refreshAt(one!.address),
    await chain.refreshAt(other!.address),
  ]

  expect(attempts.map(({ kind }) => kind)).toEqual(['acknowledged', 'acknowledged', 'acknowledged'])
  expect(await keySetOf(one!.address)).toEqual(await keySetOf(other!.address))
})

it('a replica killed in mid-load takes no acknowledged token with it', { timeout: 60_000 }, async () => {
  const [doomed, other] = await setReplicas('crash', 2)
  const chains = await Promise.all(
    Array.from({ length: 12 }, () => beginChain({ authServer: doomed!.address })),
  )

  const attempts = Promise.all(chains.map((chain) => chain.refreshUntilLost(doomed!.address)))
  await pause(300)
  doomed!.process.kill('SIGKILL')
  const lost = await attempts
  const idle = await Promise.all(Array.from({ length: 4 }, () => beginChain({ authServer: other!.address })))
  const answers = await Promise.all(chains.map((chain) => chain.refreshAt(other!.address)))
  const after = await Promise.all(idle.map((chain) => chain.refreshAt(other!.address)))

  // Each was cut by the kill and nothing else; its token is unspent, or spent without an answer: never used twice.
  expect(lost.map(({ kind }) => kind)).toEqual(chains.map(() => 'lost'))
  for (const answer of answers) {
    expect(
      answer.kind === 'acknowledged' || (answer.kind === 'refused' && answer.error === 'invalid_grant'),
    ).toBe(true)
  }
  expect(after.map(({ kind }) => kind)).toEqual(idle.map(() => 'acknowledged'))
})

it('ten that start at once on an empty database agree on one key and one schema', {
  timeout: 120_000,
}, async () => {
  const replicas = await setReplicas('start', 10)

  const keySets = await Promise.all(replicas.map(({ address }) => keySetOf(address)))
  const chain = await beginChain({ authServer: replicas[0]!.address })
  const attempts = []
  for (const { address } of replicas) attempts.push(await chain.refreshAt(address))

  // One signs, and one stands by.
  const key = expect.objectContaining({ use: 'sig' })
  expect(keySets[0]).toEqual({ keys: [key, key] })
  for (const keySet of keySets) expect(keySet).toEqual(keySets[0])
  expect(attempts.map(({ kind }) => kind)).toEqual(replicas.map(() => 'acknowledged'))
})
