import { createPublicKey, KeyObject, sign, verify } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import type { KeyEncryption } from './key-encryption.ts'
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.ts'

/** A row that is no key of ours, and why, as the end of a sentence. */
export interface RefusedKey {
  readonly kid: string
  readonly because: string
}

/** The rows of the signing keys: those that are ours, those that are not, and whether our secret is the right one. */
export interface SortedKeys {
  readonly proven: readonly (SigningKey & { readonly proof: ProvenKey })[]
  readonly refused: readonly RefusedKey[]
  /**
   * The first key when our secret opens none of them: then the secret is wrong, and nothing is known of the rows. When it
   * opens one of them, it is right, and somebody else has written the rows it does not open.
   */
  readonly wrongSecret: string | undefined
}

/** Tells our keys from rows that somebody without our secret has written, altered or renamed. */
export async function sortKeys(encryption: KeyEncryption, keys: readonly SigningKey[]): Promise<SortedKeys> {
  const proofs = await Promise.all(keys.map(async (key) => ({ key, proof: await encryption.prove(key) })))
  const opensNone = proofs.every(({ proof }) => proof.kind === 'unopened')
  return {
    proven: proofs.flatMap(({ key, proof }) =>
      proof.kind === 'proven' && problemOf(key, proof) === undefined ? [{ ...key, proof: proof.key }] : [],
    ),
    refused: proofs.flatMap(({ key, proof }) => {
      const because = problemOf(key, proof)
      return because === undefined ? [] : [{ kid: key.kid, because }]
    }),
    wrongSecret: opensNone ? keys[0]?.kid : undefined,
  }
}

function problemOf(key: SigningKey, proof: KeyProof): string | undefined {
  switch (proof.kind) {
    case 'unopened':
      return 'its private half does not open with AUTH_KEY_ENCRYPTION_SECRET'
    case 'altered':
      return proof.because
    case 'proven': {
      // SQLite keeps a text in a column of integers, and compares it with none of them.
      const dates = [
        key.publishedAt,
        key.signsFrom,
        key.activatedAt ?? 0,
        key.retiredAt ?? 0,
        key.tokensExpireAt,
      ]
      return dates.every(Number.isSafeInteger) ? undefined : 'its dates are no instants'
    }
    default:
      return proof satisfies never
  }
}

/** The ids of the rows that are no keys of ours. */
export function refusedKids({ refused }: SortedKeys): ReadonlySet<string> {
  return new Set(refused.map(({ kid }) => kid))
}

/** A key whose private half our secret opens, and whose public half belongs to it. */
export interface ProvenKey {
  readonly kid: string
  /** What is published of it (RFC 7517 §4), all of it derived from the private half. */
  readonly publicJwk: JWK
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** What the proof of a row found. */
export type KeyProof =
  | { readonly kind: 'proven'; readonly key: ProvenKey }
  /** Our secret does not open its private half: one of the two belongs to somebody else. */
  | { readonly kind: 'unopened' }
  /** It was encrypted with our secret and has been altered since; `because` is the end of a sentence. */
  | { readonly kind: 'altered'; readonly because: string }

/** Below, RS256 is too weak (RFC 7518 §3.3); above, OpenSSL does not verify. */
const MODULUS_BITS = { least: 2048, most: 16_384 } as const

/**
 * Finds out whether a row is a key of ours. Somebody who can write to the database can insert a key of their own, and could
 * sign anything once it is published. Only somebody who has the secret can encrypt the private half. The public half
 * is therefore trusted only when it belongs to the private half.
 */
export async function proveKey(
  row: SigningKey,
  opened: { readonly kid: unknown; readonly jwk: JWK } | undefined,
): Promise<KeyProof> {
  if (!opened) return { kind: 'unopened' }
  if (opened.kid !== row.kid) return altered('its private half belongs to another kid')
  if (row.algorithm !== SIGNING_ALGORITHM) return altered(`its algorithm is not ${SIGNING_ALGORITHM}`)

  const pair = await importPair(opened.jwk)
  if (!pair) return altered(`its private half is not one for ${SIGNING_ALGORITHM}`)
  const { n, e } = pair.publicKey.export({ format: 'jwk' }) as { n: string; e: string }
  const publicJwk = { kty: 'RSA', n, e, kid: row.kid, use: 'sig', alg: SIGNING_ALGORITHM }
  if (!isSame(publicJwk, row.publicJwk)) return altered('its public half is not that of its private half')
  return { kind: 'proven', key: { kid: row.kid, publicJwk, ...pair } }
}

/** Both halves of what was encrypted; `undefined` when it cannot sign what verifies with RS256. */
async function importPair(jwk: JWK): Promise<Pick<ProvenKey, 'privateKey' | 'publicKey'> | undefined> {
  const privateKey = await importPrivateKey(jwk)
  if (privateKey?.type !== 'private') return undefined
  const publicKey = createPublicKey(privateKey)
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < MODULUS_BITS.least || bits > MODULUS_BITS.most) return undefined

  const probe = Buffer.from(SIGNING_ALGORITHM)
  return verify('sha256', probe, publicKey, sign('sha256', probe, privateKey))
    ? { privateKey, publicKey }
    : undefined
}

/**
 * Through jose, which refuses what is not meant for RS256: `crypto.sign` would sign with whatever it is given. Extractable,
 * since Node.js warns of a key object that is made of any other.
 */
async function importPrivateKey(jwk: JWK): Promise<KeyObject | undefined> {
  try {
    const key = await importJWK(jwk, SIGNING_ALGORITHM, { extractable: true })
    return key instanceof Uint8Array ? undefined : KeyObject.from(key)
  } catch {
    // Encrypted under our secret and no key: why does not matter, the caller refuses it.
    return undefined
  }
}

/** The same members and no others: any other member of the row would be published. */
function isSame(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(one)
  return Object.keys(other).length === names.length && names.every((name) => one[name] === other[name])
}

function altered(because: string): KeyProof {
  return { kind: 'altered', because }
}

/**
 * What to tell an operator whose secret opens no key. While the file of the next secret is there, the keys may be
 * encrypted under that one already: then the command that was interrupted is run again, and no secret is lost.
 */
export function wrongSecretProblem(kid: string, nextSecretFile: string | undefined): string {
  if (nextSecretFile !== undefined) {
    return (
      `The signing key ${kid} in the database was not encrypted with the secret in the file beside it. ` +
      `The file ${nextSecretFile} is there, so \`auth keys re-encrypt\` was interrupted: run it again, and it goes on. ` +
      'Nothing has been changed.'
    )
  }
  return (
    `The signing key ${kid} in the database was not encrypted with this AUTH_KEY_ENCRYPTION_SECRET. ` +
    'Set the secret this database was made with; nothing has been changed. ' +
    'If it is lost, `auth keys revoke --all --lost-secret` makes new keys under the one that is set.'
  )
}
