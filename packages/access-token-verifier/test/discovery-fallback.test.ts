import { describe, expect, it } from 'vitest'
import { metadataAddresses } from '../src/issuer/discovery.ts'
import { codeOf, errorOf, openCachedKeySet } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import {
  type Answer,
  json,
  KEY_SET,
  keySetOf,
  METADATA,
  OPENID_METADATA,
  openIssuer,
  redirect,
  reset,
  status,
  text,
} from './support/test-issuer.ts'

const key = aKey('one')

describe("an issuer's metadata", () => {
  it.each<[string, Answer]>([
    ...[204, 300, 400, 401, 403, 404, 405, 406, 410, 451].map((code): [string, Answer] => [
      `status ${code}`,
      status(code),
    ]),
    ['a page', text('<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' })],
    ['nothing', text('')],
    ['a sign-in page on another origin', redirect('https://login.example/?next=metadata')],
    ['a redirect that never ends', redirect('#again')],
    ['a redirect to nowhere', redirect('http://[')],
    ['an empty object', json({})],
    ['a list', json([])],
    ['null', json(null)],
    ['more than 256 KiB', text(`{"note":"${'x'.repeat(300 * 1024)}"}`)],
    ['the metadata of another', json({ issuer: 'https://other.example', jwks_uri: 'https://other.example' })],
  ])('is found at the second address when the first answers with %s', async (_, answer) => {
    const server = await openIssuer()
    server.answer(KEY_SET, json(keySetOf([key])))
    for (const path of ['', '/realms/main']) {
      const issuer = server.url + path
      const [first, second] = metadataAddresses({ issuer }).map((address) => new URL(address).pathname)
      server.answer(first!, answer)
      server.answer(second!, json({ issuer, jwks_uri: server.url + KEY_SET }))

      expect(await codeOf(openCachedKeySet(issuer).keys.find('one'))).toBe('none')
    }
    expect(server.count(KEY_SET)).toBe(2)
  })

  it.each<[string, unknown]>([
    ['no jwks_uri', undefined],
    ['a relative jwks_uri', '/jwks'],
    ['a jwks_uri in the open', 'http://keys.example/jwks'],
  ])('is found at the second address when the first has %s', async (_, jwks_uri) => {
    const server = await openIssuer([key])
    server.answer(METADATA, json({ issuer: server.url, jwks_uri }))
    server.answer(OPENID_METADATA, json({ issuer: server.url, jwks_uri: server.url + KEY_SET }))

    expect(await codeOf(openCachedKeySet(server.url).keys.find('one'))).toBe('none')
  })

  it.each<[string, Answer]>([
    ['is absent', status(404)],
    ['is a page', text('<html>')],
    ['names another as well', json({ issuer: 'https://third.example' })],
    ['is an outage', status(500)],
  ])('names another issuer, and that is said when the second %s', async (_, answer) => {
    const server = await openIssuer([key])
    server.answer(METADATA, json({ issuer: 'https://other.example', jwks_uri: server.url + KEY_SET }))
    server.answer(OPENID_METADATA, answer)

    expect(await errorOf(openCachedKeySet(server.url).keys.prepare())).toMatchObject({
      code: 'keys_unavailable',
      expected: server.url,
      actual: 'https://other.example',
    })
    expect(server.requests).toEqual([METADATA, OPENID_METADATA])
  })

  it('is said to be nowhere with what each address answered', async () => {
    const server = await openIssuer()
    server.answer(METADATA, status(403))

    const error = await errorOf(openCachedKeySet(server.url).keys.prepare())

    expect(String(error?.cause)).toBe(
      `Error: ${server.url} has no metadata: ${server.url}${METADATA} answered with status 403. ` +
        `${server.url}${OPENID_METADATA} answered with status 404.`,
    )
  })

  it('is read with a byte order mark, and so is a key set', async () => {
    const server = await openIssuer()
    const marked = (value: unknown) => text(`\ufeff${JSON.stringify(value)}`)
    server.answer(METADATA, marked({ issuer: server.url, jwks_uri: server.url + KEY_SET }))
    server.answer(KEY_SET, marked(keySetOf([key])))

    expect(await codeOf(openCachedKeySet(server.url).keys.find('one'))).toBe('none')
  })

  it.each<[string, Answer]>([
    ['breaks off', reset],
    ...[408, 429, 503].map((code): [string, Answer] => [`answers ${code}`, status(code)]),
  ])('is not looked for elsewhere when the first address %s', async (_, answer) => {
    const server = await openIssuer([key])
    server.answer(METADATA, answer)
    server.answer(OPENID_METADATA, json({ issuer: server.url, jwks_uri: server.url + KEY_SET }))

    expect(await codeOf(openCachedKeySet(server.url).keys.prepare())).toBe('keys_unavailable')
    expect(server.count(OPENID_METADATA)).toBe(0)
  })
})
