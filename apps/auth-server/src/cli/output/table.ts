import { visible } from '@countersign/settings'

/** Shows rows in columns that are as wide as their content, with two spaces between them. No cell can move the cursor. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visible))
  const widths = (cells[0] ?? []).map((_heading, column) =>
    Math.max(...cells.map((row) => widthOf(row[column] ?? ''))),
  )
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Characters that take two cells of a terminal (UAX #11, Wide and Fullwidth): East Asian scripts and symbols, and emoji. */
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u2329\u232a\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u

/** Two of these make one flag. */
const REGIONAL_INDICATOR = /\p{Regional_Indicator}/u

/** Characters that are drawn over the one before: combining marks, and the vowels and finals of a Hangul syllable. */
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7fb]/u

/** The number of terminal cells that a visible text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    if (WITHOUT_WIDTH.test(character)) continue
    width += WIDE.test(character) && !REGIONAL_INDICATOR.test(character) ? 2 : 1
  }
  return width
}
