import { describe, expect, it } from 'vitest'
import { type BackOff, createFailureCounter } from './failure-counter.ts'

const RULE: BackOff = { free: 3, longest: 10, forgottenAfter: 100, most: 9 }

function start(rule: BackOff = RULE) {
  let instant = 1_000
  const counter = createFailureCounter(rule, () => instant)
  const wait = (seconds: number) => {
    instant += seconds
  }
  return { ...counter, wait }
}

describe('failures', () => {
  it('are borne at first, and then cost twice the wait each time, up to the longest', () => {
    const { count, waitOf, wait } = start({ ...RULE, most: 100 })
    const waits: number[] = []

    for (let failure = 0; failure < 9; failure++) {
      count('one')
      waits.push(waitOf('one'))
      wait(waitOf('one'))
    }

    expect(waits).toEqual([0, 0, 1, 2, 4, 8, 10, 10, 10])
  })

  it('are not counted while there is something to wait for', () => {
    const { count, waitOf, wait } = start()
    for (let failure = 0; failure < 4; failure++) {
      count('one')
      wait(waitOf('one'))
    }
    count('one')

    const answers = Array.from({ length: 1_000 }, () => count('one'))

    expect(new Set(answers)).toEqual(new Set([4]))
    wait(3)
    expect(waitOf('one')).toBe(1)
    expect(waitOf('other')).toBe(0)
  })

  it('come to an end: after the most there are in a row, only their being forgotten helps', () => {
    const { count, waitOf, wait } = start()
    for (let failure = 0; failure < 9; failure++) {
      count('one')
      if (failure < 8) wait(waitOf('one'))
    }

    expect(waitOf('one')).toBe(100)
    wait(99)
    expect(waitOf('one')).toBe(1)
    wait(2)
    expect(waitOf('one')).toBe(0)
    count('one')
    expect(waitOf('one')).toBe(0)
  })

  it('are forgotten on request, and make nobody wait longer when the clock is set back', () => {
    const { count, waitOf, wait, forget } = start()
    for (let failure = 0; failure < 3; failure++) count('one')

    wait(-1_000)
    expect(waitOf('one')).toBe(1)
    wait(1)
    expect(waitOf('one')).toBe(0)
    count('one')
    expect(waitOf('one')).toBe(2)
    forget('one')
    expect(waitOf('one')).toBe(0)
  })

  it('of a victim outlive 300,000 keys that somebody invents', () => {
    const { count, waitOf, size } = start()
    for (let failure = 0; failure < 3; failure++) count('victim')

    for (let key = 0; key < 300_000; key++) count(`invented ${key}`)

    expect(size()).toBeLessThanOrEqual(100_000)
    expect(waitOf('victim')).toBe(1)
  })
})
