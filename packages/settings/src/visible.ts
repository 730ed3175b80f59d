/**
 * Characters that a person cannot see in a line, or that move the rest of it: controls, line and paragraph separators,
 * marks for the direction of writing, characters without width, variation selectors, tags, halves of a surrogate pair.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** The same except the line break, for text with several lines. */
const UNSEEN_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const BEYOND_ASCII = /[^\x20-\x7e\n]/

/** A text as one line in which every character is visible: an invisible character is written as `\u202e` or `\u{e0041}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped)
}

/** The same for a text of several lines. When somebody else wrote the lines, use `visible` for each. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, escaped)
}

/**
 * JSON with the same meaning in which every character is visible. Invisible characters that JSON permits are written as
 * `\uXXXX`.
 */
export function visibleJson(json: string): string {
  // Nearly every log line takes this path, and every request pays for it: the test costs a quarter of a replacement
  // without a match.
  if (!BEYOND_ASCII.test(json)) return json
  return json.replace(UNSEEN_IN_LINES, (character) => character.split('').map(escapedUnit).join(''))
}

/** JSON whose texts are visible once they are parsed. Only a stack trace keeps its line breaks. */
export function visibleOnceParsed(json: string): string {
  return visibleJson(json).replace(/("stack":)?"(?:[^"\\]|\\.)*"/g, (text, stack?: string) =>
    text.replace(/\\(u[\da-f]{4}|.)/g, (whole, what: string) => {
      const control = what.length > 1 ? what : what === 'n' && stack ? undefined : CONTROLS[what]
      return control === undefined ? whole : `\\\\${control}`
    }),
  )
}

/** The controls that JSON escapes with a letter. */
const CONTROLS: Readonly<Record<string, string>> = {
  b: 'u0008',
  t: 'u0009',
  n: 'u000a',
  f: 'u000c',
  r: 'u000d',
}

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0
  return point > 0xffff ? `\\u{${point.toString(16)}}` : escapedUnit(character)
}

function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
