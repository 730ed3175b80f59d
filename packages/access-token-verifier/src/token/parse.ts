/**
 * The form of a token: taking a compact JWS apart, and its header. This folder owns what is true of one token's text:
 * parsing, claims, the signature and the cache of tokens. It owns no network, and it knows no framework.
 */
import { MAX_ACCESS_TOKEN_BYTES } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'

/** A token is ASCII, so this is also its number of characters. */
export const MAX_TOKEN_BYTES: number = MAX_ACCESS_TOKEN_BYTES

/**
 * How an issuer types its access tokens: as RFC 9068 §2.1 asks, or as plain JWT, as some did before it.
 * @example
 * import { createAccessTokenVerifier, type TokenType } from '@countersign/access-token-verifier'
 *
 * const tokenType: TokenType = 'JWT'
 * createAccessTokenVerifier({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', tokenType })
 */
export type TokenType = 'at+jwt' | 'JWT'

/** A JSON object. Nothing is known of its members yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for an object as JSON means it: not a list, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A JWS taken apart. Nothing in it is proven yet. */
export interface UnverifiedJws {
  readonly header: UnverifiedHeader
  readonly payload: JsonObject
  /** What the signature is over: header and payload as they were written (RFC 7515 §5.2). It is ASCII. */
  readonly signed: string
  readonly signature: Buffer
}

/** The three header parameters we read (RFC 7515 §4.1). We ignore where a token says its key is (`jwk`, `jku`, `x5c`). */
export interface UnverifiedHeader {
  readonly alg: string | undefined
  readonly typ: string | undefined
  readonly kid: string | undefined
}

/**
 * Throws `too_large` before anything is decoded, because decoding a long token is expensive. A caller without types may
 * pass whatever a request had in the token's place: that is `missing` or `malformed`, never a `TypeError`.
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

/** Takes a compact JWS of JSON apart (RFC 7515 §7.1). Throws `malformed`. */
export function parseJws(token: string): UnverifiedJws {
  const [header, payload, signature, ...more] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw malformed('does not have three parts')
  }
  const signatureBytes = decode(signature)
  return {
    header: readHeader(header),
    payload: parseObject(payload),
    signed: token.slice(0, header.length + 1 + payload.length),
    signature: signatureBytes,
  }
}

/** Throws `wrong_algorithm` for everything but RS256, whatever the key set says. */
export function assertAlgorithm({ alg }: UnverifiedHeader): void {
  if (alg === 'RS256') return
  throw new AccessTokenError(
    'wrong_algorithm',
    'This access token is not signed with RS256: get a new one.',
    { expected: 'RS256', ...(alg === undefined ? {} : { actual: alg }) },
  )
}

/**
 * Throws `wrong_type` for a token that is not typed as an access token. Without this check an ID token of the same issuer
 * would be accepted (RFC 9068 §5, RFC 8725 §3.11).
 */
export function assertTokenType({ typ }: UnverifiedHeader, tokenType: TokenType): void {
  if (isAccessTokenType(typ) || (tokenType === 'JWT' && /^(?:application\/)?jwt$/i.test(typ ?? ''))) return
  const expected = expectedTypes(tokenType)
  throw new AccessTokenError(
    'wrong_type',
    `This token is not an access token (type ${expected}): send the access_token of the token response.`,
    { expected, ...(typ === undefined ? {} : { actual: typ }) },
  )
}

/** The accepted types, in words. */
export function expectedTypes(tokenType: TokenType): string {
  return tokenType === 'JWT' ? 'JWT or at+jwt' : 'at+jwt'
}

/** True when the header itself says that this is an access token. */
export function isAccessTokenType(typ: string | undefined): boolean {
  return /^(?:application\/)?at\+jwt$/i.test(typ ?? '')
}

/** The refusal of a token that no issuer writes. `because` is the end of the sentence. */
export function malformed(because: string): AccessTokenError {
  return new AccessTokenError(
    'malformed',
    `This access token ${because}: send it exactly as the issuer gave it.`,
    { actual: `it ${because}` },
  )
}

/** The header that was read last. All tokens that one key has signed begin with the same text. */
let lastHeader: { readonly text: string; readonly header: UnverifiedHeader } | undefined

function readHeader(part: string): UnverifiedHeader {
  if (part === lastHeader?.text) return lastHeader.header
  const header = parseHeader(parseObject(part))
  // A copy, because a slice would hold the whole token in memory: nobody should find one there after its request.
  lastHeader = { text: Buffer.from(part, 'latin1').toString('latin1'), header }
  return header
}

function parseHeader(header: JsonObject): UnverifiedHeader {
  // Both change what is signed or how it is read (RFC 7515 §4.1.11, RFC 7797). No access token needs them.
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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parseObject(part: string): JsonObject {
  const bytes = decode(part)
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    if (isJsonObject(value)) return value
  } catch {
    // For the caller, not UTF-8 and not JSON are the same.
  }
  throw malformed('has a part that is not a JSON object')
}

/** Accepts one spelling for every sequence of bytes (RFC 7515 §2, RFC 4648 §3.5), so that one token has one text. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw malformed('has a part that is not base64url')
  return bytes
}
