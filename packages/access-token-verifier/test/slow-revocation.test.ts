import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { codeOf } from './support/cached-key-set.ts'
import { openRevocationFixture, secondsUntil, TTL } from './support/revocation.ts'
import { LIST } from './support/status-list.ts'
import { hang } from './support/test-issuer.ts'

// Real clocks and real sockets: what is claimed here is how long it takes.

it.each([400, 1000])(
  'a revocation is noticed within twice the ttl when the issuer takes %i ms to answer',
  async (latency) => {
    const { publishList, tokenAt, verifier } = await openRevocationFixture()
    const [used, idle] = [verifier(), verifier()]
    const token = tokenAt(0)
    publishList(0, { latency })
    await Promise.all([used.verify(token), idle.verify(token)])

    publishList(0b1, { latency })
    const { seconds, slowest } = await secondsUntil('revoked', { verifier: used, token, every: 10 })

    // What may come on top is the machine's: this is about seconds, not about milliseconds.
    expect(seconds).toBeLessThan(2 * TTL + 0.5)
    expect(slowest).toBeLessThan(latency + 500)
    await pause(Math.max(0, 2 * TTL - seconds) * 1000)
    expect(await codeOf(idle.verify(token))).toBe('revoked')
  },
  15_000,
)

it('a token that was revoked 6 seconds ago is refused at the first request, by an issuer that takes 400 ms', async () => {
  const { publishList, tokenAt, verifier } = await openRevocationFixture()
  const idle = verifier()
  const token = tokenAt(0)
  await idle.verify(token)

  publishList(0b1, { latency: 400 })
  await pause(6000)

  expect(await codeOf(idle.verify(token))).toBe('revoked')
}, 15_000)

it('an issuer that hangs makes the requests of one moment wait, and no others', async () => {
  const { issuer, tokenAt, verifier } = await openRevocationFixture()
  const used = verifier()
  const token = tokenAt(0)
  await used.verify(token)
  issuer.answer(LIST, hang)
  const waits: number[] = []

  const start = performance.now()
  while (performance.now() - start < 8_000) {
    const asked = performance.now()
    expect(await codeOf(used.verify(token))).toBe('none')
    waits.push(performance.now() - asked)
    await pause(20)
  }

  const long = waits.filter((wait) => wait > 200)
  // One for the moment after ttl, one until the fetch is given up.
  expect(long.length).toBeLessThanOrEqual(2)
  expect(Math.max(...waits)).toBeLessThan(3500)
}, 20_000)
