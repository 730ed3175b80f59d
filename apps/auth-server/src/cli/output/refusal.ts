/** What was asked for cannot be done as things are: one sentence on standard error, exit 1. Nothing has been changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** The refusal of a change to what was there when the command began: it was deleted before it could be changed. */
export function deletedMeanwhile(noun: 'User' | 'Client', name: string): Refusal {
  return new Refusal(`${noun} ${name} was deleted at this very moment: nothing has been changed.`)
}

/** The command was not written as it must be: one sentence and a hint to `--help`, exit 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}
