import { decodeJwt, errors } from 'jose'
import { OAuthError } from './error.ts'
import type { Parameters } from './parameters.ts'

/** What a client showed of itself, not yet believed (RFC 6749 §2.3). */
export type PresentedCredentials =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'id'; readonly clientId: string }
  /** Each way to read the secret that was sent: by the RFC, and as half of all clients send it. */
  | { readonly kind: 'secret'; readonly clientId: string; readonly readings: readonly string[] }
  | { readonly kind: 'assertion'; readonly clientId: string; readonly assertion: string }

/** RFC 7523 §2.2. */
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Reads client credentials from the `Authorization` headers (`client_secret_basic`) or the form (`client_secret_post`,
 * `private_key_jwt`, or a `client_id` alone). Throws `invalid_request` for more than one method (RFC 6749 §2.3), `invalid_client` for a
 * header that is not a well-formed Basic one and for a method this server does not offer. A Basic header with an empty
 * id and an empty secret identifies nobody, and counts as no header at all: Swagger UI and others send one when their fields are left empty.
 */
export function parsePresentedCredentials(
  authorization: readonly string[],
  request: Parameters,
): PresentedCredentials {
  const [first, ...more] = authorization
  const header = first === undefined || isEmptyBasic(first) ? undefined : first
  const clientId = request.get('client_id')
  const secret = request.get('client_secret')

  if (more.length > 0) throw new OAuthError('invalid_request', 'Send one Authorization header, not several.')

  const presented = [header, secret, request.get('client_assertion')].filter((one) => one !== undefined)
  if (presented.length > 1) {
    throw new OAuthError(
      'invalid_request',
      'Authenticate the client once: in the Authorization header, by a secret in the body, or by an assertion.',
    )
  }

  const assertion = parseAssertion(request)
  if (assertion) return assertion
  if (header !== undefined) {
    const basic = parseBasic(header)
    if (clientId !== undefined && clientId !== basic.clientId) {
      throw new OAuthError(
        'invalid_request',
        'The client_id of the body is not that of the Authorization header.',
      )
    }
    return basic.readings.includes('')
      ? { kind: 'id', clientId: basic.clientId }
      : { kind: 'secret', ...basic }
  }

  if (clientId === undefined) {
    if (secret === undefined) return { kind: 'nothing' }
    throw new OAuthError('invalid_request', 'A client_secret needs its client_id beside it.')
  }
  return secret === undefined ? { kind: 'id', clientId } : { kind: 'secret', clientId, readings: [secret] }
}

/** RFC 7521 §4.2: the assertion names its client; a `client_id` beside it must be the same. */
function parseAssertion(request: Parameters): PresentedCredentials | undefined {
  const assertion = request.get('client_assertion')
  const type = request.get('client_assertion_type')
  if (assertion === undefined && type === undefined) return undefined
  if (assertion === undefined || type === undefined) {
    throw new OAuthError('invalid_request', 'A client_assertion needs its client_assertion_type beside it.')
  }
  if (type !== JWT_BEARER) {
    throw new OAuthError(
      'invalid_client',
      `This server takes client assertions of the type ${JWT_BEARER} alone.`,
    )
  }

  const subject = subjectOf(assertion)
  const clientId = request.get('client_id')
  if (clientId !== undefined && subject !== undefined && clientId !== subject) {
    throw new OAuthError(
      'invalid_request',
      'The client_id of the body is not the subject of the client assertion.',
    )
  }
  if (subject === undefined)
    throw new OAuthError('invalid_client', 'The client assertion is not a JWT with a subject.')
  return { kind: 'assertion', clientId: subject, assertion }
}

/** Whose the assertion says it is; believed only once a key of that client has proven it. */
function subjectOf(assertion: string): string | undefined {
  try {
    const { sub } = decodeJwt(assertion)
    return typeof sub === 'string' && sub !== '' ? sub : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

/** An empty header, or Basic with an empty user name and an empty password: base64 of a colon. */
function isEmptyBasic(header: string): boolean {
  return /^(?:[Bb][Aa][Ss][Ii][Cc] +Og==)? *$/.test(header)
}

/**
 * RFC 7617 §2, with id and secret each form-urlencoded inside (RFC 6749 §2.3.1). curl, requests, Authlib and axios send
 * them as they are, which differs for `+` and `%` alone. Both readings of a secret count: to know one is to know the
 * other, and a guess comes no nearer by it. An id has one: with `%` it is encoded if it can be, and it holds no space.
 */
function parseBasic(header: string): { clientId: string; readings: readonly string[] } {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1]
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 1) {
    throw new OAuthError(
      'invalid_client',
      'The Authorization header is not well-formed: write Basic, then base64 of client_id:client_secret, each form-urlencoded.',
    )
  }

  const [id, secret] = [pair.slice(0, colon), pair.slice(colon + 1)]
  const decodedId = formDecode(id)
  return {
    clientId: decodedId === undefined || decodedId.includes(' ') ? id : decodedId,
    readings: [...new Set([formDecode(secret) ?? secret, secret])],
  }
}

/** `undefined` for what is not percent-encoding. */
function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
