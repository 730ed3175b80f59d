import { join } from 'node:path'
import type { Kind } from '../measurement/sample.ts'
import { freePort, PEERS } from '../process/paths.ts'
import { type Program, untilAnswering } from '../process/program.ts'
import type { Workspace } from '../process/workspace.ts'
import { AUDIENCE } from '../servers/auth-server.ts'
import type { Build } from '../servers/build.ts'
import { startResourceServer } from '../servers/resource-server.ts'

/** A resource server that is compared. */
export interface ResourceCandidate {
  readonly name: string
  readonly kind: Kind
  readonly start: (workspace: Workspace, options: CandidateOptions) => Promise<ResourceServer>
}

export interface CandidateOptions {
  readonly issuer: string
  readonly cores: string | undefined
}

export interface ResourceServer {
  readonly url: string
  readonly program: Program
}

/** Ours, with all features on: logs, metrics, status. */
const ours: ResourceCandidate = {
  name: 'countersign',
  kind: 'ours',
  start: (workspace, options) => startOurs(workspace, options),
}

/** Ours of another build, or with other flags. */
export function baseline(build: Build): ResourceCandidate {
  return {
    name: 'countersign, baseline',
    kind: 'peer',
    start: (workspace, options) => startOurs(workspace, { ...options, build }),
  }
}

async function startOurs(
  workspace: Workspace,
  { issuer, ...options }: CandidateOptions & { readonly build?: Build },
): Promise<ResourceServer> {
  const { origin, program } = await startResourceServer(workspace, issuer, options)
  return { url: `${origin}/users/me`, program }
}

/** The limit that ratios refer to: our framework and router, with the same answer and without any check. */
export const LIMIT = 'Koa + @koa/router, no check'

/** What a change is judged by, ours first. */
export const MAIN_CANDIDATES: readonly ResourceCandidate[] = [
  ours,
  peer('koa + fast-jwt with its cache', 'resource/koa-fast-jwt.js'),
  peer('koa + jose remote key set', 'resource/koa-jose.js'),
  limit(LIMIT, 'limits/koa-router.js'),
]

/** All candidates, ours first. */
export const CANDIDATES: readonly ResourceCandidate[] = [
  ...MAIN_CANDIDATES,
  peer('express + express-oauth2-jwt-bearer', 'resource/express-oauth2-jwt-bearer.js'),
  peer('fastify + @fastify/jwt + get-jwks', 'resource/fastify-jwt.js'),
  peer('koa + koa-jwt + jwks-rsa', 'resource/koa-jwt.js'),
  peer('koa + aws-jwt-verify', 'resource/koa-aws-jwt-verify.js'),
  limit('Koa, no check', 'limits/koa.js'),
  limit('node:http, no check', 'limits/node-http.js'),
]

function peer(name: string, file: string): ResourceCandidate {
  return { name, kind: 'peer', start: (workspace, options) => startPeer(workspace, file, options) }
}

function limit(name: string, file: string): ResourceCandidate {
  return { name, kind: 'limit', start: (workspace, options) => startPeer(workspace, file, options) }
}

async function startPeer(
  workspace: Workspace,
  file: string,
  { issuer, cores }: CandidateOptions,
): Promise<ResourceServer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/users/me`
  const program = workspace.start({
    args: [join(PEERS, file)],
    cores,
    env: { BENCH_PORT: String(port), BENCH_ISSUER: issuer, BENCH_AUDIENCE: AUDIENCE },
  })
  await untilAnswering(program, url)
  return { url, program }
}
