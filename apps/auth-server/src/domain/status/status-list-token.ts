import { type Clock, encodeStatusList, type Seconds, type StatusListClaims } from '@countersign/shared'
import { decodeProtectedHeader } from 'jose'
import type { Database } from '../../storage/database.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { type StatusList, statusListUri } from './status-list.ts'
import { findStatusList, listEndedIndexes, renewStatusList } from './status-list-store.ts'

export interface StatusListTokenDeps {
  readonly db: Database
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly now: Clock
  /** For how long a fetched list may be used before it is asked for again. */
  readonly statusListTtl: Seconds
  /** From the last change of a list until the token that carries it expires; it is renewed at half of this. */
  readonly statusListLifetime: Seconds
}

/** A signed list, and the tag under which it is the same bytes from every replica. */
export interface StatusListToken {
  readonly etag: string
  readonly jwt: string
}

/** How many lists are kept signed; a server has one that fills and a few that fade. */
const KEPT_TOKENS = 32

/** Signs status lists, and keeps what it has signed until the list changes. */
export interface StatusListSigner {
  /** The list with this id, as it is now; `undefined` when there is none. */
  readonly sign: (id: string) => Promise<StatusListToken | undefined>
}

/** Creates a signer that asks for the version of a list every time, and builds and signs only when it is a new one. */
export function createStatusListSigner(deps: StatusListTokenDeps): StatusListSigner {
  const kept = new Map<string, StatusListToken>()
  const underWay = new Map<string, Promise<StatusListToken>>()

  return {
    sign: async (id) => {
      const list = await findRenewed(deps, id)
      if (!list) return undefined
      const etag = etagOf(list, deps.keyRing.activeKid())
      const token = kept.get(id)
      if (token?.etag === etag) return token

      // Of many who ask for a new version at once, the first builds it.
      const building = underWay.get(etag) ?? buildToken(deps, list).finally(() => underWay.delete(etag))
      underWay.set(etag, building)
      const built = await building
      if (kept.size >= KEPT_TOKENS) kept.clear()
      kept.set(id, built)
      return built
    },
  }
}

/** A list whose token has lived for half its lifetime gets a new version, so that it never expires while it is asked for. */
async function findRenewed(
  { db, now, statusListLifetime }: StatusListTokenDeps,
  id: string,
): Promise<StatusList | undefined> {
  const list = await findStatusList(db, id)
  if (!list || now() < list.changedAt + statusListLifetime / 2) return list
  await renewStatusList(db, list, now())
  return findStatusList(db, id)
}

/** Reads the bits between two looks at the version: when it has not moved, they are that version's. */
async function buildToken(deps: StatusListTokenDeps, list: StatusList): Promise<StatusListToken> {
  for (let version = list; ; ) {
    const ended = await listEndedIndexes(deps.db, version.id)
    const after = await findStatusList(deps.db, version.id)
    if (!after || after.version === version.version) return signList(deps, version, ended)
    version = after
  }
}

async function signList(
  { keyRing, issuer, statusListTtl, statusListLifetime }: StatusListTokenDeps,
  list: StatusList,
  ended: readonly number[],
): Promise<StatusListToken> {
  const claims: StatusListClaims = {
    sub: statusListUri(issuer, list.id),
    iat: list.changedAt,
    exp: list.changedAt + statusListLifetime,
    ttl: statusListTtl,
    status_list: { bits: 1, lst: encodeStatusList(ended) },
  }
  const jwt = await keyRing.sign('statuslist+jwt', claims)
  // Of the key that has signed, which may have become another one since this began.
  return { etag: etagOf(list, decodeProtectedHeader(jwt).kid), jwt }
}

/** The same list, version and key are the same bytes. */
function etagOf({ id, version }: StatusList, kid: string | undefined): string {
  return `${id}.${version}.${kid}`
}
