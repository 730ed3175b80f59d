import type { Middleware } from 'koa'

/** What must hold for the process to be of use, by name; each resolves when it does and rejects when it does not. */
export type HealthChecks = Readonly<Record<string, () => Promise<void>>>

export interface Health {
  /** `GET /livez`: the process answers at all. */
  readonly livez: Middleware
  /** `GET /readyz`: every check holds and the process is not on its way out. */
  readonly readyz: Middleware
  /** What keeps the process from being ready, by the names of the checks: for a page that says so. */
  readonly failures: () => Promise<readonly string[]>
  /** From now on the process is not ready: a load balancer sends it nothing new. */
  readonly drain: () => void
}

/** How long a check may take before it counts as failed, in milliseconds: less than any prober waits. */
const CHECK_TIMEOUT_MS = 2000

/**
 * Creates the two health endpoints. What failed is named; why is for the log, through `onFailure`. Whoever asks while the
 * checks are under way gets their outcome: however many probe at once, each check runs once.
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
