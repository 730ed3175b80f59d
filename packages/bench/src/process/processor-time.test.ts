import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { parseProcessTime, parseStolenTime, shareOf, watchOthers } from './processor-time.ts'

const statOf = (name: string, parent: number) =>
  `71 (${name}) S ${parent} 71 71 0 -1 4194304 100 5 0 0 120 30 40 10 20 0 1 0 2416571 3133440 362`

describe('the processor time of a process', () => {
  it('is in user and system mode, with its children that have ended, whatever its name', () => {
    expect(parseProcessTime(statOf('a) (b', 1))).toBe(2)
  })

  it('is nothing for a thread of the kernel', () => {
    expect(parseProcessTime(statOf('kworker/1:2', 2))).toBe(0)
  })

  it('is also what other guests of the host took', () => {
    expect(parseStolenTime('cpu  100 200 300 400 500 0 600 250 0 0\ncpu0 1 2 3')).toBe(2.5)
  })
})

describe('the share of others', () => {
  it.each([
    ['their time in the time between', 10, 10.1, 2, 0.05],
    ['never less than nothing', 10, 9, 1, 0],
    ['unknown without a reading', undefined, 9, 1, undefined],
    ['unknown of no time', 10, 10, 0, undefined],
  ])('is %s', (_what, before, after, seconds, share) => {
    const found = shareOf(before, after, seconds)

    if (share === undefined) expect(found).toBeUndefined()
    else expect(found).toBeCloseTo(share)
  })

  it('includes a process that came and went, unless its parent is one of ours', () => {
    const [ofAll, ofOthers] = [watchOthers([]), watchOthers([process.pid])]
    const work = 'const end = Date.now() + 300; while (Date.now() < end);'
    spawnSync(process.execPath, ['-e', work])

    expect((ofAll() ?? 1) - (ofOthers() ?? 0)).toBeGreaterThan(0.1)
  })
})
