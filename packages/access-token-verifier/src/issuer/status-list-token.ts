import type { KeyObject } from 'node:crypto'
import type { Clock, Seconds } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import type { JsonObject } from '../token/json.ts'
import { verifySignature } from '../token/signature.ts'
import { parseStatuses, type Statuses, statusAt } from './statuses.ts'
import { parseToken, type UnverifiedHeader } from '../token/parse.ts'

/**
 * How far ahead of our clock a list may be dated, in seconds: the replicas of an issuer have clocks that agree within a
 * minute, and a list has the date of the one that is ahead.
 */
const MAX_CLOCK_LEAD_SECONDS: Seconds = 60

/** One status list, all of it proven (Token Status List §5.1). */
export interface StatusList {
  readonly issuedAt: Seconds
  /** Absent when the issuer does not say. */
  readonly expiresAt?: Seconds
  /** For how long the issuer wants it to be used before it is asked for again. Absent when it does not say. */
  readonly ttl?: Seconds
  /** Under which key of the issuer it came. */
  readonly kid: string | undefined
  readonly key: KeyObject
  readonly statuses: Statuses
  /** The status at an index: 0 is valid (§7.1). `undefined` behind the end of the list. */
  statusAt(index: number): number | undefined
}

/** What a status list token is compared with. */
export interface StatusListExpectations {
  /** The list's own name: tokens refer to it by this, and `sub` must be it. */
  readonly uri: string
  readonly clockTolerance: Seconds
  readonly now: Clock
  readonly findKeys: (kid: string | undefined) => readonly KeyObject[] | Promise<readonly KeyObject[]>
}

/**
 * Reads a status list token and proves it (Token Status List §8.3): its type, its signature by a key of the issuer, that
 * it is the list it was asked to be, and its times. Throws a plain `Error` that says what is wrong.
 */
export async function parseStatusListToken(
  text: string,
  expected: StatusListExpectations,
): Promise<StatusList> {
  const { header, claims } = await verifyToken(text.trim(), expected)
  if (claims.sub !== expected.uri) throw new Error(`${expected.uri} answered with the list ${claims.sub}.`)

  const issuedAt = instantOf(claims, 'iat')
  const expiresAt = instantOf(claims, 'exp')
  const ttl = instantOf(claims, 'ttl')
  const now = expected.now()
  if (issuedAt === undefined) throw new Error(`The status list ${expected.uri} has no iat.`)
  if (issuedAt > now + Math.max(expected.clockTolerance, MAX_CLOCK_LEAD_SECONDS)) {
    throw new Error(`The status list ${expected.uri} is of ${issuedAt}, and now it is ${now}.`)
  }
  if (isOver(expiresAt, expected)) throw new Error(`The status list ${expected.uri} expired at ${expiresAt}.`)

  const statuses = parseStatuses(claims.status_list)
  return {
    issuedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(ttl === undefined ? {} : { ttl }),
    kid: header.kid,
    key: header.key,
    statuses,
    statusAt: (index) => statusAt(statuses, index),
  }
}

/** True when an expiry has passed, with the tolerance that every claim has. */
export function isOver(
  expiresAt: Seconds | undefined,
  { now, clockTolerance }: Pick<StatusListExpectations, 'now' | 'clockTolerance'>,
): boolean {
  return expiresAt !== undefined && now() >= expiresAt + clockTolerance
}

async function verifyToken(text: string, { uri, findKeys }: StatusListExpectations) {
  try {
    const { header, claims } = parseToken(text)
    assertType(header)
    const key = await verifySignature(text, await findKeys(header.kid))
    return { header: { kid: header.kid, key }, claims }
  } catch (cause) {
    if (!(cause instanceof AccessTokenError)) throw cause
    // Its message speaks of an access token, so only its code is said here.
    throw new Error(`The status list ${uri} cannot be believed: ${cause.code}.`, { cause })
  }
}

/** RFC 8725 §3.11: another token of the issuer must not do, nor another algorithm. */
function assertType({ alg, typ }: UnverifiedHeader): void {
  if (alg !== 'RS256') throw new Error(`A status list token is signed with RS256, not with ${alg}.`)
  if (/^(?:application\/)?statuslist\+jwt$/i.test(typ ?? '')) return
  throw new Error(`A status list token has the type statuslist+jwt, not ${typ}.`)
}

function instantOf(claims: JsonObject, name: 'iat' | 'exp' | 'ttl'): Seconds | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new Error(`The status list has a claim ${name} that is not a number of seconds.`)
}
