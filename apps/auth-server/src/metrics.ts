import type { Metrics } from '@countersign/http-service'
import type { Clock } from '@countersign/shared'
import type { KeyRing } from './domain/keys/key-ring.ts'
import type { PasswordHasher } from './domain/users/password-hasher.ts'

export interface GaugesDeps {
  readonly keyRing: Pick<KeyRing, 'activeSince'>
  readonly passwordHasher: Pick<PasswordHasher, 'queueLength'>
  readonly now: Clock
}

/** Adds gauges of what this process holds; each is read from memory when the metrics are read. */
export function addGauges(metrics: Metrics, { keyRing, passwordHasher, now }: GaugesDeps): void {
  const registers = [metrics.registry]
  new metrics.Gauge({
    name: 'signing_key_age_seconds',
    help: 'For how long the key that signs has been signing.',
    registers,
    collect() {
      const since = keyRing.activeSince()
      if (since === undefined) this.remove()
      else this.set(now() - since)
    },
  })
  new metrics.Gauge({
    name: 'password_hash_queue_length',
    help: 'Passwords waiting for a thread to hash them.',
    registers,
    collect() {
      this.set(passwordHasher.queueLength())
    },
  })
}
