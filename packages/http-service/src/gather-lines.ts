import type { DestinationStream } from 'pino'

/** In milliseconds: a busy log is written so often and no more. */
const WRITE_EVERY = 10

/**
 * Writes lines together when many come at once: the first at the end of the turn of the event loop it came in, those that
 * follow a write by less than ten milliseconds when these are over. A system call for each line would cost more than all
 * the rest of it. What ends by itself has written every line; what is killed may owe those of its last ten milliseconds.
 */
export function gatherLines(destination: DestinationStream): DestinationStream {
  let waiting = ''
  let writtenAt = Number.NEGATIVE_INFINITY

  const write = (): void => {
    if (waiting === '') return
    const lines = waiting
    waiting = ''
    writtenAt = performance.now()
    destination.write(lines)
  }
  process.on('exit', write)

  return {
    write: (line) => {
      if (waiting === '') {
        const early = writtenAt + WRITE_EVERY - performance.now()
        if (early > 0) setTimeout(write, early)
        else setImmediate(write)
      }
      waiting += line
    },
  }
}
