import type { Seconds } from '@countersign/shared'

/** What this server was told about itself and its issuer. */
export interface OurSide {
  readonly issuer: string
  readonly issuerAddress: string
  readonly audience: string
}

/** What was seen when the issuer was asked who it is. */
export type Sighting =
  | { readonly kind: 'nothing'; readonly because: string }
  | {
      readonly kind: 'metadata'
      readonly issuer: string
      /** The resources it issues tokens for; absent when its metadata does not say (RFC 9728 §4). */
      readonly protectedResources: readonly string[] | undefined
      /** Its clock; absent when its answer does not say. */
      readonly date: Seconds | undefined
      /** Our clock, just before the question and just after the answer. */
      readonly askedAt: Seconds
      readonly answeredAt: Seconds
    }

/** How far two clocks may be apart, as far as the verifier bears it; the time the question took comes on top. */
const CLOCK_TOLERANCE: Seconds = 5

/** How the sentence on clocks begins. */
const CLOCK_SENTENCE = 'The clock of'

/** More names than this make no sentence. */
const MOST_NAMES = 5

/**
 * Says in one sentence what the two servers do not agree on, and which setting to change; `undefined` when they agree.
 * The order is that of the harm: without the issuer no token counts, without the audience none is issued for us.
 */
export function disagreement(ours: OurSide, seen: Sighting): string | undefined {
  switch (seen.kind) {
    case 'nothing':
      return unreachable(ours, seen.because)
    case 'metadata':
      return issuerDiffers(ours, seen.issuer) ?? audienceUnknown(ours, seen) ?? clockDiffers(ours, seen)
    default:
      throw seen satisfies never
  }
}

/** What a sentence is about: the one on clocks holds numbers that are others each time, and need not be said each time. */
export function topicOf(sentence: string): string {
  return sentence.startsWith(CLOCK_SENTENCE) ? CLOCK_SENTENCE : sentence
}

type Metadata = Extract<Sighting, { kind: 'metadata' }>

function unreachable({ issuer, issuerAddress }: OurSide, because: string): string {
  return issuer === issuerAddress
    ? `The authorization server RESOURCE_ISSUER=${issuer} cannot be asked (${because}): ` +
        'start it, correct RESOURCE_ISSUER, or set RESOURCE_ISSUER_ADDRESS to the address where this server can reach it.'
    : `The authorization server ${issuer} cannot be asked at RESOURCE_ISSUER_ADDRESS=${issuerAddress} ` +
        `(${because}): start it, or set RESOURCE_ISSUER_ADDRESS to the address where this server can reach it.`
}

function issuerDiffers({ issuer, issuerAddress }: OurSide, theirs: string): string | undefined {
  if (issuer === theirs) return undefined
  return (
    `RESOURCE_ISSUER is ${issuer}, but the authorization server at ${issuerAddress} names itself ${theirs}: ` +
    'set RESOURCE_ISSUER to that name, or AUTH_ISSUER to ours.'
  )
}

function audienceUnknown(
  { audience, issuer }: OurSide,
  { protectedResources }: Metadata,
): string | undefined {
  if (protectedResources === undefined || protectedResources.includes(audience)) return undefined
  return (
    `RESOURCE_AUDIENCE is ${audience}, but ${issuer} issues tokens for ${listed(protectedResources)}: ` +
    'set RESOURCE_AUDIENCE to a resource it knows, or add this one there.'
  )
}

function clockDiffers({ issuer }: OurSide, { date, askedAt, answeredAt }: Metadata): string | undefined {
  if (date === undefined) return undefined
  const apart = Math.abs(date - answeredAt)
  if (apart <= CLOCK_TOLERANCE + answeredAt - askedAt) return undefined
  return (
    `${CLOCK_SENTENCE} ${issuer} is ${apart} s ${date > answeredAt ? 'ahead of' : 'behind'} ours ` +
    `(theirs ${written(date)}, ours ${written(answeredAt)}): no setting helps, set the clock that is wrong.`
  )
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no resource at all'
  const more = names.length - MOST_NAMES
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function written(instant: Seconds): string {
  return new Date(instant * 1000).toISOString()
}
