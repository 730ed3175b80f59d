/** RFC 6750 §2.1: `credentials = "Bearer" 1*SP b64token`. The scheme is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i

/** The largest access token, in bytes. It still fits into the headers beside cookies, in every common server. */
export const MAX_ACCESS_TOKEN_BYTES: number = 8 * 1024

/** What the `Authorization` headers of a request contain about an access token. */
export type BearerCredentials =
  | { readonly kind: 'absent' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'malformed'; readonly because: string }

/**
 * Finds the access token in all `Authorization` headers of a request (RFC 6750 §2.1). Another scheme counts as absent.
 * Two headers, or `Bearer` without exactly one token, are malformed.
 */
export function parseBearer(headers: readonly string[]): BearerCredentials {
  const [header, ...more] = headers
  if (header === undefined) return { kind: 'absent' }
  if (more.length > 0) return { kind: 'malformed', because: 'Send one Authorization header, not several.' }
  if (!/^bearer(?: |$)/i.test(header)) return { kind: 'absent' }

  const token = BEARER.exec(header)?.[1]
  return token === undefined
    ? {
        kind: 'malformed',
        because: 'Write the Authorization header as: Bearer, one space, the access token.',
      }
    : { kind: 'token', token }
}
