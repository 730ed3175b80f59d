import { duration } from '@countersign/settings'
import type { Seconds } from '@countersign/shared'
import { type ClientRecord, MAX_SECRET_OVERLAP } from '../../domain/clients/client.ts'
import { replaceClientSecret } from '../../domain/clients/client-store.ts'
import { hashSecret, mintSecret } from '../../oauth/secret.ts'
import type { Opened } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'
import { instant, type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { clientJson } from './show-client.ts'

export interface RotateSecretOptions extends OutputOptions {
  readonly keepOld?: Seconds
}

/** Reads `--keep-old`. */
export function parseKeepOld(text: string): Seconds {
  const result = duration.safeParse(text)
  if (!result.success) throw new WrongUse('--keep-old must be a time like 45s, 30m, 12h or 90d.')
  if (result.data > MAX_SECRET_OVERLAP) throw new WrongUse('--keep-old must be 366d at most.')
  return result.data
}

/**
 * Gives a client a new secret, shown once. The old one dies at once, or counts beside the new one for as long as the
 * operator needs to hand that out; one that was kept before is over either way.
 */
export async function rotateSecret(
  terminal: Terminal,
  options: RotateSecretOptions,
  { opened, registered }: { readonly opened: Opened; readonly registered: ClientRecord },
): Promise<void> {
  const { client } = registered
  if (client.authentication.kind !== 'secret') {
    throw new Refusal(
      `Client ${client.id} has no secret: it is ${client.authentication.kind === 'none' ? 'public' : 'registered by its keys'}.`,
    )
  }

  const { db, now } = opened
  const secret = mintSecret('cs')
  const { hash } = client.authentication
  const until = options.keepOld === undefined ? undefined : now() + options.keepOld
  const previous = until === undefined ? {} : { previous: { hash, until } }
  const to = { kind: 'secret', hash: hashSecret(secret), ...previous } as const
  if (!(await replaceClientSecret(db, client.id, { from: hash, to }))) {
    throw new Refusal(
      `The secret of client ${client.id} was changed at this very moment: look, and try again.`,
    )
  }

  logEvent(terminal, 'client_secret_rotated', { clientId: client.id })
  terminal.note('Note: the secret is shown once: keep it now.\n')
  terminal.note(
    until === undefined
      ? 'Note: the old secret does not count any more.\n'
      : `Note: the old secret counts until ${instant(until)}.\n`,
  )
  await noteBootstrapFile(terminal, opened, { noun: 'client', name: client.id })
  show(terminal, options, {
    json: {
      ...clientJson(registered),
      client_secret: secret,
      client_secret_expires_at: 0,
      ...(until !== undefined && { previous_client_secret_expires_at: until }),
    },
    text: [
      ['id', client.id],
      ['client_secret', secret],
    ],
  })
}
