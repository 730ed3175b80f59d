/**
 * Letters of other scripts that look like Latin ones, with the letter each looks like: what people take for one another
 * in the fonts of a table or a log (UTS #39). Small letters, since names are compared in these.
 */
const LATIN_LOOK_ALIKES: Readonly<Record<string, string>> = {
  // Cyrillic
  ...{ а: 'a', в: 'b', с: 'c', ԁ: 'd', е: 'e', һ: 'h', і: 'i', ј: 'j', к: 'k', ӏ: 'l', м: 'm', н: 'h' },
  ...{ о: 'o', р: 'p', ԛ: 'q', ѕ: 's', т: 't', у: 'y', ү: 'y', ѵ: 'v', ԝ: 'w', х: 'x', ё: 'ë', ї: 'ï' },
  // Greek
  ...{ α: 'a', β: 'b', ε: 'e', γ: 'y', η: 'n', ι: 'i', κ: 'k', μ: 'm', ν: 'v', ο: 'o', ρ: 'p', τ: 't' },
  ...{ υ: 'u', χ: 'x', ζ: 'z' },
  // Armenian, and Latin letters beside the alphabet
  ...{ ո: 'n', օ: 'o', ս: 'u', հ: 'h', ց: 'g', ɑ: 'a', ɡ: 'g', ı: 'i', ɩ: 'i' },
}

/** Signs that look alike as they are written: a capital I, a small L, a one and a bar; a zero and an O. */
const SHAPES: Readonly<Record<string, string>> = {
  I: 'l',
  '1': 'l',
  '|': 'l',
  Ι: 'l',
  І: 'l',
  Ӏ: 'l',
  '0': 'O',
}

/**
 * The one form in which a user name is stored and compared: NFC, in which the same letters are the same characters
 * however they were typed (RFC 8265 §3.4, without the mapping of case).
 */
export function normalizeUsername(username: string): string {
  return username.normalize('NFC')
}

/** Two names with a key in common are too much alike for two users: by letters regardless of case, or by shapes. */
export interface UsernameKeys {
  readonly letters: string
  readonly shapes: string
}

/** What a user name is told apart by from every other. */
export function usernameKeys(username: string): UsernameKeys {
  const plain = username.normalize('NFKC')
  return {
    letters: replaceEach(plain.toLowerCase(), LATIN_LOOK_ALIKES),
    // Shapes first: in small letters a capital I would be an i, which looks like no l.
    shapes: replaceEach(replaceEach(plain, SHAPES).toLowerCase(), LATIN_LOOK_ALIKES),
  }
}

function replaceEach(text: string, replacements: Readonly<Record<string, string>>): string {
  return [...text].map((character) => replacements[character] ?? character).join('')
}
