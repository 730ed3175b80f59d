import { lastTokenExpiry } from '../../domain/authorizations/authorization-store.ts'
import type { Revoking } from '../../domain/authorizations/revoke-authorizations.ts'
import type { Opened } from '../open-database.ts'
import { instant, type Terminal } from './terminal.ts'

/** Says on a terminal how far revoking has come, in one line that is gone when it is done. */
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

/** Whose authorizations have ended, and how many those were. */
export interface Ended {
  readonly column: 'subject' | 'client_id'
  readonly value: string
  readonly ended: number
}

/** The same of what was changed: it may have ended nothing, and then there is nothing to wait for. */
export async function tellChanged(opened: Opened, ended: Ended): Promise<EndedResult> {
  if (ended.ended > 0) return tellEnded(opened, ended)
  return {
    json: { authorizations_ended: 0, access_tokens_expire_at: null },
    sentence: 'No authorization had to end.',
  }
}

/** How many have ended, as a sentence. */
export function tellCount(ended: number): string {
  return ended === 1 ? '1 authorization has ended.' : `${ended} authorizations have ended.`
}

/** What ending authorizations came to, in the two ways there are to show it. */
export interface EndedResult {
  readonly json: {
    readonly authorizations_ended: number
    readonly access_tokens_expire_at: number | null
  }
  readonly sentence: string
}

/**
 * Says what has ended, and what has not: a resource server that verifies by the key set alone takes an access token
 * until it expires, so an operator in a hurry has to know when that is.
 */
export async function tellEnded({ db, now }: Opened, { column, value, ended }: Ended): Promise<EndedResult> {
  const expiry = await lastTokenExpiry(db, { column, value }, now())
  return {
    json: { authorizations_ended: ended, access_tokens_expire_at: expiry ?? null },
    sentence:
      expiry === undefined
        ? tellCount(ended)
        : `${tellCount(ended)} A resource server that does not read the status list accepts access tokens issued before ` +
          `until they expire, the last at ${instant(expiry)}.`,
  }
}
