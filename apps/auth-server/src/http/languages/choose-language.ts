import type { Seconds } from '@countersign/shared'
import { en, type Texts } from './en.ts'
import { ru } from './ru.ts'

/** Every language of the pages by its tag (RFC 5646). A new one is its file and its word here. */
export const LANGUAGES = { en, ru } as const satisfies Record<string, Texts>

export type Language = keyof typeof LANGUAGES

/**
 * The language of a page: what the client asked for (`ui_locales`, OIDC Core §3.1.2.1), else what the browser prefers
 * (RFC 9110 §12.5.4), else English. A region does not matter: `ru-KZ` is Russian.
 */
export function chooseLanguage(uiLocales: string | undefined, acceptLanguage: string): Language {
  const asked = (uiLocales ?? '').split(' ')
  return (
    [...asked, ...preferredTags(acceptLanguage)].map(languageOf).find((known) => known !== undefined) ?? 'en'
  )
}

/** The tags of an Accept-Language header, the best first; those of quality 0 are unwanted. */
function preferredTags(acceptLanguage: string): readonly string[] {
  return acceptLanguage
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim())
      const quality = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2)
      return { tag, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0 && quality <= 1)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)
}

function languageOf(tag: string): Language | undefined {
  const [primary = ''] = tag.toLowerCase().split('-')
  return Object.keys(LANGUAGES).find((language): language is Language => language === primary)
}

/** A time to wait, rounded up to one unit: "30 seconds", "2 minutes". */
export function renderWait(wait: Seconds, language: Language): string {
  const [unit, length] =
    wait < 60 ? (['second', 1] as const) : wait < 3600 ? (['minute', 60] as const) : (['hour', 3600] as const)
  const format = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(Math.max(1, Math.ceil(wait / length)))
}
