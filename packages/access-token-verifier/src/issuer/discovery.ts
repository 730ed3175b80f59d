import {
  AUTHORIZATION_SERVER_METADATA_PATH,
  isOnLoopback,
  OPENID_CONFIGURATION_PATH,
  type Seconds,
} from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import { isJsonObject } from '../token/parse.ts'
import { type FetchEdge, fetchDocument, UnusableAnswer } from './fetch-document.ts'

/** An issuer's name, and the origin where it is reached when that is not its own. */
export interface IssuerLocation {
  readonly issuer: string
  readonly issuerAddress?: string
}

/** Where to connect to for a key set, and how old the metadata is that says so. */
export interface DiscoveredKeySet {
  readonly url: string
  readonly age: Seconds
}

/**
 * Finds the address of an issuer's key set in its metadata. Refuses metadata that names another issuer (RFC 8414 §3.3), and a
 * key set without TLS. When the answer at the first address cannot be used, the second address is tried as well: a server that
 * only knows OpenID Connect answers at the first one with a sign-in page, or with the metadata of another tenant. After an
 * outage at the first address the second one is not tried, because it could only hide the outage.
 */
export async function discoverKeySet(location: IssuerLocation, edge: FetchEdge): Promise<DiscoveredKeySet> {
  const problems: Error[] = []
  for (const address of metadataAddresses(location)) {
    try {
      const { value, age } = await fetchDocument(address, edge)
      return { url: keySetAddress(value, location), age }
    } catch (problem) {
      if (!isOfThisAddress(problem)) throw mismatchIn(problems) ?? problem
      problems.push(problem)
    }
  }
  throw mismatchIn(problems) ?? noMetadata(location, problems)
}

function isOfThisAddress(problem: unknown): problem is Error {
  return problem instanceof UnusableAnswer || problem instanceof AccessTokenError
}

/** The most useful of several problems: an operator can correct it, and waiting does not help. */
function mismatchIn(problems: readonly Error[]): Error | undefined {
  return problems.find((problem) => problem instanceof AccessTokenError)
}

function noMetadata({ issuer }: IssuerLocation, problems: readonly Error[]): Error {
  return new Error(`${issuer} has no metadata: ${problems.map(({ message }) => message).join(' ')}`)
}

/**
 * RFC 8414 §3.1 puts the well-known path between host and path; OIDC Discovery §4 appends it. Both drop a final slash.
 * The second one is for servers that only know OpenID Connect.
 */
export function metadataAddresses(location: IssuerLocation): readonly string[] {
  const { origin, pathname } = new URL(location.issuer)
  const path = pathname.replace(/\/$/, '')
  const host = location.issuerAddress ?? origin
  return [`${host}${AUTHORIZATION_SERVER_METADATA_PATH}${path}`, `${host}${path}${OPENID_CONFIGURATION_PATH}`]
}

function keySetAddress(metadata: unknown, location: IssuerLocation): string {
  if (!isJsonObject(metadata))
    throw new UnusableAnswer(`The metadata of ${location.issuer} is not a JSON object.`)
  assertSameIssuer(metadata.issuer, location.issuer)

  const { jwks_uri } = metadata
  if (typeof jwks_uri !== 'string' || !URL.canParse(jwks_uri)) {
    throw new UnusableAnswer(`The metadata of ${location.issuer} has no usable jwks_uri.`)
  }
  const url = new URL(jwks_uri)
  if (url.origin === new URL(location.issuer).origin) {
    return `${location.issuerAddress ?? url.origin}${url.pathname}${url.search}`
  }
  if (!mayConnectTo(url, location)) {
    throw new UnusableAnswer(
      `The metadata of ${location.issuer} has a jwks_uri that does not begin with https://.`,
    )
  }
  return url.href
}

function assertSameIssuer(actual: unknown, expected: string): void {
  if (actual === expected) return
  throw new AccessTokenError(
    'keys_unavailable',
    "The issuer's metadata names another issuer than this server trusts: its operator must make the two equal.",
    { expected, ...(typeof actual === 'string' ? { actual } : {}) },
  )
}

/** Anybody who can change the key set on its way can sign tokens. So: https, or a network that is private by configuration. */
function mayConnectTo(url: URL, { issuer, issuerAddress }: IssuerLocation): boolean {
  if (url.protocol === 'https:' || url.origin === issuerAddress) return true
  return url.protocol === 'http:' && isOnLoopback(url.href) && isOnLoopback(issuer)
}
