/**
 * One interface per table. Every instant is epoch seconds (NumericDate), every list is space-separated as it travels,
 * every flag is 0 or 1: the same types in SQLite and PostgreSQL.
 */
export interface Schema {
  resources: ResourcesTable
  clients: ClientsTable
  users: UsersTable
  authorizations: AuthorizationsTable
  signing_keys: SigningKeysTable
}

export interface ResourcesTable {
  audience: string
  /** The scope values this resource knows. */
  scope: string
  /** 1 for a row of the demo file: refused under an issuer the world can reach. */
  demo: number
}

export interface ClientsTable {
  id: string
  /** `none` for a public client, `client_secret` for a confidential one. */
  auth_method: string
  /** SHA-256 of the secret; null exactly when `auth_method` is `none`. */
  secret_hash: string | null
  grant_types: string
  scope: string
  audiences: string
  disabled_at: number | null
  created_at: number
  demo: number
}

export interface UsersTable {
  /** `usr_` and random characters: the subject of tokens. Never reused. */
  id: string
  /** Unique, compared character by character. */
  username: string
  full_name: string | null
  /** bcrypt, with its cost inside. */
  password_hash: string
  disabled_at: number | null
  created_at: number
  demo: number
}

export interface AuthorizationsTable {
  id: string
  client_id: string
  /** The user's id, or the client's own. */
  subject: string
  /** What was granted; a token may carry less. */
  scope: string
  audience: string
  /** When the user signed in; null when no user did. */
  authenticated_at: number | null
  created_at: number
  /** No token of this authorization is alive after this instant, whatever the settings say by then. */
  tokens_expire_at: number
  /** When it was revoked; null while it stands. */
  ended_at: number | null
}

export interface SigningKeysTable {
  kid: string
  algorithm: string
  /** JSON of the public JWK. */
  public_jwk: string
  /** The private JWK as a compact JWE (`dir`, A256GCM) whose protected header names this row's kid. */
  private_jwe: string
  /** pending since here, active since `activated_at`, retired since `retired_at`. */
  published_at: number
  activated_at: number | null
  retired_at: number | null
  /** No token this key signed is alive after this instant; it stays published until then. */
  tokens_expire_at: number
}
