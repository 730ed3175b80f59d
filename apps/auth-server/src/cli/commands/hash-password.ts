import type { Config } from '../../config/config.ts'
import { PasswordHasher } from '../../domain/users/password-hasher.ts'
import { passwordProblem } from '../../domain/users/user.ts'
import { readNewPassword } from '../output/prompt.ts'
import { Refusal } from '../output/refusal.ts'
import type { Terminal } from '../output/terminal.ts'

/** Reads a new password and hashes it. Before a transaction begins: everybody would wait for bcrypt. */
export async function readPasswordHash(terminal: Terminal, config: Config): Promise<string> {
  const password = await readNewPassword(terminal)
  const problem = passwordProblem(password)
  if (problem !== undefined) throw new Refusal(`The password ${problem}.`)

  // The pool is loaded here alone: no other command waits for it.
  const hasher = new PasswordHasher({ cost: config.passwordCost, workers: 1 })
  try {
    return await hasher.hash(password)
  } finally {
    await hasher.close()
  }
}
