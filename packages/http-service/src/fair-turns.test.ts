import { describe, expect, it } from 'vitest'
import { fairTurns } from './fair-turns.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const isGone = () => false

describe('what arrives in one turn', () => {
  it('is handed over at its end, together and in order', async () => {
    const handedOver: string[] = []
    const { add } = fairTurns<string>({ handOver: (item) => handedOver.push(item), isGone })

    add('a', 'first')
    add('a', 'second')
    const before = [...handedOver]
    await turn()

    expect(before).toEqual([])
    expect(handedOver).toEqual(['first', 'second'])
  })

  it('is handed over one from each network in turn, and 64 at most', async () => {
    const handedOver: string[] = []
    const { add } = fairTurns<string>({ handOver: (item) => handedOver.push(item), isGone })

    for (let n = 0; n < 1000; n++) add('busy', `busy ${n}`)
    await turn()
    const firstTurn = handedOver.length
    add('modest', 'modest')
    await turn()

    expect(firstTurn).toBe(64)
    expect(handedOver.slice(64, 67)).toEqual(['busy 64', 'modest', 'busy 65'])
    while (handedOver.length < 1001) await turn()
    expect(handedOver.at(-1)).toBe('busy 999')
  })

  it('is four at most in a turn in which a connection was taken, so that the next one is not kept waiting', async () => {
    const handedOver: number[] = []
    const { add, shorten } = fairTurns<number>({ handOver: (item) => handedOver.push(item), isGone })

    for (let n = 0; n < 100; n++) add('busy', n)
    shorten()
    await turn()
    const inShortTurn = handedOver.length
    await turn()

    expect(inShortTurn).toBe(4)
    expect(handedOver).toHaveLength(68)
  })

  it('counts as what it costs, so that a turn takes few of what takes long', async () => {
    const handedOver: number[] = []
    const { add } = fairTurns<number>({
      handOver: (item) => handedOver.push(item),
      isGone,
      costOf: (item) => (item < 100 ? 16 : 1),
    })

    for (let n = 0; n < 4; n++) add('heavy', n)
    for (let n = 100; n < 200; n++) add('light', n)
    await turn()

    expect(handedOver.filter((item) => item < 100)).toHaveLength(4)
    expect(handedOver.length).toBeLessThanOrEqual(8)
  })

  it('is passed over when nobody waits for it any more, and takes no turn', async () => {
    const handedOver: number[] = []
    const { add } = fairTurns<number>({
      handOver: (item) => handedOver.push(item),
      isGone: (item) => item < 1000,
    })

    for (let n = 0; n <= 1000; n++) add('busy', n)
    for (let n = 0; n < 1000; n++) add('gone', n)
    await turn()

    expect(handedOver).toEqual([1000])
  })
})
