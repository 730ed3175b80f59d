import { DatabaseUnavailable } from './database-unavailable.ts'

/**
 * The database was lost after it was asked to keep what was written, and before it said that it does: nobody can tell
 * whether it was done. Whoever asks again may ask for the second time.
 */
export class OutcomeUnknown extends DatabaseUnavailable {
  override readonly name = 'OutcomeUnknown'
}
