/** The shortest time between two writes, and the delay before a failed write is retried, in milliseconds. */
const WRITE_INTERVAL_MS = 10

/** How much text is kept for a reader that does not read, in characters. Lines beyond this are counted and dropped. */
const MAX_WAITING_CHARACTERS = 8 * 1024 * 1024

/** How long a process that ends waits for its reader, in milliseconds. */
const LAST_WRITE_TIMEOUT_MS = 1_000

const NO_BYTES = new Uint8Array()

/**
 * Writes log lines together when many arrive at once, because one system call per line would cost more than everything
 * else about the line. The first line is written at the end of its turn of the event loop. Lines that come less than ten
 * milliseconds after a write are written when the ten milliseconds are over. A reader that does not read delays nobody:
 * up to 8 MB are kept for it, and further lines are dropped and their number is logged. Use one writer per process. A
 * process that ends by itself has written all its lines; a process that is killed may lose the lines of its last ten
 * milliseconds.
 */
export class LineWriter {
  readonly #write: (bytes: Uint8Array) => number
  #waiting = ''
  /** Bytes whose write has begun and is not complete. */
  #begun: Uint8Array = NO_BYTES
  #dropped = 0
  #isDue = false
  #writtenAt = Number.NEGATIVE_INFINITY

  /** `write` writes what it can and returns the number of bytes, or throws as `fs.writeSync` does. */
  constructor(write: (bytes: Uint8Array) => number) {
    this.#write = write
    process.on('exit', () => this.#writeTheRest())
  }

  /** Accepts a line, including its line break. */
  write(line: string): void {
    if (this.#waiting.length >= MAX_WAITING_CHARACTERS) {
      this.#dropped += 1
      return
    }
    this.#waiting += line
    if (this.#isDue) return

    const early = this.#writtenAt + WRITE_INTERVAL_MS - performance.now()
    if (early > 0) this.#writeAfter(early)
    else this.#writeAtTheEndOfThisTurn()
  }

  #writeAtTheEndOfThisTurn(): void {
    this.#isDue = true
    setImmediate(() => this.#writeSome())
  }

  #writeAfter(milliseconds: number): void {
    this.#isDue = true
    // The timer does not keep the process alive: what is left is written at exit.
    setTimeout(() => this.#writeSome(), milliseconds).unref()
  }

  /** Retries later what cannot be written now: a full pipe or disk must neither end nor block the process. */
  #writeSome(): void {
    this.#isDue = false
    this.#writtenAt = performance.now()
    if (this.#begun.length === 0) this.#begin()
    try {
      this.#begun = this.#begun.subarray(this.#write(this.#begun))
    } catch (error) {
      if (isReaderGone(error)) this.#forget()
    }
    if (this.#begun.length > 0 || this.#waiting !== '') this.#writeAfter(WRITE_INTERVAL_MS)
  }

  #begin(): void {
    const dropped = this.#dropped
    this.#begun = Buffer.from(dropped === 0 ? this.#waiting : this.#waiting + lineAbout(dropped))
    this.#waiting = ''
    this.#dropped = 0
  }

  /** Drops everything, because the reader has ended, as `head` does, and nobody will read the rest. */
  #forget(): void {
    this.#begun = NO_BYTES
    this.#waiting = ''
    this.#dropped = 0
  }

  #writeTheRest(): void {
    const deadline = performance.now() + LAST_WRITE_TIMEOUT_MS
    while ((this.#begun.length > 0 || this.#waiting !== '') && performance.now() < deadline) {
      const before = this.#begun.length
      this.#writeSome()
      const isStuck = before > 0 && this.#begun.length === before
      if (isStuck) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_INTERVAL_MS)
    }
  }
}

/** EPIPE: the reader has ended. */
function isReaderGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}

function lineAbout(dropped: number): string {
  const msg = 'log lines were dropped, because nobody read them'
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), dropped, msg })}\n`
}
