import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { TEST_TIMEOUT_MS } from './support/processes.ts'
import {
  createFixture,
  type Fixture,
  readProfile,
  runAuthServer,
  runResourceServer,
  signIn,
  untilReady,
} from './support/servers.ts'
import { openSlowProxy } from './support/slow-proxy.ts'

/** In seconds: how old a status list may be. */
const TTL = 1

/** Both servers, with a status list that lives for a second, and takes so long to come. */
async function runFixture(latency = 0): Promise<Fixture> {
  const fixture = await createFixture()
  const slowness = { path: '/status-lists/', milliseconds: latency }
  const address = latency === 0 ? fixture.authServer : await openSlowProxy(fixture.authServer, slowness)
  const resourceServer = runResourceServer(fixture, { RESOURCE_ISSUER_ADDRESS: address })
  await untilReady(runAuthServer(fixture, { AUTH_STATUS_LIST_TTL: `${TTL}s` }), fixture.authServer)
  await untilReady(resourceServer, fixture.resourceServer)
  return fixture
}

async function revoke({ authServer }: Fixture, token: unknown): Promise<number> {
  const response = await fetch(`${authServer}/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: String(token) }),
  })
  await response.body?.cancel()
  return response.status
}

const REVOKED = {
  status: 401,
  body: { error: 'invalid_token', error_description: 'This access token was revoked: get a new one.' },
}

it('a token is refused within ttl and a second of its end, while it is used', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const fixture = await runFixture()
  const { access_token } = (await signIn(fixture, 'secret')).body
  const standing = (await signIn(fixture, 'secret')).body.access_token
  expect(await readProfile(fixture, access_token)).toMatchObject({ status: 200 })

  expect(await revoke(fixture, access_token)).toBe(200)
  const ended = performance.now()
  let answer = await readProfile(fixture, access_token)
  while (answer.status === 200) answer = await readProfile(fixture, access_token)
  const seconds = (performance.now() - ended) / 1000

  expect(answer).toEqual(REVOKED)
  expect(seconds).toBeLessThan(TTL + 1)
  expect(await readProfile(fixture, standing)).toMatchObject({ status: 200 })
})

it('a token is refused at the first request after ttl, when nobody used it', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const fixture = await runFixture()
  const { access_token } = (await signIn(fixture, 'secret')).body
  expect(await readProfile(fixture, access_token)).toMatchObject({ status: 200 })

  await revoke(fixture, access_token)
  await setTimeout(TTL * 1000)

  expect(await readProfile(fixture, access_token)).toEqual(REVOKED)
})

it.each([400, 1000])(
  'a token is refused within twice ttl when the status list takes %i ms to come',
  { timeout: TEST_TIMEOUT_MS },
  async (latency) => {
    const fixture = await runFixture(latency)
    const { access_token } = (await signIn(fixture, 'secret')).body
    const standing = (await signIn(fixture, 'secret')).body.access_token
    expect(await readProfile(fixture, access_token)).toMatchObject({ status: 200 })

    expect(await revoke(fixture, access_token)).toBe(200)
    const ended = performance.now()
    let answer = await readProfile(fixture, access_token)
    while (answer.status === 200) answer = await readProfile(fixture, access_token)
    const seconds = (performance.now() - ended) / 1000

    expect(answer).toEqual(REVOKED)
    // Half a second is the machine's.
    expect(seconds).toBeLessThan(2 * TTL + 0.5)
    expect(await readProfile(fixture, standing)).toMatchObject({ status: 200 })
  },
)

it('a token that was revoked long ago is refused at the first request, when the status list takes 400 ms to come', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const fixture = await runFixture(400)
  const { access_token } = (await signIn(fixture, 'secret')).body
  expect(await readProfile(fixture, access_token)).toMatchObject({ status: 200 })

  await revoke(fixture, access_token)
  await setTimeout(6 * TTL * 1000)

  expect(await readProfile(fixture, access_token)).toEqual(REVOKED)
})
