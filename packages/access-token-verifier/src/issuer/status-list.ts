import type { KeyObject } from 'node:crypto'
import { type Clock, decodeStatusList, type Seconds, type StatusListReference } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import type { KnownClaims } from '../token/claims.ts'
import { isJsonObject, type JsonObject, malformed, parseJws, type UnverifiedHeader } from '../token/parse.ts'
import { verifySignature } from '../token/signature.ts'

/**
 * How far ahead of our clock a list may be dated. The clocks of an issuer's replicas agree within a minute, and a list has
 * the date of the replica that is ahead.
 */
const MAX_LEAD_SECONDS: Seconds = 60
/** Inflated: eight times what our authorization server publishes, and little for a server's memory. */
const MAX_LIST_BYTES = 1024 * 1024
/** The names of statuses (Token Status List §7.1). Others are the issuer's own. */
const STATUS_NAMES: Readonly<Record<number, string>> = { 1: 'invalid', 2: 'suspended' }

/** Token Status List §4.1: 1, 2, 4 or 8 bits for each token, the first token in the lowest bits of the first byte. */
export interface Statuses {
  readonly bits: 1 | 2 | 4 | 8
  readonly bytes: Uint8Array
}

/** One status list, all of it proven (Token Status List §5.1). */
export interface StatusList {
  readonly issuedAt: Seconds
  /** Absent when the issuer does not say. */
  readonly expiresAt?: Seconds
  /** How long the issuer wants it to be used before it is fetched again. Absent when it does not say. */
  readonly ttl?: Seconds
  /** The id of the key that signed it. */
  readonly kid: string | undefined
  readonly key: KeyObject
  readonly statuses: Statuses
}

/** What a status list token is compared with. */
export interface StatusListExpectations {
  /** The list's own name: tokens refer to it by this, and `sub` must be it. */
  readonly uri: string
  readonly clockTolerance: Seconds
  readonly now: Clock
  readonly findKeys: (kid: string | undefined) => readonly KeyObject[] | Promise<readonly KeyObject[]>
}

/** Finds the place of a token's status. `undefined` for a token without one; throws `malformed` for another mechanism. */
export function parseStatus({ status }: KnownClaims): StatusListReference | undefined {
  if (status === undefined) return undefined
  const reference = isJsonObject(status) ? status.status_list : undefined
  if (!isJsonObject(reference)) throw malformed('has a status that is not in a status list')
  const { idx, uri } = reference
  if (typeof uri !== 'string' || typeof idx !== 'number' || !Number.isSafeInteger(idx) || idx < 0) {
    throw malformed('has a status that is not valid')
  }
  return { uri, idx }
}

/** Where a valid token has its status, in words, for people. */
export function describeStatus(claims: KnownClaims): string {
  const status = parseStatus(claims)
  return status ? `valid, at ${status.idx} in ${status.uri}` : 'none'
}

/**
 * Throws `revoked` unless the status is valid (Token Status List §8.3): invalid, suspended, and what only the issuer knows
 * are all refused. Throws `malformed` for an index beyond the end of the list.
 */
export function assertStatus(list: Pick<StatusList, 'statuses'>, index: number): void {
  const status = statusAt(list.statuses, index)
  if (status === 0) return
  // §8.3: an index out of bounds fails the validation. No later list would make this token valid.
  if (status === undefined) throw malformed('has a status behind the end of its status list')
  throw new AccessTokenError('revoked', 'This access token was revoked: get a new one.', {
    expected: 'status 0 (valid)',
    actual: `status ${status} (${STATUS_NAMES[status] ?? "the issuer's own"})`,
  })
}

/**
 * Parses a status list token and proves it (Token Status List §8.3): its type, its signature by a key of the issuer, its
 * name, and its times. Throws a plain `Error` that says what is wrong.
 */
export async function parseStatusListToken(
  text: string,
  expected: StatusListExpectations,
): Promise<StatusList> {
  const { kid, key, claims } = await verifyToken(text.trim(), expected)
  if (claims.sub !== expected.uri) throw new Error(`${expected.uri} answered with the list ${claims.sub}.`)

  const issuedAt = secondsIn(claims, 'iat')
  const expiresAt = secondsIn(claims, 'exp')
  const ttl = secondsIn(claims, 'ttl')
  const now = expected.now()
  if (issuedAt === undefined) throw new Error(`The status list ${expected.uri} has no iat.`)
  if (issuedAt > now + Math.max(expected.clockTolerance, MAX_LEAD_SECONDS)) {
    throw new Error(`The status list ${expected.uri} is of ${issuedAt}, and now it is ${now}.`)
  }
  if (hasExpired(expiresAt, expected))
    throw new Error(`The status list ${expected.uri} expired at ${expiresAt}.`)

  return {
    issuedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(ttl === undefined ? {} : { ttl }),
    kid,
    key,
    statuses: parseStatuses(claims.status_list),
  }
}

/** True when an expiry has passed, with the same tolerance as every claim. */
export function hasExpired(
  expiresAt: Seconds | undefined,
  { now, clockTolerance }: Pick<StatusListExpectations, 'now' | 'clockTolerance'>,
): boolean {
  return expiresAt !== undefined && now() >= expiresAt + clockTolerance
}

async function verifyToken(text: string, { uri, findKeys }: StatusListExpectations) {
  try {
    const jws = parseJws(text)
    const { header, payload } = jws
    assertListType(header)
    const key = await verifySignature(jws, await findKeys(header.kid))
    return { kid: header.kid, key, claims: payload }
  } catch (cause) {
    if (!(cause instanceof AccessTokenError)) throw cause
    // Its message speaks of an access token, so only its code is repeated here.
    throw new Error(`The status list ${uri} cannot be believed: ${cause.code}.`, { cause })
  }
}

/** RFC 8725 §3.11: another kind of token from the same issuer is refused, and so is another algorithm. */
function assertListType({ alg, typ }: UnverifiedHeader): void {
  if (alg !== 'RS256') throw new Error(`A status list token is signed with RS256, not with ${alg}.`)
  if (/^(?:application\/)?statuslist\+jwt$/i.test(typ ?? '')) return
  throw new Error(`A status list token has the type statuslist+jwt, not ${typ}.`)
}

function secondsIn(claims: JsonObject, name: 'iat' | 'exp' | 'ttl'): Seconds | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new Error(`The status list has a claim ${name} that is not a number of seconds.`)
}

function parseStatuses(statusList: unknown): Statuses {
  if (!isJsonObject(statusList)) throw new Error('The status list token has no list in it.')
  const { bits, lst } = statusList
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) {
    throw new Error(`A status list has 1, 2, 4 or 8 bits for each token, not ${bits}.`)
  }
  if (typeof lst !== 'string') throw new Error('The status list is not text.')
  try {
    return { bits, bytes: decodeStatusList(lst, MAX_LIST_BYTES) }
  } catch (cause) {
    throw new Error(`The status list is not zlib, or has more than ${MAX_LIST_BYTES} bytes.`, { cause })
  }
}

/** The status at an index: 0 is valid (§7.1). `undefined` beyond the end. */
export function statusAt({ bits, bytes }: Statuses, index: number): number | undefined {
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)]
  return byte === undefined ? undefined : statusIn(byte, (index % perByte) * bits, bits)
}

/**
 * Unites two lists when nobody can say which is later: a status that is not valid in either is not valid in the result.
 * Throws for lists with different numbers of bits, which cannot be two states of one list.
 */
export function uniteStatuses(one: Statuses, other: Statuses): Statuses {
  const { bits } = one
  if (bits !== other.bits) throw new Error(`The status list of the same time had ${other.bits} bits.`)
  // The usual case: an issuer without tags has sent the same list again.
  if (Buffer.compare(one.bytes, other.bytes) === 0) return one
  const [longer, shorter] = one.bytes.length < other.bytes.length ? [other, one] : [one, other]
  const bytes = Uint8Array.from(longer.bytes)
  for (let at = 0; at < shorter.bytes.length; at++) {
    const known = bytes[at] ?? 0
    const byte = shorter.bytes[at] ?? 0
    if (byte !== known) bytes[at] = uniteByte(known, byte, bits)
  }
  return { bits, bytes }
}

/** Where both are not valid, either one will do. */
function uniteByte(one: number, other: number, bits: Statuses['bits']): number {
  if (bits === 1) return one | other
  let united = one
  for (let shift = 0; shift < 8; shift += bits) {
    if (statusIn(one, shift, bits) === 0) united |= statusIn(other, shift, bits) << shift
  }
  return united
}

function statusIn(byte: number, shift: number, bits: Statuses['bits']): number {
  return (byte >> shift) & ((1 << bits) - 1)
}
