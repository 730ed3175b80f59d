import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { onTestFinished } from 'vitest'
import { requireAccessToken as requireInExpress } from '../../src/adapters/express.ts'
import { requireAccessToken as requireInFetch } from '../../src/adapters/fetch.ts'
import type { AccessRequirement, AccessTokenVerifier, VerifiedAccessToken } from '../../src/index.ts'
import { get } from './get.ts'
import type { KoaServer } from './koa-server.ts'

/** What the route answers. It may throw. */
export type Show = (token: VerifiedAccessToken) => unknown

/** The same route as Koa's, in another framework. */
export type OpenServer = (
  verifier: AccessTokenVerifier,
  show: Show,
  required?: AccessRequirement,
) => Promise<KoaServer>

/** Serves one route that needs the scope `profile`, or what is said, with Express. Closed when the test ends. */
export const openExpressServer: OpenServer = async (verifier, show, required = { scope: 'profile' }) => {
  const codes: (string | undefined)[] = []
  const thrown: unknown[] = []
  const app = express()
  app.use((request, response, next) => {
    response.on('finish', () => codes.push(request.accessTokenError?.code))
    next()
  })
  app.get('/', requireInExpress(verifier, required), (request, response) => {
    response.json(show(request.accessToken!))
  })
  const onError: express.ErrorRequestHandler = (error, _request, response, _next) => {
    thrown.push(error)
    response.status(500).type('text').send('Internal Server Error')
  }
  app.use(onError)
  return { codes, thrown, get: await listen(createServer(app), verifier) }
}

/** The same with a handler of the Fetch API. */
export const openFetchServer: OpenServer = async (verifier, show, required = { scope: 'profile' }) => {
  const codes: (string | undefined)[] = []
  const thrown: unknown[] = []
  const authorize = requireInFetch(verifier, required)

  const handler = async (request: Request): Promise<Response> => {
    const { accessToken, response, error } = await authorize(request)
    codes.push(error?.code)
    return response ?? Response.json(show(accessToken), { headers: { 'content-type': JSON_TYPE } })
  }
  const listener = answeringWith(async (request) => {
    try {
      return await handler(request)
    } catch (error) {
      thrown.push(error)
      return new Response('Internal Server Error', { status: 500 })
    }
  })
  return { codes, thrown, get: await listen(createServer(listener), verifier) }
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Node.js has no server for the Fetch API; this is what adapters do, as far as a GET needs it. */
function answeringWith(handler: (request: Request) => Promise<Response>): RequestListener {
  return async ({ rawHeaders, url, headers: { host } }, response) => {
    const headers = new Headers()
    for (let n = 0; n < rawHeaders.length; n += 2) headers.append(rawHeaders[n]!, rawHeaders[n + 1]!)
    const answer = await handler(new Request(`http://${host}${url}`, { headers }))
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  }
}

async function listen(server: Server, verifier: AccessTokenVerifier): Promise<KoaServer['get']> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    verifier.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return (...authorization) => get(port, authorization)
}
