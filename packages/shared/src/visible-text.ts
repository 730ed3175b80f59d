/**
 * Controls, line and paragraph separators, marks for the direction of writing, characters without width, variation
 * selectors, tags, and halves of a surrogate pair.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** True when every character of a text is visible. Two such texts that look the same to a person seldom differ. */
export function isVisibleText(text: string): boolean {
  return !UNSEEN.test(text)
}
