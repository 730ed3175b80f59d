import { setTimeout as pause } from 'node:timers/promises'
import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
import type { Settings } from './processes.ts'
import type { Fixture } from './servers.ts'

const ROTATIONS = 20

/** Settings under which a key set may be kept for a second, a key is published four before it signs, signs for five, and is then removed. */
export const HASTE: Settings = {
  AUTH_KEY_LIFETIME: '5s',
  AUTH_KEY_PUBLISH_LEAD: '4s',
  AUTH_ACCESS_TOKEN_LIFETIME: '15s',
  AUTH_STATUS_LIST_LIFETIME: '60s',
}

/** How long a token is kept before it is shown once more: near the end of its life, when its key has long been retired. */
const OLD = 12_000

/** Signs in at one address after the other and uses every token at once and again when it is old, until keys have turned. */
export async function loadUntilRotated(fixture: Fixture, addresses: readonly string[]) {
  const verifier = createAccessTokenVerifier({ issuer: fixture.authServer, audience: fixture.resourceServer })
  const kids = new Set<string>()
  const failures: unknown[] = []
  const again: Promise<void>[] = []
  let requests = 0

  const use = async (token: string, when: string) => {
    requests += 1
    const response = await fetch(`${fixture.resourceServer}/users/me`, {
      headers: { authorization: `Bearer ${token}` },
    })
    if (response.status !== 200) failures.push({ when, status: response.status, body: await response.text() })
    else await response.body?.cancel()
    await verifier.verify(token).catch((error: unknown) => failures.push({ when, verifier: error }))
  }
  for (let turn = 0; kids.size <= ROTATIONS; turn++) {
    const body = new URLSearchParams({ grant_type: 'password', username: 'alice', password: 'secret' })
    const response = await fetch(`${addresses[turn % addresses.length]}/token`, { method: 'POST', body })
    const { access_token: token } = (await response.json()) as { access_token: string }
    requests += 1
    if (response.status !== 200) failures.push({ when: 'sign-in', status: response.status })

    kids.add(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid)
    await use(token, 'new')
    again.push(pause(OLD).then(() => use(token, 'old')))
    await pause(20)
  }
  await Promise.all(again)
  verifier.close()
  return { failures, requests }
}
