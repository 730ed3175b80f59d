import { Refusal } from './refusal.ts'

/** A header as it is copied from a request, whole or without its name (RFC 6750 §2.1). */
const HEADER = /^(?:authorization:[ \t]*)?bearer[ \t]+(\S+)[ \t]*$/im

/** Finds the access token in what somebody pasted: itself, a token response, or the header of a request. */
export function presentedToken(text: string): string {
  const document = parseJson(text)
  if (typeof document === 'string') return document
  if (typeof document === 'object' && document !== null) {
    if ('access_token' in document && typeof document.access_token === 'string') return document.access_token
    throw new Refusal('The JSON on standard input has no access_token.')
  }
  return HEADER.exec(text)?.[1] ?? text
}

/** The audiences a token says it is for; nothing of it is proven yet. */
export function unprovenAudiences(token: string): readonly string[] {
  const audience = unprovenClaims(token)?.aud
  const listed: readonly unknown[] = Array.isArray(audience) ? audience : [audience]
  return listed.filter((one) => typeof one === 'string')
}

/** What a token says of itself. Believe it only once its signature and type are proven. */
export function unprovenClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
