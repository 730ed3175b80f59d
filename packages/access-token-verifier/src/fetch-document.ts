import type { Seconds } from '@countersign/shared'

/** A key set of a hundred keys has a tenth of this. */
const LARGEST_BODY = 256 * 1024
const MOST_REDIRECTS = 3
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308]

/** What lay at an address: a JSON document, or nothing (404). Every other answer is an error. */
export type FetchedDocument =
  | { readonly kind: 'found'; readonly value: unknown; readonly maxAge: Seconds | undefined }
  | { readonly kind: 'absent' }

/** The network, and the signal that ends whatever is under way. */
export interface DocumentEdge {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

/**
 * Fetches one JSON document, of 256 KiB at most, following redirects only within its origin. Throws a plain `Error` that
 * says what went wrong; the time it may take, body included, is the signal's business.
 */
export async function fetchDocument(
  address: string,
  edge: DocumentEdge,
  redirects: number = MOST_REDIRECTS,
): Promise<FetchedDocument> {
  const response = await edge.fetch(address, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: edge.signal,
  })

  if (response.status === 200) {
    const value = parseJson(await readBody(response, address), address)
    return { kind: 'found', value, maxAge: parseMaxAge(response.headers.get('cache-control')) }
  }
  await response.body?.cancel()
  if (response.status === 404) return { kind: 'absent' }
  if (REDIRECT_STATUSES.includes(response.status)) {
    const target = redirectTarget(response.headers.get('location'), address)
    if (redirects === 0) throw new Error(`${address} redirects too often.`)
    return fetchDocument(target, edge, redirects - 1)
  }
  throw new Error(`${address} answered with status ${response.status}.`)
}

/** Another origin could be anybody, and what it says would decide whom we trust. */
function redirectTarget(location: string | null, address: string): string {
  if (location === null || !URL.canParse(location, address)) {
    throw new Error(`${address} redirects to nowhere.`)
  }
  const target = new URL(location, address)
  if (target.origin !== new URL(address).origin) {
    throw new Error(`${address} redirects to another origin, ${target.origin}, which is not followed.`)
  }
  return target.href
}

async function readBody(response: Response, address: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    // Leaving the loop closes the connection: the rest is never read.
    if (size > LARGEST_BODY) throw new Error(`${address} answered with more than ${LARGEST_BODY} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string, address: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${address} answered with something that is not JSON.`, { cause })
  }
}

/** RFC 9111 §5.2.2.1. `undefined` when the answer does not say. */
function parseMaxAge(cacheControl: string | null): Seconds | undefined {
  const seconds = /(?:^|[\s,])max-age="?(\d+)/i.exec(cacheControl ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}
