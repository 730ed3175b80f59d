import { createHealth, type Environment, type Logger } from '@countersign/http-service'
import { systemClock } from '@countersign/shared'
import type Koa from 'koa'
import { createApp } from './app.ts'
import { bootstrap } from './bootstrap.ts'
import { readBootstrapFile } from './bootstrap-file.ts'
import type { Config } from './config.ts'
import { createKeyEncryption } from './domain/keys/key-encryption.ts'
import { KeyRing, refuseWrongSecret } from './domain/keys/key-ring.ts'
import { generateSigningKey } from './domain/keys/signing-key.ts'
import { PasswordHasher } from './domain/users/password-hasher.ts'
import { createSignInThrottle } from './domain/users/sign-in-throttle.ts'
import { startJobs } from './jobs.ts'
import { secretBesideDatabase } from './key-encryption-secret.ts'
import { refuseDemoInPublic } from './refuse-demo-in-public.ts'
import { openDatabase, pingDatabase } from './storage/database.ts'
import { migrate } from './storage/migrate.ts'

/** The server with everything it holds open. */
export interface OpenServer {
  readonly app: Koa
  readonly drain: () => void
  /** What to close, in this order. */
  readonly close: readonly (() => Promise<void>)[]
}

/**
 * Opens what the server needs, in the order that protects: whatever can refuse the start comes before anything that
 * changes the database. Throws `ConfigError` and `StartRefused`.
 */
export async function openServer(
  config: Config,
  environment: Environment,
  logger: Logger,
): Promise<OpenServer> {
  const now = systemClock
  const bootstrapFile = config.bootstrapFile && readBootstrapFile(config.bootstrapFile, environment)
  const secret = config.keyEncryptionSecret ?? secretBesideDatabase(config.database)
  const encryption = createKeyEncryption(secret)

  const db = openDatabase(config.database)
  const passwordHasher = new PasswordHasher({ cost: config.passwordCost, workers: config.passwordWorkers })
  await refuseWrongSecret(db, encryption)
  await migrate(db)
  await refuseDemoInPublic(db, config.issuer, bootstrapFile || undefined)

  const keyRing = await KeyRing.open({
    db,
    encryption,
    generateKey: () => generateSigningKey(config.keySize),
    now,
    tokenLifetime: config.accessTokenLifetime,
  })
  if (bootstrapFile) {
    for (const change of await bootstrap({ db, passwordHasher, now }, bootstrapFile)) logger.info(change)
  }

  const health = createHealth(
    { database: () => pingDatabase(db), signing_key: () => keyRing.proveUsable() },
    (check, error) => logger.warn({ check, err: error }, 'not ready'),
  )
  const stopJobs = startJobs(
    [{ name: 'refresh the key ring', every: 1000, run: () => keyRing.refresh() }],
    logger,
  )

  return {
    app: createApp({
      ...config,
      db,
      keyRing,
      passwordHasher,
      throttle: createSignInThrottle(),
      health,
      logger,
      now,
    }),
    drain: health.drain,
    close: [stopJobs, () => passwordHasher.close(), () => db.destroy()],
  }
}
