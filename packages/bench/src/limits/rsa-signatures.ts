import { generateKeyPairSync, sign } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * The limit of every server that signs: RSA-2048 signatures of node:crypto on the thread pool, and nothing else. Prints
 * what it has done in so many seconds.
 */
const [seconds = Number.NaN] = process.argv.slice(2).map(Number)

/** Enough for every thread of the pool. */
const CONCURRENT_SIGNATURES = 8

/** As long as the signed part of a usual token. */
const SIGNED_BYTES = Buffer.alloc(500, 'x')

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signOnce = promisify(sign)
const start = performance.now()
const cpu = process.cpuUsage()
let count = 0

await Promise.all(
  Array.from({ length: CONCURRENT_SIGNATURES }, async () => {
    while (performance.now() - start < seconds * 1000) {
      await signOnce('sha256', SIGNED_BYTES, privateKey)
      count += 1
    }
  }),
)
const { user, system } = process.cpuUsage(cpu)
const perSecond = count / ((performance.now() - start) / 1000)
const memory = process.memoryUsage.rss()
process.stdout.write(JSON.stringify({ perSecond, cpuMicros: (user + system) / count, memory }))
