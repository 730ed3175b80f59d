import type { Seconds } from '@countersign/shared'
import type { ProvenKey } from './prove-key.ts'
import type { KeyDates } from './signing-key.ts'

/** The active key as a process holds it: decrypted, ready to sign. */
export interface ActiveKey extends Pick<ProvenKey, 'kid' | 'privateKey' | 'publicKey'> {
  readonly activatedAt: Seconds | undefined
  /** What its row promises: it stays published until then. */
  readonly tokensExpireAt: Seconds
}

/** A proven key with what its row says of it now. The promise never goes backwards: while we read, it may have been moved. */
export function activeKeyOf(
  { kid, privateKey, publicKey }: ProvenKey,
  dates: Pick<KeyDates, 'activatedAt' | 'tokensExpireAt'>,
  held: ActiveKey | undefined,
): ActiveKey {
  const promised = held?.kid === kid ? held.tokensExpireAt : dates.tokensExpireAt
  return {
    kid,
    privateKey,
    publicKey,
    activatedAt: dates.activatedAt,
    tokensExpireAt: Math.max(dates.tokensExpireAt, promised),
  }
}

/** When a JWT with these claims expires; `undefined` when it does not say. */
export function expiryOf(claims: object): Seconds | undefined {
  return 'exp' in claims && typeof claims.exp === 'number' ? claims.exp : undefined
}
