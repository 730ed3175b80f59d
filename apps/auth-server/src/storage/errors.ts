/**
 * The database cannot be used at the moment, and may be a second later: away, busy, full or read-only. What was asked
 * has not been done; when nobody can tell, it is an `OutcomeUnknown`. The message holds no password; the cause is for the
 * log.
 */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable'
  /** Why, in the words of the network, the server or the disk. */
  readonly because: string

  constructor(cause: unknown) {
    const because = reasonOf(cause)
    super(`The database is unavailable: ${because}`, { cause })
    this.because = because
  }
}

/** Other writers have kept the database for longer than a write waits. Nothing was done; reads go on meanwhile. */
export class DatabaseBusy extends DatabaseUnavailable {
  override readonly name = 'DatabaseBusy'
}

/** A host with several addresses fails once for each; one reason is enough. */
function reasonOf(cause: unknown): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error ? first.message : String(first)
}

/**
 * The connection was lost after the commit was sent and before it was confirmed: nobody can tell whether it was done. A
 * caller that asks again may do it twice.
 */
export class OutcomeUnknown extends DatabaseUnavailable {
  override readonly name = 'OutcomeUnknown'
}

/** The server cannot start as things are; the message tells the operator what to do. Nothing has been changed. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}
