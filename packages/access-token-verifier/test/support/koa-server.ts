import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { onTestFinished } from 'vitest'
import { type AccessTokenState, requireAccessToken } from '../../src/adapters/koa.ts'
import type { AccessRequirement, AccessTokenVerifier } from '../../src/index.ts'
import { get, type TestResponse } from './get.ts'

/** A Koa app behind a real socket. */
export interface KoaServer {
  /** The code each request was refused with, as a request log outside the middleware finds it. */
  readonly codes: readonly (string | undefined)[]
  /** What reached Koa itself. */
  readonly thrown: readonly unknown[]
  get(...authorization: readonly string[]): Promise<TestResponse>
}

export type Route = (ctx: Koa.ParameterizedContext<AccessTokenState>) => void

/** Serves one route that needs the scope `profile`, or what is said. Closed when the test ends. */
export async function openKoaServer(
  verifier: AccessTokenVerifier,
  route: Route,
  required: AccessRequirement = { scope: 'profile' },
): Promise<KoaServer> {
  const codes: (string | undefined)[] = []
  const thrown: unknown[] = []
  const app = new Koa<AccessTokenState>()
  app.on('error', (error) => thrown.push(error))
  app.use(async (ctx, next) => {
    await next()
    codes.push(ctx.state.accessTokenError?.code)
  })
  app.use(requireAccessToken(verifier, required))
  app.use(route)

  const listening = app.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  onTestFinished(() => {
    verifier.close()
    listening.close()
  })
  const { port } = listening.address() as AddressInfo
  return { codes, thrown, get: (...authorization) => get(port, authorization) }
}
