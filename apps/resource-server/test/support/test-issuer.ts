import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AUTHORIZATION_SERVER_METADATA_PATH, encodeStatusList, type StatusClaim } from '@countersign/shared'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

/** The instant at which every test plays, and every token is issued. */
export const NOW = 1_790_000_000

/** The audience of every ordinary token. */
export const AUDIENCE = 'http://127.0.0.1:8001'

/** A tiny authorization server, real as far as a resource server can see: metadata, a key set, signed tokens. */
export interface TestIssuer {
  readonly issuer: string
  /** Where it listens; not always what its name says. */
  readonly address: string
  readonly key: TestKey
  /** An access token for alice, with these claims (`undefined` leaves one out) and header parameters instead. */
  readonly token: (
    claims?: Readonly<Record<string, unknown>>,
    header?: Partial<JWTHeaderParameters>,
  ) => Promise<string>
  /** Adds members to the metadata, or replaces them. */
  readonly describe: (members: Readonly<Record<string, unknown>>) => void
  /** The `status` of a token that is in force, and of one that was revoked. */
  readonly statuses: { readonly inForce: StatusClaim; readonly revoked: StatusClaim }
  /** What its clock is ahead of ours, in seconds. */
  readonly setClock: (ahead: number) => void
  /** The `Age` its answers have from now on, as a cache in front of it would write it. */
  readonly setAge: (age: string) => void
  readonly close: () => Promise<void>
}

/** A key pair; the private half signs. */
export interface TestKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

/** Makes a key pair for RS256. */
export async function aKey(kid = 'the-key'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}

/** Signs an access token. */
export async function sign(
  key: TestKey,
  claims: Readonly<Record<string, unknown>>,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...header })
    .sign(key.privateKey)
}

const STATUS_LIST = '/status-lists/one'

function statusList(key: TestKey, issuer: string): Promise<string> {
  const status_list = { bits: 1, lst: encodeStatusList([1], 8) }
  const claims = { sub: issuer + STATUS_LIST, iat: NOW, exp: NOW + 86_400, ttl: 5, status_list }
  return sign(key, claims, { typ: 'statuslist+jwt' })
}

/** The claims of an ordinary access token for alice (RFC 9068 §2.2). */
export function claimsFrom(issuer: string): Readonly<Record<string, unknown>> {
  return {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'usr_alice',
    client_id: 'demo',
    iat: NOW,
    exp: NOW + 1800,
    jti: 'at_1',
    scope: 'profile',
    preferred_username: 'alice',
    name: 'Alice Wonderland',
  }
}

/** Starts an issuer that ends with the test. `host` is where it listens; `name` what it calls itself, if not that. */
export async function startIssuer(
  options: {
    readonly host?: string
    readonly port?: number
    readonly name?: string
    readonly key?: TestKey
  } = {},
): Promise<TestIssuer> {
  const { host = '127.0.0.1', key = await aKey() } = options
  let ahead = 0
  let age = '0'
  let members: Readonly<Record<string, unknown>> = {}
  const server = createServer((request, response) => {
    const documents: Readonly<Record<string, unknown>> = {
      [AUTHORIZATION_SERVER_METADATA_PATH]: { issuer, jwks_uri: `${issuer}/keys`, ...members },
      '/keys': { keys: [key.publicJwk] },
    }
    const document = documents[request.url ?? '']
    if (request.url === STATUS_LIST) {
      void statusList(key, issuer).then((list) => response.end(list))
      return
    }
    response.writeHead(document ? 200 : 404, {
      'content-type': 'application/json',
      date: new Date((NOW + ahead) * 1000).toUTCString(),
      age,
    })
    response.end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, host, resolve))
  const address = `http://${host}:${(server.address() as AddressInfo).port}`
  const issuer = options.name ?? address

  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(close)
  return {
    issuer,
    address,
    key,
    token: (claims = {}, header = {}) => sign(key, { ...claimsFrom(issuer), ...claims }, header),
    describe: (more) => {
      members = more
    },
    statuses: {
      inForce: { status_list: { uri: issuer + STATUS_LIST, idx: 0 } },
      revoked: { status_list: { uri: issuer + STATUS_LIST, idx: 1 } },
    },
    setClock: (seconds) => {
      ahead = seconds
    },
    setAge: (text) => {
      age = text
    },
    close,
  }
}
