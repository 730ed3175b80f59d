import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLogger } from './logger.ts'
import { redactSecrets } from './redact-secrets.ts'

const JWT = 'eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl'

function logging(format: 'json' | 'readable') {
  const lines: string[] = []
  const logger = createLogger({
    name: 'test',
    level: 'info',
    format,
    destination: new Writable({
      write: (line, _encoding, done) => {
        lines.push(String(line))
        done()
      },
    }),
  })
  return { logger, lines }
}

describe('a log line', () => {
  it('is one JSON object with the time, the level and the name of the process', () => {
    const { logger, lines } = logging('json')

    logger.info({ answer: 42 }, 'hello')

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), name: 'test', answer: 42, msg: 'hello' },
    ])
  })

  it('hides secrets by their field', () => {
    const { logger, lines } = logging('json')

    logger.info({
      password: 'hunter2',
      body: { client_secret: 'hunter3' },
      authorization: 'Basic aHVudGVyNA==',
    })

    expect(lines.join()).not.toMatch(/hunter|aHVudGVyNA/)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      password: '[redacted]',
      body: { client_secret: '[redacted]' },
    })
  })

  it('hides secrets by their shape, wherever they stand, in either format', () => {
    for (const format of ['json', 'readable'] as const) {
      const { logger, lines } = logging(format)

      logger.error({ err: new Error(`no such token ${JWT}`), note: `cs_${'a'.repeat(43)}` }, `sent ${JWT}`)

      expect(lines.join()).not.toContain('eyJ')
      expect(lines.join()).not.toContain('aaaaaaaa')
      expect(lines.join()).toContain('[redacted]')
    }
  })

  it('of a request is short on a terminal', () => {
    const { logger, lines } = logging('readable')

    logger.info({ requestId: 'x', method: 'GET', route: '/livez', status: 200, ms: 1.5 }, 'request')

    expect(lines.join()).toMatch(/^\[?\d\d:\d\d:\d\d\]? INFO: test: GET \/livez 200 1.5 ms\n$/)
  })
})

describe('what somebody else wrote in a log line', () => {
  const HOSTILE = 'a\u0007\u001b[2J\u009b31m\u202eb\u200b\u2028\u{e0041}\r\nINFO: forged'

  it('says the same in JSON, and can be seen there', () => {
    const { logger, lines } = logging('json')

    logger.warn({ note: HOSTILE, [HOSTILE]: 1 }, HOSTILE)

    expect(lines.join()).toMatch(/^[\x20-\x7e]+\n$/)
    expect(JSON.parse(lines.join())).toMatchObject({ note: HOSTILE, [HOSTILE]: 1, msg: HOSTILE })
  })

  it('is escaped on a terminal, and makes no line of its own', () => {
    const { logger, lines } = logging('readable')

    logger.warn({ note: HOSTILE, [HOSTILE]: HOSTILE, err: new Error(HOSTILE) }, HOSTILE)

    expect(lines.join()).toMatch(/^[\x20-\x7e\n]+$/)
    expect(lines.join()).toContain(
      'WARN: test: a\\u0007\\u001b[2J\\u009b31m\\u202eb\\u200b\\u2028\\udb40\\udc41\\u000d\\u000aINFO: forged\n',
    )
    expect(lines.join()).not.toMatch(/^INFO/m)
    expect(lines.join()).toMatch(/^ +at .*logger\.test\.ts/m)
  })
})

describe('redacting', () => {
  it('leaves ordinary words alone', () => {
    const line = 'kid DrmSR9hC3p user usr_0123456789abcdefghijkl ats_x rt_short'

    expect(redactSecrets(line)).toBe(line)
  })

  it('replaces a whole JWT, and one that was cut', () => {
    expect(redactSecrets(`a ${JWT} b`)).toBe('a [redacted] b')
    expect(redactSecrets(`a ${JWT.slice(0, 20)}`)).toBe('a [redacted]')
  })
})
