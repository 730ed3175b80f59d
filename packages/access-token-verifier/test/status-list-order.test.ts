import { describe, expect, it } from 'vitest'
import { codeOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { LIST, listOf, openStatusFixture, type StatusFixture } from './support/status-list.ts'
import { NOW } from './support/token.ts'

const key = aKey('one')

/** Publishes a list of a date with these bytes. */
function publishAt({ publishList }: StatusFixture, iat: number, bytes: readonly number[], bits = 1): void {
  publishList({ claims: { iat, exp: NOW + 3600, status_list: listOf(bytes, bits) } })
}

/** The statuses from index 0, once the list that is published now was fetched. */
async function statusesAfterFetch({ monotonicClock, statusAt }: StatusFixture, count: number) {
  monotonicClock.advance(5000)
  await statusAt(0)
  return await Promise.all(Array.from({ length: count }, (_, index) => statusAt(index)))
}

describe('a status list of the same second as the one at hand', () => {
  it('sets bits and clears none: it may be the earlier of the two', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW, [0b0001])
    await fixture.statusAt(0)

    publishAt(fixture, NOW, [0b0110])

    expect(await statusesAfterFetch(fixture, 4)).toEqual([1, 1, 1, 0])
  })

  it('goes on adding, however often the two take turns', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW, [0b0001])
    await fixture.statusAt(0)

    for (let turn = 0; turn < 10; turn++) {
      publishAt(fixture, NOW, [turn % 2 ? 0b0001 : 0b0010])
      expect(await statusesAfterFetch(fixture, 4)).toEqual([1, 1, 0, 0])
    }
    expect(fixture.issuer.count(LIST)).toBe(11)
  })

  it('keeps what is not valid for lists of several bits, too', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW, [0b00_10_01_00], 2)
    await fixture.statusAt(0)

    publishAt(fixture, NOW, [0b11_00_10_00], 2)

    expect((await statusesAfterFetch(fixture, 4)).map((status) => status !== 0)).toEqual([
      false,
      true,
      true,
      true,
    ])
  })

  it.each([
    ['longer', [0b1], [0b10, 0b1], [1, 1, 0, 0, 0, 0, 0, 0, 1]],
    ['shorter', [0b1, 0b1], [0b10], [1, 1, 0, 0, 0, 0, 0, 0, 1]],
  ])('may be %s', async (_, known, next, expected) => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW, known)
    await fixture.statusAt(0)

    publishAt(fixture, NOW, next)

    expect(await statusesAfterFetch(fixture, 9)).toEqual(expected)
  })

  it('is refused when it has another number of bits for each token', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW, [0b1], 1)
    await fixture.statusAt(0)

    publishAt(fixture, NOW, [0, 0], 8)

    expect(await statusesAfterFetch(fixture, 2)).toEqual([1, 0])
  })
})

describe('a status list of a later second', () => {
  it('may clear a bit (a suspension that is over)', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW, [0b0001])
    await fixture.statusAt(0)

    publishAt(fixture, NOW + 1, [0b0110])

    expect(await statusesAfterFetch(fixture, 4)).toEqual([0, 1, 1, 0])
  })

  it('may have another number of bits for each token', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW, [0b1], 1)
    await fixture.statusAt(0)

    publishAt(fixture, NOW + 1, [0, 2], 8)

    expect(await statusesAfterFetch(fixture, 2)).toEqual([0, 2])
  })
})

describe('a status list of a replica whose clock is ahead', () => {
  it('keeps no revocation of the other replicas out', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW + 50, [0b0001])
    expect(await fixture.statusAt(0)).toBe(1)

    fixture.clock.now += 5
    publishAt(fixture, NOW + 5, [0b0010])

    expect(await statusesAfterFetch(fixture, 4)).toEqual([1, 1, 0, 0])
  })

  it('orders lists again once its date has come', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW + 50, [0b0001])
    await fixture.statusAt(0)

    fixture.clock.now += 51
    publishAt(fixture, NOW + 51, [0b0010])

    expect(await statusesAfterFetch(fixture, 4)).toEqual([0, 1, 0, 0])
  })

  it('is not replaced by a list from before it came', async () => {
    const fixture = await openStatusFixture(key)
    publishAt(fixture, NOW + 50, [0b0001])
    await fixture.statusAt(0)

    publishAt(fixture, NOW - 1, [0b0110])

    expect(await statusesAfterFetch(fixture, 4)).toEqual([1, 0, 0, 0])
  })

  it('is refused when it is more than a minute ahead; what is at hand serves until it expires', async () => {
    const fixture = await openStatusFixture(key)
    expect(await fixture.statusAt(3)).toBe(1)

    publishAt(fixture, NOW + 61, [0])

    expect(await statusesAfterFetch(fixture, 4)).toEqual([0, 0, 0, 1])
    fixture.clock.now = NOW + 3605
    publishAt(fixture, NOW + 100_000, [0])
    fixture.monotonicClock.advance(5000)
    expect(await codeOf(fixture.statusAt(3))).toBe('status_unavailable')
  })

  it('is taken as soon as its date is within the minute', async () => {
    const fixture = await openStatusFixture(key)
    await fixture.statusAt(3)
    publishAt(fixture, NOW + 65, [0b0001])
    expect(await statusesAfterFetch(fixture, 4)).toEqual([0, 0, 0, 1])

    fixture.clock.now += 5
    fixture.monotonicClock.advance(5000)

    await expect.poll(() => fixture.statusAt(0)).toBe(1)
  })
})
