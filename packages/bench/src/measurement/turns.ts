/**
 * The order in which candidates are measured: in both directions as often as asked (A B C C B A …), so that any drift
 * during a run affects all of them equally.
 */
export function turnsOf<T>(candidates: readonly T[], rounds: number): readonly T[] {
  return Array.from({ length: rounds }, () => [...candidates, ...candidates.toReversed()]).flat()
}
