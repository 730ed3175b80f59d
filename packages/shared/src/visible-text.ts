/**
 * Controls, line and paragraph separators, marks of the direction of writing, characters without width, variation
 * selectors, tags, and halves of a surrogate pair.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** True when a text shows all there is in it: two that look the same to a person then seldom differ. */
export function isVisibleText(text: string): boolean {
  return !UNSEEN.test(text)
}
