import { expect, it } from 'vitest'
import { HASTE, loadUntilRotated } from './support/rotation-load.ts'
import { createFixture, runAuthServer, runResourceServer, untilReady } from './support/servers.ts'

it('twenty rotations go by without a failed request', { timeout: 300_000 }, async () => {
  const fixture = await createFixture()
  const authServer = runAuthServer(fixture, HASTE)
  await untilReady(authServer, fixture.authServer)
  await untilReady(runResourceServer(fixture), fixture.resourceServer)

  const { failures, requests } = await loadUntilRotated(fixture, [fixture.authServer])

  expect(failures).toEqual([])
  expect(requests).toBeGreaterThan(1000)
})
