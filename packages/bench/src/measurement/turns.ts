/**
 * The order in which candidates are measured: there and back as often as asked (A B C C B A …), so that whatever
 * drifts during a run, drifts for all of them alike.
 */
export function turnsOf<T>(candidates: readonly T[], rounds: number): readonly T[] {
  return Array.from({ length: rounds }, () => [...candidates, ...candidates.toReversed()]).flat()
}
