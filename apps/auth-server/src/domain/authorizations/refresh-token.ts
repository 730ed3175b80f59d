import { createHmac } from 'node:crypto'
import type { Seconds } from '@countersign/shared'
import { CompactEncrypt, compactDecrypt, errors } from 'jose'
import { equalHashes, hashSecret, mintId, mintSecret } from '../../oauth/secret.ts'
import type { UnusedRefreshToken } from './refresh-token-store.ts'

/**
 * Refresh tokens (RFC 6749 §1.5) descend from an authorization in one chain: each is exchanged for its successor. This
 * file says what a token looks like.
 */
export interface MintedRefreshToken {
  readonly token: string
  /** Remembers the token by its hash. */
  readonly row: UnusedRefreshToken
}

/** What a refresh token says of itself, with or without a row that remembers it. */
export interface ParsedRefreshToken {
  readonly authorizationId: string
  readonly expiresAt: Seconds
  /** Whether it was minted with this chain key. Anybody can write the rest, so nothing counts before this is true. */
  readonly isOf: (chainKey: string) => boolean
}

/** Of its parts, in order: `rt_` and 256 random bits, the instant it expires, whose it is, and 128 bits of a tag. */
const SECRET_LENGTH = 'rt_'.length + 43
const EXPIRY_LENGTH = 7
const TAG_LENGTH = 22
const EXPIRY_BASE = 36

/** Mints the first refresh token of an authorization, under a new chain key. */
export function mintFirstRefreshToken(
  row: Pick<UnusedRefreshToken, 'authorizationId' | 'issuedAt' | 'expiresAt'>,
): MintedRefreshToken {
  return mintRefreshToken({ ...row, chainKey: mintId('ck') })
}

/**
 * Mints a refresh token that is recognized when its row is gone. RFC 9700 §4.14.2 asks us to notice the reuse of every
 * token of a chain, and a row for each would be kept for nothing else. The token is random all the same: the chain key
 * lets nobody use a token, it only tells a used one from an invented one.
 */
export function mintRefreshToken(
  row: Omit<UnusedRefreshToken, 'hash' | 'predecessorHash'> & {
    readonly chainKey: string
    readonly predecessorHash?: string
  },
): MintedRefreshToken {
  const expiry = row.expiresAt.toString(EXPIRY_BASE).padStart(EXPIRY_LENGTH, '0')
  const content = `${mintSecret('rt')}${expiry}${row.authorizationId}`
  const token = `${content}${tagOf(row.chainKey, content)}`
  return { token, row: { predecessorHash: undefined, ...row, hash: hashSecret(token) } }
}

/** Reads what a token says of itself; `undefined` for one that is too short to say anything, as older ones are. */
export function parseRefreshToken(token: string): ParsedRefreshToken | undefined {
  const content = token.slice(0, -TAG_LENGTH)
  const authorizationId = content.slice(SECRET_LENGTH + EXPIRY_LENGTH)
  const expiresAt = Number.parseInt(content.slice(SECRET_LENGTH, SECRET_LENGTH + EXPIRY_LENGTH), EXPIRY_BASE)
  // The database is asked only for what an id can be: PostgreSQL takes no NUL.
  if (!/^[\w-]+$/.test(authorizationId) || Number.isNaN(expiresAt)) return undefined
  return {
    authorizationId,
    expiresAt,
    isOf: (chainKey) => equalHashes(token.slice(-TAG_LENGTH), tagOf(chainKey, content)),
  }
}

function tagOf(chainKey: string, content: string): string {
  return createHmac('sha256', chainKey).update(content).digest('base64url').slice(0, TAG_LENGTH)
}

/** Encrypts the successor of a token with the token's own 256 random bits as the key: its holder alone can read it. */
export function encryptSuccessor(successor: string, token: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(successor))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(keyOf(token))
}

/** Reads what `encryptSuccessor` wrote; `undefined` for what the version before wrote, which is no JWE. */
export async function decryptSuccessor(encrypted: string, token: string): Promise<string | undefined> {
  const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
  try {
    const { plaintext } = await compactDecrypt(encrypted, keyOf(token), options)
    return new TextDecoder().decode(plaintext)
  } catch (error) {
    if (error instanceof errors.JWEInvalid) return undefined
    throw error
  }
}

function keyOf(token: string): Uint8Array {
  return Buffer.from(token.slice('rt_'.length, SECRET_LENGTH), 'base64url')
}
