import { describe, expect, it } from 'vitest'
import { chooseLanguage, LANGUAGES } from './choose-language.ts'

describe('the language of a page', () => {
  it.each([
    [undefined, '', 'en'],
    [undefined, 'ru', 'ru'],
    [undefined, 'ru-KZ,ru;q=0.9', 'ru'],
    [undefined, 'en;q=0.5, ru;q=0.8', 'ru'],
    [undefined, 'de, fr;q=0.9, RU ; Q=0.3', 'ru'],
    [undefined, 'ru;q=0, en;q=0.1', 'en'],
    [undefined, 'ru;q=none, *', 'en'],
    [undefined, 'rue, constructor', 'en'],
    ['ru', 'en', 'ru'],
    ['de fr-CA ru-RU en', 'en', 'ru'],
    ['en ru', 'ru', 'en'],
    ['de', 'ru', 'ru'],
    ['  ', 'ru', 'ru'],
  ])(
    'asked for %s by the client and for "%s" by the browser is %s',
    (uiLocales, acceptLanguage, language) => {
      expect(chooseLanguage(uiLocales, acceptLanguage)).toBe(language)
    },
  )
})

/** Every text, with what it is given in the place of its arguments. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') return [value('Notes')]
  return Object.values(value as object).flatMap(textsOf)
}

describe('a language', () => {
  it('repeats no text of another', () => {
    const english = textsOf(LANGUAGES.en)

    expect(textsOf(LANGUAGES.ru)).toHaveLength(english.length)
    expect(textsOf(LANGUAGES.ru).filter((text) => english.includes(text))).toEqual([])
  })

  it.each(Object.entries(LANGUAGES))(
    'has printed quotes and dashes, and no double space: %s',
    (_tag, texts) => {
      expect(textsOf(texts).filter((text) => /["']| - | {2}|\.\.\./.test(text))).toEqual([])
    },
  )
})
