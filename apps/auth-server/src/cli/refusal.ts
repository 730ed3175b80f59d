/** What was asked for cannot be done as things are: one sentence on standard error, exit 1. Nothing has been changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** The command was not written as it must be: one sentence and a hint to `--help`, exit 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}
