import { createHmac } from 'node:crypto'
import { serve } from '@countersign/http-service'
import { exportSPKI, importJWK } from 'jose'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ask, askForMe } from '../support/answer.ts'
import {
  aKey,
  claimsFrom,
  NOW,
  sign,
  startIssuer,
  type TestIssuer,
  type TestKey,
} from '../support/test-issuer.ts'
import { startServer } from '../support/test-server.ts'

let ours: TestKey
let attackers: TestKey

beforeAll(async () => {
  ours = await aKey()
  attackers = await aKey()
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token whose header says where the attacker's key is. */
const pointing = (member: string, value: () => unknown) => (issuer: TestIssuer) =>
  sign(attackers, claimsFrom(issuer.issuer), { [member]: value() })

/** A genuine token with other claims. */
const claiming = (claims: Record<string, unknown>) => (issuer: TestIssuer) => issuer.token(claims)

const HOSTILE: readonly (readonly [string, string, (issuer: TestIssuer) => string | Promise<string>])[] = [
  [
    'alg none',
    'wrong_algorithm',
    ({ issuer }) => `${encode({ alg: 'none', typ: 'at+jwt', kid: ours.kid })}.${encode(claimsFrom(issuer))}.`,
  ],
  [
    'HS256 with the public key as secret',
    'wrong_algorithm',
    async ({ issuer }) => {
      const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: ours.kid })}.${encode(claimsFrom(issuer))}`
      const publicKey = await importJWK({ ...ours.publicJwk, ext: true }, 'RS256')
      if (publicKey instanceof Uint8Array) throw new Error('not a public key')
      return `${signed}.${createHmac('sha256', await exportSPKI(publicKey))
        .update(signed)
        .digest('base64url')}`
    },
  ],
  ['another key under our kid', 'bad_signature', ({ issuer }) => sign(attackers, claimsFrom(issuer))],
  ['its own key in jwk', 'bad_signature', pointing('jwk', () => attackers.publicJwk)],
  ['its own key at jku', 'bad_signature', pointing('jku', () => 'http://127.0.0.1:9/keys')],
  ['its own key at x5u', 'bad_signature', pointing('x5u', () => 'http://127.0.0.1:9/chain')],
  ['its own key in x5c', 'bad_signature', pointing('x5c', () => ['MIIB'])],
  [
    'a kid nobody publishes',
    'unknown_key',
    ({ issuer }) => sign({ ...attackers, kid: 'x' }, claimsFrom(issuer)),
  ],
  ['the type of a plain JWT', 'wrong_type', (issuer) => issuer.token({}, { typ: 'JWT' })],
  ['another issuer', 'wrong_issuer', claiming({ iss: 'http://127.0.0.1:1' })],
  ['another audience', 'wrong_audience', claiming({ aud: 'http://127.0.0.1:8002' })],
  ['an expiry in the past', 'expired', claiming({ exp: NOW - 6 })],
  ['a beginning in the future', 'not_yet_valid', claiming({ nbf: NOW + 60 })],
  ['no expiry', 'malformed', claiming({ exp: undefined })],
  [
    'a payload that was changed',
    'bad_signature',
    async (issuer) => {
      const [header, , signature] = (await issuer.token()).split('.')
      return `${header}.${encode({ ...claimsFrom(issuer.issuer), sub: 'usr_root' })}.${signature}`
    },
  ],
  ['no signature', 'bad_signature', async (issuer) => (await issuer.token()).replace(/[^.]*$/, '')],
  ['five parts', 'malformed', async (issuer) => `${await issuer.token()}.a.b`],
  ['8 KiB of junk', 'malformed', () => 'j'.repeat(8 * 1024)],
  ['more than 8 KiB', 'too_large', () => 'j'.repeat(8 * 1024 + 1)],
]

describe('a token with', () => {
  it.each(HOSTILE)('%s is refused as %s', async (_name, code, forge) => {
    const issuer = await startIssuer({ key: ours })
    const { url, lines } = await startServer(issuer)

    const answer = await askForMe(url, await forge(issuer))

    const description = expect.stringMatching(/^[A-Z].*\.$/)
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('Bearer error="invalid_token"') },
      body: { error: 'invalid_token', error_description: description },
    })
    expect(lines.at(-1)).toMatchObject({ status: 401, error: code })
  })
})

it('a token of 100 KB is refused before it is read [RFC 6585 §5]', async () => {
  const { handler, logger } = await startServer(await startIssuer({ key: ours }))
  const service = await serve({
    handler,
    host: '127.0.0.1',
    port: 0,
    keepAlive: 65,
    drainDelay: 0,
    logger,
    drain: () => {},
    close: [],
  })
  onTestFinished(service.stop)

  const answer = await ask(`http://127.0.0.1:${service.address.port}/users/me`, {
    headers: { authorization: `Bearer ${'j'.repeat(100_000)}` },
  })

  expect(answer).toMatchObject({ status: 431, body: { error: 'invalid_request' } })
})
