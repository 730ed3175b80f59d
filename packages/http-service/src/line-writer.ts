/** In milliseconds: a busy log is written so often and no more, and one that cannot be written is tried again so often. */
const WRITE_INTERVAL_MS = 10

/** In characters: what is kept for a reader that does not read. Whatever comes then is counted and not kept. */
const MAX_WAITING_CHARACTERS = 8 * 1024 * 1024

/** In milliseconds: how long a process that ends waits for its reader. */
const LAST_WRITE_TIMEOUT_MS = 1_000

const NO_BYTES = new Uint8Array()

/**
 * Writes log lines together when many come at once: the first at the end of the turn of the event loop it came in, those
 * that follow a write by less than ten milliseconds when these are over. A system call for each line would cost more than
 * all the rest of it. Nobody waits for a reader that does not read: up to 8 MB are kept for it, and the lines beyond are
 * counted and the number told. One for a process: what ends by itself has written its lines, and what is killed may owe
 * those of its last ten milliseconds.
 */
export class LineWriter {
  readonly #write: (bytes: Uint8Array) => number
  #waiting = ''
  /** What has been begun and not been taken yet. */
  #begun: Uint8Array = NO_BYTES
  #dropped = 0
  #isDue = false
  #writtenAt = Number.NEGATIVE_INFINITY

  /** `write` takes what it can and says how many bytes that is, or throws as `fs.writeSync` does. */
  constructor(write: (bytes: Uint8Array) => number) {
    this.#write = write
    process.on('exit', () => this.#writeTheRest())
  }

  /** Takes a line, with its end. */
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
    // Whoever has nothing else to do need not wait: what is left is written at the exit.
    setTimeout(() => this.#writeSome(), milliseconds).unref()
  }

  /** What cannot be written now is tried again: a full pipe or disk must not end the process, nor stop it. */
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

  /** As `head` and its like do: nobody will ever read on. */
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

/** EPIPE: whoever read has ended. */
function isReaderGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}

function lineAbout(dropped: number): string {
  const msg = 'log lines were dropped, because nobody read them'
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), dropped, msg })}\n`
}
