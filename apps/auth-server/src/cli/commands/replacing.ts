import { WrongUse } from '../output/refusal.ts'

/** Makes what gathers an option of `add` one of `set`: absent when it is not given, and of no values when it is empty. */
export function replacing<Value>(
  gather: (text: string, gathered: readonly Value[]) => readonly Value[],
): (text: string, gathered?: readonly Value[]) => readonly Value[] {
  return (text, gathered = []) => (text === '' ? gathered : gather(text, gathered))
}

/** Refuses a `set` that names nothing: somebody has forgotten an option. */
export function assertNamesSomething(options: object, names: readonly string[]): void {
  if (Object.keys(options).some((name) => name !== 'json')) return
  throw new WrongUse(`Nothing is named that shall change: give one of ${names.join(', ')}.`)
}
