import { createHealth, type Logger, type Metrics } from '@countersign/http-service'
import type { Environment } from '@countersign/settings'
import { systemClock } from '@countersign/shared'
import type Koa from 'koa'
import { createApp } from './app.ts'
import { bootstrap } from './bootstrap/bootstrap.ts'
import { readBootstrapFile } from './bootstrap/bootstrap-file.ts'
import { exampleRequests } from './bootstrap/example-request.ts'
import { refuseDemoInPublic, warnOfServedDemo } from './bootstrap/refuse-demo-in-public.ts'
import type { Config } from './config/config.ts'
import { nextSecretFile, secretBesideDatabase } from './config/key-encryption-secret.ts'
import { findClient } from './domain/clients/client-store.ts'
import { createClientThrottle } from './domain/clients/client-throttle.ts'
import { createKeyEncryption } from './domain/keys/key-encryption.ts'
import { KeyRing, refuseWrongSecret } from './domain/keys/key-ring.ts'
import { rotateKeys } from './domain/keys/rotate-keys.ts'
import { generateSigningKey } from './domain/keys/signing-key.ts'
import { createStatusListSigner } from './domain/status/status-list-token.ts'
import { PasswordHasher, WAITING_PER_WORKER } from './domain/users/password-hasher.ts'
import { createSignInThrottle } from './domain/users/sign-in-throttle.ts'
import { fillUsernameKeys } from './domain/users/user-name-keys-store.ts'
import { startJobs } from './jobs/jobs.ts'
import { keyJobs } from './jobs/key-jobs.ts'
import { pruneJob } from './jobs/prune-job.ts'
import { addGauges } from './metrics.ts'
import { awaitDatabase } from './storage/await-database.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { exposuresOf } from './storage/exposures.ts'
import { migrate } from './storage/migrate.ts'
import { createDatabaseProof } from './storage/prove-database.ts'

/** The server with everything it holds open. */
export interface StartedServer {
  readonly app: Koa
  readonly drain: () => void
  /** What to close, in this order. */
  readonly close: readonly (() => Promise<void>)[]
}

/**
 * Opens what the server needs, in the order that protects: whatever can refuse the start comes before anything that
 * changes the database. Throws `ConfigError` and `StartRefused`.
 */
export async function startServer(
  config: Config,
  environment: Environment,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics | undefined },
): Promise<StartedServer> {
  const now = systemClock
  const uptime = () => performance.now() / 1000
  const bootstrapFile = config.bootstrapFile && readBootstrapFile(config.bootstrapFile, environment)
  const secret = config.keyEncryptionSecret ?? secretBesideDatabase(config.database)
  const encryption = createKeyEncryption(secret)

  const db = openDatabase(config.database)
  const passwordHasher = new PasswordHasher({ cost: config.passwordCost, workers: config.passwordWorkers })
  await awaitDatabase(db, {
    location: config.database,
    onWaiting: (because) => logger.warn({ because }, 'the database does not answer yet: waiting'),
  })
  await refuseWrongSecret(db, encryption, nextSecretFile(config))
  await migrate(db)
  await fillUsernameKeys(db)
  await refuseDemoInPublic(db, config.issuer, bootstrapFile || undefined)

  const keys = { db, encryption, generateKey: () => generateSigningKey(config.keySize), now }
  const policy = { lifetime: config.keyLifetime, lead: config.keyPublishLead }
  const rotate = () => rotateKeys({ ...keys, policy })
  if (bootstrapFile) {
    for (const change of await bootstrap({ db, passwordHasher, now }, bootstrapFile)) logger.info(change)
  }
  const keyRing = await KeyRing.open(keys)
  // Before the first request, so that the first key set that anybody fetches holds the standby, too.
  for (const happened of await rotate()) logger.info(happened, happened.event)
  await keyRing.refresh()

  for (const exposure of exposuresOf(config.database)) logger.warn(exposure)
  await warnOfServedDemo(db, config.host, (sentence) => logger.warn(sentence))
  await adviseOnDefaultClient(db, config.defaultClient, logger)
  const health = createHealth(
    {
      database: createDatabaseProof(db, config.database),
      signing_key: () => keyRing.proveUsable(),
    },
    (check, error) => logger.warn({ check, err: error }, 'not ready'),
  )
  if (metrics) addGauges(metrics, { keyRing, passwordHasher, now })
  const stopJobs = startJobs(
    [...keyJobs({ keyRing, rotateKeys: rotate, logger }), pruneJob({ db, now, uptime, logger })],
    logger,
  )

  return {
    app: createApp({
      db,
      keyRing,
      passwordHasher,
      clientThrottle: createClientThrottle({ db, now }),
      throttle: createSignInThrottle({
        db,
        now,
        // Half of the queue: one address leaves the other half to all others.
        entriesPerNetwork: (config.passwordWorkers * WAITING_PER_WORKER) / 2,
      }),
      statusLists: createStatusListSigner({
        db,
        keyRing,
        now,
        issuer: config.issuer,
        statusListTtl: config.statusListTtl,
        statusListLifetime: config.statusListLifetime,
      }),
      health,
      logger,
      metrics,
      now,
      issuer: config.issuer,
      defaultClient: config.defaultClient,
      defaultAudience: config.defaultAudience,
      accessTokenLifetime: config.accessTokenLifetime,
      refreshTokenLifetime: config.refreshTokenLifetime,
      refreshTokenIdleLifetime: config.refreshTokenIdleLifetime,
      refreshReuseGrace: config.refreshReuseGrace,
      keyPublishLead: config.keyPublishLead,
      trustedProxies: config.trustedProxies,
      corsOrigins: config.corsOrigins,
      exampleRequests: exampleRequests(config, bootstrapFile || undefined),
    }),
    drain: health.drain,
    close: [stopJobs, () => passwordHasher.close(), () => db.destroy()],
  }
}

async function adviseOnDefaultClient(db: Database, id: string | undefined, logger: Logger): Promise<void> {
  if (id === undefined) return
  const client = await findClient(db, id)
  if (client?.authentication.kind === 'none') return
  logger.warn(
    'AUTH_DEFAULT_CLIENT names no public client: requests without a client_id are refused until it does',
  )
}
