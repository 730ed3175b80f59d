import { describe, expect, it } from 'vitest'
import { metadataAddresses } from '../src/issuer/discovery.ts'
import { codeOf, errorOf, openCachedKeySet } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import {
  json,
  KEY_SET,
  keySetOf,
  METADATA,
  OPENID_METADATA,
  openIssuer,
  status,
} from './support/test-issuer.ts'

const key = aKey('one')

describe("an issuer's metadata", () => {
  it.each([
    ['https://a.example', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
    ['https://a.example/', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
    [
      'https://a.example/realms/main',
      '/.well-known/oauth-authorization-server/realms/main',
      '/realms/main/.well-known/openid-configuration',
    ],
    [
      'https://a.example/t/',
      '/.well-known/oauth-authorization-server/t',
      '/t/.well-known/openid-configuration',
    ],
  ])('of %s lies at %s, else at %s [RFC 8414 §3.1, OIDC Discovery §4]', (issuer, first, second) => {
    expect(metadataAddresses({ issuer })).toEqual([`https://a.example${first}`, `https://a.example${second}`])
    expect(metadataAddresses({ issuer, issuerAddress: 'http://auth:8000' })).toEqual([
      `http://auth:8000${first}`,
      `http://auth:8000${second}`,
    ])
  })

  it.each(['', '/', '/realms/main', '/tenant/'])('is found for an issuer ending in %j', async (path) => {
    const server = await openIssuer()
    const issuer = server.url + path
    const [first, second] = metadataAddresses({ issuer }).map((address) => new URL(address).pathname)
    server.answer(first!, status(404))
    server.answer(second!, json({ issuer, jwks_uri: server.url + KEY_SET }))
    server.answer(KEY_SET, json(keySetOf([key])))

    expect(await codeOf(openCachedKeySet(issuer).keys.find('one'))).toBe('none')
    expect(server.requests).toEqual([first, second, KEY_SET])
  })

  it('has its older name asked for only when the first is absent', async () => {
    const server = await openIssuer([key])
    server.answer(METADATA, status(500))
    server.answer(OPENID_METADATA, json({ issuer: server.url, jwks_uri: server.url + KEY_SET }))

    expect(await codeOf(openCachedKeySet(server.url).keys.prepare())).toBe('keys_unavailable')
    expect(server.requests).toEqual([METADATA])
  })

  it.each(['/', '/other', '?'])('is refused when its issuer has %j more [RFC 8414 §3.3]', async (more) => {
    const server = await openIssuer([key])
    server.answer(METADATA, json({ issuer: server.url + more, jwks_uri: server.url + KEY_SET }))

    const error = await errorOf(openCachedKeySet(server.url).keys.prepare())

    expect(error).toMatchObject({
      code: 'keys_unavailable',
      expected: server.url,
      actual: server.url + more,
      retryAfter: 1,
    })
    expect(server.count(KEY_SET)).toBe(0)
  })

  it.each([
    ['no issuer', {}, 'names another issuer'],
    ['no jwks_uri', { jwks_uri: undefined }, 'no usable jwks_uri'],
    ['a relative jwks_uri', { jwks_uri: '/jwks' }, 'no usable jwks_uri'],
    ['a jwks_uri in the open', { jwks_uri: 'http://keys.example/jwks' }, 'does not begin with https://'],
    ['a jwks_uri that is a file', { jwks_uri: 'file:///etc/passwd' }, 'does not begin with https://'],
  ])('is refused with %s', async (_, changes, because) => {
    const server = await openIssuer([key])
    const metadata = 'jwks_uri' in changes ? { issuer: server.url, ...changes } : changes
    server.answer(METADATA, json(metadata))

    const error = await errorOf(openCachedKeySet(server.url).keys.prepare())

    expect(error?.code).toBe('keys_unavailable')
    expect(String(error?.cause)).toContain(because)
  })

  it.each(['null', '[]', '"text"'])('is refused when it is %s', async (value) => {
    const server = await openIssuer([key])
    server.answer(METADATA, json(JSON.parse(value)))

    const error = await errorOf(openCachedKeySet(server.url).keys.prepare())

    expect(String(error?.cause)).toContain('is not a JSON object')
  })

  it('may place the key set on another origin', async () => {
    const keyHost = await openIssuer([key])
    const server = await openIssuer()
    server.answer(METADATA, json({ issuer: server.url, jwks_uri: keyHost.url + KEY_SET }))

    expect(await codeOf(openCachedKeySet(server.url).keys.find('one'))).toBe('none')
    expect(keyHost.requests).toEqual([KEY_SET])
  })
})

describe('an issuer address', () => {
  const issuer = 'https://auth.example.com/realms/main'

  it('is where metadata and key set are fetched, under the names of the issuer', async () => {
    const server = await openIssuer()
    server.answer(
      '/.well-known/oauth-authorization-server/realms/main',
      json({ issuer, jwks_uri: 'https://auth.example.com/realms/main/certs?v=1' }),
    )
    server.answer('/realms/main/certs?v=1', json(keySetOf([key])))

    const { keys } = openCachedKeySet(issuer, { issuerAddress: server.url })

    expect(await codeOf(keys.find('one'))).toBe('none')
    expect(server.requests).toEqual([
      '/.well-known/oauth-authorization-server/realms/main',
      '/realms/main/certs?v=1',
    ])
  })

  it('may be named by the metadata itself', async () => {
    const server = await openIssuer([key])
    server.answer(
      '/.well-known/oauth-authorization-server/realms/main',
      json({ issuer, jwks_uri: server.url + KEY_SET }),
    )

    const { keys } = openCachedKeySet(issuer, { issuerAddress: server.url })

    expect(await codeOf(keys.find('one'))).toBe('none')
  })

  it('does not stand in for the name of the issuer', async () => {
    const server = await openIssuer([key])

    const { keys } = openCachedKeySet('https://auth.example.com', { issuerAddress: server.url })

    expect(await errorOf(keys.prepare())).toMatchObject({
      code: 'keys_unavailable',
      expected: 'https://auth.example.com',
      actual: server.url,
    })
  })
})
