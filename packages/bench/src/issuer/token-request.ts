import { CONFIDENTIAL_CLIENT, USER } from '../servers/auth-server.ts'

/** A request to a token endpoint, in a form for both the load generator and `fetch`. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** The password grant of the default client. */
export const passwordRequest: TokenRequest = {
  headers: FORM,
  body: new URLSearchParams({ grant_type: 'password', ...USER }).toString(),
}

/**
 * `client_credentials` of the confidential client, with HTTP Basic (RFC 6749 §2.3.1), and further parameters that a
 * server needs.
 */
export function clientCredentialsRequest(more: Readonly<Record<string, string>> = {}): TokenRequest {
  const { id, secret } = CONFIDENTIAL_CLIENT
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')
  return {
    headers: { ...FORM, authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...more }).toString(),
  }
}

/** Requests tokens once. Rejects with the answer unless it is 200. */
export async function requestTokens(
  url: string,
  { headers, body }: TokenRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { method: 'POST', headers, body })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 300)}`)
  return JSON.parse(text) as Record<string, unknown>
}
