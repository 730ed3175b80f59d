import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { beginChain, type RefreshChain } from './support/refresh-chain.ts'
import { runAuthServer, type Scene, setScene, untilReady } from './support/servers.ts'

const CHAINS = 6

function integrityOf(scene: Scene): unknown {
  const db = new DatabaseSync(scene.databaseFile, { readOnly: true })
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
  scene: Scene,
  settings: Record<string, string>,
  atRest: () => Promise<RefreshChain[]>,
): Promise<RefreshChain[]> {
  const server = runAuthServer(scene, settings)
  await untilReady(server, scene.authServer)
  const chains = await atRest()
  const attempts = Promise.all(chains.map((chain) => chain.refreshUntilLost(scene.authServer)))
  await pause(20 + Math.random() * 80)
  server.kill('SIGKILL')
  await server.ended

  expect((await attempts).map(({ kind }) => kind)).toEqual(chains.map(() => 'lost'))
  return chains
}

it('a server killed fifty times loses no token it has acknowledged, and gives none twice', {
  timeout: 240_000,
}, async () => {
  const scene = await setScene()
  /** The token of the lost request is unspent, or spent without an answer: then nobody else has its successor. */
  const goOn = async (chain: RefreshChain): Promise<RefreshChain> => {
    const attempt = await chain.refreshAt(scene.authServer)
    const next =
      attempt.kind === 'refused' && attempt.error === 'invalid_grant' ? await beginChain(scene) : chain
    // At rest, with nothing in flight, an acknowledged token always works.
    expect((await next.refreshAt(scene.authServer)).kind).toBe('acknowledged')
    return next
  }

  let chains = await killUnderLoad(scene, {}, () => beginChains(scene))
  for (let kills = 1; kills < 50; kills++) {
    chains = await killUnderLoad(scene, {}, () => Promise.all(chains.map(goOn)))
  }
  const last = runAuthServer(scene)
  await untilReady(last, scene.authServer)
  await Promise.all(chains.map(goOn))
  last.kill('SIGKILL')
  await last.ended

  expect(integrityOf(scene)).toEqual({ integrity_check: 'ok' })
})

it('with a reuse grace, a retry after the crash gets what the lost answer held', {
  timeout: 120_000,
}, async () => {
  const scene = await setScene()
  const grace = { AUTH_REFRESH_REUSE_GRACE: '30s' }

  let chains = await killUnderLoad(scene, grace, () => beginChains(scene))
  for (let kills = 1; kills < 10; kills++) {
    chains = await killUnderLoad(scene, grace, async () => {
      const retries = await Promise.all(chains.map((chain) => chain.refreshAt(scene.authServer)))
      expect(retries.map(({ kind }) => kind)).toEqual(chains.map(() => 'acknowledged'))
      return chains
    })
  }

  expect(integrityOf(scene)).toEqual({ integrity_check: 'ok' })
})

function beginChains(scene: Scene): Promise<RefreshChain[]> {
  return Promise.all(Array.from({ length: CHAINS }, () => beginChain(scene)))
}
