import type { Logger } from '@countersign/http-service'

/** Work that repeats while the process lives. */
export interface Job {
  readonly name: string
  /** In milliseconds, from the end of one run to the start of the next. */
  readonly every: number
  readonly run: () => Promise<void>
}

/**
 * Starts jobs; each runs again and again, never twice at once. A run that fails is logged and the next one tries
 * again. The returned function stops them and waits for the runs that are under way.
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
  while (await pause(every, stopping)) {
    try {
      await run()
    } catch (error) {
      logger.error({ err: error, job: name }, 'a job failed; it will be tried again')
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
