import type { FetchOutcome } from '@countersign/access-token-verifier'
import type { Logger } from '@countersign/http-service'

/** A single failure is usually a restart of the issuer, which nobody needs to know. */
const FAILURES_BEFORE_WARNING = 2

/** A document in use is fetched again within ten seconds. An older failure is of a document that nobody uses any more. */
const MAX_FAILURE_AGE_MS = 30_000

interface Failing {
  readonly times: number
  readonly at: number
}

/**
 * Logs once that the issuer cannot be asked any more, and once that it can again. Without it nobody would notice, because
 * tokens are still accepted by the cached keys and lists. Before the first answer, `issuer-mismatch.ts` reports instead.
 */
export function createIssuerWatch(
  logger: Logger,
  elapsed: () => number = () => performance.now(),
): (outcome: FetchOutcome) => void {
  const failing = new Map<string, Failing>()
  let hasAnswered = false
  let isSaid = false

  const forgetUnused = () => {
    for (const [document, { at }] of failing)
      if (elapsed() - at > MAX_FAILURE_AGE_MS) failing.delete(document)
  }

  return (outcome) => {
    const { document } = outcome
    if (outcome.kind === 'fetched') {
      hasAnswered = true
      failing.delete(document)
      forgetUnused()
      if (isSaid && failing.size === 0) logger.info('the issuer can be asked again')
      isSaid &&= failing.size > 0
      return
    }
    if (!hasAnswered) return

    const times = (failing.get(document)?.times ?? 0) + 1
    failing.set(document, { times, at: elapsed() })
    if (times < FAILURES_BEFORE_WARNING || isSaid) return
    isSaid = true
    logger.warn(
      { document, because: reasonOf(outcome.cause) },
      'the issuer cannot be asked: what it revokes meanwhile is accepted here until its status lists expire',
    )
  }
}

/** `fetch` only says that it failed. The reason that helps an operator is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.message
}
