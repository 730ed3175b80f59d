import { Command } from 'commander'
import { addClientCommands } from './clients.ts'
import { addDatabaseCommands } from './database.ts'
import { addKeyCommands } from './keys.ts'
import { addResourceCommands } from './resources.ts'
import type { Terminal } from './terminal.ts'
import { addTokenCommands } from './tokens.ts'
import { addUserCommands } from './users.ts'

/** The whole command line as a tree of commands; nothing runs before it is parsed. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('auth')
    .description('Administers the Countersign authorization server. It works while the server runs.')
    .usage('<noun> <verb> [options]')
    .option('--version', 'print the version')
    .exitOverride()
    .helpCommand(false)
    // What is wrong is told by `run`: commander would repeat what was typed, and that may be a secret.
    .configureOutput({ writeOut: terminal.print, writeErr: terminal.note, outputError: () => {} })
    .addHelpText(
      'after',
      '\nIn the repository: npx -y pnpm auth <noun> <verb>\nExample:\n  auth users add alice',
    )

  addUserCommands(program, terminal)
  addClientCommands(program, terminal)
  addResourceCommands(program, terminal)
  addKeyCommands(program, terminal)
  addTokenCommands(program, terminal)
  addDatabaseCommands(program, terminal)
  return program
}
