import type { Logger } from '@countersign/http-service'
import { DatabaseUnavailable } from '../storage/errors.ts'

/** Work that repeats while the process lives. */
export interface Job {
  readonly name: string
  /** In milliseconds, from the end of one run to the start of the next. */
  readonly every: number
  /** Told when it is time to stop: a long run ends where it can go on another time. */
  readonly run: (stopping: AbortSignal) => Promise<void>
}

/**
 * Starts jobs; each runs again and again, never twice at once. A run that fails is logged, once for every reason and
 * not for every second of an outage, and the next one tries again. The returned function stops them and waits for the
 * runs that are under way.
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
      // The same outage has many words: refused, terminated, starting up.
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
function pause(milliseconds: number, stopping: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (stopping.aborted) return resolve(false)
    const done = (goOn: boolean) => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', stop)
      resolve(goOn)
    }
    const stop = () => done(false)
    const timer = setTimeout(() => done(true), milliseconds)
    stopping.addEventListener('abort', stop)
  })
}
