import { setTimeout as pause } from 'node:timers/promises'
import { createLogger } from '../../src/index.ts'

/** A process that logs far more than anybody reads, says on its other output that it has got through, and waits. */
const logger = createLogger({ name: 'test', level: 'info', format: 'json' })
const padding = 'x'.repeat(10_000)

for (let n = 0; n < 2_000; n++) {
  logger.info({ n, padding }, 'line')
  if (n % 100 === 0) await pause(1)
}
process.stderr.write('got through\n')
process.stdin.resume()
