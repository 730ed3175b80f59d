import { fileProblem, visible, visibleLines } from '@countersign/settings'
import { Refusal } from './refusal.ts'

/**
 * Errors of the server that are written for the operator. They are listed by name, so that no module has to be loaded
 * for them.
 */
const FOR_OPERATOR: readonly string[] = ['StartRefused']

/** SQLite's codes for a bug of ours, without the byte for the exact kind: CONSTRAINT, MISMATCH, MISUSE, RANGE. */
const SQLITE_BUGS: readonly number[] = [19, 20, 21, 25]

/** SQLSTATE classes for a bug of ours: wrong data, a broken constraint, a statement that cannot be parsed. */
const POSTGRES_BUGS = /^(?:22|23|42601)/

/** What to print when a command fails. A bug is printed with its stack. An error that an operator can cause has no stack. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return visible(String(error))
  if (error instanceof Refusal || FOR_OPERATOR.includes(error.name)) return visible(error.message)
  // Its line breaks are intended. What it quotes is already made visible.
  if (error.name === 'ConfigError') return error.message
  const sentence = databaseProblem(error) ?? fileProblem(error)
  return sentence === undefined ? visibleLines(error.stack ?? error.message) : visible(sentence)
}

function databaseProblem(error: Error): string | undefined {
  if (error.name === 'DatabaseUnavailable' && 'because' in error) {
    return `The database cannot be used at the moment: ${inASentence(String(error.because))}.`
  }
  if (!isDatabaseError(error)) return undefined
  return `The database cannot be used: ${inASentence(error.message)}. Is AUTH_DATABASE_URL right, and is the database as this version makes it?`
}

/** `node:sqlite` marks its errors with `errcode`. pg marks the errors of the server with `severity` and `code`. */
function isDatabaseError(error: object): boolean {
  if ('errcode' in error) return !SQLITE_BUGS.includes(Number(error.errcode) & 0xff)
  return 'severity' in error && 'code' in error && !POSTGRES_BUGS.test(String(error.code))
}

function inASentence(message: string): string {
  return message.replace(/\.$/, '')
}
