import { AccessTokenError } from '../error.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import type { TokenType } from '../options.ts'

/** In characters. Ours have one; twice what fits in a usual proxy's header line is not a token any more. */
export const MAX_TOKEN_BYTES: number = 8 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A token taken apart; nothing in it is proven yet. */
export interface UnverifiedToken {
  readonly header: UnverifiedHeader
  readonly claims: JsonObject
}

/** The three header parameters we read (RFC 7515 §4.1). Where a token says its key is (`jwk`, `jku`, `x5c`) is not among them. */
export interface UnverifiedHeader {
  readonly alg: string | undefined
  readonly typ: string | undefined
  readonly kid: string | undefined
}

/**
 * Throws `too_large`: before anything is decoded, since decoding is what a long one would make dear. Callers without types
 * may hand over whatever a request had in its place, and that is a fault of the request: `missing`, or `malformed`.
 */
export function assertTokenSize(token: unknown): asserts token is string {
  if (token === undefined || token === null) {
    throw new AccessTokenError('missing', 'This request needs an access token, and there is none.')
  }
  if (typeof token !== 'string') throw malformed('is not a text')
  if (token.length <= MAX_TOKEN_BYTES) return
  throw new AccessTokenError(
    'too_large',
    `This access token is longer than ${MAX_TOKEN_BYTES} characters: ask for one with less in it.`,
    { expected: String(MAX_TOKEN_BYTES), actual: String(token.length) },
  )
}

/** Takes a compact JWS apart (RFC 7515 §7.1). Throws `malformed`. */
export function parseToken(token: string): UnverifiedToken {
  const [header, claims, signature, ...more] = token.split('.')
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) {
    throw malformed('does not have three parts')
  }
  decode(signature)
  return { header: parseHeader(parseObject(header)), claims: parseObject(claims) }
}

/** Throws `wrong_algorithm`: RS256 alone, whatever the key set says. */
export function assertAlgorithm({ alg }: UnverifiedHeader): void {
  if (alg === 'RS256') return
  throw new AccessTokenError(
    'wrong_algorithm',
    'This access token is not signed with RS256: get a new one.',
    {
      expected: 'RS256',
      ...(alg === undefined ? {} : { actual: alg }),
    },
  )
}

/** Throws `wrong_type`: an access token by its own word, or an ID token of the same issuer would do (RFC 9068 §5; RFC 8725 §3.11). */
export function assertAccessTokenType({ typ }: UnverifiedHeader, tokenType: TokenType): void {
  if (isAccessTokenType(typ) || (tokenType === 'JWT' && /^(?:application\/)?jwt$/i.test(typ ?? ''))) return
  const expected = expectedTypes(tokenType)
  throw new AccessTokenError(
    'wrong_type',
    `This token is not an access token (type ${expected}): send the access_token of the token response.`,
    { expected, ...(typ === undefined ? {} : { actual: typ }) },
  )
}

/** The types that are taken, in words. */
export function expectedTypes(tokenType: TokenType): string {
  return tokenType === 'JWT' ? 'JWT or at+jwt' : 'at+jwt'
}

/** True for a header that says of itself that this is an access token. */
export function isAccessTokenType(typ: string | undefined): boolean {
  return /^(?:application\/)?at\+jwt$/i.test(typ ?? '')
}

/** A refusal of a token no issuer writes; `because` is the end of the sentence. */
export function malformed(because: string): AccessTokenError {
  return new AccessTokenError(
    'malformed',
    `This access token ${because}: send it exactly as the issuer gave it.`,
    { actual: `it ${because}` },
  )
}

function parseHeader(header: JsonObject): UnverifiedHeader {
  // Both change what is signed or how it is read (RFC 7515 §4.1.11, RFC 7797), and no access token needs them.
  if ('crit' in header || 'b64' in header) throw malformed('has a header with extensions')
  const { alg, typ, kid } = header
  if (!isTextOrAbsent(alg) || !isTextOrAbsent(typ) || !isTextOrAbsent(kid)) {
    throw malformed('has a header that is not valid')
  }
  return { alg, typ, kid }
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function parseObject(part: string): JsonObject {
  const bytes = decode(part)
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    if (isJsonObject(value)) return value
  } catch {
    // Not UTF-8 and not JSON are the same to the caller.
  }
  throw malformed('has a part that is not a JSON object')
}

/** Exactly one spelling for every sequence of bytes (RFC 7515 §2, RFC 4648 §3.5), so one token has one text. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw malformed('has a part that is not base64url')
  return bytes
}
