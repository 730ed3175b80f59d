import { createPublicKey, type KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from '../token/parse.ts'

/** Ten times what a rotation with overlaps needs. More keys are a mistake or an attack. */
const MAX_KEYS = 100
/** Importing a key takes a tenth of a millisecond of the event loop. After this many, other requests have their turn. */
const KEYS_PER_TURN = 10

/** How many keys a token is tried against. Each costs a verification, and anybody can send a token without a `kid`. */
const MAX_CANDIDATE_KEYS = 16

/** RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used". */
const MIN_MODULUS_BITS = 2048
/** Twice what anybody signs with. A signature by such a key takes 0.4 milliseconds to verify. */
const MAX_MODULUS_BITS = 8192
/** RFC 8017 §3.1: the exponent is at least 3. With 1, a message would be its own signature. */
const MIN_EXPONENT = 3
/** Everybody uses 65537. Each further bit is work in every verification, and thousands of bits would stop the process. */
const MAX_EXPONENT_BITS = 32
/** The longest modulus in base64url, with room for the leading zeros that some libraries write. */
const MAX_NUMBER_CHARACTERS = 1400

/** The usable keys of one key set document (RFC 7517 §5), imported once. */
export interface KeySet {
  /**
   * The keys that may have signed a token with this `kid`, in the order of the document: the keys that have it. For a token
   * without a `kid` that is every key. At most 16; empty when there is none.
   */
  find(kid: string | undefined): readonly KeyObject[]
  /** The same text for the same keys under the same ids, whatever else their documents say. */
  readonly fingerprint: string
}

/**
 * Parses a key set and imports its keys for RS256. A key that we cannot use is skipped, because a key set may have keys for
 * other purposes (RFC 7517 §5). Two keys may have one `kid`: §4.5 only says SHOULD. Throws when no usable key is left, so that
 * such a document never replaces a good one. Throws for more than 100 keys before it looks at any.
 */
export async function parseKeySet(value: unknown): Promise<KeySet> {
  if (!isJsonObject(value) || !Array.isArray(value.keys)) throw new Error('The key set has no list of keys.')
  if (value.keys.length > MAX_KEYS) {
    throw new Error(`The key set has ${value.keys.length} keys, and ${MAX_KEYS} are the most that are read.`)
  }

  const keys = new Map<string, { readonly kid: string | undefined; readonly key: KeyObject }>()
  for (const [index, jwk] of value.keys.entries()) {
    if (index > 0 && index % KEYS_PER_TURN === 0) await setImmediate()
    if (!isJsonObject(jwk) || !maySign(jwk)) continue
    const key = importRsaPublicKey(jwk)
    // A key that is listed twice is one key.
    if (key) keys.set(JSON.stringify([jwk.kid, jwk.n, jwk.e]), { kid: jwk.kid, key })
  }
  if (keys.size === 0) {
    throw new Error('The key set has no usable key: RSA, for signatures, of 2048 to 8192 bits.')
  }

  const candidates = new Map<string | undefined, readonly KeyObject[]>()
  for (const { kid, key } of keys.values()) {
    // Under its own id, and under `undefined` for tokens without one. A key without an id is only there.
    for (const name of new Set([kid, undefined])) {
      candidates.set(name, [...(candidates.get(name) ?? []), key].slice(0, MAX_CANDIDATE_KEYS))
    }
  }
  return {
    fingerprint: [...keys.keys()].join(),
    find: (kid) => candidates.get(kid) ?? [],
  }
}

/** RFC 7517 §4: what a key says about its use. An absent member does not exclude it. An id that is not text does. */
function maySign(jwk: JsonObject): jwk is JsonObject & { readonly kid?: string } {
  const { kty, kid, use, alg, key_ops } = jwk
  return (
    kty === 'RSA' &&
    (kid === undefined || typeof kid === 'string') &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === 'RS256') &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify')))
  )
}

/**
 * The public key for RS256 in a JWK (RFC 7518 §6.3.1). `undefined` when we do not use it. The size of its numbers is checked
 * before any cryptography sees them. Only the two public members are read, so a private key that was published by accident
 * can only verify.
 */
function importRsaPublicKey({ n, e }: JsonObject): KeyObject | undefined {
  const modulus = parseNumber(n)
  const exponent = parseNumber(e)
  if (!modulus || !exponent || !isModulus(modulus) || !isExponent(exponent)) return undefined
  try {
    const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') }
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** Base64urlUInt (RFC 7518 §2) without its leading zeros. `undefined` when it is not one, or is much too long. */
function parseNumber(value: unknown): Buffer | undefined {
  if (typeof value !== 'string' || value.length > MAX_NUMBER_CHARACTERS || !/^[\w-]+$/.test(value))
    return undefined
  const bytes = Buffer.from(value, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? undefined : bytes.subarray(first)
}

function isModulus(number: Buffer): boolean {
  const length = bitLength(number)
  return length >= MIN_MODULUS_BITS && length <= MAX_MODULUS_BITS && isOdd(number)
}

/** RFC 8017 §3.1: it has no factor in common with the even number λ(n), so it is odd. */
function isExponent(number: Buffer): boolean {
  if (bitLength(number) > MAX_EXPONENT_BITS) return false
  return number.readUIntBE(0, number.length) >= MIN_EXPONENT && isOdd(number)
}

function bitLength(number: Buffer): number {
  return number.length * 8 - (Math.clz32(number[0] ?? 0) - 24)
}

function isOdd(number: Buffer): boolean {
  return ((number.at(-1) ?? 0) & 1) === 1
}
