import { expect, it } from 'vitest'
import { HASTE, loadUntilRotated } from './support/rotation-load.ts'
import { runAuthServer, runResourceServer, setScene, untilReady } from './support/servers.ts'

it('twenty rotations go by without a failed request', { timeout: 300_000 }, async () => {
  const scene = await setScene()
  const authServer = runAuthServer(scene, HASTE)
  await untilReady(authServer, scene.authServer)
  await untilReady(runResourceServer(scene), scene.resourceServer)

  const { failures, requests } = await loadUntilRotated(scene, [scene.authServer])

  expect(failures).toEqual([])
  expect(requests).toBeGreaterThan(1000)
})
