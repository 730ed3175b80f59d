import { Command } from 'commander'
import type { Terminal } from './output/terminal.ts'

/** The nouns, in the order of the help, each with its file. A command loads only the file of its own noun. */
export const NOUNS = [
  { name: 'users', summary: 'The people who can sign in', load: () => import('./commands/users.ts') },
  {
    name: 'clients',
    summary: 'The applications that ask for tokens',
    load: () => import('./commands/clients.ts'),
  },
  {
    name: 'resources',
    summary: 'The resource servers that tokens are for',
    load: () => import('./commands/resources.ts'),
  },
  { name: 'keys', summary: 'What tokens are signed with', load: () => import('./commands/keys.ts') },
  { name: 'tokens', summary: 'What clients were given', load: () => import('./commands/tokens.ts') },
  { name: 'db', summary: 'The database', load: () => import('./commands/db.ts') },
] as const

/**
 * The command line as a tree: every noun, and the verbs of the named ones. Nothing runs before the command line is
 * parsed.
 *
 * This folder owns how a command is written, what it asks and what it prints: `commands/` has the nouns, `output/` has
 * what people and programs read. The rules of the nouns and their rows belong to `domain/`.
 */
export async function loadProgram(terminal: Terminal, names: readonly string[]): Promise<Command> {
  const program = new Command('auth')
    .description('Administers the Countersign authorization server. It works while the server runs.')
    .usage('<noun> <verb> [options]')
    .option('--version', 'print the version')
    .exitOverride()
    .helpCommand(false)
    // `run` reports what is wrong: commander would repeat what was typed, and that may be a secret.
    .configureOutput({ writeOut: terminal.print, writeErr: terminal.note, outputError: () => {} })
    .addHelpText(
      'after',
      '\nIn the repository: npx -y pnpm auth <noun> <verb>\nExample:\n  auth users add alice',
    )

  for (const { name, summary, load } of NOUNS) {
    const noun = program.command(name).summary(summary).description(`${summary}.`).helpCommand(false)
    if (names.includes(name)) (await load()).addCommands(noun, terminal)
  }
  return program
}
