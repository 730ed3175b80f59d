import {
  AUTHORIZATION_SERVER_METADATA_PATH,
  type Clock,
  certificateProblem,
  parseAge,
  type Seconds,
} from '@countersign/shared'
import { z } from 'zod'

/** What was seen when the issuer was asked who it is. */
export type ObservedIssuer =
  | { readonly kind: 'nothing'; readonly because: string }
  | {
      readonly kind: 'metadata'
      readonly issuer: string
      /** The resources it issues tokens for. Absent when its metadata does not say (RFC 9728 §4). */
      readonly protectedResources: readonly string[] | undefined
      /** Its clock. Absent when its answer does not say. */
      readonly date: Seconds | undefined
      /** Our clock, just before the request and just after the answer. */
      readonly askedAt: Seconds
      readonly answeredAt: Seconds
    }

/** Where the issuer is, and when to stop asking. */
export interface ObserveIssuerDeps {
  readonly issuerAddress: string
  readonly now: Clock
  readonly stopping: AbortSignal
}

const TIMEOUT_MS = 3000

/** The two members that are compared (RFC 8414 §2, RFC 9728 §4). */
const metadata = z.object({ issuer: z.string(), protected_resources: z.array(z.string()).optional() })

/** Fetches the issuer's metadata and notes both clocks. Never rejects: no answer is an observation, too. */
export async function observeIssuer({
  issuerAddress,
  now,
  stopping,
}: ObserveIssuerDeps): Promise<ObservedIssuer> {
  const askedAt = now()
  try {
    const response = await fetch(`${issuerAddress}${AUTHORIZATION_SERVER_METADATA_PATH}`, {
      headers: { accept: 'application/json' },
      // Another origin could be anybody.
      redirect: 'error',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const answeredAt = now()
    if (response.status !== 200) {
      await response.body?.cancel()
      return { kind: 'nothing', because: `its metadata answered with status ${response.status}` }
    }

    const parsed = metadata.safeParse(await response.json())
    if (!parsed.success) return { kind: 'nothing', because: 'its metadata has no issuer' }
    return {
      kind: 'metadata',
      issuer: parsed.data.issuer,
      protectedResources: parsed.data.protected_resources,
      date: dateOf(response.headers),
      askedAt,
      answeredAt,
    }
  } catch (error) {
    return { kind: 'nothing', because: reasonOf(error) }
  }
}

/** RFC 9110 §6.6.1. A cache on the way keeps the first date and says how old it is (RFC 9111 §5.1). */
function dateOf(headers: Headers): Seconds | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? undefined : Math.floor(date / 1000) + parseAge(headers.get('age'))
}

/** `fetch` only says that it failed. The reason that helps an operator is in the cause. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its metadata is not JSON'
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`
  const cause = error.cause as NodeJS.ErrnoException | undefined
  return certificateProblem(error) ?? cause?.code ?? cause?.message ?? error.message
}
