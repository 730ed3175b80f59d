import { decodeStatusList } from '@countersign/shared'
import { isJsonObject } from '../token/json.ts'

/** Inflated, in bytes: eight times what our authorization server publishes, and nothing to a server's memory. */
const MAX_LIST_BYTES = 1024 * 1024

/** Token Status List §4.1: 1, 2, 4 or 8 bits for each token, the first in the lowest bits of the first byte. */
export interface Statuses {
  readonly bits: 1 | 2 | 4 | 8
  readonly bytes: Uint8Array
}

/** Reads the `status_list` of a status list token. Throws a plain `Error` that says what is wrong. */
export function parseStatuses(statusList: unknown): Statuses {
  if (!isJsonObject(statusList)) throw new Error('The status list token has no list in it.')
  const { bits, lst } = statusList
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) {
    throw new Error(`A status list has 1, 2, 4 or 8 bits for each token, not ${bits}.`)
  }
  if (typeof lst !== 'string') throw new Error('The status list is not text.')
  return { bits, bytes: inflate(lst) }
}

/** The status at an index: 0 is valid (§7.1). `undefined` behind the end. */
export function statusAt({ bits, bytes }: Statuses, index: number): number | undefined {
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)]
  return byte === undefined ? undefined : statusIn(byte, (index % perByte) * bits, bits)
}

/**
 * Both of two lists of which nobody can say which is the later one: what either says is not valid is not. Throws for lists
 * with different numbers of bits, which are not two states of one list.
 */
export function uniteStatuses(one: Statuses, other: Statuses): Statuses {
  const { bits } = one
  if (bits !== other.bits) throw new Error(`The status list of the same time had ${other.bits} bits.`)
  // The usual case: an issuer without tags has sent the same list once more.
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

/** Where both are not valid, one is as good as the other. */
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

function inflate(lst: string): Uint8Array {
  try {
    return decodeStatusList(lst, MAX_LIST_BYTES)
  } catch (cause) {
    throw new Error(`The status list is not zlib, or has more than ${MAX_LIST_BYTES} bytes.`, { cause })
  }
}
