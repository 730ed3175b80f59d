import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import bcrypt from 'bcryptjs'

/**
 * The limit of every sign-in: comparisons of bcryptjs in worker threads, one per available core, and nothing else. Called
 * with cost and seconds. Prints how many they made in that time.
 */
interface Work {
  readonly cost: number
  readonly seconds: number
}

if (isMainThread) await runThreads()
else compareUntilOver(workerData as Work)

async function runThreads(): Promise<void> {
  const [cost = 10, seconds = 1] = process.argv.slice(2).map(Number)
  const cpu = process.cpuUsage()
  const rates = await Promise.all(
    Array.from({ length: availableParallelism() }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { cost, seconds } satisfies Work })
      return new Promise<{ count: number; elapsed: number }>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  const count = rates.reduce((sum, rate) => sum + rate.count, 0)
  const perSecond = rates.reduce((sum, rate) => sum + rate.count / rate.elapsed, 0)
  const memory = process.memoryUsage.rss()
  process.stdout.write(JSON.stringify({ perSecond, cpuMicros: (user + system) / count, memory }))
}

function compareUntilOver({ cost, seconds }: Work): void {
  const hash = bcrypt.hashSync('secret', cost)
  const start = performance.now()
  let count = 0
  while (performance.now() - start < seconds * 1000) {
    if (!bcrypt.compareSync('secret', hash)) throw new Error('the password does not match')
    count += 1
  }
  parentPort?.postMessage({ count, elapsed: (performance.now() - start) / 1000 })
}
