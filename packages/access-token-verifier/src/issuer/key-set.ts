import { createPublicKey, type KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { isJsonObject, type JsonObject } from '../token/parse.ts'

/** Ten times what a rotation with overlaps needs. More are a mistake, or somebody's wish to keep us busy. */
const MAX_KEYS = 100
/** Importing one takes a tenth of a millisecond of the event loop; after so many, others have their turn. */
const KEYS_PER_TURN = 10

/** How many keys a token is tried against: each costs a verification, and anybody can send a token without a `kid`. */
const MAX_CANDIDATE_KEYS = 16

/** RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used". */
const MIN_MODULUS_BITS = 2048
/** In bits. Twice what anybody signs with; a signature by such a key takes 0.4 milliseconds to verify. */
const MAX_MODULUS_BITS = 8192
/** RFC 8017 §3.1: the exponent is 3 at least. With 1 a message would be its own signature. */
const MIN_EXPONENT = 3
/** In bits. Everybody has 65537; each bit more is work in every verification, and thousands of them are a standstill. */
const MAX_EXPONENT_BITS = 32
/** In characters of base64url: the longest modulus, with room for leading zeros that some libraries write. */
const MAX_NUMBER_CHARACTERS = 1400

/** The usable keys of one key set document (RFC 7517 §5), imported once. */
export interface KeySet {
  /**
   * The keys that may have signed a token with that `kid`, in the order of the document: those that have it, and for a
   * token without one any key; 16 at most. Empty when there is none.
   */
  find(kid: string | undefined): readonly KeyObject[]
  /** The same text for the same keys under the same ids, whatever else their documents say. */
  readonly fingerprint: string
}

/**
 * Reads a key set and imports its keys for RS256. A key we cannot use is passed over: a set may hold others for others
 * (RFC 7517 §5). Two keys may have one `kid`, since §4.5 only says SHOULD. Throws when no usable key is left, so that such a document
 * never replaces a good one, and for more than 100 keys, before any of them is looked at.
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
    // Under its own id, and among those of tokens without one; a key without an id is only there.
    for (const name of new Set([kid, undefined])) {
      candidates.set(name, [...(candidates.get(name) ?? []), key].slice(0, MAX_CANDIDATE_KEYS))
    }
  }
  return {
    fingerprint: [...keys.keys()].join(),
    find: (kid) => candidates.get(kid) ?? [],
  }
}

/** RFC 7517 §4: what a key says it is for. What it does not say does not exclude it; an id that is no text does. */
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
 * The public key for RS256 in a JWK (RFC 7518 §6.3.1); `undefined` when it is none we use. Its numbers are measured before
 * any cryptography sees them. The two public members alone are taken: a private key published by accident still only
 * verifies.
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

/** Base64urlUInt (RFC 7518 §2) without its leading zeros; `undefined` when it is not one, or absurdly long. */
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

/** RFC 8017 §3.1: prime to the even number λ(n), and so odd. */
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
