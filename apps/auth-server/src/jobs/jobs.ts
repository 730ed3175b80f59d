import { setTimeout } from 'node:timers/promises'
import type { Logger } from '@countersign/http-service'
import { DatabaseUnavailable } from '../storage/errors.ts'

/** Work that repeats while the process lives. */
export interface Job {
  readonly name: string
  /** In milliseconds, from the end of one run to the start of the next. */
  readonly every: number
  /** The signal says that the process stops: a long run then ends where a later one can go on. */
  readonly run: (stopping: AbortSignal) => Promise<void>
}

/**
 * Starts jobs. Each runs again and again, never twice at once. A run that fails is tried again; it is logged once for each
 * reason, not once a second. The returned function stops the jobs and waits for the runs that are under way.
 *
 * This folder owns what a server does by the clock: when each job runs, and what it logs. It does not own the rules of
 * what it does, which are the domain's.
 */
export function startJobs(jobs: readonly Job[], logger: Logger): () => Promise<void> {
  const stopping = new AbortController()
  const running = jobs.map((job) => repeat(job, stopping.signal, logger))

  return async () => {
    stopping.abort()
    await Promise.all(running)
  }
}

async function repeat({ name, every, run }: Job, stopping: AbortSignal, logger: Logger): Promise<void> {
  let failure: string | undefined
  while (await pause(every, stopping)) {
    try {
      await run(stopping)
      if (failure !== undefined) logger.info({ job: name }, 'the job works again')
      failure = undefined
    } catch (error) {
      const unavailable = error instanceof DatabaseUnavailable
      // One outage has many messages: refused, terminated, starting up.
      const reason = unavailable ? error.name : String(error)
      if (reason !== failure) {
        logger[unavailable ? 'warn' : 'error'](
          { err: error, job: name },
          'a job failed; it will be tried again',
        )
      }
      failure = reason
    }
  }
}

/** Resolves to true after the pause, to false at once when it is time to stop. */
async function pause(milliseconds: number, stopping: AbortSignal): Promise<boolean> {
  try {
    return await setTimeout(milliseconds, true, { signal: stopping })
  } catch (error) {
    if (stopping.aborted) return false
    throw error
  }
}
