import { uriProblem, webAddressProblem } from './web-address.ts'

/** RFC 8252 §7.1: the domain of the maker, written backwards. Without a dot another app, or the browser, may have it. */
const PRIVATE_USE_SCHEME = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/i

/**
 * Says what keeps a text from being a redirect URI to register, as the end of a sentence; `undefined` when it is one.
 * Addresses to return to after signing out follow the same rules.
 */
export function redirectUriProblem(text: string): string | undefined {
  if (PRIVATE_USE_SCHEME.test(text)) return uriProblem(text)
  const problem = webAddressProblem(text)
  return problem === 'must be https, or http on a loopback address'
    ? `${problem}, or have a scheme of its own with a dot, like com.example.app`
    : problem
}

/** RFC 8252 §7.3: the addresses themselves. `localhost` may be made to name another machine, so its port counts. */
const LOOPBACK_URI = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)$/

/**
 * Whether a redirect URI of a request is the registered one: character by character (RFC 9700 §2.1), but for the port on a
 * loopback address, where an app takes the one that is free (RFC 8252 §7.3).
 */
export function matchesRedirectUri(registered: string, presented: string): boolean {
  if (presented === registered) return true
  const [, registeredHost, , registeredRest] = LOOPBACK_URI.exec(registered) ?? []
  const [, host, port = '80', rest] = LOOPBACK_URI.exec(presented) ?? []
  return host !== undefined && host === registeredHost && rest === registeredRest && Number(port) <= 65_535
}
