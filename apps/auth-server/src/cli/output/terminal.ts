import type { Readable } from 'node:stream'
import { visible, visibleJson } from '@countersign/settings'
import { renderTable } from './table.ts'

/** Where a command reads and prints: the process in production, and what a test provides in a test. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly input: Readable & { readonly isTTY?: boolean | undefined }
  /** The version of this program, from its `package.json`. That file is read only when the version is asked for. */
  readonly version?: () => string
  /** Standard output: only results, so that they can be piped. */
  readonly print: (text: string) => void
  /** Standard error: prompts, advice and refusals. */
  readonly note: (text: string) => void
  /** Standard error, when it is not a terminal: lines of the log. A person at a terminal sees the result instead. */
  readonly log?: (line: string) => void
  /** Standard error, when it is a terminal: replaces the line before. An empty text removes it. */
  readonly progress?: (line: string) => void
}

/** The options that every command takes. */
export interface OutputOptions {
  readonly json?: true
}

/** A result in its two forms. */
export interface Result {
  readonly json: unknown
  /** Sentences for people, or a table of rows, the first of which is the heading. */
  readonly text: string | readonly (readonly string[])[]
  /** What to print below it, one sentence each. The JSON says this in another way. */
  readonly below?: readonly string[]
}

/**
 * Prints a result as JSON if the options say so, otherwise for people. Other people may have written the names in it,
 * so every invisible character is escaped.
 */
export function show(terminal: Terminal, options: OutputOptions, { json, text, below }: Result): void {
  if (options.json) {
    terminal.print(`${visibleJson(JSON.stringify(json, undefined, 2))}\n`)
    return
  }
  terminal.print(`${typeof text === 'string' ? visible(text) : renderTable(text)}\n`)
  if (below) terminal.print(`\n${below.map(visible).join('\n')}\n`)
}

/** A time as people read it. A number that no date can show is printed as it is. */
export function instant(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.valueOf()) ? String(seconds) : date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Whether a user or client is enabled, in one word. */
export function state({ disabled }: { readonly disabled: boolean }): string {
  return disabled ? 'disabled' : 'enabled'
}
