import { ConfigError, readEnvironment } from '@countersign/settings'
import { readBootstrapFile } from '../../bootstrap/bootstrap-file.ts'
import type { Opened } from '../open-database.ts'
import type { Terminal } from './terminal.ts'

/** What a command has added, changed or deleted, as the bootstrap file names it. */
export interface Written {
  readonly noun: 'user' | 'client' | 'resource'
  readonly name: string
}

/**
 * Warns when the bootstrap file names what was changed: the next start makes it as the file says, so a change made only
 * here is undone. When the file cannot be read from here, the note says "if" the file names it.
 */
export async function noteBootstrapFile(
  terminal: Terminal,
  { config }: Opened,
  { noun, name }: Written,
): Promise<void> {
  if (config.bootstrapFile === undefined) return
  const names = await namesIn(config.bootstrapFile, terminal, noun)
  if (names && !names.includes(name)) return
  const then =
    noun === 'user'
      ? 'the next start makes a user of that name when there is none'
      : 'the next start makes it as it is there'
  const [subject, link] = names ? ['the', ', and'] : ['if the', ',']
  terminal.note(`Note: ${subject} bootstrap file names this ${noun}${link} ${then}: change it there, too.\n`)
}

/** The names of a noun in the bootstrap file. `undefined` when the file cannot be read from here. */
async function namesIn(
  path: string,
  { env }: Terminal,
  noun: Written['noun'],
): Promise<readonly string[] | undefined> {
  try {
    const file = readBootstrapFile(path, readEnvironment(env, import.meta.dirname))
    switch (noun) {
      case 'user':
        return file.users.map(({ username }) => username)
      case 'client':
        return file.clients.map(({ client_id: id }) => id)
      case 'resource':
        return file.resources.map(({ audience }) => audience)
      default:
        return noun satisfies never
    }
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}
