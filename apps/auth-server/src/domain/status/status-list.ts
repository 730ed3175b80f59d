import { type Seconds, STATUS_LIST_SIZE } from '@countersign/shared'
import { PATHS } from '../../oauth/paths.ts'

/**
 * Status lists (Token Status List): each authorization has an index in one, chosen at random, and the bit there says
 * whether it is revoked. This folder allocates indexes, and builds and signs lists. Which authorization has which index,
 * and which is revoked, the rows of authorizations tell.
 */
export interface StatusList {
  readonly id: string
  /** Goes up with every change of a bit and every renewal. */
  readonly version: number
  /** When that was, by the clock of whoever did it. */
  readonly changedAt: Seconds
}

/** Where the status of an authorization stands. */
export interface StatusReference {
  readonly list: string
  readonly index: number
}

/** A list takes no more when about three quarters are given away, so that a free index is found within a few tries. */
export const STATUS_LIST_CAPACITY: number = (STATUS_LIST_SIZE / 4) * 3

/** The URI of a list, as tokens name it. */
export function statusListUri(issuer: string, id: string): string {
  return issuer + PATHS.statusList.path.replace(':id', id)
}
