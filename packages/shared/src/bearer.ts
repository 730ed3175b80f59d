/** RFC 6750 §2.1: `credentials = "Bearer" 1*SP b64token`; the scheme's case does not matter (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i

/** No access token is larger, in bytes: it still fits a header beside cookies, in every common server. */
export const MAX_ACCESS_TOKEN_BYTES: number = 8 * 1024

/** What the `Authorization` headers of a request say about an access token. */
export type BearerCredentials =
  | { readonly kind: 'absent' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'malformed'; readonly because: string }

/**
 * Finds the access token in a request's `Authorization` headers, every one of them (RFC 6750 §2.1).
 * Another scheme counts as absent; two headers, or `Bearer` without exactly one token, are malformed.
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
