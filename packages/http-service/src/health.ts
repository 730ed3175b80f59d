import type { Middleware } from 'koa'

/**
 * The conditions for the process to be ready, by name. Each check resolves when its condition holds and rejects
 * otherwise.
 */
export type HealthChecks = Readonly<Record<string, () => Promise<void>>>

export interface Health {
  /** `GET /livez`: the process answers. */
  readonly livez: Middleware
  /** `GET /readyz`: every check passes and the process is not stopping. */
  readonly readyz: Middleware
  /** The names of the checks that fail, for a page that shows them. */
  readonly failures: () => Promise<readonly string[]>
  /** Marks the process as not ready, so that a load balancer sends it no new requests. */
  readonly drain: () => void
}

/** How long a check may take before it counts as failed, in milliseconds. Shorter than the timeout of any prober. */
const CHECK_TIMEOUT_MS = 2000

/**
 * Creates the two health endpoints. They name the checks that failed; the reasons go to the log, through `onFailure`.
 * Requests that arrive while the checks run share their outcome, so each check runs once however many probes arrive.
 */
export function createHealth(
  checks: HealthChecks,
  onFailure: (name: string, error: unknown) => void,
): Health {
  let draining = false
  let underWay: Promise<readonly string[]> | undefined

  const failures = async (): Promise<readonly string[]> => {
    if (draining) return ['stopping']
    underWay ??= runChecks().finally(() => {
      underWay = undefined
    })
    return underWay
  }

  const runChecks = async (): Promise<readonly string[]> => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, holds]) => {
        try {
          await withTimeout(holds())
          return []
        } catch (error) {
          onFailure(name, error)
          return [name]
        }
      }),
    )
    return results.flat()
  }

  return {
    livez: (ctx) => {
      ctx.set('cache-control', 'no-store')
      ctx.body = { status: 'alive' }
    },
    readyz: async (ctx) => {
      ctx.set('cache-control', 'no-store')
      const failed = await failures()
      if (failed.length > 0) {
        ctx.status = 503
        ctx.set('retry-after', '1')
      }
      ctx.body = failed.length > 0 ? { status: 'not ready', failed } : { status: 'ready' }
    },
    failures,
    drain: () => {
      draining = true
    },
  }
}

async function withTimeout(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS)
  })
  try {
    await Promise.race([check, late])
  } finally {
    clearTimeout(timer)
  }
}
