import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PostgresCluster, startPostgresCluster } from '@countersign/test-tools/postgres-cluster'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseUrl } from '../src/config/database-url.ts'
import { awaitDatabase } from '../src/storage/await-database.ts'
import { pingDatabase } from '../src/storage/database.ts'
import { DatabaseUnavailable } from '../src/storage/errors.ts'
import { emptyPostgres, openUntilFinished } from './support/databases.ts'
import { selfSignedCertificate } from './support/self-signed-certificate.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const certificate = selfSignedCertificate()

async function usesTls(url: string): Promise<boolean | undefined> {
  const db = openUntilFinished(databaseUrl.parse(url))
  const { rows } = await sql<{
    ssl: boolean
  }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db)
  return rows[0]?.ssl
}

describe('a PostgreSQL on this machine with a certificate it made itself', () => {
  let cluster: PostgresCluster
  beforeAll(async () => {
    cluster = await startPostgresCluster(certificate)
  })
  afterAll(() => cluster.remove())

  it.each(['', '?sslmode=prefer', '?sslmode=no-verify'])('is spoken to with TLS: %s', async (options) => {
    expect(await usesTls(`${cluster.url}postgres${options}`)).toBe(true)
  })

  it('is spoken to without, when that is asked for by name', async () => {
    expect(await usesTls(`${cluster.url}postgres?sslmode=disable`)).toBe(false)
  })

  it('is refused where its certificate is looked at, unless that is named', async () => {
    const file = join(temporaryFolder(), 'root.pem')
    writeFileSync(file, certificate.certificate)
    const location = databaseUrl.parse(`${cluster.url}postgres?sslmode=require`)

    const refusal = awaitDatabase(openUntilFinished(location), {
      location,
      onWaiting: () => {},
      timeoutMs: 0,
    })

    await expect(refusal).rejects.toThrow(
      /cannot be used: self-signed certificate.*\. With sslmode=require its certificate must be from .* NODE_EXTRA_CA_CERTS names, or from the file that sslrootcert names\.$/,
    )
    expect(await usesTls(`${cluster.url}postgres?sslmode=require&sslrootcert=${file}`)).toBe(true)
  })
})

describe('a PostgreSQL on this machine without TLS', () => {
  it('is spoken to as it is', async () => {
    const db = openUntilFinished(await emptyPostgres())

    await expect(pingDatabase(db)).resolves.toBeUndefined()
  })

  it('is refused where TLS is asked for', async () => {
    const db = openUntilFinished(
      await emptyPostgres({ tls: { kind: 'verified', rootCertificates: undefined } }),
    )

    await expect(pingDatabase(db)).rejects.toThrow(DatabaseUnavailable)
    await expect(pingDatabase(db)).rejects.toThrow('The server does not support SSL connections')
  })
})
