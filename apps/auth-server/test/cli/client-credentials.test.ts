import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { aClient } from '../support/rows.ts'
import { AUDIENCE, startTestServer } from '../support/test-server.ts'
import { openCli, refused } from './support.ts'

const GRANT = { grant_type: 'client_credentials' }
const WEB = ['clients', 'add', 'web', '--grant', 'client_credentials', '--audience', AUDIENCE]

async function withResource() {
  const cli = await openCli()
  await saveResource(
    cli.db,
    {
      audience: AUDIENCE,
      scope: ['profile'],
      introspectors: [],
      tokenType: 'at+jwt' as const,
      descriptions: {},
    },
    { demo: 0 },
  )
  return cli
}

describe('auth clients rotate-secret', () => {
  it('ends the old secret at once', async () => {
    const { json, db } = await withResource()
    const server = await startTestServer({ db })
    const { client_secret: old } = (await json(WEB)) as { client_secret: string }

    const rotated = (await json(['clients', 'rotate-secret', 'web'])) as { client_secret: string }
    const use = async (client_secret: string) =>
      (await server.post('/token', { ...GRANT, client_id: 'web', client_secret })).status

    expect(rotated).toMatchObject({
      client_id: 'web',
      client_secret: expect.stringMatching(/^cs_[\w-]{43}$/),
    })
    expect(await use(rotated.client_secret)).toBe(200)
    expect(await use(old)).toBe(401)
  })

  it('keeps the old one for as long as it is told, and only that one', async () => {
    const { json, db } = await withResource()
    const server = await startTestServer({ db })
    const { client_secret: first } = (await json(WEB)) as { client_secret: string }

    const second = (await json(['clients', 'rotate-secret', 'web', '--keep-old', '24h'])) as Record<
      string,
      unknown
    >
    const use = async (secret: unknown) =>
      (await server.post('/token', { ...GRANT, client_id: 'web', client_secret: String(secret) })).status
    const both = [await use(first), await use(second.client_secret)]
    server.clock.advance(86_500)
    const later = [await use(first), await use(second.client_secret)]
    await json(['clients', 'rotate-secret', 'web'])

    expect(second.previous_client_secret_expires_at).toBeGreaterThan(server.now() - 200)
    expect(both).toEqual([200, 200])
    expect(later).toEqual([401, 200])
    expect(await use(second.client_secret)).toBe(401)
  })

  it.each([
    ['a public client', ['spa'], 'Client spa has no secret: it is public.'],
    [
      'a client nobody knows',
      ['ghost'],
      'There is no such client: `auth clients list` shows those there are.',
    ],
  ])('refuses %s', async (_what, args, sentence) => {
    const { auth, db } = await withResource()
    await saveClient(db, aClient({ id: 'spa' }), { now: 1, demo: 0 })

    expect(await auth(['clients', 'rotate-secret', ...args])).toEqual(refused(sentence))
  })

  it('calls a time it cannot read wrong use', async () => {
    const { auth } = await withResource()

    const ending = await auth(['clients', 'rotate-secret', 'web', '--keep-old', 'long'])

    expect(ending.code).toBe(2)
    expect(ending.stderr).toContain('--keep-old must be a time like 45s, 30m, 12h or 90d.')
  })
})

describe('auth clients add --jwks', () => {
  it('adds a client that proves itself by its key', async () => {
    const { json, db, folder } = await withResource()
    const server = await startTestServer({ db })
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [await exportJWK(publicKey)] }))

    const added = await json([...WEB, '--jwks', join(folder, 'keys.json')])
    const answer = await server.post('/token', {
      ...GRANT,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await new SignJWT({ iss: 'web', sub: 'web', aud: server.issuer, jti: 'one' })
        .setProtectedHeader({ alg: 'ES256' })
        .setExpirationTime(server.now() + 60)
        .sign(privateKey),
    })

    expect(added).toMatchObject({ token_endpoint_auth_method: 'private_key_jwt' })
    expect(added).not.toHaveProperty('client_secret')
    expect(answer.status).toBe(200)
  })

  it.each([
    [
      'that holds a private key',
      '{"keys":[{"kty":"RSA","d":"x"}]}',
      'holds a private key: register the public part alone, and replace a key that was shown.',
    ],
    ['that is no key set', '{}', 'is not a key set: write {"keys":[…]} with at least one key.'],
    ['of another kind', '{"keys":[{"kty":"oct"}]}', 'holds a key that is neither RSA nor EC.'],
    [
      'on another curve',
      '{"keys":[{"kty":"EC","crv":"P-384"}]}',
      'holds an EC key that is not a point on P-256.',
    ],
    [
      'that is too short',
      '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}',
      'holds an RSA key of fewer than 2048 bits.',
    ],
    ['that is not JSON', '{', 'is not JSON: give the client\'s public keys as {"keys":[…]}.'],
  ])('refuses a file %s', async (_what, content, problem) => {
    const { auth, folder } = await withResource()
    const file = join(folder, 'keys.json')
    writeFileSync(file, content)

    expect(await auth([...WEB, '--jwks', file])).toEqual(refused(`The file of --jwks ${problem}`))
  })

  it('refuses a file that is not there, and a client that is public as well', async () => {
    const { auth, folder } = await withResource()
    const file = join(folder, 'nowhere.json')

    expect(await auth([...WEB, '--jwks', file])).toEqual(
      refused(`The file of --jwks cannot be read (ENOENT): give the client's public keys as {"keys":[…]}.`),
    )
    expect(await auth(['clients', 'add', 'web', '--public', '--jwks', file])).toEqual(
      refused('A public client proves nothing: leave out --public or --jwks.'),
    )
  })
})

describe('auth resources add --introspector', () => {
  it('lets a client ask about access tokens for the resource', async () => {
    const { json } = await withResource()
    await json(['clients', 'add', 'api'])

    const updated = await json(['resources', 'add', AUDIENCE, '--introspector', 'api'])

    expect(updated).toEqual({
      audience: AUDIENCE,
      scope: 'profile',
      introspectors: ['api'],
      token_type: 'at+jwt',
      descriptions: {},
    })
  })

  it.each([
    [
      'nobody knows',
      'ghost',
      'There is no such client for --introspector: `auth clients list` shows those there are.',
    ],
    [
      'is public',
      'spa',
      'Client spa is public, so anybody could ask in its name: name one that authenticates.',
    ],
  ])('refuses a client that %s', async (_what, id, sentence) => {
    const { auth, db } = await withResource()
    await saveClient(db, aClient({ id: 'spa' }), { now: 1, demo: 0 })

    expect(await auth(['resources', 'add', AUDIENCE, '--introspector', id])).toEqual(refused(sentence))
  })
})
