import { KeyObject } from 'node:crypto'
import { importJWK } from 'jose'
import { isJsonObject, type JsonObject } from './json.ts'

/** RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used". */
const SHORTEST_MODULUS = 2048
/** RFC 8017 §3.1: the exponent is 3 at least. With 1 a message would be its own signature. */
const SMALLEST_EXPONENT = 3n

/** The usable keys of one key set document (RFC 7517 §5), imported once. */
export interface KeySet {
  /** The key with that `kid`; without a `kid`, the only key there is. `undefined` when there is none, or no telling which. */
  find(kid: string | undefined): KeyObject | undefined
  /** The same text for the same keys under the same ids, whatever else their documents say. */
  readonly fingerprint: string
}

/**
 * Reads a key set and imports its keys for RS256. A key we cannot use is passed over: a set may hold others for others
 * (RFC 7517 §5). Throws when no usable key is left, so that such a document never replaces a good one.
 */
export async function parseKeySet(value: unknown): Promise<KeySet> {
  if (!isJsonObject(value) || !Array.isArray(value.keys)) throw new Error('The key set has no list of keys.')

  const keys: { readonly kid: unknown; readonly n: unknown; readonly e: unknown; readonly key: KeyObject }[] =
    []
  for (const jwk of value.keys) {
    const key = isJsonObject(jwk) && maySign(jwk) ? await importKey(jwk) : undefined
    if (key) keys.push({ kid: jwk.kid, n: jwk.n, e: jwk.e, key })
  }
  const [first, ...others] = keys
  if (!first) throw new Error('The key set has no usable key: RSA, for signatures, 2048 bits or more.')

  return {
    fingerprint: JSON.stringify(keys.map(({ kid, n, e }) => [kid, n, e])),
    find(kid) {
      if (kid !== undefined) return keys.find((candidate) => candidate.kid === kid)?.key
      return others.length === 0 ? first.key : undefined
    },
  }
}

/** RFC 7517 §4: what a key says it is for. What it does not say does not exclude it. */
function maySign({ kty, use, alg, key_ops }: JsonObject): boolean {
  return (
    kty === 'RSA' &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === 'RS256') &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify')))
  )
}

/** Takes the two public members alone: a private key published by accident still only verifies. */
async function importKey({ n, e }: JsonObject): Promise<KeyObject | undefined> {
  if (typeof n !== 'string' || typeof e !== 'string') return undefined
  try {
    const key = KeyObject.from(await importJWK({ kty: 'RSA', n, e }, 'RS256'))
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
    return modulusLength >= SHORTEST_MODULUS && publicExponent >= SMALLEST_EXPONENT ? key : undefined
  } catch {
    return undefined
  }
}
