/** The check at the start: whether this server and its issuer agree on names and clocks. It only writes to the log. */
import { setTimeout } from 'node:timers/promises'
import type { Logger } from '@countersign/http-service'
import type { Clock, Seconds } from '@countersign/shared'
import { type ObservedIssuer, observeIssuer } from './observe-issuer.ts'

/** What this server was told about itself and its issuer. */
export interface OwnSettings {
  readonly issuer: string
  readonly issuerAddress: string
  readonly audience: string
}

/** The settings to compare, and how the issuer is reached. */
export interface ReportDeps extends OwnSettings {
  /** Fetches the key set when none is cached. Rejects when that fails. */
  readonly prepare: () => Promise<void>
  readonly logger: Logger
  readonly now: Clock
  readonly pause: typeof pause
  readonly stopping: AbortSignal
}

/** The pause doubles from the first to the second. */
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5000

/** An issuer that starts beside us needs a moment. With a warning at the first attempt, every normal start would warn. */
const ATTEMPTS_BEFORE_WARNING = 3

/**
 * Asks the issuer until issuer, audience and clock agree with ours and its key set is cached, or until it is time to stop. A
 * problem is logged in one sentence that names the setting to change, and again only when the sentence changes. Never rejects.
 */
export async function reportIssuerMismatch(deps: ReportDeps): Promise<void> {
  const { logger, issuer, audience, stopping } = deps
  let said: string | undefined

  for (
    let attempt = 1, wait = FIRST_PAUSE_MS;
    !stopping.aborted;
    attempt += 1, wait = Math.min(wait * 2, MAX_PAUSE_MS)
  ) {
    const problem = await findProblem(deps)
    if (stopping.aborted) return
    if (!problem) {
      logger.info({ issuer, audience }, 'issuer, audience and clock agree, and the key set is here')
      return
    }
    if (
      topicOf(problem.sentence) !== said &&
      (problem.kind === 'mismatch' || attempt >= ATTEMPTS_BEFORE_WARNING)
    ) {
      logger.warn(problem.sentence)
      said = topicOf(problem.sentence)
    }
    await deps.pause(wait, stopping)
  }
}

/** Resolves after so many milliseconds, or at once when it is time to stop. */
export async function pause(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal: stopping }).catch(() => undefined)
}

/** Why we cannot trust the issuer's tokens yet: a mismatch must be corrected, and an absence may end by itself. */
interface Problem {
  readonly kind: 'mismatch' | 'absence'
  readonly sentence: string
}

async function findProblem(deps: ReportDeps): Promise<Problem | undefined> {
  // The keys are fetched also when something differs: tokens can be verified although a clock is wrong.
  const [seen, keysMissing] = await Promise.all([
    observeIssuer(deps),
    deps.prepare().then(() => undefined, reasonOf),
  ])

  const sentence = issuerMismatch(deps, seen)
  if (sentence) return { kind: seen.kind === 'nothing' ? 'absence' : 'mismatch', sentence }
  if (keysMissing === undefined) return undefined
  return {
    kind: 'absence',
    sentence: `The key set of RESOURCE_ISSUER=${deps.issuer} cannot be had: ${keysMissing}`,
  }
}

/** The verifier's own message is for clients. Its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** The tolerance of the verifier. The time that the request took is added. */
const CLOCK_TOLERANCE_SECONDS: Seconds = 5

/** The beginning of the sentence on clocks. */
const CLOCK_SENTENCE = 'The clock of'

/** With more names the sentence would not be readable. */
const MAX_NAMES = 5

/**
 * Says in one sentence what the two servers do not agree on, and which setting to change. `undefined` when they agree. The
 * worst mismatch comes first: with a wrong issuer no token is accepted, and with a wrong audience none is issued for us.
 */
export function issuerMismatch(ours: OwnSettings, seen: ObservedIssuer): string | undefined {
  switch (seen.kind) {
    case 'nothing':
      return unreachable(ours, seen.because)
    case 'metadata':
      return issuerDiffers(ours, seen.issuer) ?? audienceUnknown(ours, seen) ?? clockDiffers(ours, seen)
    default:
      throw seen satisfies never
  }
}

/** What a sentence is about. The sentence on clocks has other numbers each time, and is still logged only once. */
export function topicOf(sentence: string): string {
  return sentence.startsWith(CLOCK_SENTENCE) ? CLOCK_SENTENCE : sentence
}

type Metadata = Extract<ObservedIssuer, { kind: 'metadata' }>

function unreachable({ issuer, issuerAddress }: OwnSettings, because: string): string {
  return issuer === issuerAddress
    ? `The authorization server RESOURCE_ISSUER=${issuer} cannot be asked (${because}): ` +
        'start it, correct RESOURCE_ISSUER, or set RESOURCE_ISSUER_ADDRESS to the address where this server can reach it.'
    : `The authorization server ${issuer} cannot be asked at RESOURCE_ISSUER_ADDRESS=${issuerAddress} ` +
        `(${because}): start it, or set RESOURCE_ISSUER_ADDRESS to the address where this server can reach it.`
}

function issuerDiffers({ issuer, issuerAddress }: OwnSettings, theirs: string): string | undefined {
  if (issuer === theirs) return undefined
  return (
    `RESOURCE_ISSUER is ${issuer}, but the authorization server at ${issuerAddress} names itself ${theirs}: ` +
    'set RESOURCE_ISSUER to that name, or AUTH_ISSUER to ours.'
  )
}

function audienceUnknown(
  { audience, issuer }: OwnSettings,
  { protectedResources }: Metadata,
): string | undefined {
  if (protectedResources === undefined || protectedResources.includes(audience)) return undefined
  return (
    `RESOURCE_AUDIENCE is ${audience}, but ${issuer} issues tokens for ${listed(protectedResources)}: ` +
    'set RESOURCE_AUDIENCE to a resource it knows, or add this one there.'
  )
}

function clockDiffers({ issuer }: OwnSettings, { date, askedAt, answeredAt }: Metadata): string | undefined {
  if (date === undefined) return undefined
  const apart = Math.abs(date - answeredAt)
  if (apart <= CLOCK_TOLERANCE_SECONDS + answeredAt - askedAt) return undefined
  return (
    `${CLOCK_SENTENCE} ${issuer} is ${apart} s ${date > answeredAt ? 'ahead of' : 'behind'} ours ` +
    `(theirs ${written(date)}, ours ${written(answeredAt)}): no setting helps, set the clock that is wrong.`
  )
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no resource at all'
  const more = names.length - MAX_NAMES
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function written(instant: Seconds): string {
  return new Date(instant * 1000).toISOString()
}
