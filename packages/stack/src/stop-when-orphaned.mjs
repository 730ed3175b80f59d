import { isMainThread } from 'node:worker_threads'

/**
 * Loaded into each server before its own code. Standard input is a pipe that only the start holds: its end means that the
 * start is gone, however it went, and that nobody is left to stop us. Plain JavaScript, so that a built server does not
 * load what strips types.
 */
if (isMainThread) {
  process.stdin.once('end', () => {
    process.kill(process.pid, 'SIGTERM')
    // A watching `node` would wait for a change of the sources for ever.
    if (process.env.WATCH_REPORT_DEPENDENCIES) process.kill(process.ppid, 'SIGTERM')
  })
  process.stdin.resume().unref()
}
