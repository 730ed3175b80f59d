import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { beginChain, type RefreshChain } from './support/refresh-chain.ts'
import { createFixture, type Fixture, runAuthServer, untilReady } from './support/servers.ts'

const CHAINS = 6

function integrityOf(fixture: Fixture): unknown {
  const db = new DatabaseSync(fixture.databaseFile, { readOnly: true })
  try {
    return db.prepare('pragma integrity_check').get()
  } finally {
    db.close()
  }
}

/**
 * Starts the server, does what is to be done at rest, lets clients refresh as fast as they can, and kills it in the middle
 * of that. Every chain is cut by the kill and by nothing else: what was acknowledged before had worked.
 */
async function killUnderLoad(
  fixture: Fixture,
  settings: Record<string, string>,
  atRest: () => Promise<RefreshChain[]>,
): Promise<RefreshChain[]> {
  const server = runAuthServer(fixture, settings)
  await untilReady(server, fixture.authServer)
  const chains = await atRest()
  const attempts = Promise.all(chains.map((chain) => chain.refreshUntilLost(fixture.authServer)))
  await pause(20 + Math.random() * 80)
  server.kill('SIGKILL')
  await server.ended

  expect((await attempts).map(({ kind }) => kind)).toEqual(chains.map(() => 'lost'))
  return chains
}

it('a server killed fifty times loses no token it has acknowledged, and gives none twice', {
  timeout: 240_000,
}, async () => {
  const fixture = await createFixture()
  /** The token of the lost request is unspent, or spent without an answer: then nobody else has its successor. */
  const goOn = async (chain: RefreshChain): Promise<RefreshChain> => {
    const attempt = await chain.refreshAt(fixture.authServer)
    const next =
      attempt.kind === 'refused' && attempt.error === 'invalid_grant' ? await beginChain(fixture) : chain
    // At rest, with nothing in flight, an acknowledged token always works.
    expect((await next.refreshAt(fixture.authServer)).kind).toBe('acknowledged')
    return next
  }

  let chains = await killUnderLoad(fixture, {}, () => beginChains(fixture))
  for (let kills = 1; kills < 50; kills++) {
    chains = await killUnderLoad(fixture, {}, () => Promise.all(chains.map(goOn)))
  }
  const last = runAuthServer(fixture)
  await untilReady(last, fixture.authServer)
  await Promise.all(chains.map(goOn))
  last.kill('SIGKILL')
  await last.ended

  expect(integrityOf(fixture)).toEqual({ integrity_check: 'ok' })
})

it('with a reuse grace, a retry after the crash gets what the lost answer held', {
  timeout: 120_000,
}, async () => {
  const fixture = await createFixture()
  const grace = { AUTH_REFRESH_REUSE_GRACE: '30s' }

  let chains = await killUnderLoad(fixture, grace, () => beginChains(fixture))
  for (let kills = 1; kills < 10; kills++) {
    chains = await killUnderLoad(fixture, grace, async () => {
      const retries = await Promise.all(chains.map((chain) => chain.refreshAt(fixture.authServer)))
      expect(retries.map(({ kind }) => kind)).toEqual(chains.map(() => 'acknowledged'))
      return chains
    })
  }

  expect(integrityOf(fixture)).toEqual({ integrity_check: 'ok' })
})

function beginChains(fixture: Fixture): Promise<RefreshChain[]> {
  return Promise.all(Array.from({ length: CHAINS }, () => beginChain(fixture)))
}
