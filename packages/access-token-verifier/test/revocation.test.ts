import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { codeOf } from './support/cached-key-set.ts'
import { openRevocationFixture, secondsUntil, TTL } from './support/revocation.ts'
import { LIST } from './support/status-list.ts'
import { reset } from './support/test-issuer.ts'

// Real clocks and real sockets: what is claimed here is how long it takes.

it('a revocation is noticed within ttl and a second, and a thousand requests ask no more than ten', async () => {
  const { issuer, publishList, tokenAt, verifier } = await openRevocationFixture()
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
  const { issuer, publishList, tokenAt, verifier } = await openRevocationFixture()
  const idle = verifier()
  const token = tokenAt(0)
  await idle.verify(token)

  publishList(0b1)
  await pause(TTL * 1000 + 50)

  expect(await codeOf(idle.verify(token))).toBe('revoked')
  expect(issuer.count(LIST)).toBeLessThanOrEqual(3)
})

it('an issuer that is away is felt when the list expires, and no longer than it is away', async () => {
  const { issuer, publishList, tokenAt, verifier } = await openRevocationFixture()
  publishList(0b10, { lifetime: 3 })
  const used = verifier()
  const [good, revoked] = [tokenAt(0), tokenAt(1)]
  await used.verify(good)
  issuer.answer(LIST, reset)

  await pause(TTL * 1000 + 50)
  expect(await codeOf(used.verify(good))).toBe('none')
  expect(await codeOf(used.verify(revoked))).toBe('revoked')
  const { seconds } = await secondsUntil('status_unavailable', { verifier: used, token: good, every: 20 })
  expect(seconds).toBeLessThan(2.5)

  publishList(0b10)
  // The longest pause, and a little.
  expect((await secondsUntil('none', { verifier: used, token: good, every: 20 })).seconds).toBeLessThan(6)
  expect(await codeOf(used.verify(revoked))).toBe('revoked')
}, 15_000)
