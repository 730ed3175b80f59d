import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import {
  runAuthServer,
  runResourceServer,
  type Scene,
  setScene,
  signIn,
  untilReady,
} from './support/servers.ts'

/** What /users/me answers to a token, in short. */
async function statusOf({ resourceServer }: Scene, token: unknown): Promise<number> {
  const response = await fetch(`${resourceServer}/users/me`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await response.body?.cancel()
  return response.status
}

async function post(scene: Scene, body: Record<string, string>, path: string): Promise<number> {
  const response = await fetch(`${scene.authServer}${path}`, {
    method: 'POST',
    body: new URLSearchParams(body),
  })
  await response.body?.cancel()
  return response.status
}

it('the resource server outlives the issuer for the whole hard cap, says 503 after it, and recovers by itself', {
  timeout: 90_000,
}, async () => {
  const scene = await setScene()
  const first = runAuthServer(scene)
  await untilReady(first, scene.authServer)
  await untilReady(runResourceServer(scene, { RESOURCE_KEY_SET_MAX_STALE: '10s' }), scene.resourceServer)
  const { access_token } = (await signIn(scene, 'secret')).body
  expect(await statusOf(scene, access_token)).toBe(200)

  first.kill('SIGKILL')
  await first.ended
  const gone = performance.now()
  const during: number[] = []
  while (performance.now() - gone < 8_000) {
    during.push(await statusOf(scene, access_token))
    await pause(5)
  }
  await pause(3_000)
  const afterwards = await statusOf(scene, access_token)
  const second = runAuthServer(scene)
  await untilReady(second, scene.authServer)
  const back = performance.now()
  while ((await statusOf(scene, access_token)) !== 200 && performance.now() - back < 10_000) await pause(20)
  const recovery = performance.now() - back

  expect(new Set(during)).toEqual(new Set([200]))
  expect(during.length).toBeGreaterThan(300)
  expect(afterwards).toBe(503)
  expect(recovery).toBeLessThan(5_000)
})

it.each([
  ['busy', 5],
  ['idle', 10_000],
] as const)(
  'an ended authorization is refused by a %s resource server within the ttl and a second',
  {
    timeout: 60_000,
  },
  async (_what, interval) => {
    const scene = await setScene()
    await untilReady(runAuthServer(scene, { AUTH_STATUS_LIST_TTL: '2s' }), scene.authServer)
    await untilReady(runResourceServer(scene), scene.resourceServer)
    const [ended, standing] = [(await signIn(scene, 'secret')).body, (await signIn(scene, 'secret')).body]
    expect(await statusOf(scene, ended.access_token)).toBe(200)

    const revoked = await post(scene, { token: String(ended.refresh_token) }, '/revoke')
    const since = performance.now()
    // Busy: asked all the time. Idle: asked for the first time when the promise is due.
    await pause(Math.min(interval, 3_000))
    while ((await statusOf(scene, ended.access_token)) === 200 && performance.now() - since < 10_000)
      await pause(5)
    const delay = performance.now() - since

    expect(revoked).toBe(200)
    expect(delay).toBeLessThan(interval > 3_000 ? 3_500 : 3_000)
    expect(await statusOf(scene, ended.access_token)).toBe(401)
    expect(await statusOf(scene, standing.access_token)).toBe(200)
  },
)
