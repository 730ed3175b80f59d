import { createHmac } from 'node:crypto'
import type { Seconds } from '@countersign/shared'
import { equalHashes, mintSecret } from '../../oauth/secret.ts'

/** What a refresh token says of itself, with or without a row that remembers it. */
export interface ChainedToken {
  readonly authorizationId: string
  readonly expiresAt: Seconds
  /** Whether a chain with this key has issued it. Until then it says nothing: anybody can write the rest. */
  readonly isOf: (chainKey: string) => boolean
}

/** Of its parts, in order: `rt_` and 256 random bits, the instant it expires, whose it is, and 128 bits of a tag. */
const SECRET_LENGTH = 'rt_'.length + 43
const EXPIRY_LENGTH = 7
const TAG_LENGTH = 22
const EXPIRY_BASE = 36

/**
 * Mints a refresh token that is known again when its row is gone (RFC 9700 §4.14.2 wants the reuse of every token of a
 * chain noticed, and a row for each would be kept for nothing else). What makes it a secret is random all the same: the
 * key of its chain lets nobody use one, it only tells a spent token from an invented one.
 */
export function mintChainedToken(
  chainKey: string,
  { authorizationId, expiresAt }: { readonly authorizationId: string; readonly expiresAt: Seconds },
): string {
  const expiry = expiresAt.toString(EXPIRY_BASE).padStart(EXPIRY_LENGTH, '0')
  const said = `${mintSecret('rt')}${expiry}${authorizationId}`
  return `${said}${tagOf(chainKey, said)}`
}

/** Reads what a token says of itself; `undefined` for one that is too short to say anything, as older ones are. */
export function parseChainedToken(token: string): ChainedToken | undefined {
  const said = token.slice(0, -TAG_LENGTH)
  const authorizationId = said.slice(SECRET_LENGTH + EXPIRY_LENGTH)
  const expiresAt = Number.parseInt(said.slice(SECRET_LENGTH, SECRET_LENGTH + EXPIRY_LENGTH), EXPIRY_BASE)
  // What is looked for in the database holds only what an id can: PostgreSQL takes no NUL.
  if (!/^[\w-]+$/.test(authorizationId) || Number.isNaN(expiresAt)) return undefined
  return {
    authorizationId,
    expiresAt,
    isOf: (chainKey) => equalHashes(token.slice(-TAG_LENGTH), tagOf(chainKey, said)),
  }
}

function tagOf(chainKey: string, said: string): string {
  return createHmac('sha256', chainKey).update(said).digest('base64url').slice(0, TAG_LENGTH)
}
