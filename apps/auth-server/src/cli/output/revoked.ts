import { lastTokenExpiry } from '../../domain/authorizations/authorization-store.ts'
import type { Revoking } from '../../domain/authorizations/revoke-authorizations.ts'
import type { Opened } from '../open-database.ts'
import { instant, type Terminal } from './terminal.ts'

/** Shows on a terminal how many authorizations are revoked so far, in one line that is removed at the end. */
export async function withProgress<Result>(
  { progress }: Terminal,
  { now }: Opened,
  revoke: (revoking: Revoking) => Promise<Result>,
): Promise<Result> {
  try {
    return await revoke({
      now: now(),
      onProgress: (revoked) =>
        progress?.(`${revoked} authorizations are revoked; if you stop, run this again`),
    })
  } finally {
    progress?.('')
  }
}

/** Whose authorizations a command has revoked, and how many. */
export interface Revoked {
  readonly column: 'subject' | 'client_id'
  readonly value: string
  readonly revoked: number
}

/** The same for a change that may revoke nothing. If it revoked nothing, there is nothing to wait for. */
export async function tellRevokedIfAny(opened: Opened, outcome: Revoked): Promise<RevokedResult> {
  if (outcome.revoked > 0) return tellRevoked(opened, outcome)
  return {
    json: { authorizations_ended: 0, access_tokens_expire_at: null },
    sentence: 'No authorization had to end.',
  }
}

/** The number of revoked authorizations, as a sentence. */
export function tellCount(revoked: number): string {
  return revoked === 1 ? '1 authorization has ended.' : `${revoked} authorizations have ended.`
}

/** The result of revoking, as JSON and as a sentence. */
export interface RevokedResult {
  readonly json: {
    readonly authorizations_ended: number
    readonly access_tokens_expire_at: number | null
  }
  readonly sentence: string
}

/**
 * Says what is revoked, and what is still accepted. A resource server that verifies by the key set alone accepts an
 * access token until it expires, so an operator in a hurry must know when that is.
 */
export async function tellRevoked(
  { db, now }: Opened,
  { column, value, revoked }: Revoked,
): Promise<RevokedResult> {
  const expiry = await lastTokenExpiry(db, { column, value }, now())
  return {
    json: { authorizations_ended: revoked, access_tokens_expire_at: expiry ?? null },
    sentence:
      expiry === undefined
        ? tellCount(revoked)
        : `${tellCount(revoked)} A resource server that does not read the status list accepts access tokens issued before ` +
          `until they expire, the last at ${instant(expiry)}.`,
  }
}
