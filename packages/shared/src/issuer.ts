/**
 * Says why a text is not a valid issuer, as the end of a sentence; `undefined` when it is one.
 *
 * An issuer is compared character by character (RFC 8414 §3.3), so nothing is normalized here: a text that a URL parser
 * would write differently is refused, and the message gives the spelling to use. No path, query, fragment or trailing
 * slash is allowed. `http` is allowed only on loopback names and addresses (RFC 8414 §2 requires `https`, but there a
 * token never leaves the machine).
 */
export function issuerProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL: write it like https://auth.example.com'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://'
  if (url.username || url.password) return 'must not hold a user name or password'
  if (url.protocol === 'http:' && !isOnLoopback(text)) {
    return 'must begin with https:// (http is only for localhost, 127.0.0.0/8 and [::1])'
  }
  if (url.origin !== text)
    return `must be an origin and nothing more, with no trailing slash: write it as ${url.origin}`
  return undefined
}

/** True when a URL's host is a loopback name or address, which only this machine can reach (RFC 6761 §6.3, RFC 5735 §3). */
export function isOnLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  )
}
