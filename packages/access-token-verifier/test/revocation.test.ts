import { systemClock } from '@countersign/shared'
import { expect, it, onTestFinished } from 'vitest'
import { type AccessTokenVerifier, createAccessTokenVerifier } from '../src/index.ts'
import { codeOf } from './support/key-source.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list, listOf } from './support/status-list.ts'
import { openIssuer, reset } from './support/test-issuer.ts'
import { aToken } from './support/token.ts'

// Real clocks and real sockets: what is claimed here is how long it takes.

const audience = 'https://api.example.com'
const key = aKey('one')
/** In seconds; the shortest there is. */
const TTL = 1

async function openScene() {
  const issuer = await openIssuer([key])
  const uri = issuer.url + LIST
  let version = 0
  /** Publishes the list in which these indexes are revoked; conditional requests get what they ask for. */
  const publishList = (revoked: number, lifetime = 3600) => {
    const now = systemClock()
    const claims = { iat: now, exp: now + lifetime, ttl: TTL, status_list: listOf([revoked]) }
    const token = aListToken(uri, key, { claims })
    version += 1
    const etag = `"${version}"`
    issuer.answer(LIST, (response, request) => {
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end()
      else list(token, { etag })(response, request)
    })
  }
  const tokenAt = (idx: number) => {
    const now = systemClock()
    const status = { status_list: { uri, idx } }
    return aToken(issuer.url, key, { claims: { iat: now, exp: now + 600, status } })
  }
  const verifier = (): AccessTokenVerifier => {
    const made = createAccessTokenVerifier({ issuer: issuer.url, audience, clockTolerance: 0 })
    onTestFinished(() => made.close())
    return made
  }
  publishList(0)
  return { issuer, publishList, tokenAt, verifier }
}

/** Verifies every so often, until this is answered; says after how many seconds that was, and how many requests it took. */
async function secondsUntil(
  code: string,
  { verifier, token, every }: { verifier: AccessTokenVerifier; token: string; every: number },
) {
  const start = performance.now()
  for (let requests = 1; ; requests += 1) {
    if ((await codeOf(verifier.verify(token))) === code) {
      return { seconds: (performance.now() - start) / 1000, requests }
    }
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}

it('a revocation is noticed within ttl and a second, and a thousand requests ask no more than ten', async () => {
  const { issuer, publishList, tokenAt, verifier } = await openScene()
  const token = tokenAt(0)
  const [few, many] = [verifier(), verifier()]
  const counts: number[] = []
  const noticed: Awaited<ReturnType<typeof secondsUntil>>[] = []

  for (const [used, every] of [
    [few, 100],
    [many, 0],
  ] as const) {
    publishList(0)
    await used.verify(token)
    const before = issuer.count(LIST)
    publishList(0b1)
    noticed.push(await secondsUntil('revoked', { verifier: used, token, every }))
    counts.push(issuer.count(LIST) - before)
  }

  expect(noticed[1]!.requests).toBeGreaterThan(noticed[0]!.requests * 5)
  for (const { seconds } of noticed) expect(seconds).toBeLessThan(TTL + 1)
  // Twice per ttl at most, whatever comes.
  for (const count of counts) expect(count).toBeLessThanOrEqual(3)
})

it('a verifier that was idle refuses a revoked token at the first request after ttl', async () => {
  const { issuer, publishList, tokenAt, verifier } = await openScene()
  const idle = verifier()
  const token = tokenAt(0)
  await idle.verify(token)

  publishList(0b1)
  await new Promise((resolve) => setTimeout(resolve, TTL * 1000 + 50))

  expect(await codeOf(idle.verify(token))).toBe('revoked')
  expect(issuer.count(LIST)).toBeLessThanOrEqual(3)
})

it('an issuer that is away is felt when the list expires, and no longer than it is away', async () => {
  const { issuer, publishList, tokenAt, verifier } = await openScene()
  publishList(0b10, 3)
  const used = verifier()
  const [good, revoked] = [tokenAt(0), tokenAt(1)]
  await used.verify(good)
  issuer.answer(LIST, reset)

  await new Promise((resolve) => setTimeout(resolve, TTL * 1000 + 50))
  expect(await codeOf(used.verify(good))).toBe('none')
  expect(await codeOf(used.verify(revoked))).toBe('revoked')
  const { seconds } = await secondsUntil('status_unavailable', { verifier: used, token: good, every: 20 })
  expect(seconds).toBeLessThan(2.5)

  publishList(0b10)
  // The longest pause, and a little.
  expect((await secondsUntil('none', { verifier: used, token: good, every: 20 })).seconds).toBeLessThan(6)
  expect(await codeOf(used.verify(revoked))).toBe('revoked')
}, 15_000)
