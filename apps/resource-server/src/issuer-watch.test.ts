import { createLogger } from '@countersign/http-service'
import { describe, expect, it } from 'vitest'
import { createIssuerWatch } from './issuer-watch.ts'

const KEYS = 'https://auth.example.com'
const LIST = 'https://auth.example.com/status-lists/one'
const AWAY = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })

function watch() {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const logger = createLogger({ name: 'test', level: 'info', format: 'json', destination })
  let now = 0
  const told = createIssuerWatch(logger, () => now)
  return {
    lines,
    wait: (milliseconds: number) => {
      now += milliseconds
    },
    fetched: (document: string) => told({ kind: 'fetched', document }),
    failed: (document: string) => told({ kind: 'failed', document, cause: AWAY }),
  }
}

describe('an issuer that goes away', () => {
  it('is told once, and once that it is back', () => {
    const { lines, fetched, failed } = watch()
    fetched(KEYS)
    fetched(LIST)

    for (let times = 0; times < 5; times++) failed(LIST)
    failed(KEYS)
    fetched(LIST)
    const whileKeysFail = lines.length
    fetched(KEYS)

    expect(whileKeysFail).toBe(1)
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        document: LIST,
        because: 'ECONNREFUSED',
        msg: 'the issuer cannot be asked: what it revokes meanwhile is accepted here until its status lists expire',
      }),
      expect.objectContaining({ level: 'info', msg: 'the issuer can be asked again' }),
    ])
  })

  it('is told again the next time, whatever became of a list that nobody asks for any more', () => {
    const { lines, wait, fetched, failed } = watch()
    fetched(KEYS)
    for (let times = 0; times < 2; times++) failed(LIST)
    wait(31_000)

    fetched(KEYS)
    for (let times = 0; times < 2; times++) failed(KEYS)

    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info', 'warn'])
  })

  it('is no news after one failure, nor before its first answer', () => {
    const { lines, fetched, failed } = watch()

    for (let times = 0; times < 5; times++) failed(KEYS)
    fetched(KEYS)
    failed(LIST)
    fetched(LIST)

    expect(lines).toEqual([])
  })
})
