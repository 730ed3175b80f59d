import type { Database } from '../../storage/database.ts'
import { normalizeUsername, usernameKeys } from './user-name.ts'

/** Rows per transaction: a few milliseconds, so that requests to other replicas do not wait for long. */
const BATCH_ROWS = 500

/**
 * Works out what the names of users are told apart by where a row does not say so yet: of users from before there were
 * such keys, and of those an older replica has added. Where two old names are alike, the later one stays without, and
 * both go on signing in.
 */
export async function fillUsernameKeys(db: Database): Promise<void> {
  let after = ''
  for (;;) {
    const rows = await db
      .selectFrom('users')
      .select(['id', 'username'])
      .where('letters_key', 'is', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH_ROWS)
      .execute()
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    await db.transaction().execute(async (transaction) => {
      for (const { id, username } of rows) await fillKeys(transaction, id, username)
    })
  }
}

/** Does nothing where another user has the name, or a name that is alike. */
async function fillKeys(db: Database, id: string, username: string): Promise<void> {
  const normalized = normalizeUsername(username)
  const { letters, shapes } = usernameKeys(username)
  await db
    .updateTable('users')
    .set({ username: normalized, letters_key: letters, shapes_key: shapes })
    .where('id', '=', id)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('users as other')
            .select('other.id')
            .where('other.id', '<>', id)
            .where((other) =>
              other.or([
                other('other.username', '=', normalized),
                other('other.letters_key', '=', letters),
                other('other.shapes_key', '=', shapes),
              ]),
            ),
        ),
      ),
    )
    .execute()
}
