import { encodePart, signJws, signText } from '../../src/token/signature.ts'
import type { TestKey } from './signing-key.ts'

/** The instant at which every token of these tests is issued. */
export const NOW = 1_790_000_000

/** What may be changed of an ordinary token; a member set to `undefined` is left out. */
export interface TokenChanges {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The claims of an ordinary token for `https://api.example.com`. */
export function ordinaryClaims(issuer: string): Readonly<Record<string, unknown>> {
  return {
    iss: issuer,
    aud: 'https://api.example.com',
    sub: 'usr_alice',
    client_id: 'demo',
    iat: NOW,
    exp: NOW + 1800,
    jti: 'one',
    scope: 'profile email',
  }
}

/** A token that is right in everything but the changes, signed with RS256. */
export function aToken(issuer: string, key: TestKey, changes: TokenChanges = {}): string {
  const header = { alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...changes.header }
  return signJws(header, { ...ordinaryClaims(issuer), ...changes.claims }, key.privateKey)
}

/** Any signing input with an RS256 signature behind it. */
export function signed(input: string, key: TestKey): string {
  return signText(input, key.privateKey)
}

/** A value as JSON in base64url. */
export const encode: (value: unknown) => string = encodePart
