import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import {
  createFixture,
  type Fixture,
  runAuthServer,
  runResourceServer,
  signIn,
  untilReady,
} from './support/servers.ts'

/** What /users/me answers to a token, in short. */
async function statusOf({ resourceServer }: Fixture, token: unknown): Promise<number> {
  const response = await fetch(`${resourceServer}/users/me`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await response.body?.cancel()
  return response.status
}

it('the resource server outlives the issuer for the whole hard cap, says 503 after it, and recovers by itself', {
  timeout: 90_000,
}, async () => {
  const fixture = await createFixture()
  const first = runAuthServer(fixture)
  await untilReady(first, fixture.authServer)
  const resourceServer = runResourceServer(fixture, { RESOURCE_KEY_SET_MAX_STALE: '10s' })
  await untilReady(resourceServer, fixture.resourceServer)
  const { access_token } = (await signIn(fixture, 'secret')).body
  expect(await statusOf(fixture, access_token)).toBe(200)

  first.kill('SIGKILL')
  await first.ended
  const gone = performance.now()
  const during: number[] = []
  while (performance.now() - gone < 8_000) {
    during.push(await statusOf(fixture, access_token))
    await pause(5)
  }
  await pause(3_000)
  const afterwards = await statusOf(fixture, access_token)
  const second = runAuthServer(fixture)
  await untilReady(second, fixture.authServer)
  const back = performance.now()
  while ((await statusOf(fixture, access_token)) !== 200 && performance.now() - back < 10_000) await pause(20)
  const recovery = performance.now() - back

  expect(new Set(during)).toEqual(new Set([200]))
  expect(during.length).toBeGreaterThan(300)
  expect(afterwards).toBe(503)
  expect(recovery).toBeLessThan(5_000)
  await resourceServer.until(() => resourceServer.stdout().includes('the issuer can be asked again'))
  expect(resourceServer.stdout().match(/the issuer cannot be asked: /g)).toHaveLength(1)
})
