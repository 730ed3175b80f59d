import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { PATIENCE, type RunningProcess } from './support/processes.ts'
import { runAuthServer, runResourceServer, setScene, untilReady } from './support/servers.ts'

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
  it('the authorization server finishes what is under way, and ends', { timeout: PATIENCE }, async () => {
    const scene = await setScene()
    const server = runAuthServer(scene)
    await untilReady(server, scene.authServer)
    const finish = await beginSignIn(scene.authServer)

    server.kill(signal)
    await isDraining(server)
    // Ctrl-C comes twice: from the terminal, and forwarded by whoever started it.
    server.kill(signal)
    const answer = await finish()

    expect(answer).toEqual({ status: 200, body: expect.objectContaining({ token_type: 'Bearer' }) })
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(server.stderr()).toBe('')
  })

  it('the resource server ends, although its issuer is away', { timeout: PATIENCE }, async () => {
    const scene = await setScene()
    const server = runResourceServer(scene)
    await server.until(
      async () => (await fetch(`${scene.resourceServer}/livez`).catch(() => undefined))?.ok ?? false,
    )

    server.kill(signal)

    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(server.stderr()).toBe('')
  })
})
