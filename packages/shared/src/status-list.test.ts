import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeStatusList, encodeStatusList, STATUS_LIST_SIZE } from './status-list.ts'

describe('a status list', () => {
  it('has the bytes of the example in Token Status List §4.1: least significant bit first', () => {
    const invalid = [0, 3, 4, 5, 7, 8, 9, 13, 15]

    const bytes = decodeStatusList(encodeStatusList(invalid, 16), 2)

    expect([...bytes]).toEqual([0xb9, 0xa3])
  })

  it('reads the encoded list of the same example', () => {
    const bytes = decodeStatusList('eNrbuRgAAhcBXQ', 2)

    expect([...bytes]).toEqual([0xb9, 0xa3])
  })

  it('tells each token its own status, at the first and the last index', () => {
    const bytes = decodeStatusList(encodeStatusList([0, 77, STATUS_LIST_SIZE - 1]), STATUS_LIST_SIZE / 8)

    const bitAt = (index: number) => (bytes[index >> 3]! >> (index & 7)) & 1
    expect([0, 1, 76, 77, 78, STATUS_LIST_SIZE - 1].map(bitAt)).toEqual([1, 0, 0, 1, 0, 1])
  })

  it('knows nothing of an index behind its end [Token Status List §8.3]', () => {
    const bytes = decodeStatusList(encodeStatusList([]), STATUS_LIST_SIZE / 8)

    expect(bytes).toHaveLength(STATUS_LIST_SIZE / 8)
  })

  it('has no place for an index outside of it', () => {
    expect(() => encodeStatusList([16], 16)).toThrow(RangeError)
    expect(() => encodeStatusList([-1], 16)).toThrow(RangeError)
  })

  it('is not inflated beyond what was asked for', () => {
    const bomb = deflateSync(Buffer.alloc(10_000_000)).toString('base64url')

    expect(() => decodeStatusList(bomb, STATUS_LIST_SIZE / 8)).toThrow()
  })

  it('is refused when it is not zlib', () => {
    expect(() => decodeStatusList('AAAA', 100)).toThrow()
  })
})
