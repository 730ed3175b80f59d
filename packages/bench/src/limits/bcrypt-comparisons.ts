import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import bcrypt from 'bcryptjs'

/**
 * The limit of every sign-in: comparisons of bcryptjs in worker threads, one per available core, and nothing else. Called
 * with cost and seconds. Each thread warms up before. Prints how many they made in that time.
 */
interface Work {
  readonly cost: number
  readonly seconds: number
}

/** What one thread did: comparisons, in how many seconds, with how much processor time in microseconds. */
interface Done {
  readonly count: number
  readonly elapsed: number
  readonly cpuMicros: number
}

/** How long a thread warms up, in seconds, and how many comparisons at least. */
const WARM_UP = { seconds: 1, comparisons: 3 } as const

if (isMainThread) await runThreads()
else compareUntilOver(workerData as Work)

async function runThreads(): Promise<void> {
  const [cost = 10, seconds = 1] = process.argv.slice(2).map(Number)
  const threads = await Promise.all(
    Array.from({ length: availableParallelism() }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { cost, seconds } satisfies Work })
      return new Promise<Done>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
    }),
  )
  const sum = (of: (thread: Done) => number) => threads.reduce((total, thread) => total + of(thread), 0)
  const requests = sum(({ count }) => count)
  const perSecond = sum(({ count, elapsed }) => count / elapsed)
  const cpuMicros = sum((thread) => thread.cpuMicros) / requests
  const memory = process.memoryUsage.rss()
  process.stdout.write(JSON.stringify({ perSecond, requests, cpuMicros, memory }))
}

function compareUntilOver({ cost, seconds }: Work): void {
  const hash = bcrypt.hashSync('secret', cost)
  compareFor(hash, WARM_UP.seconds, WARM_UP.comparisons)
  const [start, cpu] = [performance.now(), process.threadCpuUsage()]
  const count = compareFor(hash, seconds, 1)
  const { user, system } = process.threadCpuUsage(cpu)
  const elapsed = (performance.now() - start) / 1000
  parentPort?.postMessage({ count, elapsed, cpuMicros: user + system } satisfies Done)
}

/** Compares for that long, but at least so often, and returns how often. */
function compareFor(hash: string, seconds: number, atLeast: number): number {
  const end = performance.now() + seconds * 1000
  let count = 0
  while (performance.now() < end || count < atLeast) {
    if (!bcrypt.compareSync('secret', hash)) throw new Error('the password does not match')
    count += 1
  }
  return count
}
