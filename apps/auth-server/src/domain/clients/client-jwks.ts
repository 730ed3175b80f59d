import { createPublicKey } from 'node:crypto'
import { isVisibleText } from '@countersign/shared'
import type { JSONWebKeySet, JWK } from 'jose'

/** RFC 7518 §3.1: what both common key kinds can do, without the weaker and the exotic. */
export const ASSERTION_ALGORITHMS = ['RS256', 'PS256', 'ES256'] as const

/** Enough for any rotation. Each key is looked at for every assertion. */
const MAX_KEYS = 20

/** It is read with every request of its client. */
const MAX_DOCUMENT_LENGTH = 65_536

/** A shorter RSA key is too weak (RFC 7518 §3.3), and a longer one costs us too much work. */
const MODULUS_BITS = { least: 2048, most: 8192 } as const

/** 32 bits. A signature with a larger exponent takes long to verify, and no library makes one. */
const MAX_EXPONENT = 0xffffffffn

/** The members of any private or shared key (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/**
 * Says what keeps a document from being the key set of a `private_key_jwt` client, as the end of a sentence, everything
 * at once; `undefined` when it is one: at most 20 public keys, RSA of 2048 to 8192 bits or EC on P-256, each of which
 * some assertion can be signed with.
 */
export function clientJwksProblem(document: unknown): string | undefined {
  const keys = keysOf(document)
  if (keys.length === 0) return 'is not a key set: write {"keys":[…]} with at least one key'
  if (JSON.stringify(document).length > MAX_DOCUMENT_LENGTH) return 'is longer than 64 KiB'
  if (keys.length > MAX_KEYS) return `holds ${keys.length} keys: register at most ${MAX_KEYS}`

  const problems = keys.flatMap((key, index) =>
    keyProblems(key).map((problem) => (keys.length === 1 ? problem : `${problem} (key ${index + 1})`)),
  )
  const kids = keys.map((key) => (isObject(key) ? key.kid : undefined)).filter((kid) => kid !== undefined)
  if (new Set(kids).size < kids.length) problems.push('names two keys by the same kid')
  return problems.length === 0 ? undefined : problems.join('; ')
}

/**
 * The keys of a registered set that an assertion can be verified with. A row may be older than a rule, or written by somebody
 * else: a key that would be refused today is left out, and the others are used.
 */
export function usableKeys(document: unknown): JSONWebKeySet {
  const keys = keysOf(document)
  // Two keys may have the same kid. An assertion cannot say which of them it means, and is tried against both.
  return {
    keys: keys
      .slice(0, MAX_KEYS)
      .filter((key) => keyProblems(key).length === 0)
      .map(bareKeyOf),
  }
}

/** Only the members by which a key is found and of which it is made: `key_ops` and `ext` would restrict its use. */
function bareKeyOf(key: unknown): JWK {
  const { kty, kid, alg, n, e, crv, x, y } = key as JWK
  return JSON.parse(JSON.stringify({ kty, kid, alg, n, e, crv, x, y }))
}

function keysOf(document: unknown): readonly unknown[] {
  return isObject(document) && Array.isArray(document.keys) ? document.keys : []
}

function keyProblems(key: unknown): readonly string[] {
  if (!isObject(key)) return ['holds something that is not a key']
  const material =
    PRIVATE_MEMBERS.some((member) => member in key) && key.kty !== 'oct'
      ? 'holds a private key: register the public part alone, and replace a key that was shown'
      : materialProblem(key)
  return [material, ...metadataProblems(key)].filter((problem) => problem !== undefined)
}

function materialProblem(key: Readonly<Record<string, unknown>>): string | undefined {
  if (key.kty === 'EC') {
    return key.crv === 'P-256' && [key.x, key.y].every(isCoordinate) && isImportable(key)
      ? undefined
      : 'holds an EC key that is not a point on P-256'
  }
  if (key.kty !== 'RSA') return 'holds a key that is neither RSA nor EC'
  const [modulus, exponent] = [integerOf(key.n), integerOf(key.e)]
  if (modulus === undefined || exponent === undefined) return 'holds an RSA key without n or e'

  const bits = modulus.toString(2).length
  if (bits < MODULUS_BITS.least) return `holds an RSA key of fewer than ${MODULUS_BITS.least} bits`
  if (bits > MODULUS_BITS.most) return `holds an RSA key of more than ${MODULUS_BITS.most} bits`
  // With e = 1 a signature is its own message; an even factor belongs to no RSA key (RFC 8017 §3.1).
  if (exponent < 3n || exponent > MAX_EXPONENT || exponent % 2n === 0n || modulus % 2n === 0n) {
    return 'holds an RSA key whose n or e no RSA key has'
  }
  return isImportable(key) ? undefined : 'holds an RSA key whose n or e no RSA key has'
}

/** What the key says it is for (RFC 7517 §4). A key for another use verifies no assertion. */
function metadataProblems(key: Readonly<Record<string, unknown>>): readonly (string | undefined)[] {
  const algorithms: readonly unknown[] = ASSERTION_ALGORITHMS.filter((name) =>
    key.kty === 'EC' ? name === 'ES256' : name !== 'ES256',
  )
  const { use, alg, kid, key_ops: operations } = key
  return [
    use !== undefined && use !== 'sig' ? 'holds a key whose use is not sig' : undefined,
    alg !== undefined && !algorithms.includes(alg)
      ? `holds a key whose alg is none of ${ASSERTION_ALGORITHMS.join(', ')}, or does not fit it`
      : undefined,
    operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))
      ? 'holds a key whose key_ops are without verify'
      : undefined,
    kid !== undefined && !(typeof kid === 'string' && /^.{1,255}$/su.test(kid) && isVisibleText(kid))
      ? 'holds a key whose kid is not a text of 1 to 255 visible characters'
      : undefined,
  ]
}

/** An octet string of exactly the 32 bytes of P-256 (RFC 7518 §6.2.1.2). */
function isCoordinate(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value)
}

/** A Base64urlUInt (RFC 7518 §2), short enough to be parsed at once. */
function integerOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !/^[\w-]{1,4096}$/.test(value)) return undefined
  return BigInt(`0x${Buffer.from(value, 'base64url').toString('hex') || '0'}`)
}

/** OpenSSL checks whether the point is on its curve. */
function isImportable({ kty, crv, x, y, n, e }: Readonly<Record<string, unknown>>): boolean {
  try {
    createPublicKey({ key: JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })), format: 'jwk' })
    return true
  } catch {
    // OpenSSL says no more than that the key is invalid.
    return false
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
