import { Command } from 'commander'
import { addClientCommands } from './commands/clients.ts'
import { addDatabaseCommands } from './commands/db.ts'
import { addKeyCommands } from './commands/keys.ts'
import { addResourceCommands } from './commands/resources.ts'
import { addTokenCommands } from './commands/tokens.ts'
import { addUserCommands } from './commands/users.ts'
import type { Terminal } from './output/terminal.ts'

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
