import { malformed } from '../token/parse.ts'
import { SecondChanceCache } from '../token/second-chance-cache.ts'
import { CachedStatusList, type StatusListDeps } from './cached-status-list.ts'
import type { IssuerLocation } from './discovery.ts'
import type { StatusList } from './status-list.ts'

/** An issuer fills one list after another, so only a few are in use at a time. Some issuers have many small lists. */
const MAX_LISTS = 1000
/** For all lists together: eight hundred lists of our authorization server, or a hundred of the largest size. */
const MAX_TOTAL_BYTES = 100 * 1024 * 1024

/** Whose lists are read, and with what. */
export interface StatusListsOptions extends IssuerLocation, StatusListDeps {}

/**
 * The status lists of one issuer. A list is cached once a token has named it. The caller must have verified the token's
 * signature before, so that only the issuer's own word makes us fetch anything. When there are too many lists, those that
 * nobody asks for are dropped first.
 */
export class StatusLists {
  readonly #options: StatusListsOptions
  readonly #lists = new SecondChanceCache<string, CachedStatusList>(MAX_LISTS)
  #closed = false

  constructor(options: StatusListsOptions) {
    this.#options = options
  }

  /** The list with this URI. Throws `malformed` when it is not the issuer's. Rejects with `status_unavailable`. */
  find(uri: string): StatusList | Promise<StatusList> {
    return (this.#lists.get(uri) ?? this.#open(uri)).read()
  }

  /** Aborts the current fetches and starts no other. */
  close(): void {
    this.#closed = true
    for (const list of this.#lists.values()) list.close()
  }

  #open(uri: string): CachedStatusList {
    const list = new CachedStatusList(
      { uri, address: statusListAddress(uri, this.#options) },
      { ...this.#options, onGrown: () => this.#makeRoom() },
    )
    if (this.#closed) list.close()
    this.#lists.set(uri, list)?.retire()
    return list
  }

  /** A list that is dropped still answers the requests that wait for it. */
  #makeRoom(): void {
    let bytes = 0
    for (const list of this.#lists.values()) bytes += list.bytes()
    while (bytes > MAX_TOTAL_BYTES) {
      const oldest = this.#lists.dropOldest()
      if (!oldest) return
      oldest.retire()
      bytes -= oldest.bytes()
    }
  }
}

/**
 * Where to connect to for a status list. It must lie under the issuer, as text and as a parsed URL (`..` and `%2e` would lead
 * out of a realm). Otherwise a token could send us anywhere.
 */
export function statusListAddress(uri: string, { issuer, issuerAddress }: IssuerLocation): string {
  const base = issuer.replace(/\/$/, '')
  if (!uri.startsWith(`${base}/`) || uri.includes('#') || !URL.canParse(uri)) throw notOfTheIssuer()
  const url = new URL(uri)
  const { origin, pathname } = new URL(`${base}/`)
  if (url.origin !== origin || !url.pathname.startsWith(pathname)) throw notOfTheIssuer()
  return `${issuerAddress ?? origin}${url.pathname}${url.search}`
}

function notOfTheIssuer(): Error {
  return malformed("names a status list that is not its issuer's")
}
