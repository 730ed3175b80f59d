import { createLogger } from '../../src/index.ts'

/** A process that logs a lot and then ends in one of the ways there are, with lines that are not written yet. */
const logger = createLogger({ name: 'test', level: 'info', format: 'json' })
const logLastLines = () => {
  for (let n = 0; n < 100; n++) logger.info(`line ${n}`)
}

logger.info('first')
setImmediate(() => {
  logLastLines()
  if (process.argv[2] === 'exit') process.exit(0)
  if (process.argv[2] === 'error') throw new Error('nobody catches this')
})
