import { generateKeyPairSync, sign } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * The limit of every server that signs: RSA-2048 signatures of node:crypto on the thread pool, and nothing else. Called
 * with a number of seconds. Prints how many it made in that time.
 */
const [seconds = Number.NaN] = process.argv.slice(2).map(Number)

/** Enough to keep every thread of the pool busy. */
const CONCURRENT_SIGNATURES = 8

/** As long as the signed part of an ordinary token. */
const SIGNED_BYTES = Buffer.alloc(500, 'x')

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signOnce = promisify(sign)

/** How long it warms up, in seconds. */
const WARM_UP_SECONDS = 0.3

await signFor(WARM_UP_SECONDS)
const start = performance.now()
const cpu = process.cpuUsage()
const requests = await signFor(seconds)
const { user, system } = process.cpuUsage(cpu)
const perSecond = requests / ((performance.now() - start) / 1000)
const memory = process.memoryUsage.rss()
process.stdout.write(JSON.stringify({ perSecond, requests, cpuMicros: (user + system) / requests, memory }))

/** Signs for that long, and returns how often. */
async function signFor(duration: number): Promise<number> {
  const end = performance.now() + duration * 1000
  let count = 0
  await Promise.all(
    Array.from({ length: CONCURRENT_SIGNATURES }, async () => {
      while (performance.now() < end) {
        await signOnce('sha256', SIGNED_BYTES, privateKey)
        count += 1
      }
    }),
  )
  return count
}
