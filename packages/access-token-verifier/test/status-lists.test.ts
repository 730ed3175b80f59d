import { describe, expect, it } from 'vitest'
import { statusAt } from '../src/issuer/status-list.ts'
import { statusListAddress } from '../src/issuer/status-lists.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list, listClaims, listOf, openStatusFixture } from './support/status-list.ts'
import { type Answer, KEY_SET, publish, redirect, startIssuer } from './support/test-issuer.ts'
import { NOW } from './support/token.ts'

const key = aKey('one')

describe('a status list', () => {
  it('is fetched once, however many ask [Token Status List §8.1]', async () => {
    const { issuer, statusAt } = await openStatusFixture(key)

    const statuses = await Promise.all([0, 1, 2, 3, 4, 7].map(statusAt))

    expect(statuses).toEqual([0, 0, 0, 1, 0, 0])
    expect(issuer.count(LIST)).toBe(1)
  })

  it('is asked for by its media type [Token Status List §8.1]', async () => {
    const { issuer, uri, statusAt } = await openStatusFixture(key)
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
    const { publishList, statusAt } = await openStatusFixture(key)
    publishList({ claims: { status_list: listOf(bytes, bits) } })

    expect(await Promise.all(expected.map((_, index) => statusAt(index)))).toEqual(expected)
  })

  it.each<[string, Record<string, unknown>]>([
    ['no exp', { exp: undefined }],
    ['no ttl', { ttl: undefined }],
    ['an exp within the tolerance', { exp: NOW - 4 }],
    ['an iat of a replica whose clock is a minute ahead', { iat: NOW + 60 }],
    ['a MiB of statuses', { status_list: listOf(new Uint8Array(1024 * 1024)) }],
  ])('may have %s', async (_, claims) => {
    const { publishList, statusAt } = await openStatusFixture(key)
    publishList({ claims })

    expect(await statusAt(0)).toBe(0)
  })

  it('may have the long name of its type [RFC 7515 §4.1.9]', async () => {
    const { publishList, statusAt } = await openStatusFixture(key)
    publishList({ header: { typ: 'application/statuslist+jwt' } })

    expect(await statusAt(3)).toBe(1)
  })

  it('may be signed with a new key, which is looked for', async () => {
    const { issuer, uri, monotonicClock, statusAt } = await openStatusFixture(key)
    const young = aKey('young')
    publish(issuer, [key, young])
    issuer.answer(LIST, list(aListToken(uri, young)))
    monotonicClock.advance(250)

    expect(await statusAt(3)).toBe(1)
    expect(issuer.count(KEY_SET)).toBe(2)
  })
})

describe('the lists that are held', () => {
  it('have 100 MiB at most: those not asked for go first', async () => {
    const { issuer, uri, statuses } = await openStatusFixture(key)
    const claims = { status_list: listOf(new Uint8Array(1024 * 1024)) }
    const answerAny = (name: string): Answer => list(aListToken(uri + name, key, { claims }))
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
  const { issuer, uri, statusAt } = await openStatusFixture(key)
  issuer.answer(LIST, redirect('/elsewhere'))
  issuer.answer('/elsewhere', list(aListToken(uri, key)))

  expect(await statusAt(3)).toBe(1)
})

it('the issuer is asked at its address, and by its name', async () => {
  const server = await startIssuer()
  const name = 'https://auth.example.com'
  server.answer(LIST, list(aListToken(name + LIST, key, { claims: listClaims(name + LIST) })))
  const { statuses } = await openStatusFixture(key, { issuer: name, issuerAddress: server.url })

  expect(statusAt((await statuses.find(name + LIST)).statuses, 3)).toBe(1)
  await server.close()
})
