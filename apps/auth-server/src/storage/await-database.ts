import { setTimeout as pause } from 'node:timers/promises'
import { type Database, type DatabaseLocation, pingDatabase } from './database.ts'
import { DatabaseUnavailable, StartRefused } from './errors.ts'
import { publicNameOf } from './postgres-location.ts'

/** How long a start waits for the database, so that both may be started at once, and how often it tries. */
const START_TIMEOUT_MS = 10_000
const RETRY_EVERY_MS = 250

/** Failures that no wait mends: wrong credentials (SQLSTATE class 28), no such database (3D). */
const PERMANENT_SQLSTATE = /^(?:28|3D)/

/** The codes of failures of TLS. A server that has no TLS is reported without a code. */
const ABOUT_TLS = /^$|CERT|TLS|SSL/
const TLS_HINT =
  ' With sslmode=require its certificate must be from an authority that Node.js knows, from one in the file that NODE_EXTRA_CA_CERTS names, or from the file that sslrootcert names.'

export interface AwaitDatabaseOptions {
  readonly location: DatabaseLocation
  /** Called once, when the first attempt has failed and others follow. */
  readonly onWaiting: (because: string) => void
  /** In milliseconds. */
  readonly timeoutMs?: number
}

/**
 * Waits until the database answers. Throws `StartRefused`, naming the setting and never the password, when it does not
 * for a while, or says what waiting does not change.
 */
export async function awaitDatabase(
  db: Database,
  { location, onWaiting, timeoutMs = START_TIMEOUT_MS }: AwaitDatabaseOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (let tries = 1; ; tries++) {
    try {
      return await pingDatabase(db)
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
      if (PERMANENT_SQLSTATE.test(codeOf(error.cause)) || performance.now() > deadline)
        throw refusal(location, error)
      if (tries === 1) onWaiting(error.because)
      await pause(RETRY_EVERY_MS)
    }
  }
}

function refusal(location: DatabaseLocation, { because, cause }: DatabaseUnavailable): StartRefused {
  const database = location.kind === 'postgres' ? publicNameOf(location) : 'the database'
  const hint =
    location.kind === 'postgres' && location.tls.kind === 'verified' && ABOUT_TLS.test(codeOf(cause))
      ? TLS_HINT
      : ''
  return new StartRefused(
    `AUTH_DATABASE_URL: ${database} cannot be used: ${because.replace(/\.$/, '')}.${hint}`,
  )
}

function codeOf(cause: unknown): string {
  return String((cause as { readonly code?: unknown } | undefined)?.code ?? '')
}
