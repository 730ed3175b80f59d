import type { Generated } from 'kysely'

/**
 * Lock order. A transaction locks rows of several tables in this order, and several rows of a table in order of id, so that
 * no two transactions wait for one another: an advisory lock (`lock.ts`) · users · clients · resources · refresh tokens ·
 * authorizations · status lists.
 *
 * Opening an authorization changes the row of the user, shares the rows of the client and the resources, inserts the
 * authorization, and then shares the row of its status list. Revoking and pruning change authorizations, in order of id, and
 * raise the versions of their lists right before the commit. Pruning deletes the refresh tokens in between: none of them
 * could be used for an hour, so nobody else locks them. Narrowing a client or a resource changes its row and revokes client
 * authorizations in the same transaction. Closing and dropping lists are transactions of their own.
 *
 * One interface per table. Every instant is epoch seconds (NumericDate), every list is space-separated as it travels,
 * every flag is 0 or 1: the same types in SQLite and PostgreSQL.
 */
export interface Schema {
  resources: ResourcesTable
  clients: ClientsTable
  users: UsersTable
  authorizations: AuthorizationsTable
  status_lists: StatusListsTable
  refresh_tokens: RefreshTokensTable
  client_assertions: ClientAssertionsTable
  signing_keys: SigningKeysTable
  familiar_networks: FamiliarNetworksTable
  prune_clock: PruneClockTable
  narrowings: NarrowingsTable
}

export interface ResourcesTable {
  audience: string
  /** The scope values this resource knows. */
  scope: string
  /** The ids of clients that may ask about tokens for this resource; a default keeps older inserts whole. */
  introspectors: Generated<string>
  /** The `typ` of its access tokens: `at+jwt` (RFC 9068), or `JWT` for verifiers that know no other. */
  token_type: Generated<'at+jwt' | 'JWT'>
  /** JSON object: what its scope values mean, in words for the person who is asked for consent. */
  descriptions: Generated<string>
  /** 1 for a row of the demo file: refused under an issuer the world can reach. */
  demo: number
}

export interface ClientsTable {
  id: string
  /** How the client authenticates; `none` for a public one. */
  auth_method: 'none' | 'client_secret' | 'private_key_jwt'
  /** SHA-256 of the secret; null unless `auth_method` is `client_secret`. */
  secret_hash: string | null
  /** The secret before the last rotation, and until when it is accepted; both null or neither. */
  previous_secret_hash: Generated<string | null>
  previous_secret_until: Generated<number | null>
  /** JSON of the client's public keys; null unless `auth_method` is `private_key_jwt`. */
  jwks: Generated<string | null>
  grant_types: string
  scope: string
  /** The resources its tokens may be for; without one, a user's tokens are for the issuer alone. */
  audiences: string
  /** What people read of it on our pages; null when that is its id. */
  name: Generated<string | null>
  logo_uri: Generated<string | null>
  /** Where the browser may be sent with a code, and after signing out. */
  redirect_uris: Generated<string>
  post_logout_redirect_uris: Generated<string>
  /** Where it is told that a session has ended (OIDC Back-Channel Logout). */
  backchannel_logout_uri: Generated<string | null>
  /** 1 for one of the operator's own, which nobody is asked for consent to. */
  first_party: Generated<number>
  disabled_at: number | null
  created_at: number
  demo: number
}

export interface UsersTable {
  /** `usr_` and random characters: the subject of tokens. Never reused. */
  id: string
  /** In its one form (NFC); unique, compared character by character. */
  username: string
  /**
   * Two forms of the name, each unique, so that no two names look alike. Null until they are computed, and for the later of
   * two names that looked alike before these columns existed.
   */
  letters_key: Generated<string | null>
  shapes_key: Generated<string | null>
  full_name: string | null
  /** A bcrypt hash with its cost, or one of passlib's `pbkdf2_sha256` from an import. */
  password_hash: string
  disabled_at: number | null
  created_at: number
  demo: number
  /** JSON object of standard claims (OIDC Core §5.1), but those that other columns hold. */
  claims: Generated<string>
  /** JSON arrays of strings: they may hold spaces. */
  roles: Generated<string>
  groups: Generated<string>
  /** When a name or a claim last changed; null for a user whom an older server added. */
  claims_updated_at: Generated<number | null>
  /** Null until the first one under a server that writes it. */
  last_sign_in_at: Generated<number | null>
  /** Until when failed sign-ins delay the next; written when a delay begins, so seldom. For an operator to see, no more. */
  sign_in_delayed_until: Generated<number | null>
  /** Which failures count: those counted since this one. Goes up with every unlock; null when there was none. */
  sign_in_unlocked_at: Generated<number | null>
}

/**
 * Three columns here, and one of the refresh tokens, have older names than the code: `ended_at` is when it was revoked,
 * `remembered_until` when it may be pruned, `standing_for` the key of a client authorization, `sealed_successor` an encrypted
 * successor. Decision 30 says why they stay.
 */
export interface AuthorizationsTable {
  id: string
  client_id: string
  /** The user's id, or the client's own. */
  subject: string
  /** What was granted; a token may carry less. */
  scope: string
  /** The resources its tokens are for; empty for the issuer alone. */
  audience: string
  /** When the user signed in; null when no user did. */
  authenticated_at: number | null
  created_at: number
  /** No token of this authorization is alive after this instant, whatever the settings say by then. */
  tokens_expire_at: number
  /** No refresh token of this authorization is alive after this instant; null when it has none. */
  refresh_expires_at: Generated<number | null>
  /**
   * When it may be pruned: the later of the two instants before, or the first once it was revoked. After it no token can
   * name this row.
   */
  remembered_until: Generated<number>
  /** The key of a client authorization, a hash of client and audiences. Unique, so that there is one; null for all others. */
  standing_for: Generated<string | null>
  /** Its entry in a status list: unique together; both null for one that is older than status lists. */
  status_list: Generated<string | null>
  status_index: Generated<number | null>
  /** When it was revoked; null while it is not. Its bit in the status list says the same. */
  ended_at: number | null
}

export interface StatusListsTable {
  id: string
  /** 1 for the list that takes new authorizations, of which there is one; null for all others. */
  is_current: number | null
  /** About how many indexes were given away, ever: one allocation in 1024 counts for all of them. */
  entries: number
  /** Goes up in every transaction that changes a bit, so that a list of one version is one list. */
  version: number
  /** When that last happened, by the clock of the process that did it. An instant in the future is corrected later. */
  changed_at: number
}

export interface RefreshTokensTable {
  /** SHA-256 of the token. */
  hash: string
  authorization_id: string
  issued_at: number
  /** The idle lifetime from its issue, or the end of the authorization's absolute lifetime when that is nearer. */
  expires_at: number
  /** When it was exchanged; whoever sets this from null has won. */
  consumed_at: number | null
  /** The one it was exchanged for; null exactly when `consumed_at` is. */
  successor_hash: string | null
  /** That one as a compact JWE, readable only with this token itself; null without a reuse grace. */
  sealed_successor: string | null
  /** Makes the tags of the tokens of its chain, by which a consumed one is known without a row; null for an older token. */
  chain_key: Generated<string | null>
  /** The consumed one before it, whose row goes when this is used; null when that has none, or must be kept. */
  predecessor_hash: Generated<string | null>
}

export interface ClientAssertionsTable {
  client_id: string
  /** Seen once and never again (RFC 7523 §3). */
  jti: string
  /** When the assertion itself expires, and the row with it. */
  expires_at: number
}

export interface SigningKeysTable {
  kid: string
  algorithm: string
  /** JSON of the public JWK. */
  public_jwk: string
  /** The private JWK as a compact JWE (`dir`, A256GCM) whose protected header names this row's kid. */
  private_jwe: string
  /** pending since here, active since `activated_at`, retired since `retired_at`. One row at most is active. */
  published_at: number
  /** What was promised when it was published: it does not sign before. A default keeps older inserts whole. */
  signs_from: Generated<number>
  activated_at: number | null
  retired_at: number | null
  /** No token this key signed is alive after this instant; it stays published until then. */
  tokens_expire_at: number
}

export interface FamiliarNetworksTable {
  /** SHA-256 of the user's name or the client's id. */
  subject_hash: string
  /** One of 256, by the network: with the subject the key, so that a subject has no more rows. */
  slot: number
  /** SHA-256 of the network it authenticated from. */
  network_hash: string
  /** When it last did, to within a week. */
  seen_at: number
}

/** What the bootstrap file has narrowed, until all that carried more is revoked. */
export interface NarrowingsTable {
  kind: 'client' | 'resource'
  /** The id of the client, or the audience of the resource. */
  name: string
}

/** One row. */
export interface PruneClockTable {
  id: number
  /** The instant that pruning has come to, by a clock that nothing contradicts (`prune-clock.ts`). */
  instant: number
}

/** Reads a list as a column keeps it: its items separated by one space, nothing for none. */
export function parseList(column: string): readonly string[] {
  return column === '' ? [] : column.split(' ')
}

/** Writes a list for a column. Its items hold no space: scope values, grant types and URIs never do. */
export function formatList(items: readonly string[]): string {
  return items.join(' ')
}
