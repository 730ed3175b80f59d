import type { KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from './json.ts'
import { importRsaPublicKey } from './rsa-public-key.ts'

/** Ten times what a rotation with overlaps needs. More are a mistake, or somebody's wish to keep us busy. */
const MOST_KEYS = 100
/** Importing one takes a tenth of a millisecond of the event loop; after so many, others have their turn. */
const KEYS_PER_TURN = 10

/** The usable keys of one key set document (RFC 7517 §5), imported once. */
export interface KeySet {
  /** The key with that `kid`; without a `kid`, the only key there is. `undefined` when there is none, or no telling which. */
  find(kid: string | undefined): KeyObject | undefined
  /** The same text for the same keys under the same ids, whatever else their documents say. */
  readonly fingerprint: string
}

/**
 * Reads a key set and imports its keys for RS256. A key we cannot use is passed over: a set may hold others for others
 * (RFC 7517 §5). Of two keys with one `kid` the first counts. Throws when no usable key is left, so that such a document
 * never replaces a good one, and for more than 100 keys, before any of them is looked at.
 */
export async function parseKeySet(value: unknown): Promise<KeySet> {
  if (!isJsonObject(value) || !Array.isArray(value.keys)) throw new Error('The key set has no list of keys.')
  if (value.keys.length > MOST_KEYS) {
    throw new Error(`The key set has ${value.keys.length} keys, and ${MOST_KEYS} are the most that are read.`)
  }

  const keys = new Map<string, { readonly kid: unknown; readonly key: KeyObject }>()
  for (const [index, jwk] of value.keys.entries()) {
    if (index > 0 && index % KEYS_PER_TURN === 0) await setImmediate()
    const key = isJsonObject(jwk) && maySign(jwk) ? await importRsaPublicKey(jwk) : undefined
    // A key that is listed twice is one key.
    if (key) keys.set(JSON.stringify([jwk.kid, jwk.n, jwk.e]), { kid: jwk.kid, key })
  }
  const [first, ...others] = keys.values()
  if (!first) {
    throw new Error('The key set has no usable key: RSA, for signatures, of 2048 to 8192 bits.')
  }

  return {
    fingerprint: [...keys.keys()].join(),
    find(kid) {
      if (kid === undefined) return others.length === 0 ? first.key : undefined
      return first.kid === kid ? first.key : others.find((candidate) => candidate.kid === kid)?.key
    },
  }
}

/** RFC 7517 §4: what a key says it is for. What it does not say does not exclude it; an id that is no text does. */
function maySign({ kty, kid, use, alg, key_ops }: JsonObject): boolean {
  return (
    kty === 'RSA' &&
    (kid === undefined || typeof kid === 'string') &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === 'RS256') &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify')))
  )
}
