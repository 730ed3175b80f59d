import { certificateProblem, parseAge, type Seconds } from '@countersign/shared'

/** A key set of a hundred keys has a tenth of this. */
const MAX_DOCUMENT_BYTES = 256 * 1024
const MAX_REDIRECTS = 3
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308]

/** What is asked for, and how much of it is taken. */
export interface TextRequest {
  readonly accept: string
  /** After the content coding of HTTP is undone: a small answer must not fill our memory. */
  readonly maxBytes: number
  /** The tag of what we have, if we have something (RFC 9110 §13.1.2). */
  readonly etag?: string | undefined
}

/** What was at an address: a text, or the same as what we have. Every other answer is an error. */
export type FetchedText =
  | { readonly kind: 'found'; readonly text: string; readonly headers: Headers }
  | { readonly kind: 'unchanged'; readonly headers: Headers }

/** A JSON document, how long it is fresh, and how long it had been in caches when it came. */
export interface FoundDocument {
  readonly value: unknown
  readonly maxAge: Seconds | undefined
  readonly age: Seconds
}

/**
 * There was an answer, and it is not what we asked for. Trying again would not help, but another address may. An outage is a
 * plain `Error` instead: no answer, half an answer, or a status that says so.
 */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer'
}

/** Besides 5xx: too slow, too early, too often (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4). */
const RETRYABLE_STATUSES: readonly number[] = [408, 425, 429]

/** With what one fetch is made: the network, the signal that aborts it, and the instant of the monotonic clock it began at. */
export interface FetchEdge {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  readonly startedAt: number
}

/** How long an answer is fresh (RFC 9111 §5.2.2.1). `undefined` when it does not say. */
export function parseMaxAge(headers: Headers): Seconds | undefined {
  const seconds = /(?:^|[\s,])max-age="?(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

/** Fetches one JSON document, of 256 KiB at most, as `fetchText` does. */
export async function fetchDocument(address: string, edge: FetchEdge): Promise<FoundDocument> {
  const fetched = await fetchText(address, { accept: 'application/json', maxBytes: MAX_DOCUMENT_BYTES }, edge)
  // We ask without a tag, so nothing can be unchanged.
  if (fetched.kind !== 'found') throw new UnusableAnswer(`${address} answered with status 304.`)
  return {
    value: parseJson(fetched.text, address),
    maxAge: parseMaxAge(fetched.headers),
    age: parseAge(fetched.headers.get('age')),
  }
}

/**
 * Fetches one text and follows redirects only within its origin. Throws an `Error` that says what went wrong: an
 * `UnusableAnswer` when another address may help. The signal limits the time, body included.
 */
export async function fetchText(
  address: string,
  request: TextRequest,
  edge: FetchEdge,
  redirects: number = MAX_REDIRECTS,
): Promise<FetchedText> {
  const { accept, etag } = request
  const response = await edge
    .fetch(address, {
      headers: { accept, ...(etag === undefined ? {} : { 'if-none-match': etag }) },
      redirect: 'manual',
      signal: edge.signal,
    })
    .catch((error: unknown) => {
      const problem = certificateProblem(error)
      throw problem === undefined ? error : new Error(`${address}: ${problem}.`, { cause: error })
    })

  if (response.status === 200) {
    return { kind: 'found', text: await readBody(response, address, request), headers: response.headers }
  }
  await response.body?.cancel()
  if (response.status === 304 && etag !== undefined) return { kind: 'unchanged', headers: response.headers }
  if (REDIRECT_STATUSES.includes(response.status)) {
    const target = redirectTarget(response.headers.get('location'), address)
    if (redirects === 0) throw new UnusableAnswer(`${address} redirects too often.`)
    return fetchText(target, request, edge, redirects - 1)
  }
  const because = `${address} answered with status ${response.status}.`
  throw isRetryable(response.status) ? new Error(because) : new UnusableAnswer(because)
}

function isRetryable(status: number): boolean {
  return status >= 500 || RETRYABLE_STATUSES.includes(status)
}

/** Another origin could be anybody, and its answer would decide whom we trust. */
function redirectTarget(location: string | null, address: string): string {
  if (location === null || !URL.canParse(location, address)) {
    throw new UnusableAnswer(`${address} redirects to nowhere.`)
  }
  const target = new URL(location, address)
  if (target.origin !== new URL(address).origin) {
    throw new UnusableAnswer(
      `${address} redirects to another origin, ${target.origin}, which is not followed.`,
    )
  }
  return target.href
}

async function readBody(response: Response, address: string, { maxBytes }: TextRequest): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    // The throw closes the connection, so the rest is never read.
    if (size > maxBytes) throw new UnusableAnswer(`${address} answered with more than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  // This drops a byte order mark: some tools write one, JSON.parse refuses it, and RFC 8259 §8.1 lets a reader ignore it.
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function parseJson(text: string, address: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UnusableAnswer(`${address} answered with something that is not JSON.`, { cause })
  }
}
