import { describe, expect, it } from 'vitest'
import { visible, visibleJson, visibleLines } from './visible.ts'

/** Both ends of every range that must never reach a terminal as it is. */
const RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe01ef],
]
const UNSEEN = RANGES.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)),
)

describe('a visible text', () => {
  it('has nothing unseen in it, and is one line', () => {
    for (const character of UNSEEN) expect(visible(`a${character}b`)).toMatch(/^a\\u(\w{4}|\{\w{5}\})b$/)
  })

  it('says what stood there', () => {
    expect(visible('a\u001b[2J\u202eb\u{e0041}c\ud800d\n')).toBe(
      'a\\u001b[2J\\u202eb\\u{e0041}c\\ud800d\\u000a',
    )
    expect(visibleLines('a\r\nb\u200b')).toBe('a\\u000d\nb\\u200b')
  })

  it('is itself when all of it can be seen', () => {
    const text = 'Zoë Müller 山田太郎 عمر हिन्दी 😀 a\u0301 C:\\temp'

    expect(visible(text)).toBe(text)
    expect(visibleJson(JSON.stringify(text))).toBe(JSON.stringify(text))
  })
})

describe('visible JSON', () => {
  it('has nothing unseen in it, and says the same', () => {
    for (const character of UNSEEN) {
      const value = { [`a${character}`]: [`\\${character}"`, character] }

      const json = visibleJson(JSON.stringify(value, undefined, 2))

      expect(visibleLines(json)).toBe(json)
      expect(JSON.parse(json)).toEqual(value)
    }
  })
})
