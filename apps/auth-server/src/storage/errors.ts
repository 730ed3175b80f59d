/**
 * The database cannot be used at the moment, and may be a second later: away, busy, full or read-only. What was asked
 * has not been done; when nobody can tell, it is an `OutcomeUnknown`. The message holds no password; the cause is for the
 * log.
 */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable'
  /** Why, in the words of whoever knows: the network, the server, the disk. */
  readonly because: string

  constructor(cause: unknown) {
    const because = reasonOf(cause)
    super(`The database is unavailable: ${because}`, { cause })
    this.because = because
  }
}

/** Others have been writing for as long as anybody waits. What was asked has not been done; reading goes on meanwhile. */
export class DatabaseBusy extends DatabaseUnavailable {
  override readonly name = 'DatabaseBusy'
}

/** A host with several addresses fails once for each; one reason is enough. */
function reasonOf(cause: unknown): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error ? first.message : String(first)
}

/**
 * The database was lost after it was asked to keep what was written, and before it said that it does: nobody can tell
 * whether it was done. Whoever asks again may ask for the second time.
 */
export class OutcomeUnknown extends DatabaseUnavailable {
  override readonly name = 'OutcomeUnknown'
}

/** The server cannot start as things are; the message tells the operator what to do. Nothing has been changed. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}
