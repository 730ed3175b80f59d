import { isOnLoopback } from '@countersign/shared'

/** RFC 3986 §2: what a URI is written with, a percent sign only before two hexadecimal digits. */
const URI_CHARACTERS = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/i

/** What is left of a host that a header of ours can name: some others have a meaning in a Content-Security-Policy. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)$/

/**
 * Says what keeps a text from being a URI to register, as the end of a sentence; `undefined` when it is one. What could be
 * written in another way, or be read differently by a browser and by us, is refused.
 */
export function uriProblem(text: string): string | undefined {
  if (text.length > 2048) return 'must have 2048 characters at most'
  if (!URI_CHARACTERS.test(text) || !URL.canParse(text)) return 'must be an absolute URI'
  if (text.includes('#')) return 'must not have a fragment'
  if (authorityOf(text).includes('@')) return 'must not have a user name'
  const path = text.slice(text.indexOf(':') + 1).replace(/\?.*$/, '')
  if (
    path
      .replaceAll(/%2e/gi, '.')
      .split(/\/|%2f|%5c/i)
      .some(isDotSegment)
  ) {
    return 'must not have a segment . or .. in its path, written out or encoded'
  }
  return undefined
}

/** Says the same of an address to send a browser or a message to. A message on this machine needs no encryption. */
export function webAddressProblem(text: string): string | undefined {
  const problem = uriProblem(text)
  if (problem !== undefined) return problem
  const { protocol, hostname } = new URL(text)
  const isOurs = protocol === 'https:' || (protocol === 'http:' && isOnLoopback(text))
  if (isOurs && !HOST.test(hostname)) return 'must name one host'
  if (isOurs && authorityOf(text).replace(/:[0-9]*$/, '') !== hostname)
    return `must write its host as ${hostname}`
  return isOurs ? undefined : 'must be https, or http on a loopback address'
}

/** Says the same of an address that pages may show or name: whoever reads them is elsewhere. */
export function httpsProblem(text: string): string | undefined {
  const problem = uriProblem(text)
  if (problem !== undefined) return problem
  return new URL(text).protocol === 'https:' ? webAddressProblem(text) : 'must be https'
}

/** What stands between the two slashes and the path: `URL` has changed it already. */
function authorityOf(text: string): string {
  return /^[^:]+:\/\/([^/?]*)/.exec(text)?.[1] ?? ''
}

function isDotSegment(segment: string): boolean {
  return segment === '.' || segment === '..'
}
