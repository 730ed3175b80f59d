import { KeyObject } from 'node:crypto'
import { importJWK } from 'jose'
import type { JsonObject } from '../token/json.ts'

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

/**
 * The public key for RS256 in a JWK (RFC 7518 §6.3.1); `undefined` when it is none we use. Its numbers are measured before
 * any cryptography sees them. The two public members alone are taken: a private key published by accident still only
 * verifies.
 */
export async function importRsaPublicKey({ n, e }: JsonObject): Promise<KeyObject | undefined> {
  const modulus = parseNumber(n)
  const exponent = parseNumber(e)
  if (!modulus || !exponent || !isModulus(modulus) || !isExponent(exponent)) return undefined
  try {
    const [shortN, shortE] = [modulus.toString('base64url'), exponent.toString('base64url')]
    return KeyObject.from(await importJWK({ kty: 'RSA', n: shortN, e: shortE }, 'RS256'))
  } catch {
    return undefined
  }
}

/** Base64urlUInt (RFC 7518 §2) without its leading zeros; `undefined` when it is not one, or absurdly long. */
function parseNumber(value: unknown): Buffer | undefined {
  if (typeof value !== 'string' || value.length > MAX_NUMBER_CHARACTERS || !/^[\w-]+$/.test(value)) return undefined
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
