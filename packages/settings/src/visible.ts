/**
 * What a person cannot see in a line, or what moves the rest of it: controls, line and paragraph separators, marks of
 * the direction of writing, characters without width, variation selectors, tags, halves of a surrogate pair.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** The same but for the line break, for text that has lines of its own. */
const UNSEEN_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const BEYOND_ASCII = /[^\x20-\x7e\n]/

/** A text as one line that shows all there is in it: what cannot be seen is written as `\u202e` or `\u{e0041}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped)
}

/** The same for a text of several lines. Of lines somebody else wrote, each wants `visible`. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, escaped)
}

/** JSON in which nothing is unseen, and which still says the same: what JSON itself lets stand is written as `\uXXXX`. */
export function visibleJson(json: string): string {
  // Nearly every line of a log is like this, and a request pays for it: looking costs a quarter of replacing nothing.
  if (!BEYOND_ASCII.test(json)) return json
  return json.replace(UNSEEN_IN_LINES, (character) => character.split('').map(escapedUnit).join(''))
}

/** JSON whose texts are visible once they are parsed. Only a stack trace keeps its lines. */
export function visibleOnceParsed(json: string): string {
  return visibleJson(json).replace(/("stack":)?"(?:[^"\\]|\\.)*"/g, (text, stack?: string) =>
    text.replace(/\\(u[\da-f]{4}|.)/g, (whole, what: string) => {
      const control = what.length > 1 ? what : what === 'n' && stack ? undefined : CONTROLS[what]
      return control === undefined ? whole : `\\\\${control}`
    }),
  )
}

/** The controls for which JSON has a letter of its own. */
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
