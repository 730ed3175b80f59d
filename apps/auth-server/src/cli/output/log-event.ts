import { visibleJson } from '@countersign/settings'
import type { SecurityEvent } from '../../oauth/error.ts'
import type { Terminal } from './terminal.ts'

/** What a command has changed. Events about keys have the same names as in the server. */
export type CliEvent =
  | Extract<SecurityEvent, `key_${string}`>
  | 'keys_re_encrypted'
  | `user_${'added' | 'changed' | 'password_set' | 'enabled' | 'disabled' | 'unlocked' | 'signed_out' | 'deleted'}`
  | `client_${'added' | 'changed' | 'secret_rotated' | 'enabled' | 'disabled' | 'signed_out' | 'deleted'}`
  | `resource_${'added' | 'changed' | 'deleted'}`

/** What the event is about, in the words of the server's log: ids, never the name of a user. */
export interface CliEventFacts {
  readonly sub?: string
  readonly clientId?: string
  readonly audience?: string
  readonly kid?: string
  readonly authorizationsRevoked?: number
}

/**
 * Writes a line in the form of the server's log, if this process has a log. Called after the change, before the result
 * is printed.
 */
export function logEvent({ log }: Terminal, event: CliEvent, facts: CliEventFacts): void {
  const line = {
    level: 'info',
    time: new Date().toISOString(),
    name: 'auth-server',
    actor: 'cli',
    event,
    ...facts,
    msg: event,
  }
  log?.(`${visibleJson(JSON.stringify(line))}\n`)
}
