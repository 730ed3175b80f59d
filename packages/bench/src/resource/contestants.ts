import { join } from 'node:path'
import type { Kind } from '../measurement/sample.ts'
import { freePort, PEERS } from '../process/places.ts'
import { type Program, untilAnswering } from '../process/program.ts'
import type { Stage } from '../process/stage.ts'
import { AUDIENCE } from '../servers/auth-server.ts'
import { startResourceServer } from '../servers/resource-server.ts'

/** A resource server that takes part. */
export interface ResourceContestant {
  readonly name: string
  readonly kind: Kind
  readonly start: (stage: Stage, where: Whereabouts) => Promise<ResourceServer>
}

export interface Whereabouts {
  readonly issuer: string
  readonly cores: string | undefined
}

export interface ResourceServer {
  readonly url: string
  readonly program: Program
}

/** Ours, with everything on: logs, metrics, status. */
export const ours: ResourceContestant = {
  name: 'countersign',
  kind: 'ours',
  start: async (stage, { issuer, cores }) => {
    const { origin, program } = await startResourceServer(stage, issuer, { cores })
    return { url: `${origin}/users/me`, program }
  },
}

/** The limit that ratios are given to: our framework and router, answering the same without any check. */
export const LIMIT = 'Koa + @koa/router, no check'

/** Everybody who takes part, ours first. */
export const CONTESTANTS: readonly ResourceContestant[] = [
  ours,
  peer('koa + fast-jwt with its cache', 'resource/koa-fast-jwt.js'),
  peer('koa + jose remote key set', 'resource/koa-jose.js'),
  peer('express + express-oauth2-jwt-bearer', 'resource/express-oauth2-jwt-bearer.js'),
  peer('fastify + @fastify/jwt + get-jwks', 'resource/fastify-jwt.js'),
  peer('koa + koa-jwt + jwks-rsa', 'resource/koa-jwt.js'),
  peer('koa + aws-jwt-verify', 'resource/koa-aws-jwt-verify.js'),
  limit(LIMIT, 'limits/koa-router.js'),
  limit('Koa, no check', 'limits/koa.js'),
  limit('node:http, no check', 'limits/node-http.js'),
]

function peer(name: string, file: string): ResourceContestant {
  return { name, kind: 'peer', start: (stage, where) => startPeer(stage, file, where) }
}

function limit(name: string, file: string): ResourceContestant {
  return { name, kind: 'limit', start: (stage, where) => startPeer(stage, file, where) }
}

async function startPeer(
  stage: Stage,
  file: string,
  { issuer, cores }: Whereabouts,
): Promise<ResourceServer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/users/me`
  const program = stage.start({
    args: [join(PEERS, file)],
    cores,
    env: { BENCH_PORT: String(port), BENCH_ISSUER: issuer, BENCH_AUDIENCE: AUDIENCE },
  })
  await untilAnswering(program, url)
  return { url, program }
}
