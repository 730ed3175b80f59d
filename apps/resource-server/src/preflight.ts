import { setTimeout } from 'node:timers/promises'
import type { Logger } from '@countersign/http-service'
import type { Clock } from '@countersign/shared'
import { disagreement, type OurSide, topicOf } from './agreement.ts'
import { askIssuer } from './ask-issuer.ts'

export interface PreflightDeps extends OurSide {
  /** Fetches the key set when none is held; rejects when it cannot be had. */
  readonly prepare: () => Promise<void>
  readonly logger: Logger
  readonly now: Clock
  readonly pause: typeof pause
  readonly stopping: AbortSignal
}

/** In milliseconds; the pause doubles from the first to the second. */
const FIRST_PAUSE = 250
const LONGEST_PAUSE = 5000

/**
 * An issuer that is started beside us needs a moment. Only at the third attempt is it worth a word that it is not there,
 * or every ordinary start would begin with a warning.
 */
const PATIENCE = 3

/**
 * Asks the issuer until issuer, audience and clock agree with ours and its key set is held, or it is time to stop. What
 * is in the way is said in one sentence that names the setting to change, and again only when the sentence changes.
 * Never rejects.
 */
export async function runPreflight(deps: PreflightDeps): Promise<void> {
  const { logger, issuer, audience, stopping } = deps
  let said: string | undefined

  for (
    let attempt = 1, wait = FIRST_PAUSE;
    !stopping.aborted;
    attempt += 1, wait = Math.min(wait * 2, LONGEST_PAUSE)
  ) {
    const obstacle = await findObstacle(deps)
    if (stopping.aborted) return
    if (!obstacle) {
      logger.info({ issuer, audience }, 'issuer, audience and clock agree, and the key set is here')
      return
    }
    if (topicOf(obstacle.sentence) !== said && (obstacle.kind === 'disagreement' || attempt >= PATIENCE)) {
      logger.warn(obstacle.sentence)
      said = topicOf(obstacle.sentence)
    }
    await deps.pause(wait, stopping)
  }
}

/** Resolves after so many milliseconds, or at once when it is time to stop. */
export async function pause(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal: stopping }).catch(() => undefined)
}

/** What keeps us from trusting the issuer's tokens: something to be set right, or something to be waited for. */
interface Obstacle {
  readonly kind: 'disagreement' | 'absence'
  readonly sentence: string
}

async function findObstacle(deps: PreflightDeps): Promise<Obstacle | undefined> {
  // The keys also when something differs: a clock that is off is no reason to do without them.
  const [seen, keysMissing] = await Promise.all([
    askIssuer(deps),
    deps.prepare().then(() => undefined, reasonOf),
  ])

  const sentence = disagreement(deps, seen)
  if (sentence) return { kind: seen.kind === 'nothing' ? 'absence' : 'disagreement', sentence }
  if (keysMissing === undefined) return undefined
  return {
    kind: 'absence',
    sentence: `The key set of RESOURCE_ISSUER=${deps.issuer} cannot be had: ${keysMissing}`,
  }
}

/** The verifier's own message is for clients; why it could not, it tells in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
