import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { decodeText, UnreadableTextError } from '@countersign/settings'
import { Refusal } from './refusal.ts'
import type { Terminal } from './terminal.ts'

/** More than any password or token, and less than what somebody pipes in by mistake. */
const LONGEST = 64 * 1024

/** Reads a new password: typed twice on a terminal without being shown, otherwise all of standard input. */
export async function readNewPassword(terminal: Terminal): Promise<string> {
  if (!terminal.input.isTTY) return readAll(terminal)
  const password = await readHidden(terminal, 'New password: ')
  if ((await readHidden(terminal, 'Once more: ')) === password) return password
  throw new Refusal('The two passwords differ: nothing has been changed.')
}

/** Reads a token: typed once on a terminal without being shown, otherwise all of standard input. */
export async function readToken(terminal: Terminal): Promise<string> {
  const text = terminal.input.isTTY ? await readHidden(terminal, 'Access token: ') : await readAll(terminal)
  if (text.trim() !== '') return text.trim()
  throw new Refusal('There is no token on standard input.')
}

/** Reads a key-encryption secret: typed once on a terminal without being shown, otherwise all of standard input. */
export async function readKeyEncryptionSecret(terminal: Terminal): Promise<string> {
  if (terminal.input.isTTY) return (await readHidden(terminal, 'New key-encryption secret: ')).trim()
  return (await readAll(terminal)).trim()
}

/** Standard input without the line break at its end, which `echo` and every editor add. */
async function readAll({ input }: Terminal): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > LONGEST) throw new Refusal(`Standard input holds more than ${LONGEST} bytes.`)
    chunks.push(bytes)
  }
  return decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
}

/** Bytes that are not UTF-8 are refused: they would all become the same character, and another password would match as well. */
function decode(bytes: Buffer): string {
  try {
    return decodeText(bytes)
  } catch (error) {
    if (error instanceof UnreadableTextError) throw new Refusal(`Standard input ${error.message}.`)
    throw error
  }
}

function readHidden({ input, note }: Terminal, prompt: string): Promise<string> {
  note(prompt)
  // readline edits the line and echoes it to its output. This output discards it.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input, output: silent, terminal: true, historySize: 0 })

  return new Promise<string>((resolve, reject) => {
    reader.once('line', resolve)
    // Ctrl-C and Ctrl-D close it. After a line was read, closing has no effect.
    reader.once('close', () => reject(new Refusal('Nothing was typed: nothing has been changed.')))
    reader.once('SIGINT', () => reader.close())
  }).finally(() => {
    reader.close()
    note('\n')
  })
}
