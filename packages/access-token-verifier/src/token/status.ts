import type { StatusListReference } from '@countersign/shared'
import type { KnownClaims } from './claims.ts'
import { AccessTokenError } from '../error.ts'
import { isJsonObject } from './json.ts'
import type { StatusList } from '../issuer/status-list-token.ts'
import { malformed } from './parse.ts'

/** Finds a status list by its URI: at once when it is at hand. */
export type FindStatusList = (uri: string) => StatusStatement | Promise<StatusStatement>

/** What a list is asked about a token. */
export type StatusStatement = Pick<StatusList, 'statusAt'>

/** The names of statuses (Token Status List §7.1); others are the issuer's own. */
const STATUS_NAMES: Readonly<Record<number, string>> = { 1: 'invalid', 2: 'suspended' }

/**
 * Throws `revoked` unless the token's status is valid (Token Status List §8.3), and `malformed` for a status that cannot
 * be looked up: of another mechanism, or behind the end of its list. A token without one has none to ask for.
 */
export function verifyStatus(claims: KnownClaims, findStatusList: FindStatusList): void | Promise<void> {
  if (claims.status === undefined) return
  const { uri, idx } = parseStatus(claims.status)
  const list = findStatusList(uri)
  if (list instanceof Promise) return list.then((fetched) => assertValid(fetched, idx))
  assertValid(list, idx)
}

/** Where a token says its status stands, in words; for people. */
export function describeStatus({ status }: KnownClaims): string {
  if (status === undefined) return 'none'
  const { uri, idx } = parseStatus(status)
  return `valid, at ${idx} in ${uri}`
}

function parseStatus(status: unknown): StatusListReference {
  const reference = isJsonObject(status) ? status.status_list : undefined
  if (!isJsonObject(reference)) throw malformed('has a status that is not in a status list')
  const { idx, uri } = reference
  if (typeof uri !== 'string' || typeof idx !== 'number' || !Number.isSafeInteger(idx) || idx < 0) {
    throw malformed('has a status that is not valid')
  }
  return { uri, idx }
}

/** Whatever is not valid is refused: invalid for good, suspended for now, or what only the issuer knows. */
function assertValid(list: StatusStatement, index: number): void {
  const status = list.statusAt(index)
  if (status === 0) return
  // §8.3: an index out of bounds fails the validation; no other answer of the issuer would make this token a good one.
  if (status === undefined) throw malformed('has a status behind the end of its status list')
  throw new AccessTokenError('revoked', 'This access token was revoked: get a new one.', {
    expected: 'status 0 (valid)',
    actual: `status ${status} (${STATUS_NAMES[status] ?? "the issuer's own"})`,
  })
}
