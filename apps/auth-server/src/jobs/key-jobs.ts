import type { Logger } from '@countersign/http-service'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { RefusedKey } from '../domain/keys/prove-keys.ts'
import type { KeyEvent } from '../domain/keys/signing-key.ts'
import type { SecurityEvent } from '../oauth/error.ts'
import type { Job } from './jobs.ts'

export interface KeyJobsDeps {
  readonly keyRing: KeyRing
  readonly rotateKeys: () => Promise<readonly KeyEvent[]>
  readonly logger: Logger
}

/** What every process does about the signing keys: it follows their rows, and rotates them when it is time. */
export function keyJobs({ keyRing, rotateKeys, logger }: KeyJobsDeps): readonly Job[] {
  let known: ReadonlySet<string> = new Set()

  /** Once for each row, not once a second. */
  function logRefusedKeys(): void {
    const refused = keyRing.refusedKeys()
    for (const { kid, because } of refused) {
      if (known.has(kid)) continue
      logger.error(
        { event: 'key_refused', kid, because } satisfies { event: SecurityEvent } & RefusedKey,
        'key_refused',
      )
    }
    known = new Set(refused.map(({ kid }) => kid))
  }

  return [
    {
      name: 'refresh the key ring',
      every: 1000,
      run: async () => {
        await keyRing.refresh()
        logRefusedKeys()
      },
    },
    // A job of its own: a key takes seconds to make, and the ring is read meanwhile.
    {
      name: 'rotate the signing keys',
      every: 1000,
      run: async () => {
        for (const happened of await rotateKeys()) logger.info(happened, happened.event)
      },
    },
  ]
}
