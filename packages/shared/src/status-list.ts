import { deflateSync, inflateSync } from 'node:zlib'

/** How many tokens one list covers: 2^20, so a list is 128 KiB before compression. */
export const STATUS_LIST_SIZE: number = 2 ** 20

/** Where to find a token's status (Token Status List §6.2): a list's URI and the token's index in it. */
export interface StatusListReference {
  readonly uri: string
  readonly idx: number
}

/** The `status` claim of a referenced token (Token Status List §6.1). */
export interface StatusClaim {
  readonly status_list: StatusListReference
}

/** The claims of a status list token (Token Status List §5.1), with one bit per token: 0 valid, 1 invalid. */
export interface StatusListClaims {
  /** The URI of the list, as tokens reference it. */
  readonly sub: string
  readonly iat: number
  readonly exp: number
  /** How many seconds a fetched list may be used before it is fetched again. */
  readonly ttl: number
  readonly status_list: { readonly bits: 1; readonly lst: string }
}

/** Encodes the list in which these indexes are invalid: one bit each, least significant first, zlib, base64url (§4.1). */
export function encodeStatusList(invalid: Iterable<number>, size: number = STATUS_LIST_SIZE): string {
  const bytes = Buffer.alloc(Math.ceil(size / 8))
  for (const index of invalid) {
    if (index < 0 || index >= size)
      throw new RangeError(`status index ${index} lies outside of a list of ${size}`)
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7))
  }
  return deflateSync(bytes, { level: 9 }).toString('base64url')
}

/**
 * Decodes a list into its bytes. Throws when it is not zlib, or is larger than `mostBytes` once inflated, because a small
 * document must not fill the memory of its reader.
 */
export function decodeStatusList(lst: string, mostBytes: number): Uint8Array {
  return inflateSync(Buffer.from(lst, 'base64url'), { maxOutputLength: mostBytes })
}
