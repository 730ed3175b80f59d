import { describe, expect, it } from 'vitest'
import { statusAt } from '../src/issuer/status-list.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list, listClaims, listOf, openStatusFixture } from './support/status-list.ts'
import { NOW } from './support/token.ts'

const key = aKey('one')

describe('thousands of requests at once', () => {
  it('ask for a list once, from cold, when its life is over, and when it is doubtful', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    const ask = () => Promise.all(Array.from({ length: 5000 }, (_, n) => statusAt(n % 8)))

    const cold = await ask()
    publishList({ claims: { iat: NOW + 1, status_list: listOf([0xff]) } })
    monotonicClock.advance(5000)
    const old = await ask()
    publishList({ claims: { iat: NOW + 2, status_list: listOf([0x00]) } })
    monotonicClock.advance(60_000)
    const doubtful = await ask()

    expect(cold.filter((status) => status !== 0).length).toBe(5000 / 8)
    expect(new Set(old)).toEqual(new Set([1]))
    expect(new Set(doubtful)).toEqual(new Set([0]))
    expect(issuer.count(LIST)).toBe(3)
  })

  it('ask for each of hundreds of lists once, and each is refreshed once', async () => {
    const { issuer, uri, statuses, monotonicClock } = await openStatusFixture(key)
    const names = Array.from({ length: 300 }, (_, n) => String(n))
    const publishAll = (iat: number, byte: number) => {
      for (const name of names) {
        const claims = { ...listClaims(uri + name), iat, status_list: listOf([byte]) }
        issuer.answer(LIST + name, list(aListToken(uri + name, key, { claims })))
      }
    }
    const askAll = async () => {
      const asked = names.flatMap((name) => Array.from({ length: 10 }, () => statuses.find(uri + name)))
      return new Set((await Promise.all(asked)).map((found) => statusAt(found.statuses, 0)))
    }

    publishAll(NOW, 0)
    expect(await askAll()).toEqual(new Set([0]))
    publishAll(NOW + 1, 1)
    monotonicClock.advance(5000)
    // A fetch that 300 others hold up may take longer than anybody has patience for here: it comes all the same.
    await askAll()
    await expect.poll(askAll).toEqual(new Set([1]))

    for (const name of names) expect(issuer.count(LIST + name)).toBe(2)
  })
})

it('a wall clock that is set back makes no list younger: it expires when its time has passed', async () => {
  const { issuer, clock, monotonicClock, statusAt } = await openStatusFixture(key)
  expect(await statusAt(3)).toBe(1)
  await issuer.close()

  clock.now = NOW - 86_400
  monotonicClock.advance(3_604_999)
  expect(await statusAt(3)).toBe(1)
  monotonicClock.advance(1)

  await expect(statusAt(3)).rejects.toMatchObject({ code: 'status_unavailable' })
})

it('a wall clock that is set back does not put off a refresh, one that jumps ahead does not hurry it', async () => {
  const { issuer, clock, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
  await statusAt(0)
  clock.now = NOW - 100
  publishList({ claims: { iat: NOW - 50, status_list: listOf([0b1]) } })

  monotonicClock.advance(2499)
  clock.now = NOW + 1000
  expect(await statusAt(0)).toBe(0)
  expect(issuer.count(LIST)).toBe(1)
  clock.now = NOW - 100
  monotonicClock.advance(2501)

  expect(await statusAt(3)).toBe(1)
  expect(issuer.count(LIST)).toBe(2)
})
