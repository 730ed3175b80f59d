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

/** How many lists are kept signed; a server has one that fills and a few that fade. */
const KEPT_TOKENS = 32

/** Not on the event loop: a hundred kilobytes take a few milliseconds. */
const compress = promisify(deflate)

/** Signs status lists, and keeps what it has signed until the list changes. */
export interface StatusListSigner {
  /** The list with this id, as it is now; `undefined` when there is none. */
  readonly sign: (id: string) => Promise<StatusListToken | undefined>
}

/** Creates a signer that asks for the version of a list every time, and builds and signs only when it is a new one. */
export function createStatusListSigner(deps: StatusListTokenDeps): StatusListSigner {
  const kept = new Map<string, StatusListToken>()
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
      const token = kept.get(id)
      if (token?.etag === etagOf(list, deps.keyRing.activeKid())) return token

      // One build of a list at a time. One that is under way may have begun before the version we know of: then all who
      // waited for it share the next.
      for (;;) {
        const built = await (underWay.get(id) ?? build(id))
        if (!built) return undefined
        if (built.version < list.version) continue
        if (kept.size >= KEPT_TOKENS) kept.clear()
        kept.set(id, built.token)
        return built.token
      }
    },
  }
}

/**
 * Gives a list a new version before it is signed where its date does not serve: its token has lived for half its
 * lifetime, and must never expire while it is asked for; or it was changed by a clock that was ahead, and verifiers would
 * refuse it until that instant has come.
 */
async function findRenewed(
  { db, now, statusListLifetime }: StatusListTokenDeps,
  id: string,
): Promise<StatusList | undefined> {
  const list = await findStatusList(db, id)
  if (!list) return undefined
  const isFading = now() >= list.changedAt + statusListLifetime / 2
  const isMisdated = list.changedAt > now() + CLOCK_TOLERANCE_SECONDS
  if (!isFading && !isMisdated) return list
  await renewStatusList(db, list, now())
  return findStatusList(db, id)
}

async function buildToken(deps: StatusListTokenDeps, id: string): Promise<BuiltToken | undefined> {
  const { keyRing, issuer, now, statusListTtl, statusListLifetime } = deps
  const list = await readStatusList(deps.db, id)
  if (!list) return undefined

  // Another replica whose clock is wrong may have changed it since it was renewed.
  const changedAt = Math.min(list.changedAt, now() + CLOCK_TOLERANCE_SECONDS)
  const claims: StatusListClaims = {
    sub: statusListUri(issuer, id),
    // The clock by which it was changed may be ahead by so much, and the same bytes come from every replica: a verifier
    // whose clock is right must take them now.
    iat: changedAt - CLOCK_TOLERANCE_SECONDS,
    exp: changedAt + statusListLifetime,
    ttl: statusListTtl,
    status_list: { bits: 1, lst: await encode(list) },
  }
  const jwt = await keyRing.sign('statuslist+jwt', claims)
  // Of the key that has signed, which may have become another one since this began.
  const etag = etagOf(list, decodeProtectedHeader(jwt).kid)
  return { version: list.version, token: { etag, jwt } }
}

async function encode({ bytes }: ReadStatusList): Promise<string> {
  return (await compress(bytes, { level: 9 })).toString('base64url')
}

/** The same list, version and key are the same bytes. */
function etagOf({ id, version }: StatusList, kid: string | undefined): string {
  return `${id}.${version}.${kid}`
}
