import type { KeyObject } from 'node:crypto'
import { type Clock, decodeStatusList, type Seconds } from '@countersign/shared'
import { AccessTokenError } from './error.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { verifySignature } from './signature.ts'
import { parseToken, type UnverifiedHeader } from './token.ts'

/** Inflated, in bytes: eight times what our authorization server publishes, and nothing to a server's memory. */
const LARGEST_LIST = 1024 * 1024

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
  /** The status at an index: 0 is valid (§7.1). `undefined` behind the end of the list. */
  statusAt(index: number): number | undefined
}

/** What a status list token is compared with. */
export interface StatusListExpectations {
  /** The list's own name: tokens refer to it by this, and `sub` must be it. */
  readonly uri: string
  readonly clockTolerance: Seconds
  readonly now: Clock
  readonly findKey: (kid: string | undefined) => KeyObject | Promise<KeyObject>
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
  if (issuedAt > now + expected.clockTolerance) {
    throw new Error(`The status list ${expected.uri} is of ${issuedAt}, and now it is ${now}.`)
  }
  if (isOver(expiresAt, expected)) throw new Error(`The status list ${expected.uri} expired at ${expiresAt}.`)

  return {
    issuedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(ttl === undefined ? {} : { ttl }),
    kid: header.kid,
    key: header.key,
    statusAt: readStatuses(claims.status_list),
  }
}

/** True when an expiry has passed, with the tolerance that every claim has. */
export function isOver(
  expiresAt: Seconds | undefined,
  { now, clockTolerance }: Pick<StatusListExpectations, 'now' | 'clockTolerance'>,
): boolean {
  return expiresAt !== undefined && now() >= expiresAt + clockTolerance
}

async function verifyToken(text: string, { uri, findKey }: StatusListExpectations) {
  try {
    const { header, claims } = parseToken(text)
    assertType(header)
    const key = await findKey(header.kid)
    await verifySignature(text, key)
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

/** Token Status List §4.1: 1, 2, 4 or 8 bits for each token, the first in the lowest bits of the first byte. */
function readStatuses(statusList: unknown): StatusList['statusAt'] {
  if (!isJsonObject(statusList)) throw new Error('The status list token has no list in it.')
  const { bits, lst } = statusList
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) {
    throw new Error(`A status list has 1, 2, 4 or 8 bits for each token, not ${bits}.`)
  }
  if (typeof lst !== 'string') throw new Error('The status list is not text.')
  const bytes = inflate(lst)
  const perByte = 8 / bits
  const mask = 2 ** bits - 1

  return (index) => {
    const byte = bytes[Math.floor(index / perByte)]
    return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & mask
  }
}

function inflate(lst: string): Uint8Array {
  try {
    return decodeStatusList(lst, LARGEST_LIST)
  } catch (cause) {
    throw new Error(`The status list is not zlib, or has more than ${LARGEST_LIST} bytes.`, { cause })
  }
}
