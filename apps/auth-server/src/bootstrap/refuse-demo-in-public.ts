import { isOnLoopback } from '@countersign/shared'
import { listDemoClients } from '../domain/clients/client-store.ts'
import { listDemoResources } from '../domain/resources/resource-store.ts'
import { listDemoUsers } from '../domain/users/user-store.ts'
import type { Database } from '../storage/database.ts'
import { StartRefused } from '../storage/errors.ts'

/**
 * The demo's password is in its manual, so its data must stay on this machine. Throws `StartRefused` when the issuer is
 * not on loopback and the bootstrap file is a demo, or the database holds rows of a demo.
 */
export async function refuseDemoInPublic(
  db: Database,
  issuer: string,
  bootstrapFile: { readonly demo?: true | undefined } | undefined,
): Promise<void> {
  if (isOnLoopback(issuer)) return
  if (bootstrapFile?.demo) {
    throw new StartRefused(
      `AUTH_BOOTSTRAP_FILE is a demo, with a password everybody knows, and ${issuer} is not on loopback. ` +
        'Write a bootstrap file of your own.',
    )
  }

  const marked = await markedRows(db)
  if (marked.length === 0) return
  throw new StartRefused(
    `The database holds demo data (${marked.join(', ')}), and ${issuer} is not on loopback. ` +
      'Set AUTH_DATABASE_URL to a database of its own.',
  )
}

/**
 * Warns of demo data at an address where others can connect, whatever the issuer is called. This does not refuse the
 * start, because a container must listen on every address for its port to be published.
 */
export async function warnOfServedDemo(
  db: Database,
  host: string,
  warn: (sentence: string) => void,
): Promise<void> {
  if (isLoopbackHost(host)) return
  const marked = await markedRows(db)
  if (marked.length === 0) return
  warn(
    `The database holds demo data (${marked.join(', ')}), with a password everybody knows, and AUTH_HOST=${host} is not on ` +
      'loopback: whoever reaches this port can sign in. Publish it to this machine alone, or use a database of your own.',
  )
}

function isLoopbackHost(host: string): boolean {
  return isOnLoopback(`http://${host.includes(':') ? `[${host}]` : host}`)
}

/** The rows that the demo file has made. */
async function markedRows(db: Database): Promise<readonly string[]> {
  const marked = await Promise.all([
    listDemoUsers(db).then((names) => names.map((name) => `user ${name}`)),
    listDemoClients(db).then((ids) => ids.map((id) => `client ${id}`)),
    listDemoResources(db).then((audiences) => audiences.map((audience) => `resource ${audience}`)),
  ])
  return marked.flat()
}
