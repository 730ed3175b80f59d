import type { Readable } from 'node:stream'
import { visible, visibleJson } from '@countersign/settings'
import { renderTable } from './table.ts'

/** Where a command reads and prints: the process in production, what a test says in a test. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly input: Readable & { readonly isTTY?: boolean | undefined }
  /** Of this program, from beside it: read only when it is asked for. */
  readonly version?: () => string
  /** Standard output: results, and nothing else, so that they can be piped. */
  readonly print: (text: string) => void
  /** Standard error: prompts, advice and refusals. */
  readonly note: (text: string) => void
  /** Standard error, where nobody looks on: lines of the log. A person has the result instead. */
  readonly log?: (line: string) => void
  /** Standard error, where that is a terminal: a line in place of the one before; nothing for none. */
  readonly progress?: (line: string) => void
}

/** Every command takes it. */
export interface OutputOptions {
  readonly json?: true
}

/** A result in the two ways there are to show it. */
export interface Result {
  readonly json: unknown
  /** Sentences for people, or a table of rows whose first is the heading. */
  readonly text: string | readonly (readonly string[])[]
  /** What is to be said below it, a sentence each; in the JSON it is said otherwise. */
  readonly below?: readonly string[]
}

/**
 * Prints a result as JSON when that is wanted, and for people otherwise. Names in it were written by others: whatever
 * cannot be seen in them is escaped.
 */
export function show(terminal: Terminal, options: OutputOptions, { json, text, below }: Result): void {
  if (options.json) {
    terminal.print(`${visibleJson(JSON.stringify(json, undefined, 2))}\n`)
    return
  }
  terminal.print(`${typeof text === 'string' ? visible(text) : renderTable(text)}\n`)
  if (below) terminal.print(`\n${below.map(visible).join('\n')}\n`)
}

/** An instant as people read it. What no calendar reaches is shown as the number it is. */
export function instant(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.valueOf()) ? String(seconds) : date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Whether a user or client is in force, in a word. */
export function state({ disabled }: { readonly disabled: boolean }): string {
  return disabled ? 'disabled' : 'enabled'
}
