import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { type RunningProcess, TEST_TIMEOUT_MS } from './support/processes.ts'
import { createFixture, runAuthServer, runResourceServer, untilReady } from './support/servers.ts'

const FORM = 'grant_type=password&username=alice&password=secret'

/** Begins a sign-in and resolves once the server has begun to answer it; the returned function finishes it. */
function beginSignIn(url: string): Promise<() => Promise<{ status: number | undefined; body: unknown }>> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': FORM.length,
        expect: '100-continue',
      },
    })
    const answered = new Promise<{ status: number | undefined; body: unknown }>((answer, fail) => {
      sent.on('response', async (response) =>
        answer({ status: response.statusCode, body: await json(response) }),
      )
      sent.on('error', fail)
    })
    sent.on('error', reject)
    sent.on('continue', () =>
      resolve(() => {
        sent.end(FORM)
        return answered
      }),
    )
    sent.flushHeaders()
  })
}

const isDraining = (server: RunningProcess) =>
  server.until(() => server.stdout().includes('"msg":"stopping: '))

describe.each(['SIGTERM', 'SIGINT'] as const)('on %s', (signal) => {
  it('the authorization server finishes what is under way, and ends', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    const fixture = await createFixture()
    const server = runAuthServer(fixture)
    await untilReady(server, fixture.authServer)
    const finish = await beginSignIn(fixture.authServer)

    server.kill(signal)
    await isDraining(server)
    // Ctrl-C comes twice: from the terminal, and forwarded by whoever started it.
    server.kill(signal)
    const answer = await finish()

    expect(answer).toEqual({ status: 200, body: expect.objectContaining({ token_type: 'Bearer' }) })
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(server.stderr()).toBe('')
  })

  it('the resource server ends, although its issuer is away', { timeout: TEST_TIMEOUT_MS }, async () => {
    const fixture = await createFixture()
    const server = runResourceServer(fixture)
    await server.until(
      async () => (await fetch(`${fixture.resourceServer}/livez`).catch(() => undefined))?.ok ?? false,
    )

    server.kill(signal)

    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(server.stderr()).toBe('')
  })
})
