import type { Fixture } from './servers.ts'

/** How a request ended, as far as the client knows. */
export type Attempt =
  | { readonly kind: 'acknowledged'; readonly token: string }
  | { readonly kind: 'refused'; readonly error: string }
  /** No answer: the server may have done it, or not. */
  | { readonly kind: 'lost' }

/** One client's chain of refresh tokens: what was acknowledged last, and what became of the last attempt. */
export interface RefreshChain {
  readonly token: () => string
  /** Spends the token at this server; what is acknowledged becomes the token. */
  readonly refreshAt: (address: string) => Promise<Attempt>
  /** Refreshes until an answer is lost or refused, and says which. */
  readonly refreshUntilLost: (address: string) => Promise<Attempt>
}

/** Begins a chain: alice signs in at the fixture's server. */
export async function beginChain({ authServer }: Pick<Fixture, 'authServer'>): Promise<RefreshChain> {
  let token = await acknowledgedToken(authServer, {
    grant_type: 'password',
    username: 'alice',
    password: 'secret',
  })

  const refreshAt = async (address: string): Promise<Attempt> => {
    const attempt = await post(address, { grant_type: 'refresh_token', refresh_token: token })
    if (attempt.kind === 'acknowledged') token = attempt.token
    return attempt
  }
  return {
    token: () => token,
    refreshAt,
    refreshUntilLost: async (address) => {
      for (;;) {
        const attempt = await refreshAt(address)
        if (attempt.kind !== 'acknowledged') return attempt
      }
    },
  }
}

async function acknowledgedToken(address: string, form: Record<string, string>): Promise<string> {
  const attempt = await post(address, form)
  if (attempt.kind !== 'acknowledged') throw new Error(`no token: ${JSON.stringify(attempt)}`)
  return attempt.token
}

async function post(address: string, form: Record<string, string>): Promise<Attempt> {
  try {
    const response = await fetch(`${address}/token`, { method: 'POST', body: new URLSearchParams(form) })
    const body = (await response.json()) as { refresh_token?: string; error?: string }
    return body.refresh_token === undefined
      ? { kind: 'refused', error: body.error ?? `status ${response.status}` }
      : { kind: 'acknowledged', token: body.refresh_token }
  } catch {
    // The connection ended before a whole answer: that is what these stories are about.
    return { kind: 'lost' }
  }
}
