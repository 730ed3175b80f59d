import { describe, expect, it } from 'vitest'
import { createFakeStopwatch } from '../../test/support/fake-stopwatch.ts'
import { CoolDown } from './cool-down.ts'

describe('a cool-down', () => {
  it('is over until it begins', () => {
    expect(new CoolDown(createFakeStopwatch()).remaining()).toBe(0)
  })

  it('doubles from a quarter of a second to five seconds', () => {
    const coolDown = new CoolDown(createFakeStopwatch())

    const pauses = Array.from({ length: 7 }, () => {
      coolDown.rest()
      coolDown.lengthen()
      return coolDown.remaining()
    })

    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000])
  })

  it('is short again after a reset, but ends no pause that has begun', () => {
    const stopwatch = createFakeStopwatch()
    const coolDown = new CoolDown(stopwatch)
    coolDown.lengthen()
    coolDown.rest()

    coolDown.reset()

    expect(coolDown.remaining()).toBe(500)
    stopwatch.advance(500)
    expect(coolDown.remaining()).toBe(0)
    coolDown.rest()
    expect(coolDown.remaining()).toBe(250)
  })
})
