import { freePort } from '../process/paths.ts'
import { type Program, untilAnswering } from '../process/program.ts'
import type { Workspace } from '../process/workspace.ts'
import { AUDIENCE } from './auth-server.ts'
import { type Build, mainOf, THIS_BUILD } from './build.ts'

/** Our built resource server, running with logs and metrics on. */
export interface OurResourceServer {
  readonly origin: string
  readonly program: Program
  /** Milliseconds from its start until it reported that it is ready. */
  readonly readyAfter: number
}

export interface ResourceServerOptions {
  /** That of this checkout, when there is none. */
  readonly build?: Build
  readonly cores?: string | undefined
  /** The flags of `node`. */
  readonly nodeArgs?: readonly string[]
}

/** Starts the resource server for the tokens of an issuer. */
export async function startResourceServer(
  workspace: Workspace,
  issuer: string,
  { build = THIS_BUILD, cores, nodeArgs = [] }: ResourceServerOptions = {},
): Promise<OurResourceServer> {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${port}`
  const start = performance.now()
  const program = workspace.start({
    args: [...build.nodeFlags['resource-server'], ...nodeArgs, mainOf(build, 'resource-server')],
    cores,
    logFile: workspace.path(`resource-server-${port}.log`),
    env: {
      RESOURCE_PORT: String(port),
      RESOURCE_METRICS_PORT: String(metricsPort),
      RESOURCE_ISSUER: issuer,
      RESOURCE_AUDIENCE: AUDIENCE,
      RESOURCE_STATUS: 'check',
      RESOURCE_LOG_LEVEL: 'info',
    },
  })
  await untilAnswering(program, `${origin}/readyz`, { every: 5, answers: (status) => status === 200 })
  return { origin, program, readyAfter: performance.now() - start }
}
