import { isDeepStrictEqual } from 'node:util'
import { systemClock } from '@countersign/shared'
import { decodeJwt } from 'jose'
import type { Mint } from '../issuer/mint-tokens.ts'
import type { Kind } from '../measurement/sample.ts'

/** Tokens that show whether a server verifies. */
export interface ProofTokens {
  readonly good: string
  /** Keyed by what is wrong with them. */
  readonly bad: Readonly<Record<string, string>>
}

export async function mintProofTokens(mint: Mint): Promise<ProofTokens> {
  const good = await mint.sign()
  const now = systemClock()
  return {
    good,
    bad: {
      'an expired token': await mint.sign({ iat: now - 7200, exp: now - 3600 }),
      'a token for another audience': await mint.sign({ aud: 'https://elsewhere.example' }),
      'a token of another issuer': await mint.sign({ iss: 'https://elsewhere.example' }),
      'a tampered token': tampered(good),
    },
  }
}

/** The token with another subject and the same signature. */
function tampered(token: string): string {
  const [header, , signature] = token.split('.')
  const claims = { ...decodeJwt(token), sub: 'usr_somebody_else' }
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

/**
 * Rejects unless a server does the work: it must answer a good token with the profile, and no token or a bad one with
 * 401. A limit only has to answer.
 */
export async function proveVerifies(url: string, kind: Kind, { good, bad }: ProofTokens): Promise<void> {
  const { status, body } = await readProfile(url, good)
  if (status !== 200) throw new Error(`a good token gets ${status}, not 200`)
  if (kind === 'limit') return

  const { sub, preferred_username, name } = decodeJwt(good)
  const profile = { sub, username: preferred_username, full_name: name ?? null, disabled: false }
  if (!isDeepStrictEqual(body, profile))
    throw new Error(`the answer is not the profile: ${JSON.stringify(body)}`)
  for (const [what, token] of [['no token', undefined], ...Object.entries(bad)] as const) {
    const refused = await readProfile(url, token)
    if (refused.status !== 401) throw new Error(`${what} gets ${refused.status}, not 401`)
  }
}

async function readProfile(
  url: string,
  token: string | undefined,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(
    url,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  )
  const text = await response.text()
  return { status: response.status, body: response.ok ? JSON.parse(text) : text }
}
