import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { Clock, Seconds, StatusListClaims } from '@countersign/shared'
import { decodeProtectedHeader } from 'jose'
import type { Database } from '../../storage/database.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../keys/plan-rotation.ts'
import { type ReadStatusList, readStatusList } from './read-status-list.ts'
import { type StatusList, statusListUri } from './status-list.ts'
import { findStatusList, renewStatusList } from './status-list-store.ts'

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

interface BuiltToken {
  readonly version: number
  readonly token: StatusListToken
}

/** How many signed lists are cached. A server has one list that fills and a few that expire. */
const MAX_CACHED_TOKENS = 32

/** In another thread: compressing a hundred kilobytes takes a few milliseconds. */
const compress = promisify(deflate)

/** Signs status lists, and caches what it has signed until the list changes. */
export interface StatusListSigner {
  /** The list with this id, as it is now; `undefined` when there is none. */
  readonly sign: (id: string) => Promise<StatusListToken | undefined>
}

/** Creates a signer that reads the version of a list every time, and builds and signs the list only when it is new. */
export function createStatusListSigner(deps: StatusListTokenDeps): StatusListSigner {
  const cached = new Map<string, StatusListToken>()
  const underWay = new Map<string, Promise<BuiltToken | undefined>>()

  const build = (id: string): Promise<BuiltToken | undefined> => {
    const building = buildToken(deps, id).finally(() => underWay.delete(id))
    underWay.set(id, building)
    return building
  }

  return {
    sign: async (id) => {
      const list = await findRenewed(deps, id)
      if (!list) return undefined
      const token = cached.get(id)
      if (token?.etag === etagOf(list, deps.keyRing.activeKid())) return token

      // One build of a list at a time. It may have begun before the version that was just read: then all who waited for it
      // share the next build.
      for (;;) {
        const built = await (underWay.get(id) ?? build(id))
        if (!built) return undefined
        if (built.version < list.version) continue
        if (cached.size >= MAX_CACHED_TOKENS) cached.clear()
        cached.set(id, built.token)
        return built.token
      }
    },
  }
}

/**
 * Finds a list, and gives it a new version first when its date will not do: its token has lived for half of its lifetime and
 * must never expire in use, or a clock that was ahead has dated it and verifiers would refuse it until then.
 */
async function findRenewed(
  { db, now, statusListLifetime }: StatusListTokenDeps,
  id: string,
): Promise<StatusList | undefined> {
  const list = await findStatusList(db, id)
  if (!list) return undefined
  const isHalfway = now() >= list.changedAt + statusListLifetime / 2
  const isMisdated = list.changedAt > now() + CLOCK_TOLERANCE_SECONDS
  if (!isHalfway && !isMisdated) return list
  await renewStatusList(db, list, now())
  return findStatusList(db, id)
}

async function buildToken(deps: StatusListTokenDeps, id: string): Promise<BuiltToken | undefined> {
  const { keyRing, issuer, now, statusListTtl, statusListLifetime } = deps
  const list = await readStatusList(deps.db, id)
  if (!list) return undefined

  // Another replica with a wrong clock may have changed it since it was renewed.
  const changedAt = Math.min(list.changedAt, now() + CLOCK_TOLERANCE_SECONDS)
  const claims: StatusListClaims = {
    sub: statusListUri(issuer, id),
    // The clock that dated the list may be ahead by this tolerance. A verifier with a correct clock must accept it now, and
    // every replica must sign the same bytes.
    iat: changedAt - CLOCK_TOLERANCE_SECONDS,
    exp: changedAt + statusListLifetime,
    ttl: statusListTtl,
    status_list: { bits: 1, lst: await encode(list) },
  }
  const jwt = await keyRing.sign('statuslist+jwt', claims)
  // The key that has signed may be another than the one that was active before.
  const etag = etagOf(list, decodeProtectedHeader(jwt).kid)
  return { version: list.version, token: { etag, jwt } }
}

async function encode({ bytes }: ReadStatusList): Promise<string> {
  return (await compress(bytes, { level: 9 })).toString('base64url')
}

/** The same list, version and key make the same bytes. */
function etagOf({ id, version }: StatusList, kid: string | undefined): string {
  return `${id}.${version}.${kid}`
}
