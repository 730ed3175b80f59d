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
