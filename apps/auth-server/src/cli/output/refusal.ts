/** The request is not possible in the current state: one sentence on standard error, exit 1. Nothing has been changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** The refusal of a change to something that existed when the command began, but was deleted before the change. */
export function deletedMeanwhile(noun: 'User' | 'Client', name: string): Refusal {
  return new Refusal(`${noun} ${name} was deleted at this very moment: nothing has been changed.`)
}

/** The command was written wrongly: one sentence and a hint to `--help`, exit 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}
