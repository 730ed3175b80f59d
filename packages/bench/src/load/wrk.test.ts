import { describe, expect, it } from 'vitest'
import { parseWrkReport, wrkArguments } from './wrk.ts'

describe('the report of wrk', () => {
  const line =
    '{"requests":6614,"micros":2000000,"p50Micros":4117,"p99Micros":97548,"cpuSeconds":0.25,"refused":2,"broken":1}'

  it('is the last line, whatever wrk prints before, in milliseconds', () => {
    expect(parseWrkReport(`Running 1s test\n  6614 requests in 1.00s\n${line}\n`)).toEqual({
      requests: 6614,
      perSecond: 3307,
      p50: 4.117,
      p99: 97.548,
      failures: 3,
      busy: 0.125,
    })
  })

  it('is missing when the script failed', () => {
    expect(() => parseWrkReport('unable to connect')).toThrow('wrk reports nothing: unable to connect')
    expect(() => parseWrkReport('{"requests":1,"micros":1}')).toThrow('wrk does not report p50Micros')
  })
})

describe('the command line of wrk', () => {
  const order = { url: 'http://127.0.0.1:1/x', method: 'POST', connections: 10, seconds: 0.5 } as const

  it('names headers and body, and no tokens', () => {
    const args = wrkArguments({ ...order, headers: { authorization: 'Basic a' }, body: 'a=b' })

    expect(args).toContain('--duration=1s')
    expect(args.slice(-9)).toEqual([
      '--header',
      'authorization: Basic a',
      order.url,
      '--',
      'POST',
      'a=b',
      '',
      '0',
      '0',
    ])
  })

  it('names the tokens, and with which to begin', () => {
    const args = wrkArguments({ ...order, tokens: { file: 'tokens', count: 5 }, from: 3 })

    expect(args.slice(-5)).toEqual(['POST', '', 'tokens', '5', '3'])
  })
})
