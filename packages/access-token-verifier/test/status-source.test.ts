import { describe, expect, it } from 'vitest'
import { statusListAddress } from '../src/status-source.ts'
import { codeOf } from './support/key-source.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list, listClaims, listOf, openStatusScene } from './support/status-list.ts'
import { type Answer, hang, KEY_SET, publish, redirect, startIssuer, status } from './support/test-issuer.ts'
import { NOW } from './support/token.ts'

const key = aKey('one')
const REVOKED = { claims: { iat: NOW + 1, status_list: listOf([0b1001]) } }

describe('a status list', () => {
  it('is fetched once, however many ask [Token Status List §8.1]', async () => {
    const { issuer, statusAt } = await openStatusScene(key)

    const statuses = await Promise.all([0, 1, 2, 3, 4, 7].map(statusAt))

    expect(statuses).toEqual([0, 0, 0, 1, 0, 0])
    expect(issuer.count(LIST)).toBe(1)
  })

  it('is asked for by its media type [Token Status List §8.1]', async () => {
    const { issuer, uri, statusAt } = await openStatusScene(key)
    const asked: unknown[] = []
    issuer.answer(LIST, (response, request) => {
      asked.push(request.headers.accept, request.headers['if-none-match'])
      response.end(aListToken(uri, key))
    })

    await statusAt(0)

    expect(asked).toEqual(['application/statuslist+jwt', undefined])
  })

  it.each([
    [1, [0b1000_0001], [1, 0, 0, 0, 0, 0, 0, 1, undefined]],
    [2, [0b11_10_01_00, 1], [0, 1, 2, 3, 1, 0, 0, 0, undefined]],
    [4, [0x2f, 0x01], [15, 2, 1, 0, undefined]],
    [8, [0, 255], [0, 255, undefined]],
  ])('may have %i bits for each token [Token Status List §4.1]', async (bits, bytes, expected) => {
    const { publishList, statusAt } = await openStatusScene(key)
    publishList({ claims: { status_list: listOf(bytes, bits) } })

    expect(await Promise.all(expected.map((_, index) => statusAt(index)))).toEqual(expected)
  })

  it.each<[string, Record<string, unknown>]>([
    ['no exp', { exp: undefined }],
    ['no ttl', { ttl: undefined }],
    ['an exp within the tolerance', { exp: NOW - 4 }],
    ['an iat within the tolerance', { iat: NOW + 5 }],
    ['a MiB of statuses', { status_list: listOf(new Uint8Array(1024 * 1024)) }],
  ])('may have %s', async (_, claims) => {
    const { publishList, statusAt } = await openStatusScene(key)
    publishList({ claims })

    expect(await statusAt(0)).toBe(0)
  })

  it('may have the long name of its type [RFC 7515 §4.1.9]', async () => {
    const { publishList, statusAt } = await openStatusScene(key)
    publishList({ header: { typ: 'application/statuslist+jwt' } })

    expect(await statusAt(3)).toBe(1)
  })

  it('may be signed with a new key, which is looked for', async () => {
    const { issuer, uri, stopwatch, statusAt } = await openStatusScene(key)
    const young = aKey('young')
    publish(issuer, [key, young])
    issuer.answer(LIST, list(aListToken(uri, young)))
    stopwatch.advance(250)

    expect(await statusAt(3)).toBe(1)
    expect(issuer.count(KEY_SET)).toBe(2)
  })
})

describe('the life of a status list', () => {
  it('is half over before it is asked for again, behind the requests', async () => {
    const { issuer, stopwatch, publishList, statusAt } = await openStatusScene(key)
    expect(await statusAt(0)).toBe(0)
    publishList(REVOKED)

    stopwatch.advance(2499)
    expect(await statusAt(0)).toBe(0)
    expect(issuer.count(LIST)).toBe(1)

    stopwatch.advance(1)
    expect(await statusAt(0)).toBe(0)
    await expect.poll(() => statusAt(0)).toBe(1)
    expect(issuer.count(LIST)).toBe(2)
  })

  it('is over at ttl: whoever asks then waits for a new one, even after an idle time', async () => {
    const { issuer, stopwatch, publishList, statusAt } = await openStatusScene(key)
    expect(await statusAt(0)).toBe(0)
    publishList(REVOKED)

    stopwatch.advance(5000)

    expect(await Promise.all([statusAt(0), statusAt(0)])).toEqual([1, 1])
    expect(issuer.count(LIST)).toBe(2)
  })

  it('counts from when it was asked for, not from when it came', async () => {
    const { issuer, uri, stopwatch, publishList, statusAt } = await openStatusScene(key)
    let answer: () => void = () => {}
    issuer.answer(LIST, (response) => {
      answer = () => void response.end(aListToken(uri, key))
    })
    const first = statusAt(0)
    await expect.poll(() => issuer.count(LIST)).toBe(1)
    stopwatch.advance(2900)
    answer()
    expect(await first).toBe(0)

    publishList(REVOKED)
    stopwatch.advance(2100)

    expect(await statusAt(0)).toBe(1)
  })

  it.each([
    [0, 1],
    [0.01, 1],
    [90, 90],
    [1e9, 3600],
    [undefined, 60],
  ])('with a ttl of %s is %s seconds', async (ttl, life) => {
    const { issuer, clock, stopwatch, publishList, statusAt } = await openStatusScene(key)
    publishList({ claims: { ttl, exp: NOW + 1e6 } })
    await statusAt(0)

    stopwatch.advance(life * 500 - 1)
    await statusAt(0)
    expect(issuer.count(LIST)).toBe(1)

    clock.now += life
    stopwatch.advance(life * 500 + 1)
    await statusAt(0)
    expect(issuer.count(LIST)).toBe(2)
  })

  it('begins anew when the issuer says that nothing has changed [RFC 9110 §15.4.5]', async () => {
    const { issuer, stopwatch, publishList, statusAt } = await openStatusScene(key)
    publishList({}, { etag: '"v1"' })
    await statusAt(0)
    const tags: unknown[] = []
    issuer.answer(LIST, (response, request) => {
      tags.push(request.headers['if-none-match'])
      response.writeHead(304).end()
    })

    stopwatch.advance(5000)
    expect(await statusAt(3)).toBe(1)
    stopwatch.advance(2499)
    expect(await statusAt(3)).toBe(1)

    expect(tags).toEqual(['"v1"'])
  })

  it('does not go on by that when its key has left the key set', async () => {
    const { issuer, uri, stopwatch, publishList, statusAt } = await openStatusScene(key)
    publishList({}, { etag: '"v1"' })
    await statusAt(0)
    const young = aKey('young')
    publish(issuer, [young])
    const tags: unknown[] = []
    issuer.answer(LIST, (response, request) => {
      tags.push(request.headers['if-none-match'])
      response.end(aListToken(uri, young, REVOKED))
    })

    stopwatch.advance(300_000)
    await expect.poll(() => issuer.count(KEY_SET)).toBe(2)
    await expect.poll(() => statusAt(0)).toBe(1)

    expect(tags.at(-1)).toBeUndefined()
  })

  it('is not turned back by an older list, which renews nothing', async () => {
    const { issuer, stopwatch, publishList, statusAt } = await openStatusScene(key)
    publishList(REVOKED)
    expect(await statusAt(0)).toBe(1)

    publishList()
    stopwatch.advance(5000)
    expect(await statusAt(0)).toBe(1)
    stopwatch.advance(250)
    expect(await statusAt(0)).toBe(1)

    expect(issuer.count(LIST)).toBe(3)
  })
})

describe('a status list that nobody answers for', () => {
  it('is waited for 250 milliseconds, once, and then serves as it is', async () => {
    const { issuer, stopwatch, statusAt } = await openStatusScene(key)
    await statusAt(3)
    issuer.answer(LIST, hang)
    stopwatch.advance(5000)

    const waiting = statusAt(3)
    await expect.poll(() => issuer.count(LIST)).toBe(2)
    stopwatch.advance(250)

    // The stopwatch stands still from here, so whoever waited any longer would wait for ever.
    expect(await waiting).toBe(1)
    expect(await statusAt(3)).toBe(1)
    expect(issuer.count(LIST)).toBe(2)
  })

  it('is asked for again after a pause that grows to 5 seconds', async () => {
    const { issuer, stopwatch, statusAt } = await openStatusScene(key)
    await statusAt(3)
    issuer.answer(LIST, status(500))
    stopwatch.advance(5000)

    for (const [pause, count] of [0, 250, 500, 1000, 2000, 4000, 5000, 5000].entries()) {
      stopwatch.advance(count - 1)
      await statusAt(3)
      expect(issuer.count(LIST)).toBe(pause + 1)
      stopwatch.advance(1)
      await statusAt(3)
      expect(issuer.count(LIST)).toBe(pause + 2)
    }
  })

  it('is status_unavailable at once while a failure cools down, when there was none before', async () => {
    const { issuer, statusAt } = await openStatusScene(key)
    issuer.answer(LIST, status(500))

    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(statusAt(0))))
    codes.push(await codeOf(statusAt(0)))

    expect(new Set(codes)).toEqual(new Set(['status_unavailable']))
    expect(issuer.count(LIST)).toBe(1)
  })

  it('fetches nothing once it is closed, and serves what it has', async () => {
    const { issuer, uri, statuses, stopwatch, statusAt } = await openStatusScene(key)
    await statusAt(3)

    statuses.close()
    stopwatch.advance(60_000)

    expect(await statusAt(3)).toBe(1)
    expect(await codeOf(Promise.resolve(statuses.find(`${uri}-other`)))).toBe('status_unavailable')
    expect(issuer.count(LIST)).toBe(1)
  })
})

describe('the lists that are held', () => {
  it('are a hundred at most: those not asked for go first', async () => {
    const { issuer, uri, statuses } = await openStatusScene(key)
    const answerAny = (name: string): Answer => list(aListToken(uri + name, key))
    const ask = async (name: string) => void (await statuses.find(uri + name))
    for (let n = 0; n < 150; n++) {
      issuer.answer(`${LIST}${n}`, answerAny(String(n)))
      await ask(String(n))
      await ask('0')
    }
    expect(issuer.count(`${LIST}0`)).toBe(1)

    await ask('149')
    await ask('1')

    expect(issuer.count(`${LIST}149`)).toBe(1)
    expect(issuer.count(`${LIST}1`)).toBe(2)
  })
})

describe('the address of a status list', () => {
  it.each([
    ['https://a.example', 'https://a.example/lists/1?v=2', 'https://a.example/lists/1?v=2'],
    ['https://a.example/', 'https://a.example/lists/1', 'https://a.example/lists/1'],
    ['https://a.example/realm', 'https://a.example/realm/lists/1', 'https://a.example/realm/lists/1'],
    ['https://A.example', 'https://A.example/lists/1', 'https://a.example/lists/1'],
  ])('of %s may be %s', (issuer, uri, address) => {
    expect(statusListAddress(uri, { issuer })).toBe(address)
  })

  it('is where the issuer is reached', () => {
    const location = { issuer: 'https://a.example', issuerAddress: 'http://auth:8000' }

    expect(statusListAddress('https://a.example/lists/1', location)).toBe('http://auth:8000/lists/1')
  })

  it.each([
    ['https://a.example', 'https://b.example/lists/1'],
    ['https://a.example', 'https://a.example'],
    ['https://a.example', 'https://a.example.evil/lists/1'],
    ['https://a.example', 'https://a.example@evil/lists/1'],
    ['https://a.example', 'https://a.example/lists/1#a'],
    ['https://a.example/realm', 'https://a.example/lists/1'],
    ['https://a.example/realm', 'https://a.example/realm/../lists/1'],
    ['https://a.example/realm', 'https://a.example/realm/%2e%2e/lists/1'],
    ['https://a.example/realm', 'https://a.example/realm/..\\lists/1'],
    ['https://a.example', ''],
  ])('of %s is never %s', (issuer, uri) => {
    expect(() => statusListAddress(uri, { issuer })).toThrow("a status list that is not its issuer's")
  })
})

it('a redirect may lead to another address of the issuer', async () => {
  const { issuer, uri, statusAt } = await openStatusScene(key)
  issuer.answer(LIST, redirect('/elsewhere'))
  issuer.answer('/elsewhere', list(aListToken(uri, key)))

  expect(await statusAt(3)).toBe(1)
})

it('the issuer is asked at its address, and by its name', async () => {
  const server = await startIssuer()
  const name = 'https://auth.example.com'
  server.answer(LIST, list(aListToken(name + LIST, key, { claims: listClaims(name + LIST) })))
  const { statuses } = await openStatusScene(key, { issuer: name, issuerAddress: server.url })

  expect((await statuses.find(name + LIST)).statusAt(3)).toBe(1)
  await server.close()
})
