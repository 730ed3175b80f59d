import { type Seconds, STATUS_LIST_SIZE } from '@countersign/shared'
import { PATHS } from '../../oauth/paths.ts'

/**
 * This folder owns status lists (Token Status List): it allocates indexes, and builds and signs lists. Each authorization has
 * a random index in a list, and the bit there says whether it is revoked. The rows of authorizations, which
 * `domain/authorizations` owns, say which has which index and which is revoked.
 */
export interface StatusList {
  readonly id: string
  /** Goes up with every change of a bit and every renewal. */
  readonly version: number
  /** When the version last went up, by the clock of the process that did it. */
  readonly changedAt: Seconds
}

/** The entry of an authorization in a status list. */
export interface StatusReference {
  readonly list: string
  readonly index: number
}

/** A list is full when about three quarters are allocated, so that a free index is found within a few tries. */
export const STATUS_LIST_CAPACITY: number = (STATUS_LIST_SIZE / 4) * 3

/** The URI of a list, as tokens name it. */
export function statusListUri(issuer: string, id: string): string {
  return issuer + PATHS.statusList.path.replace(':id', id)
}
