import { randomUUID } from 'node:crypto'
import { type Database, type DatabaseLocation, pingDatabase } from './database.ts'
import { DatabaseBusy } from './errors.ts'
import { joinConcurrent, settledWithin } from './join-concurrent.ts'
import { watchDatabaseFile } from './sqlite-files.ts'

/** How long a written proof counts, so that many probes are not many writes. */
const PROOF_LIFETIME_MS = 1_000

/** How long a probe waits for the proof under way; then the last proof counts. */
const PROOF_WAIT_MS = 250

/** More than a page of either database, so that it needs room on the disk. */
const PROOF = 'x'.repeat(8_192)

/**
 * Creates the check that a database can be used: it answers, its files are the ones that were opened, and it takes a
 * write. A full disk and a standby that only reads answer every question. That others are writing is no failure.
 */
export function createDatabaseProof(db: Database, location: DatabaseLocation): () => Promise<void> {
  const proveFile = location.kind === 'sqlite' ? watchDatabaseFile(location.path) : () => {}
  const proveWritable = createWriteProof(db)
  return async () => {
    await pingDatabase(db)
    proveFile()
    await proveWritable()
  }
}

function createWriteProof(db: Database): () => Promise<void> {
  let failure: unknown
  let provenAt = Number.NEGATIVE_INFINITY

  const prove = joinConcurrent(async () => {
    try {
      await writeAndForget(db)
      failure = undefined
      provenAt = performance.now()
    } catch (error) {
      if (!(error instanceof DatabaseBusy)) failure = error
    }
  })

  return async () => {
    if (failure !== undefined || performance.now() - provenAt > PROOF_LIFETIME_MS) {
      await settledWithin(prove(), PROOF_WAIT_MS)
    }
    if (failure !== undefined) throw failure
  }
}

/** Inserts and deletes a row in one transaction, which is written to the disk and which nobody sees. */
async function writeAndForget(db: Database): Promise<void> {
  const audience = `urn:uuid:${randomUUID()}`
  await db.transaction().execute(async (transaction) => {
    await transaction.insertInto('resources').values({ audience, scope: PROOF, demo: 0 }).execute()
    await transaction.deleteFrom('resources').where('audience', '=', audience).execute()
  })
}
